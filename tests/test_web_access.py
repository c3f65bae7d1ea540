"""Tokens, and the check in front of everything: every route of the running application."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

import web.serve
from corpus.errors import NotALibrary, TokenError
from index import schema
from index.home import TOKENS
from tests.asgi import ask, routes_of, shown
from tests.fake_archive import FakeArchive
from web import access, tokens
from web.access import OPEN, bearer_in, is_loopback, warning
from web.closed import is_closed
from web.guard import Guard
from web.languages.german import GERMAN
from web.policy import Policy
from web.serve import build_app
from web.stop import StoppingServer
from web.tokens import TokenFile, new_token, read_tokens, revoke_token
from web.words import ENGLISH

MAY_BE_OPEN = {"/healthz", "/embed.js"}
"""Written out here, so that opening one more is a decision and no slip."""


OURS = {
    "/", "/api", "/api/articles", "/api/articles/x", "/api/ask", "/api/docs", "/api/health",
    "/api/openapi.json", "/api/search", "/api/x", "/embed.js", "/evidence/x", "/healthz",
    "/metrics", "/q-static/any/file.css", "/source/x", "/v1", "/v1/chat/completions",
    "/v1/models", "/v1/x",
}  # fmt: skip
GRADIOS = {
    "/assets/x", "/config", "/favicon.ico", "/gradio_api/app_id", "/gradio_api/cancel",
    "/gradio_api/heartbeat/x", "/gradio_api/info", "/gradio_api/queue/data",
    "/gradio_api/queue/join", "/gradio_api/reset", "/gradio_api/theme.css", "/manifest.json",
    "/robots.txt", "/static/x", "/svelte/x", "/theme.css",
}  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder that passes for a library."""
    (tmp_path / schema.DATABASE).touch()
    return tmp_path


def bearer(text: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {text}".encode())]


# ---- every route ---------------------------------------------------------------------------------


def passing(app: ASGIApp, routes: Iterator[tuple[str, str]]) -> set[str]:
    """Return the paths that answer a stranger with anything but 401."""
    found = list(routes)
    assert len(found) > 80
    return {path for method, path in found if ask(app, path, method=method).status != 401}


def test_every_route_is_behind_the_check_or_on_the_short_list(library: Path) -> None:
    new_token(library, "desk")
    app = build_app(FakeArchive(), policy=Policy(tokens=library / TOKENS))
    assert set(OPEN) == MAY_BE_OPEN
    assert passing(app, routes_of(app)) == MAY_BE_OPEN


def test_a_route_that_is_added_later_is_behind_the_check_too(library: Path) -> None:
    new_token(library, "desk")
    app = build_app(FakeArchive(), policy=Policy(tokens=library / TOKENS))
    other = FastAPI()
    other.get("/inner")(lambda: "secret")
    app.get("/late/{name}")(lambda name: "secret")
    app.mount("/mounted", other)
    found = set(routes_of(app))
    assert {("GET", "/late/x"), ("GET", "/mounted/inner")} <= found
    assert passing(app, iter(found)) == MAY_BE_OPEN


def test_the_walk_would_see_a_route_that_is_open(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_token(library, "desk")
    app = build_app(FakeArchive(), policy=Policy(tokens=library / TOKENS))
    monkeypatch.setitem(access.OPEN, "/config", "by mistake")
    assert passing(app, routes_of(app)) == {*MAY_BE_OPEN, "/config"}


def test_open_paths_are_open_word_for_word_and_for_reading_only(library: Path) -> None:
    new_token(library, "desk")
    app = Guard(shown, Policy(tokens=library / TOKENS))
    for path in MAY_BE_OPEN:
        assert ask(app, path).status == 200
        assert ask(app, path, method="POST").status == 401
        for dressed in (path + "/", path + "/x", "/" + path, path.upper(), path + "/../config"):
            assert ask(app, dressed).status == 401, dressed


def test_what_is_really_served_is_behind_the_check(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of it: with what `serve` puts around the application."""
    served: list[Any] = []
    monkeypatch.setattr(web.serve, "check_address", lambda host, port: None)
    monkeypatch.setattr(StoppingServer, "run", lambda self: served.append(self.config.app))
    new_token(library, "desk")
    web.serve.serve(FakeArchive(), host="0.0.0.0", policy=Policy(tokens=library / TOKENS))
    assert passing(served[0], routes_of(served[0].app)) == MAY_BE_OPEN


def test_the_routes_that_somebody_let_in_can_use_are_these() -> None:
    """Written out, so that a route a new Gradio brings is closed, or decided upon."""
    found = {path.rstrip("/") or "/" for _, path in routes_of(build_app(FakeArchive()))}
    assert {path for path in found if not is_closed(path)} == OURS | GRADIOS


# ---- what those are told who are refused ---------------------------------------------------------


def test_a_refusal_is_a_problem_for_programs_and_a_page_for_people(library: Path) -> None:
    new_token(library, "desk")
    app = build_app(FakeArchive(), policy=Policy(tokens=library / TOKENS))
    html = [(b"accept", b"text/html,application/xhtml+xml")]
    page, problem = ask(app, "/", html), ask(app, "/api/ask", html, method="POST")
    for answer in (page, problem):
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>You have to be let in first</h1>" in page.text
    assert not re.search(r"(src|href)=", page.text)  # it may load nothing
    assert problem.headers["content-type"] == "application/problem+json"
    assert set(problem.json) == {"type", "title", "status", "detail", "request_id"}
    assert problem.json["status"] == 401
    assert problem.json["request_id"] == problem.headers["x-request-id"]


def test_the_page_of_a_refusal_speaks_the_visitors_language_and_a_problem_ours(
    library: Path,
) -> None:
    new_token(library, "desk")
    app = Guard(shown, Policy(tokens=library / TOKENS))
    german = [(b"accept", b"text/html"), (b"accept-language", b"de-AT, en;q=0.5")]
    page = ask(app, "/", german)
    assert page.status == 401
    assert GERMAN.no_entry_more in page.text
    assert '<html lang="de">' in page.text
    assert ask(app, "/api/ask", german, method="POST").json["detail"] == ENGLISH.no_entry_more
    assert ENGLISH.no_entry in ask(app, "/", german[:1]).text


# ---- tokens --------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(library: Path) -> None:
    text, token = new_token(library, "desk")
    path = library / TOKENS
    assert re.fullmatch(r"quoth_[A-Za-z0-9_-]{43}", text)
    assert path.stat().st_mode & 0o777 == 0o600
    assert text not in path.read_text()
    assert text.removeprefix("quoth_") not in path.read_text()
    assert read_tokens(path) == (token,)
    assert {path.name for path in library.iterdir()} == {schema.DATABASE, TOKENS}


def test_names_are_plain_and_used_once(library: Path) -> None:
    new_token(library, "desk")
    with pytest.raises(TokenError, match="quoth token revoke desk"):
        new_token(library, "desk")
    for name in ("", "a b", "../x", "a\nb", "x" * 65, "-a"):
        with pytest.raises(TokenError, match="cannot name"):
            new_token(library, name)
    with pytest.raises(TokenError, match="quoth token list"):
        revoke_token(library, "other")
    with pytest.raises(NotALibrary, match="quoth ingest"):
        new_token(library / "none", "desk")


def test_a_running_server_knows_new_and_revoked_tokens_at_the_next_request(library: Path) -> None:
    app = Guard(shown, Policy(tokens=library / TOKENS))
    assert ask(app, "/").status == 200  # no tokens: nobody is asked
    first, _ = new_token(library, "first")
    assert ask(app, "/").status == 401
    assert ask(app, "/", bearer(first)).json["who"] == "first"
    second, _ = new_token(library, "second")
    assert ask(app, "/", bearer(second)).status == 200
    revoke_token(library, "first")
    assert ask(app, "/", bearer(first)).status == 401
    assert ask(app, "/", bearer(second)).status == 200


def test_what_is_no_token_of_ours(library: Path) -> None:
    text, _ = new_token(library, "desk")
    app = Guard(shown, Policy(tokens=library / TOKENS))
    digest = read_tokens(library / TOKENS)[0].sha256
    wrong = [text[:-1], text + "a", text.upper(), f"quoth_{digest[:43]}", digest, "", "quoth_"]
    for each in wrong:
        assert ask(app, "/", bearer(each)).status == 401, each
    raw = f"Bearer {text}".encode()
    for headers in (
        [(b"authorization", raw), (b"authorization", raw)],
        [(b"authorization", raw.replace(b"Bearer", b"Basic"))],
        [(b"authorization", text.encode())],
        [(b"x-authorization", raw)],
        [(b"cookie", raw)],
    ):
        assert ask(app, "/", headers).status == 401
    assert ask(app, "/", query=f"token={text}".encode()).status == 401
    assert bearer_in([(b"Authorization", b"bearer  abc ")]) == "abc"


def test_an_expired_token_is_refused(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, token = new_token(library, "desk", days=2)
    file = TokenFile(library / TOKENS)
    assert file.name_of(text) == "desk"
    now = datetime.now(UTC)
    assert not token.is_expired(now + timedelta(days=1, hours=23))
    assert token.is_expired(now + timedelta(days=2, seconds=1))
    monkeypatch.setattr(tokens.Token, "is_expired", lambda self: True)
    assert file.name_of(text) == ""


@pytest.mark.parametrize("accident", ["remove", "empty", "garbage", "half", "revoke", "forbid"])
def test_no_accident_throws_the_archive_open(
    library: Path, accident: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    text, _ = new_token(library, "desk")
    path = library / TOKENS
    app = Guard(shown, Policy(tokens=path))
    assert ask(app, "/", bearer(text)).status == 200
    whole = path.read_text()
    if accident == "remove":
        path.unlink()
    elif accident == "revoke":
        revoke_token(library, "desk")
    elif accident == "forbid":
        path.write_text(whole + " ")
        monkeypatch.setattr(Path, "read_text", forbidden)
    else:
        path.write_text({"empty": "", "garbage": "[1]", "half": whole[:-30]}[accident])
    for headers in ([], bearer(text)):
        assert ask(app, "/", headers).status == 401
    if accident not in ("remove", "revoke"):
        assert "no token is believed" in caplog.text
    # A server that starts in this state is closed as well, or was opened by removing the file.
    fresh = ask(Guard(shown, Policy(tokens=path)), "/").status
    assert fresh == (200 if accident == "remove" else 401)


def forbidden(*_: object, **__: object) -> str:
    raise PermissionError(13, "Permission denied")


def test_every_token_is_compared(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No early end: the time taken does not tell which token it was, or whether."""
    made = [new_token(library, f"t{n}")[0] for n in range(5)]
    file = TokenFile(library / TOKENS)
    compared: list[str] = []
    real = tokens.hmac.compare_digest
    monkeypatch.setattr(
        tokens.hmac, "compare_digest", lambda a, b: compared.append(a) or real(a, b)
    )
    assert file.name_of(made[0]) == "t0"
    assert file.name_of("quoth_" + "a" * 43) == ""
    assert len(compared) == 10


def test_a_proxys_identity_needs_no_token_and_a_token_no_proxy(library: Path) -> None:
    text, _ = new_token(library, "desk")
    policy = Policy(
        tokens=library / TOKENS,
        identity_header="x-remote-user",
        proxies=frozenset({"10.0.0.5"}),
    )
    app = Guard(shown, policy)
    named = [(b"x-remote-user", b"ann")]
    assert ask(app, "/", named, peer=("10.0.0.5", 1)).json["who"] == "ann"
    assert ask(app, "/", named).status == 401
    assert ask(app, "/", bearer(text)).json["who"] == "desk"
    assert ask(app, "/", [*named, *bearer(text)]).json["who"] == "desk"


# ---- the warning ---------------------------------------------------------------------------------


def test_the_warning_is_one_paragraph_and_says_what_to_type(library: Path) -> None:
    policy = Policy(tokens=library / TOKENS)
    for host in ("0.0.0.0", "::", "192.168.1.5", "intranet.example"):
        said = warning(host, policy)
        assert "\n" not in said
        for words in (host, "read every article", "--host 127.0.0.1", "--identity-header",
                      "quoth token new"):  # fmt: skip
            assert words in said
    for host in ("127.0.0.1", "127.0.0.9", "::1", "localhost", "[::1]"):
        assert is_loopback(host)
        assert warning(host, policy) == ""
    named = Policy(identity_header="x-remote-user", proxies=frozenset({"10.0.0.5"}))
    assert warning("0.0.0.0", named) == ""
    new_token(library, "desk")
    assert warning("0.0.0.0", policy) == ""


# ---- names and sites -----------------------------------------------------------------------------


def test_a_page_of_another_site_cannot_have_its_name_point_here() -> None:
    policy = Policy(hosts=frozenset({"localhost", "127.0.0.1", "::1"}))
    app = Guard(shown, policy)
    for host in (b"localhost:7860", b"127.0.0.1", b"[::1]:7860", b"LOCALHOST"):
        assert ask(app, "/", host=host).status == 200
    for host in (b"evil.example", b"localhost.evil.example", b"evil.example:7860", b"", b"[::2]",
                 b"127.0.0.1@evil.example", b"evil.example#localhost"):  # fmt: skip
        answer = ask(app, "/", host=host)
        assert answer.status == 403
        assert "evil" not in answer.text


def test_websockets_are_refused_and_the_lifespan_goes_on() -> None:
    import asyncio

    said: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        said.append(scope["type"])

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    for kind in ("websocket", "lifespan", "unknown"):
        asyncio.run(Guard(app)({"type": kind, "path": "/", "headers": []}, receive, send))
    assert said == [{"type": "websocket.close", "code": 1008}, "lifespan"]


def test_the_check_logs_nothing_of_a_token(library: Path, caplog: pytest.LogCaptureFixture) -> None:
    text, _ = new_token(library, "desk")
    with caplog.at_level(logging.DEBUG):
        ask(Guard(shown, Policy(tokens=library / TOKENS, log_format="text")), "/", bearer(text))
    assert "200" in caplog.text
    assert text[:12] not in caplog.text
    assert "desk" not in caplog.text
