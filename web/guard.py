"""The guard: an ASGI layer in front of everything the server answers.

It gives each request a number, drops what no known proxy may claim, notes who asks, puts the
security headers on every answer, catches what goes wrong, and logs one line. Whether the request
comes in is decided behind it, in `web.door`; between the two, CORS is answered.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import access_log
from web.access import Access
from web.api.problem import REQUEST_ID
from web.closed import CLOSED, is_closed
from web.door import Door
from web.forwarded import Forgeries, path_of, peer_of, sift
from web.limits import RETRY_SECONDS, Gate
from web.peers import Proxies
from web.policy import MAX_BODY, Policy
from web.problems import Refusal, refused
from web.trouble import log_trouble
from web.words import ENGLISH, Words

__all__ = ["CLOSED", "MAX_BODY", "Guard", "Policy", "is_closed"]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
MAX_HEADERS = 100
"""Header fields a request may have; their size is limited by the server (`web.wire`)."""

MAX_ADDRESS = 32 * 1024
"""Bytes an address may have, without the host; the longest question fits, however it is written.
Gradio's parser fails at longer ones."""

log = logging.getLogger(__name__)

_NUMBER = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_GONE = 499


class Guard:
    """ASGI middleware that applies a `Policy` to every request and answer."""

    def __init__(
        self,
        app: ASGIApp,
        policy: Policy | None = None,
        *,
        words: Words = ENGLISH,
        gate: Gate | None = None,
        idle_events: frozenset[int] = frozenset(),
    ) -> None:
        self.app = app
        self.policy = policy or Policy()
        self._words = words
        self._proxies = Proxies(self.policy.proxies)
        self._access = Access(self.policy, self._proxies)
        self._forgeries = Forgeries()
        # CORS is answered before anybody is asked who they are: a browser asks what it may send
        # without saying for whom, and has to be able to read a refusal.
        self._inner = CORSMiddleware(
            Door(app, self.policy, words, gate, idle_events),
            allow_origins=self.policy.embed_origins,
            allow_methods=METHODS,
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=("X-Request-ID", "Retry-After"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing else goes on but the server's start and end."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        scope = self._introduced(scope)
        state = scope["state"]
        REQUEST_ID.set(state["request_id"])
        answer = _Guarded(send, scope, self.policy)
        try:
            refusal = self._malformed(scope)
            if refusal is None:
                await self._inner(scope, receive, answer)
            else:
                await refused(refusal, scope, path_of(scope), self._words)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last place before a trace reaches anybody
            log_trouble(log, f"request {state['request_id']} failed", error)
            if not answer.status:
                trouble = Refusal(500, "trouble", "trouble_again")
                await refused(trouble, scope, path_of(scope), self._words)(scope, receive, answer)
        finally:
            access_log.write(
                access_log.Line(
                    scope["method"][:16],
                    path_of(scope),
                    answer.status or _GONE,
                    round((time.perf_counter() - began) * 1000),
                    state["request_id"],
                    access_log.hashed(state["caller"]),
                ),
                self.policy.log_format,
            )

    def _introduced(self, scope: Scope) -> Scope:
        """Return the request with its number, who asks, and without what is not believed."""
        peer = peer_of(scope)
        believed = self._proxies.knows(peer)
        number = _number(scope) if believed else ""
        number = number or secrets.token_hex(8)
        sifted = sift(scope, self.policy, self._proxies, self._forgeries)
        sifted["headers"].append((b"x-request-id", number.encode()))
        caller = self._access.who(scope["headers"], peer, peer_of(sifted))
        known = {"request_id": number, "caller": caller, "believed": believed}
        return {**sifted, "state": {**scope.get("state", {}), **known}}

    def _malformed(self, scope: Scope) -> Refusal | None:
        if scope["method"] not in METHODS:
            allow = (("Allow", ", ".join(METHODS)),)
            return Refusal(405, "no_method", "no_method_more", headers=allow)
        if len(scope["headers"]) > MAX_HEADERS:
            return Refusal(431, "too_large", "too_many_headers", MAX_HEADERS)
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
            return Refusal(414, "too_large", "too_large_more", MAX_ADDRESS)
        return None


def _number(scope: Scope) -> str:
    """Return the number a proxy gave the request, if there is one and it is plain."""
    found = [value for name, value in scope["headers"] if name.lower() == b"x-request-id"]
    return found[0].decode() if len(found) == 1 and _NUMBER.fullmatch(found[0]) else ""


class _Guarded:
    """A `send` that adds the headers to the start of an answer, and remembers its status."""

    def __init__(self, send: Send, scope: Scope, policy: Policy) -> None:
        self.status = 0
        self._send = send
        self._path = scope["path"]
        self._number = scope["state"]["request_id"]
        self._policy = policy

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._with_ours(message)}
        await self._send(message)

    def _with_ours(self, message: Message) -> list[tuple[bytes, bytes]]:
        ours = {name.lower(): value for name, value in self._policy.headers().items()}
        ours["x-request-id"] = self._number
        theirs = [(name.lower(), value) for name, value in message.get("headers", ())]
        present = {name for name, _ in theirs}
        kind = next((value for name, value in theirs if name == b"content-type"), b"")
        if kind.startswith(b"text/event-stream"):
            ours |= {"x-accel-buffering": "no", "cache-control": "no-cache"}
        elif "/assets/" in self._path and message["status"] == 200:
            ours["cache-control"] = "public, max-age=31536000, immutable"
        elif b"cache-control" not in present:
            # Answers and articles stay out of shared caches; what has an ETag is asked for again.
            ours["cache-control"] = "private, no-cache"
        if message["status"] in (429, 503) and b"retry-after" not in present:
            ours["retry-after"] = str(RETRY_SECONDS)  # Gradio's full queue says nothing of when
        names = {name.encode() for name in ours} | {b"server"}
        kept = [(name, value) for name, value in theirs if name not in names]
        return [*kept, *((name.encode(), value.encode()) for name, value in ours.items())]
