"""Stopping without cutting anybody off: what was taken on is finished, what is new is refused.

    told to stop ─▶ turnstile locked ─▶ what is under way ends, or the time is up ─▶ doors closed

The doors stay open while the turnstile is locked: a question is sent on one connection and its
answer fetched on the next, and who has sent one must still be able to fetch it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Mapping
from time import monotonic
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from web.api.errors import say

_log = logging.getLogger(__name__)

_SENT = "/gradio_api/queue/join"
_FETCHED = "/gradio_api/queue/data"
_NEVER_ENDS = "/gradio_api/heartbeat/"
"""Open as long as a page is: nobody waits for anything there."""

_PROMISED_SECONDS = 2.0
"""How long after a question was taken on its answer may begin to be fetched."""

_LAST_SECONDS = 2
"""What is left, once the doors are closed, for bytes to leave and for tasks to be cancelled."""


class Turnstile:
    """ASGI layer that counts what is under way and, once it is locked, lets nothing new in."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.locked = False
        self._headers = {**headers, "Retry-After": "5", "Connection": "close"}
        self._under_way = 0
        self._promised = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 503 when it is locked."""
        path: str = scope["path"] if scope["type"] == "http" else ""
        if not path or _NEVER_ENDS in path:
            await self.app(scope, receive, send)
            return
        if self.locked and not path.endswith(_FETCHED):
            refusal = say(path, 503, "stopping; try again", headers=self._headers)
            await refusal(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way -= 1
            if path.endswith(_SENT):
                self._promised = monotonic() + _PROMISED_SECONDS

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way and nobody has still to fetch an answer."""
        return not self._under_way and monotonic() > self._promised


class StoppingServer(uvicorn.Server):
    """A server that gives what is under way `seconds` before it closes; Ctrl-C twice is at once."""

    def __init__(self, config: uvicorn.Config, turnstile: Turnstile, seconds: float) -> None:
        config.timeout_graceful_shutdown = _LAST_SECONDS
        super().__init__(config)
        self._turnstile = turnstile
        self._seconds = seconds
        self._code = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember what to end with."""
        self._code = 130 if sig == signal.SIGINT else 0
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lock, wait, and close."""
        self._turnstile.locked = True
        give_up = monotonic() + self._seconds
        while not self._turnstile.idle and monotonic() < give_up and not self.force_exit:
            await asyncio.sleep(0.05)
        if not self._turnstile.idle:
            _log.warning("stopped although answers were under way, after %g s", self._seconds)
            # A thread that computes cannot be cancelled, and Python would wait for it.
            last = threading.Timer(_LAST_SECONDS + 1, os._exit, [self._code])
            last.daemon = True
            last.start()
        await super().shutdown(sockets)
