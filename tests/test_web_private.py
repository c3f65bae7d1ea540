"""Canary words: what somebody asks stands in no log, no header and no file."""

from __future__ import annotations

import http.client
import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from qa.answer import Reply
from tests.fake_archive import FakeArchive
from web import access_log
from web.access import Caller
from web.policy import Policy
from web.serve import build_app, configured
from web.trouble import log_trouble

CANARY = "zyxwombatine"
QUESTION = f"What {CANARY} saved the night ferry?"


class Failing(FakeArchive):
    """Fails in the way libraries do: the message quotes what it was given."""

    def ask(self, question: str, **options: Any) -> Reply:
        if "fails" in question:
            raise ValueError(f"cannot read {question!r}") from KeyError(question)
        return super().ask(question, **options)

    def article(self, article_id: str) -> Any:
        if "fails" in article_id:
            raise ValueError(article_id)
        return super().article(article_id)


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A real server with every log turned up, whose files all go to one folder."""
    import socket

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("TMPDIR", "HOME", "GRADIO_TEMP_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    app = build_app(Failing(), policy=Policy(log_format="json"))
    server = uvicorn.Server(configured(app, "127.0.0.1", number))
    logging.getLogger("uvicorn.error").setLevel(logging.DEBUG)
    logging.getLogger("uvicorn").propagate = True
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    yield number
    server.should_exit = True
    thread.join(10)


def request(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    result = answer.status, str(answer.getheaders()), answer.read().decode("utf-8", "replace")
    connection.close()
    return result


def on_the_page(port: int, question: str, function: int) -> tuple[str, str]:
    """Ask as the page does: join the queue, then read the events; return headers and events."""
    data = [question, [QUESTION], "", "", [], [], []]
    event = {"data": data, "fn_index": function, "session_hash": "canary"}
    status, joined, _ = request(port, "POST", f"/gradio_api/queue/join?q={quote(question)}", event)
    assert status == 200
    _, headers, events = request(port, "GET", "/gradio_api/queue/data?session_hash=canary")
    return joined + headers, events


def test_a_question_leaves_no_trace(
    port: int,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = []
    for question in (QUESTION, f"fails {QUESTION}", CANARY * 500):
        seen, events = on_the_page(port, question, 0)
        headers.append(seen)
        assert CANARY in events  # it was asked, and is answered to whoever asked
    assert "ferry" in on_the_page(port, QUESTION, 0)[1]
    encoded = quote(QUESTION)
    for method, path, body in (
        ("GET", f"/?q={encoded}", None),
        ("GET", f"/source/otters?{encoded}", None),
        ("GET", f"/source/fails?q={encoded}", None),
        ("GET", f"/evidence/otters?q={encoded}", None),
        ("POST", f"/api/ask?q={encoded}", {"question": QUESTION}),
        ("POST", "/v1/chat/completions", {"messages": [{"content": QUESTION}]}),
        ("POST", "/gradio_api/queue/join", [QUESTION]),
        ("POST", "/gradio_api/queue/join", {"data": [QUESTION], "fn_index": 99}),
        # As a page that was left open sends it to a newer server: Gradio quotes what it refuses.
        (
            "POST",
            "/gradio_api/queue/join",
            {"data": [QUESTION], "fn_index": 0, "session_hash": "old"},
        ),
        ("GET", "/gradio_api/queue/data?session_hash=old", None),
        ("POST", "/gradio_api/call/ask", {"data": [QUESTION]}),
        ("PUT", f"/x?{encoded}", {"question": QUESTION}),
        ("POST", "/api/ask", {"question": QUESTION + "x" * 70_000}),
    ):
        canary = {"X-Forwarded-For": CANARY, "Referer": f"http://a/?q={CANARY}", "X-A": CANARY}
        headers.append(request(port, method, path, body, canary)[1])
    written = capfd.readouterr()
    assert sum("/gradio_api/queue/join" in line for line in caplog.messages) >= 6  # there are logs
    assert "a question could not be answered: ValueError from KeyError" in caplog.text
    assert "an event of the page failed: ValueError at" in caplog.text
    for where, text in (
        ("log", caplog.text), ("arguments", str([vars(each) for each in caplog.records])),
        ("output", written.out), ("errors", written.err), ("headers", str(headers)),
    ):  # fmt: skip
        assert CANARY not in text, where
        assert encoded not in text, where
    for file in tmp_path.rglob("*"):
        assert CANARY not in file.name
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


def test_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ann, bob = Caller("identity", "ann"), Caller("identity", "bob")
    who = access_log.hashed(ann)
    line = access_log.Line("GET", "/source/a\nb “c”" + "x" * 999, 200, 12, "abc", who)
    access_log.write(line, "off")
    assert caplog.messages == []
    access_log.write(line, "json")
    access_log.write(line, "text")
    row = json.loads(caplog.messages[0])
    assert set(row) == {"time", "method", "path", "status", "ms", "id", "who"}
    assert row["path"].startswith("/source/a%0Ab%20%E2%80%9Cc")
    assert len(caplog.messages[1]) < 700
    assert "\n" not in caplog.messages[1]
    assert f" 200 12 ms id=abc who={who}" in caplog.messages[1]
    assert who == access_log.hashed(ann) != access_log.hashed(bob)
    assert "ann" not in who
    assert access_log.hashed(None) == access_log.hashed(Caller("open", "10.0.0.1")) == "-"


def test_trouble_is_named_and_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            {}[CANARY]
        except KeyError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError as error:
        log_trouble(logging.getLogger("x"), "it failed", error)
    assert "it failed: RuntimeError from KeyError at tests/test_web_private.py:" in caplog.text
    assert CANARY not in caplog.text
