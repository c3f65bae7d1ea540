"""The chat on another page, whose tag, links and questions are payloads.

The other page is honest and careless at once: its own markup escapes what it holds, but what it
hands to `embed.js` (title, colour, place, language, question) is a payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from benchmarks.torture.payload_library import Shelf, question_of
from benchmarks.torture.payload_watch import Watch
from tests.browser_tools import ask, serving
from tests.payloads import PAYLOADS, Payload
from web.turns import MAX_QUESTION

if TYPE_CHECKING:
    from playwright.sync_api import Frame

_GIVEN = ("title", "color", "position", "theme", "lang", "close-label", "height")
_STUB = "<!doctype html><title>In the frame</title><p>The chat would stand here."
_BY_NUMBER = {each.number: each for each in PAYLOADS}


def host_page(quoth: str, payload: Payload, *, inside: bool) -> str:
    """Return a page that carries the widget, with the payload in everything it is told.

    With `inside`, the payload is also the selector of the element to stand in.
    """
    text = escape(payload.text)
    told = " ".join(f'data-{name}="{text}"' for name in (*_GIVEN, *(["target"] * inside)))
    return (
        '<!doctype html><meta charset="utf-8"><title>Host</title>'
        f'<script src="{quoth}embed.js" {told} defer></script>'
        f'<p><a id="ask" href="#x" data-quoth-ask="{text}">ask</a></p>'
    )


@contextmanager
def hosting() -> Iterator[str]:
    """Serve the host pages: `NUMBER?at=QUOTH` for each payload; yield the address."""

    async def page(request: Request) -> HTMLResponse:
        asked = request.query_params
        payload = _BY_NUMBER[request.path_params["number"]]
        return HTMLResponse(host_page(asked["at"], payload, inside="inside" in asked))

    with serving(Starlette(routes=[Route("/{number:int}", page)])) as address:
        yield address


def widget(watch: Watch, address: str, shelf: Shelf) -> None:
    """Carry the widget with every payload; then ask one of each class through it, as hosts may."""
    framed = re.compile(re.escape(address) + r"\?.*embed=1")
    watch.context.route(framed, lambda route: route.fulfill(body=_STUB, content_type="text/html"))
    for payload in shelf.payloads:
        for inside in ("", "&inside"):
            _carried(watch, f"{watch.host}{payload.number}?at={address}{inside}", payload)
    watch.context.unroute(framed)
    _asked(watch, address, shelf.first_of_each())


def _carried(watch: Watch, address: str, payload: Payload) -> None:
    """Open a host page, press its link, which opens the frame, and touch all of it."""
    page = watch.page
    watch.open(address, click=False)
    if not page.evaluate("Boolean(window.Quoth)"):
        watch.wrong(f"no widget with payload {payload.number}")
        return
    page.click("#ask")
    _framed(watch, "embed=1").wait_for_load_state()
    watch.touch(page)
    for frame in page.frames:
        watch.touch(frame)
    watch.counts["widgets"] += 1


def _asked(watch: Watch, address: str, payloads: Sequence[Payload]) -> None:
    """Open the chat in the frame, and have the host page ask one payload after the other."""
    page = watch.page
    page.goto(f"{watch.host}{payloads[0].number}?at={address}")
    page.wait_for_function("() => window.Quoth")
    page.evaluate("Quoth.open()")
    frame = _framed(watch, "embed=1")
    frame.wait_for_selector("#q-box textarea")
    ask(frame, "Who holds the lamp tonight?")
    for payload in payloads:
        asked = frame.locator(".q-asked").count()
        page.evaluate("text => Quoth.ask(text)", question_of(payload)[:MAX_QUESTION])
        frame.wait_for_function(
            "n => document.querySelectorAll('.q-asked').length > n "
            "&& !document.querySelector('.q-wait')",
            arg=asked,
        )
        watch.touch(frame, "#q-chat .user-row:nth-last-child(2), #q-chat .bot-row:last-child")
        watch.counts["asked by a host"] += 1


def _framed(watch: Watch, part: str) -> Frame:
    """Return the frame whose address has this part, once there is one."""
    for _ in range(1_000):  # a frame in a shadow root is not among `window.frames`
        for frame in watch.page.frames[1:]:
            if part in frame.url:
                return frame
        watch.page.wait_for_timeout(10)
    raise TimeoutError("the chat was not opened in its frame")
