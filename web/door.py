"""The door: decides of each request whether it comes in, in this order, and says why if not.

    name it was called by → site it was sent from → who asks → closed routes →
    size of the body → places → questions at once → questions a minute → the application

`web.guard` stands before it (what is claimed, headers, log); the counting is in `web.limits`.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.access import Caller, is_open
from web.closed import is_closed, plain
from web.forwarded import path_of
from web.limits import RETRY_SECONDS, Crowd, Gate, Rate
from web.policy import Policy
from web.problems import Refusal, refused
from web.words import Words

QUESTIONS = (
    "/gradio_api/queue/join", "/api/ask", "/api/search", "/v1/chat/completions", "/api/feedback",
)  # fmt: skip
"""Paths that put a question to the archive, or have something kept: only these are counted."""

BUSY = Refusal(503, "busy", "busy_more", headers=(("Retry-After", str(RETRY_SECONDS)),))
"""What a server says that can take no more just now."""

_SAFE = ("GET", "HEAD", "OPTIONS")


class Door:
    """ASGI middleware that lets in, or refuses."""

    def __init__(
        self,
        app: ASGIApp,
        policy: Policy,
        words: Words,
        gate: Gate | None,
        idle_events: frozenset[int],
    ) -> None:
        self.app = app
        self._idle_events = idle_events
        self._policy = policy
        self._words = words
        self._gate = gate
        self._rate = Rate(policy.questions_per_minute)
        self._crowd = Crowd()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in; answer the rest."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = path_of(scope)
        refusal = self._stranger(scope, path)
        if refusal is None and is_open(scope, path):
            await self.app(scope, receive, send)
        elif refusal is None:
            await self._inside(scope, receive, send, path)
        else:
            await self._answer(refusal, scope, path, receive, send)

    async def _answer(
        self, refusal: Refusal, scope: Scope, path: str, receive: Receive, send: Send
    ) -> None:
        await refused(refusal, scope, path, self._words)(scope, receive, send)

    def _stranger(self, scope: Scope, path: str) -> Refusal | None:
        """Return why this one does not come in at all."""
        policy = self._policy
        host = _header(scope, b"host").lower()
        believed = scope["state"]["believed"]
        if policy.hosts and not believed and _without_port(host) not in policy.hosts:
            return Refusal(403, "wrong_name", "wrong_name_more")
        if scope["method"] not in _SAFE and _is_foreign(scope, host, policy.embed_origins):
            return Refusal(403, "wrong_site", "wrong_site_more")
        caller: Caller | None = scope["state"]["caller"]
        if caller is None and not is_open(scope, path):
            return Refusal(
                401, "no_entry", "no_entry_more", headers=(("WWW-Authenticate", "Bearer"),)
            )
        return None

    async def _inside(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Serve one who was let in, within the limits."""
        limit = self._policy.max_body_bytes
        if is_closed(path):
            gone = Refusal(404, "no_page", "no_page_more")
            await self._answer(gone, scope, path, receive, send)
            return
        body = await read_body(scope, receive, limit)
        if body is None:
            large = Refusal(413, "too_large", "too_large_more", limit)
            await self._answer(large, scope, path, receive, send)
            return
        if body and body[-1]["type"] == "http.disconnect":
            return  # it was never sent whole, and nobody waits for an answer
        # Only now a place: whoever sends slowly holds none (`web.wire` sees to those).
        with self._crowd.place(scope["state"]["caller"]) as free:
            refusal = self._limit(scope, path, body) if free else BUSY
            if refusal is None:
                await self.app(scope, _replayed(body, receive), send)
            else:
                await self._answer(refusal, scope, path, receive, send)

    def _limit(self, scope: Scope, path: str, body: list[Message]) -> Refusal | None:
        """Return why a question is not put now."""
        if plain(path) not in QUESTIONS or not is_question(scope, path, body, self._idle_events):
            return None
        if self._gate is not None and self._gate.is_full():
            return BUSY
        wait = self._rate.wait(scope["state"]["caller"])
        if not wait:
            return None
        later = (("Retry-After", str(wait)),)
        return Refusal(429, "too_many", "too_many_more", wait, later)


def is_question(
    scope: Scope, path: str, body: list[Message], idle_events: frozenset[int] = frozenset()
) -> bool:
    """Tell whether a request may put a question.

    The page's events all go through one route: choosing a filter sets off one of `idle_events`,
    and opening an empty page one that asks, but without any value.
    """
    if plain(path) != QUESTIONS[0]:
        return True
    try:
        event = json.loads(b"".join(message.get("body", b"") for message in body))
        if type(number := event.get("fn_index")) is int and number in idle_events:
            return False
        empty = _is_empty(event["data"]) and _is_empty(event.get("event_data"))
        return bool(scope["query_string"]) or not empty
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return True


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value is None or value is False or value in ("", {})


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def _is_foreign(scope: Scope, host: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether a browser says that a page of another site sends this."""
    origin = _header(scope, b"origin").lower()
    if not origin or origin in allowed:
        return False
    scheme, _, name = origin.partition("://")
    usual = {"http": ":80", "https": ":443"}.get(scheme, ":")
    return name.removesuffix(usual) != host.removesuffix(usual)


def _header(scope: Scope, wanted: bytes) -> str:
    found = next((value for name, value in scope["headers"] if name == wanted), b"")
    return bytes(found).decode("latin-1").strip()


async def read_body(scope: Scope, receive: Receive, limit: int) -> list[Message] | None:
    """Return the messages that make up the body, or None if it is larger than `limit`."""
    declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
    if not declared.isdigit() or int(declared[:12]) > limit:
        return None
    if scope["method"] in _SAFE:
        return []
    messages: list[Message] = []
    size, more = 0, True
    while more:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
        if size > limit:
            return None
    return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    waiting = list(reversed(messages))

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
