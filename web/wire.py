"""Slow connections: none may keep others from being served, whatever it sends or does not read.

uvicorn sets no clock on a request that is never finished or an answer that is never read, and
counts silent connections against `limit_concurrency`. So, for each connection here: a request must
be sent whole within `REQUEST_SECONDS`, an answer be taken within `WRITE_SECONDS` a buffer, and the
connections that have not sent a whole request share a waiting room of bounded size; who comes into
a full one takes the place of whoever waits longest. Everything after that is `web.guard`'s.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_SECONDS = 15.0
"""From the connection, or the answer before, to the last byte of a request."""

WRITE_SECONDS = 30.0
"""How long 48 KB of an answer may wait to be taken: slower than 1.6 KB/s is too slow."""

MAX_HEAD = 32 * 1024
"""Bytes of a request line with its headers; cookies of a single sign-on can be long."""

_LINGER_SECONDS = 10.0
_WANTED_FILES = 8_192
_BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"x-content-type-options: nosniff\r\nreferrer-policy: same-origin\r\n"
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
    b"cache-control: no-store\r\ncontent-length: 30\r\nconnection: close\r\n\r\n"
    b"Invalid HTTP request received."
)


class WaitingRoom:
    """The connections that have not sent a whole request, the longest waiting first."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: dict[PatientProtocol, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, connection: PatientProtocol) -> None:
        """Take a place, that of the first one if there is none left."""
        self._waiting.setdefault(connection)
        if len(self._waiting) > self._places:
            first = next(iter(self._waiting))
            self.leave(first)
            first.drop()

    def leave(self, connection: PatientProtocol) -> None:
        """Give the place up."""
        self._waiting.pop(connection, None)


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with an end to its patience."""

    room: ClassVar[WaitingRoom]
    _sending: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a connection that says nothing must end, too."""
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when the request is whole."""
        super().data_received(data)
        self._await_request()

    def on_response_complete(self) -> None:
        """Start it again for the next request; or see to it that a last answer is taken."""
        super().on_response_complete()
        self._await_request()
        if self.transport.is_closing():
            self._await_reader(_LINGER_SECONDS)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even if it has not read what it was sent."""
        super().timeout_keep_alive_handler()
        self._await_reader(_LINGER_SECONDS)

    def pause_writing(self) -> None:
        """Start a clock: the answer is not being read."""
        super().pause_writing()
        self._await_reader(WRITE_SECONDS)

    def resume_writing(self) -> None:
        """Stop it: it is."""
        super().resume_writing()
        self._reading = _stop(self._reading)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.room.leave(self)
        self._sending = _stop(self._sending)
        self._reading = _stop(self._reading)

    def drop(self) -> None:
        """End the connection at once, with whatever is under way on it."""
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are in it
        """Refuse what is no HTTP, with the headers that every answer carries."""
        self.transport.write(_BAD_REQUEST)
        self.transport.close()

    def _await_request(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self.room.leave(self)
            self._sending = _stop(self._sending)
        elif self._sending is None and not self.transport.is_closing():
            self.room.enter(self)
            self._sending = self.loop.call_later(REQUEST_SECONDS, self.drop)

    def _await_reader(self, seconds: float) -> None:
        if self._reading is None:
            self._reading = self.loop.call_later(seconds, self.drop)


def _stop(clock: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stop a clock, if it runs; what is left of it is none."""
    if clock is not None:
        clock.cancel()
    return None


def patient_protocol(places: int) -> type[PatientProtocol]:
    """Return the protocol for one server, with a waiting room of so many places."""
    values: dict[str, Any] = {"room": WaitingRoom(places)}
    return type("Patient", (PatientProtocol,), values)


def room_for_connections() -> int:
    """Let this process open as many files as it may, and return how many connections may wait.

    A quarter of the files: as many again are for answers, the rest for the library.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = _WANTED_FILES if hard == unlimited else min(_WANTED_FILES, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(32, min(_WANTED_FILES if soft == unlimited else soft, _WANTED_FILES) // 4)
