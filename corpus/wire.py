"""What passes between parent and child: length-prefixed JSON frames, articles as plain objects.

JSON rather than pickle, because the child has parsed hostile bytes and is not to be believed:
whatever arrives is checked (types, spans inside the text) before it becomes an `Article`.
"""

from __future__ import annotations

import json
import os
from typing import Any

from corpus.article import Article, Section, Span
from corpus.problem import Problem

PREFIX_BYTES = 8


class WireError(ValueError):
    """A frame or its content is not what the protocol says."""


def frame(message: dict[str, Any]) -> bytes:
    """Return a message as bytes: eight bytes of length, then JSON.

    >>> frame({"a": 1})
    b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x08{"a": 1}'
    """
    body = json.dumps(message).encode("ascii")
    return len(body).to_bytes(PREFIX_BYTES, "big") + body


def unframe(body: bytes) -> dict[str, Any]:
    """Decode the JSON of one frame.

    Raises:
        WireError: it is no JSON object.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from None
    if not isinstance(message, dict):
        raise WireError("not an object")
    return message


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` to a pipe.

    Raises:
        BrokenPipeError: nobody reads at the other end any more.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_frame(descriptor: int) -> dict[str, Any] | None:
    """Read one whole frame, waiting for it; None at the end of the stream."""
    prefix = _read_exactly(descriptor, PREFIX_BYTES)
    if prefix is None:
        return None
    body = _read_exactly(descriptor, int.from_bytes(prefix, "big"))
    return None if body is None else unframe(body)


def _read_exactly(descriptor: int, count: int) -> bytes | None:
    """Read `count` bytes, or None if the stream ends before."""
    data = bytearray()
    while len(data) < count:
        part = os.read(descriptor, min(count - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)


def article_to_json(article: Article) -> dict[str, Any]:
    """Return an article as an object of plain values."""
    return {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "source": article.source,
        "author": article.author,
        "published": article.published,
        "language": article.language,
        "sections": [[*section.heading, section.level] for section in article.sections],
        "pages": list(article.pages),
    }


def article_from_json(message: Any) -> Article:
    """Return the article an object describes, having checked it.

    >>> article = Article("a", "A", "Text.", "a.txt", sections=(Section(Span(0, 4), 1),))
    >>> article_from_json(article_to_json(article)) == article
    True

    Raises:
        WireError: a field is missing or of the wrong type, or a span lies outside the text.
    """
    try:
        text = str(message["text"])
        sections = tuple(Section(Span(s, e), level) for s, e, level in message["sections"])
        article = Article(
            id=str(message["id"]),
            title=str(message["title"]),
            text=text,
            source=str(message["source"]),
            author=_optional(message["author"]),
            published=_optional(message["published"]),
            language=_optional(message["language"]),
            sections=sections,
            pages=tuple(int(page) for page in message["pages"]),
        )
        inside = all(0 <= s.heading.start < s.heading.end <= len(text) for s in sections)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not an article: {error!r}") from None
    if not inside or any(not 0 <= page <= len(text) for page in article.pages):
        raise WireError("a span lies outside the article's text")
    return article


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as an object of plain values."""
    return {"where": problem.where, "what": problem.what, "line": problem.line}


def problem_from_json(message: Any) -> Problem:
    """Return the problem an object describes.

    Raises:
        WireError: a field is missing.
    """
    try:
        line = message["line"]
        return Problem(str(message["where"]), str(message["what"]), line and int(line))
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a problem: {error!r}") from None


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
