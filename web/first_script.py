"""A script that is to run before all else stands in the page itself.

What Gradio is given for the page's head is put there by Gradio's own script, once that runs: on a
slow line too late for `static/storage.js`, without which the page is not built in a frame that has
no storage.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.forwarded import path_of

_BEFORE = b"<head>"
_SCRIPT = b'<head><script src="./q-static/storage.js"></script>'


class FirstScript:
    """ASGI middleware that puts the script into the page; every other answer passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the page with the script in it."""
        is_page = scope["type"] == "http" and scope["method"] == "GET" and path_of(scope) == "/"
        await self.app(scope, receive, _Inserting(send) if is_page else send)


class _Inserting:
    """A `send` that holds an HTML page back until it is whole, then sends it with the script."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_whole(self._start)

    async def _send_whole(self, start: Message) -> None:
        body = self._body.replace(_BEFORE, _SCRIPT, 1)
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


def _is_plain_html(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    kind = headers.get(b"content-type", b"")
    return kind.startswith(b"text/html") and b"content-encoding" not in headers
