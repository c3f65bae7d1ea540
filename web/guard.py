"""The guard: an ASGI layer in front of everything the server answers.

It closes the Gradio routes the page does not use, refuses large bodies and long addresses before
anybody parses them, drops forwarding headers that no known proxy sent, and puts the security
headers on every answer. Who may ask is not decided here (yet), nor how often.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.api.errors import is_for_programs, say

MAX_BODY = 64 * 1024
"""Bytes a request's body may have."""

MAX_ADDRESS = 32 * 1024
"""Bytes an address may have, without the host; the longest question fits, however it is written."""

CLOSED = (
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/file",
    "/gradio_api/proxy",
    "/gradio_api/deep_link",
    "/gradio_api/process_recording",
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
    "/gradio_api/runs",
    "/gradio_api/run-history",
    "/gradio_api/openapi.json",
    "/gradio_api/component_server",
    "/gradio_api/dev",
    "/gradio_api/stream",
    "/monitoring",
    "/file=",
    "/upload",
    "/proxy=",
)
"""Beginnings of paths that are answered 404: the page uses none of them."""

FORWARDED = (b"forwarded", b"x-real-ip", b"x-remote-user")
"""Headers only a proxy may set, besides all that begin with `x-forwarded-`."""


@dataclass(frozen=True)
class Policy:
    """What the guard lets through: who may frame the page, which proxies are believed."""

    frame_ancestors: tuple[str, ...] = ("'self'",)
    proxies: frozenset[str] = frozenset()
    max_body_bytes: int = MAX_BODY

    def csp(self) -> str:
        """Return the Content-Security-Policy: everything from here, nothing from elsewhere."""
        rules = (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Gradio sets styles on elements
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(self.frame_ancestors)}",
        )
        return "; ".join(rules)

    def headers(self) -> dict[str, str]:
        """Return the headers every answer carries."""
        return {
            "Content-Security-Policy": self.csp(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }


class Guard:
    """ASGI middleware that applies a `Policy` to every request and answer."""

    def __init__(self, app: ASGIApp, policy: Policy | None = None) -> None:
        self.app = app
        self.policy = policy or Policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer closed routes, large bodies and long addresses; pass everything else on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no websocket is used; an unanswered one is refused by the server
        scope = self._without_forged(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        guarded = _Guarded(send, path, self.policy)
        if is_closed(path):
            await JSONResponse({"detail": "Not found"}, 404)(scope, receive, guarded)
            return
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
            detail = f"The address is longer than {MAX_ADDRESS} bytes"
            await refusal(scope["path"], 414, detail)(scope, receive, guarded)
            return
        body = await _body(scope, receive, self.policy.max_body_bytes)
        if body is None:
            detail = f"The request is larger than {self.policy.max_body_bytes} bytes"
            await refusal(scope["path"], 413, detail)(scope, receive, guarded)
            return
        await self.app(scope, _replayed(body, receive), guarded)

    def _without_forged(self, scope: Scope) -> Scope:
        client = scope.get("client")
        if client and client[0] in self.policy.proxies:
            return scope
        return {**scope, "headers": list(_honest(scope["headers"]))}


def refusal(path: str, status: int, detail: str) -> Response:
    """Return an answer that refuses, in the form that callers of this path understand."""
    if is_for_programs(path):
        return say(path, status, detail)
    return JSONResponse({"detail": detail}, status)


def is_closed(path: str) -> bool:
    """Tell whether a path is answered 404, whatever slashes or dots it is dressed in."""
    plain = "/" + "/".join(part for part in path.lower().split("/") if part not in ("", "."))
    return plain.startswith(CLOSED)


def _honest(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        if not name.startswith(b"x-forwarded-") and name not in FORWARDED:
            yield name, value


async def _body(scope: Scope, receive: Receive, limit: int) -> list[Message] | None:
    """Return the messages that make up the body, or None if it is larger than `limit`."""
    declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
    if not declared.isdigit() or int(declared[:12]) > limit:
        return None
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
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


class _Guarded:
    """A `send` that adds the headers to the start of an answer."""

    def __init__(self, send: Send, path: str, policy: Policy) -> None:
        self._send = send
        self._path = path
        self._policy = policy

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": self._with_ours(message)}
        await self._send(message)

    def _with_ours(self, message: Message) -> list[tuple[bytes, bytes]]:
        ours = {name.lower(): value for name, value in self._policy.headers().items()}
        theirs = [(name.lower(), value) for name, value in message.get("headers", ())]
        kind = next((value for name, value in theirs if name == b"content-type"), b"")
        if kind.startswith(b"text/event-stream"):
            ours |= {"x-accel-buffering": "no", "cache-control": "no-cache"}
        elif "/assets/" in self._path and message["status"] == 200:
            ours["cache-control"] = "public, max-age=31536000, immutable"
        elif not any(name == b"cache-control" for name, _ in theirs):
            # Answers and articles stay out of shared caches; what has an ETag is asked for again.
            ours["cache-control"] = "private, no-cache"
        names = {name.encode() for name in ours} | {b"server"}
        kept = [(name, value) for name, value in theirs if name not in names]
        return [*kept, *((name.encode(), value.encode()) for name, value in ours.items())]
