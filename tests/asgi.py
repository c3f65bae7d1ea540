"""Ask an ASGI application directly: any header, any spelling, any peer or none, every route."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message

from web.api.errors import NoRoute

Peer = tuple[str, int] | None
Pairs = Sequence[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def whole(self) -> str:
        """Headers and body, to look for what must not be there."""
        return f"{self.headers} {self.text}"


def ask(
    app: ASGIApp,
    path: str,
    headers: Pairs = (),
    *,
    peer: Peer = ("127.0.0.1", 50_000),
    method: str = "GET",
    body: bytes = b"",
    query: bytes = b"",
    host: bytes = b"chat.example",
) -> Answer:
    """Send one request and wait for the whole answer."""
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.sleep(30)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query,
        "root_path": "", "headers": [(b"host", host), *headers], "client": peer,
        "server": ("127.0.0.1", 7860), "state": {},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    start = sent[0]
    joined: dict[str, str] = {}
    for name, value in start["headers"]:
        key = name.decode().lower()
        joined[key] = f"{joined[key]}, {value.decode()}" if key in joined else value.decode()
    return Answer(start["status"], joined, b"".join(each.get("body", b"") for each in sent[1:]))


async def shown(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what an application behind the guard sees of the request."""
    seen = {
        "host": [v.decode() for k, v in scope["headers"] if k == b"host"],
        "scheme": scope["scheme"],
        "client": scope["client"] and scope["client"][0],
        "root": scope["root_path"],
        "path": scope["path"],
        "headers": sorted(k.decode() for k, _ in scope["headers"]),
        "values": [v.decode("latin-1") for _, v in scope["headers"]],
        "id": scope["state"]["request_id"],
        "who": scope["state"]["caller"] and scope["state"]["caller"].name,
    }
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


def routes_of(application: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield method and path of every route; fail on a kind of route that is not known here."""
    for route in application.routes:
        yield from routes_in(route, before)


def routes_in(route: BaseRoute, before: str) -> Iterator[tuple[str, str]]:
    included = getattr(route, "original_router", None)
    if isinstance(included, APIRouter):
        yield from routes_of(included, before)
    elif isinstance(route, Mount):
        if getattr(route.app, "routes", None):
            yield from routes_of(route.app, before + route.path)
        else:
            yield "GET", f"{before}{route.path}/any/file.css"
    else:
        methods, path = getattr(route, "methods", None), getattr(route, "path", None)
        assert path is not None, f"a route of an unknown kind: {route!r}"
        if isinstance(getattr(route, "app", None), NoRoute):
            methods = ("GET", "POST")  # it answers whatever no other route does
        assert methods, f"a route of an unknown kind: {route!r}"
        filled = re.sub(r"\{[^}]*\}", "x", before + path)
        yield from ((method, filled) for method in sorted(methods))
