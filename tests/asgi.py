"""Ask an ASGI application directly: any header, in any spelling, from any peer or none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message

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
