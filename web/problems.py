"""What those are told who are not served: a problem for programs, a calm plain page for people.

The page needs nothing else from the server, for whoever reads it may not be let in. Why somebody
is refused is decided in `web.door` and `web.guard`; the form for programs is `web.api`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from web.api.errors import is_for_programs, say
from web.marks import escape

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
    """Why a request is not answered, for a person to read."""

    status: int
    title: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()


def refused(refusal: Refusal, scope: Scope, path: str, language: str = "en") -> Response:
    """Return the answer: a page for browsers that ask for one, else what programs are told."""
    headers = dict(refusal.headers)
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    for_people = b"text/html" in accepted and not path.startswith(_PAGES_OWN)
    if is_for_programs(path) or not for_people:
        return say(path, refusal.status, refusal.detail, headers=headers)
    number = scope.get("state", {}).get("request_id", "")
    return HTMLResponse(_page(refusal, number, language), refusal.status, headers=headers)


def _page(refusal: Refusal, number: str, language: str) -> str:
    title = escape(refusal.title)
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1><p>{escape(refusal.detail)}</p>"
        f"<p><small>{refusal.status} · {escape(number)}</small></p></main></body></html>"
    )
