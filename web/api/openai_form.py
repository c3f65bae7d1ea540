"""A reply in the form of OpenAI's chat completions: the extracts' words with numbered sources.

The text quotes the lit sentences and names their sources; `annotations` say which characters of
the text stand for which source (OpenAI's `url_citation`), and under `quoth` where the words stand
in the stored article. Nothing is put into words of its own but the frame around the quotations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fastapi.responses import JSONResponse

from qa.answer import Abstention, Extract, Reply
from web.links import original_url
from web.paths import title_of
from web.render import linked_span, lit_span

MODEL = "quoth"
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
          404: "invalid_request_error", 405: "invalid_request_error", 413: "invalid_request_error",
          414: "invalid_request_error", 422: "invalid_request_error",
          429: "rate_limit_error"}  # fmt: skip
_SILENT = "The archive does not say."
_EMPTY = "The archive is empty."
_NEAREST = "The nearest passages, which may not answer:"


class Message(NamedTuple):
    """The text of a reply, in the pieces it is streamed in, and its annotations."""

    pieces: tuple[str, ...]
    annotations: tuple[dict[str, Any], ...]

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


def message_of(reply: Reply) -> Message:
    """Return a reply as a message."""
    if isinstance(reply, Abstention):
        opening = _EMPTY if reply.reason == "empty_archive" else _SILENT
        shown, start = reply.nearest, f"{opening}\n\n{_NEAREST}\n\n"
        if not shown:
            return Message((opening,), ())
    else:
        shown, start = reply.extracts, ""
    pieces, annotations = [start] if start else [], []
    at = len(start)
    for number, extract in enumerate(shown, 1):
        quoted = f"“{lit_span(extract).of(extract.passage.article.text).strip()}” [{number}]\n\n"
        annotations.append(_annotation(extract, at, at + len(quoted) - 2))
        pieces.append(quoted)
        at += len(quoted)
    pieces.append("\n".join(_sources(shown)))
    return Message(tuple(pieces), tuple(annotations))


def openai_error(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error in OpenAI's form."""
    kind = _KINDS.get(status, "server_error")
    body = {"error": {"message": detail, "type": kind, "param": None, "code": None}}
    return JSONResponse(body, status, headers=dict(headers or {}))


def _annotation(extract: Extract, start: int, end: int) -> dict[str, Any]:
    """Say where in the text a quotation stands, and where in the stored article."""
    article, span = extract.passage.article, lit_span(extract)
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": start,
            "end_index": end,
            "url": original_url(article, linked_span(extract)) or f"/source/{article.id}",
            "title": title_of(article),
        },
        "quoth": {
            "article": article.id,
            "fingerprint": article.fingerprint,
            "start": span.start,
            "end": span.end,
        },
    }


def _sources(extracts: tuple[Extract, ...]) -> Iterator[str]:
    """Yield a line for each source: number, title, author, date, address."""
    for number, extract in enumerate(extracts, 1):
        article = extract.passage.article
        url = original_url(article, linked_span(extract)) or article.source
        parts = (title_of(article), article.author, article.published, url)
        yield f"[{number}] " + ", ".join(part for part in parts if part)
