"""The control: the same payloads where nothing escapes them. Whoever counts must notice them.

Two of them: pages of our own making that put a payload raw into each place it was made for, and
Quoth's article pages and evidence cards with their escaping undone on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.torture.payload_watch import Finding, Watch
from tests.browser_tools import serving
from tests.payloads import HOST, PAYLOADS, Payload
from web.marks import escape

PLACES = {
    "text": "<body>{}<p>and more",
    "document": "{}",
    "double quotes": '<body><p title="{}">x</p>',
    "single quotes": "<body><p title='{}'>x</p>",
    "no quotes": "<body><p title={}>x</p>",
    "address": '<body><a href="{}">go</a>',
    "string": '<body><script>const text = "{}";</script>',
    "string in single quotes": "<body><script>const text = '{}';</script>",
    "template": "<body><script>const text = `{}`;</script>",
}
"""Where a careless page puts a text."""

_ESCAPED = re.compile(r"(?:%u|\\u|\\x)([0-9a-fA-F]{4}|[0-9a-fA-F]{2})|\\([0-7]{2,3})")
_LINKED = re.compile(r"!?\[[^]]*\]\(\s*<?(.+)\)|\\(?:href|includegraphics)\{(.+?)\}(?=\{|\$|\\|$)")


_NUMBER = re.compile(rf"\bp(\d+)\.{re.escape(HOST)}")
_BY_NUMBER = {each.number: each for each in PAYLOADS}


def noticed(findings: Sequence[Finding]) -> set[int]:
    """Return the numbers of the payloads that ran, or called their host."""
    ran = {int(each.detail) for each in findings if each.what == "ran" and each.detail.isdigit()}
    called = [each.detail for each in findings if each.what == "called"]
    return ran | {int(found[1]) for detail in called if (found := _NUMBER.search(detail))}


def raw(watch: Watch, payloads: Sequence[Payload]) -> set[int]:
    """Put payloads raw into every place, until they are noticed; return those that were."""
    found: set[int] = set()
    with _careless() as address:
        for decoded in range(len(DECODED)):
            for place in range(len(PLACES)):
                left = [each.number for each in payloads if each.number not in found]
                pages = [f"{address}{number}/{place}/{decoded}" for number in left]
                watch.open_all(address, pages)
                found |= noticed(watch.findings)
    return found


def _decoded(text: str) -> str:
    """Undo every way of writing characters, as often as anybody might."""
    text = unescape(unescape(unquote(unquote(text))))
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16) if m[1] else int(m[2], 8)), text)


def _rendered(text: str) -> str:
    """Make links of what looks like links in Markdown and TeX, and pictures."""
    return _LINKED.sub(lambda m: f'<a href="{m[1] or m[2]}">go</a><img src="{m[1] or m[2]}">', text)


DECODED = (str, _decoded, _rendered)
"""What a careless page does to a text before."""


@contextmanager
def _careless() -> Iterator[str]:
    async def page(request: Request) -> HTMLResponse:
        text = _BY_NUMBER[request.path_params["number"]].text
        text = DECODED[request.path_params["decoded"]](text)
        place = list(PLACES.values())[request.path_params["place"]]
        return HTMLResponse('<!doctype html><meta charset="utf-8">' + place.replace("{}", text))

    async def frames(_: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>frames</title><body>")

    route = "/{number:int}/{place:int}/{decoded:int}"
    with serving(Starlette(routes=[Route("/", frames), Route(route, page)])) as address:
        yield address


def undone(watch: Watch, address: str, payloads: Sequence[Payload]) -> set[int]:
    """Open articles' pages on a server that is `Leaky`; return the numbers that were noticed."""
    pages = [f"{address}source/payload-{each.number}" for each in payloads]
    watch.open_all(address + "healthz", pages)
    return noticed(watch.findings)


class Leaky:
    """An application whose pages of articles have the escaping of their payloads undone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; put the payload of `payload-N` raw into what comes back."""
        number = re.match(r"/source/payload-(\d+)$", scope.get("path", ""))
        if number is None:
            await self._app(scope, receive, send)
            return
        text = _BY_NUMBER[int(number[1])].text

        async def leak(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [each for each in message["headers"] if each[0] != b"content-length"]
                message = {**message, "headers": kept}
            elif message.get("body"):
                body = message["body"].replace(escape(text).encode(), text.encode())
                message = {**message, "body": body}
            await send(message)

        await self._app(scope, receive, leak)
