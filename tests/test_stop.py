"""Stopping a real server while it is asked: what was taken on is answered whole, nothing traces."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parent.parent
CHILD = """
import signal, sys, time, app, cli.serve
from tests.fake_archive import FakeArchive
# A shell that runs the tests in the background has them ignore Ctrl-C; this one listens.
signal.signal(signal.SIGINT, signal.default_int_handler)
from types import SimpleNamespace
class Slow(FakeArchive):
    library = SimpleNamespace(watch=lambda: None)
    encoder = None
    def ask(self, question, **how):
        time.sleep(60 if "forever" in question else 0.6)
        return super().ask(question, **how)
    def close(self):
        print("closed", flush=True)
cli.serve.archive_of = lambda options: Slow()
sys.exit(app.main(sys.argv[1:]))
"""


class Asker(threading.Thread):
    """Asks one question as the page does, on two connections; notes what became of it."""

    def __init__(self, address: str, question: str, number: int, delay: float) -> None:
        super().__init__()
        self.address, self.question, self.number, self.delay = address, question, number, delay
        self.accepted = False
        self.refused = ""
        self.answer = ""

    def run(self) -> None:
        time.sleep(self.delay)
        session = f"s{self.number}"
        data = [self.question, [], "", "", [], [], []]
        body = {"data": data, "fn_index": 0, "session_hash": session}
        try:
            joined = urlopen(self._to("queue/join", body), timeout=30)
        except HTTPError as error:
            self.refused = str(error.code)
            return
        except (URLError, OSError):
            self.refused = "closed"
            return
        self.accepted = joined.status == 200
        time.sleep(0.3)  # a slow line: the stop may come between the two
        with contextlib.suppress(OSError, HTTPException):  # cut off
            stream = urlopen(self._to(f"queue/data?session_hash={session}"), timeout=30)
            self.answer = stream.read().decode()

    def _to(self, path: str, body: object = None) -> Request:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.address}gradio_api/{path}"
        return Request(address, data, {"Content-Type": "application/json"})

    @property
    def whole(self) -> bool:
        messages = [json.loads(line[6:]) for line in self.answer.splitlines() if line]
        done = [m for m in messages if m["msg"] == "process_completed" and m["success"]]
        return len(done) == 1 and "freight" in self.answer and messages[-1]["msg"] == "close_stream"


@contextlib.contextmanager
def server(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", CHILD, "serve", "--port", str(port), *options]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        for line in running.stderr:
            if "answers at" in line:
                break
        yield running, f"http://127.0.0.1:{port}/"
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGTERM, 0, ""), (signal.SIGINT, 130, "stopped\n")]
)
def test_every_question_taken_on_gets_its_whole_answer(
    tmp_path: Path, number: int, code: int, said: str
) -> None:
    with server(tmp_path) as (running, address):
        # A page that is open all the while keeps nobody waiting.
        page = urlopen(f"{address}gradio_api/heartbeat/open-page", timeout=30)
        asked = [Asker(address, "What saved the night ferry?", n, 0.12 * n) for n in range(16)]
        for asker in asked:
            asker.start()
        time.sleep(0.9)
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
        for asker in asked:
            asker.join()
        page.close()
    accepted = [asker for asker in asked if asker.accepted]
    assert (running.returncode, err, out) == (code, said, "closed\n")
    assert [asker.number for asker in accepted if not asker.whole] == []
    refused = [asker.refused for asker in asked if not asker.accepted]
    assert len(accepted) >= 4
    assert "503" in refused
    assert set(refused) <= {"503", "closed"}


def test_the_time_to_stop_is_bounded(tmp_path: Path) -> None:
    with server(tmp_path, "--stop-seconds", "1") as (running, address):
        asker = Asker(address, "What takes forever?", 0, 0)
        asker.start()
        time.sleep(1)
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=30)
        asker.join()
    assert running.returncode == 0
    assert time.monotonic() - started < 8
    assert "stopped although answers were under way, after 1 s" in err
    assert "Traceback" not in err


def test_told_to_stop_while_it_loads(tmp_path: Path) -> None:
    slow = CHILD.replace("lambda options: Slow()", "lambda options: print('up', flush=True) or "
                         "time.sleep(60)")  # fmt: skip
    running = subprocess.Popen(
        [sys.executable, "-c", slow, "serve", "--port", "64999"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (0, "")
