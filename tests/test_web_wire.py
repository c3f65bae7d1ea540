"""Slow connections, over real sockets: none keeps others from being served."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from web import wire
from web.serve import configured

GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = b"x" * 8_000_000


class Watched:
    """An application that says how many of its answers are under way."""

    def __init__(self) -> None:
        self.inside = 0
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.inside += 1
        try:
            body, more = b"", scope["method"] == "POST"
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return
                body += message.get("body", b"")
                more = message.get("more_body", False)
            self.bodies.append(body)
            whole = LARGE if scope["path"] == "/large" else b"ok"
            length = (b"content-length", str(len(whole)).encode())
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            for at in range(0, len(whole), 64_000):
                part = whole[at : at + 64_000]
                more = at + 64_000 < len(whole)
                await send({"type": "http.response.body", "body": part, "more_body": more})
        finally:
            self.inside -= 1


class Serving:
    """A server in a thread."""

    def __init__(self, app: Any, places: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = configured(app, "127.0.0.1", self.port)
        config.http = self.protocol = wire.patient_protocol(places)
        config.lifespan = "off"
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def connect(self, said: bytes = b"") -> socket.socket:
        """Open a connection and say something."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=8)
        connection.sendall(said)
        return connection


@pytest.fixture
def app() -> Watched:
    return Watched()


@pytest.fixture
def serving(app: Watched, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 0.6)
    monkeypatch.setattr(wire, "WRITE_SECONDS", 0.6)
    monkeypatch.setattr(wire, "_LINGER_SECONDS", 0.6)
    serving = Serving(app, places=20)
    serving.thread.start()
    until(lambda: serving.server.started)
    yield serving
    serving.server.should_exit = True
    serving.thread.join(10)


def until(condition: Any) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def ended_after(connection: socket.socket, trickle: bytes = b"") -> float:
    """Return after how many seconds the server hung up; send a byte now and then until then."""
    began = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - began < 6:
        try:
            if trickle:
                connection.sendall(trickle)
            if not connection.recv(65_536):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def served(serving: Serving) -> bool:
    with serving.connect(GET) as connection:
        return b"200 OK" in connection.recv(1_000)


@pytest.mark.parametrize(
    ("said", "trickle"),
    [
        (b"", b""),
        (b"", b"G"),
        (b"GET /x HTTP/1.1\r\nHost: a\r\n", b""),
        (b"GET /x HTTP/1.1\r\nHost: a\r\nX-A: ", b"a"),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", b""),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", b"a"),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (GET + b"GET /x HTTP/1.1\r\nX-A: ", b"a"),
    ],
)
def test_a_request_has_to_be_sent_whole_in_time(
    serving: Serving, app: Watched, said: bytes, trickle: bytes
) -> None:
    with serving.connect(said) as connection:
        assert 0.3 < ended_after(connection, trickle) < 3
    until(lambda: app.inside == 0)
    assert app.bodies == [b""] * (said.startswith(GET))
    assert len(serving.protocol.room) == 0


@pytest.mark.parametrize("head", [b"Connection: close\r\n", b""])
def test_an_answer_has_to_be_taken_in_time(serving: Serving, app: Watched, head: bytes) -> None:
    with serving.connect(b"GET /large HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n") as connection:
        until(lambda: app.inside == 1)
        began = time.monotonic()
        until(lambda: app.inside == 0)  # nothing was read, and the application is free again
        assert time.monotonic() - began < 4
        until(lambda: not serving.server.server_state.connections)
        del connection


def test_a_reader_in_time_gets_the_whole_answer(serving: Serving) -> None:
    with serving.connect(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") as slow:
        size = 0
        while part := slow.recv(65_536):
            size += len(part)
            if size % 7 == 0:
                time.sleep(0.005)
    assert size > len(LARGE)


def test_silent_connections_do_not_fill_the_room(serving: Serving) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(serving.connect(b"GET /")) for _ in range(200)]
        for _ in range(5):
            assert served(serving)
        assert len(serving.protocol.room) <= 20
        assert ended_after(silent[0]) < 0.3  # who waits longest had to leave first


def test_a_connection_that_is_kept_alive_may_ask_again(serving: Serving, app: Watched) -> None:
    with serving.connect() as connection:
        for _ in range(6):
            connection.sendall(GET)
            answer = b""
            while not answer.endswith(b"ok"):
                answer += connection.recv(1_000)
            time.sleep(0.2)  # longer than a request may take, all together
        connection.sendall(GET * 3)
        until(lambda: len(app.bodies) == 9)


@pytest.mark.parametrize("said", [b"\x00\xff garbage\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_is_refused_with_the_headers(serving: Serving, said: bytes) -> None:
    with serving.connect(said) as connection:
        answer = connection.recv(2_000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    for header in (b"x-content-type-options: nosniff", b"content-security-policy: default-src"):
        assert header in answer
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head


def test_a_head_that_is_too_long_is_refused(serving: Serving) -> None:
    for size, status in ((wire.MAX_HEAD - 200, b"200"), (wire.MAX_HEAD + 5_000, b"400")):
        with serving.connect(b"GET /x HTTP/1.1\r\nHost: a\r\nCookie: " + b"a" * size) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(b"\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 " + status)


def test_the_room_is_a_part_of_what_may_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (256, 1_024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.update(now=new))
    assert wire.room_for_connections() == 256
    assert limits["now"] == (1_024, 1_024)
    limits["now"] = (64, 64)
    assert wire.room_for_connections() == 32
    limits["now"] = (20_000, 20_000)
    assert wire.room_for_connections() == 2_048
