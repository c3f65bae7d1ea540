"""What those are told who are not served: a problem for programs, a calm plain page for people.

The page needs nothing else from the server, for whoever reads it may not be let in. Why somebody
is refused is decided in `web.door` and `web.guard`; the form for programs is `web.api`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from web.api.errors import is_for_programs, say
from web.language import words_for
from web.marks import escape
from web.words import ENGLISH, Words

_PAGES_OWN = "/gradio_api/"
"""Where the page's script asks, never a person."""

_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#1c1a17;background:#faf8f4}h1{font-size:1.35rem;font-weight:600}p{margin:.6em 0}"
    "small{color:#655f56}"
    "@media(prefers-color-scheme:dark){body{color:#ece7dd;background:#151412}small{color:#aaa296}}"
)


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered; `title` and `detail` name fields of `Words`."""

    status: int
    title: str
    detail: str
    n: int = 0
    """The number that `detail` tells, if it tells one."""
    headers: tuple[tuple[str, str], ...] = ()


def refused(refusal: Refusal, scope: Scope, path: str, words: Words = ENGLISH) -> Response:
    """Return the answer: a page for browsers that ask for one, else what programs are told.

    The page and its script speak the visitor's language, programs are told in `words`.
    """
    headers = dict(refusal.headers)
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    for_people = b"text/html" in accepted and not path.startswith(_PAGES_OWN)
    if is_for_programs(path) or not for_people:
        # What the page's script is told, the page shows.
        shown = words_for(Request(scope), words) if path.startswith(_PAGES_OWN) else words
        return say(path, refusal.status, _said(refusal, shown)[1], headers=headers)
    number = scope.get("state", {}).get("request_id", "")
    page = _page(refusal, number, words_for(Request(scope), words))
    return HTMLResponse(page, refusal.status, headers=headers)


def _said(refusal: Refusal, words: Words) -> tuple[str, str]:
    """Return title and detail in words."""
    title, detail = (str(getattr(words, each)) for each in (refusal.title, refusal.detail))
    return title, detail.format(n=words.number(refusal.n))


def _page(refusal: Refusal, number: str, words: Words) -> str:
    title, detail = map(escape, _said(refusal, words))
    return (
        f'<!doctype html><html lang="{escape(words.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1><p>{detail}</p>"
        f"<p><small>{refusal.status} · {escape(number)}</small></p></main></body></html>"
    )
