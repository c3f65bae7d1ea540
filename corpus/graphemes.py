"""Borders of what people see as one character: a letter with its accents, a flag, a family.

Several characters of a text may be one on the screen (a grapheme cluster, Unicode's UAX 29); a mark
that begins or ends inside one takes it apart.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from corpus.article import Span


def whole_clusters(text: str, span: Span, within: Span) -> Span:
    r"""Return the span widened to whole grapheme clusters, kept inside `within`.

    >>> whole_clusters("Zoe\u0308 sang", Span(0, 3), Span(0, 9))
    Span(start=0, end=4)
    """
    start, end = _inside(text, span.start, within), _inside(text, span.end, within)
    if not (start or end):
        return span
    for match in _cluster().finditer(text, within.start, within.end):
        first, last = match.span()
        if start and first < span.start < last:
            span = Span(first, span.end)
        if end and first < span.end < last:
            span = Span(span.start, last)
        if first >= span.end:
            break
    return span


def _inside(text: str, border: int, within: Span) -> bool:
    """Tell whether a border may be inside a cluster; mostly its two neighbours rule that out.

    Only after what joins a letter before it (a mark, a joiner) does it depend on what stands
    further to the left.
    """
    if not within.start < border < within.end:
        return False
    pair = text[border - 1 : border + 1]
    if pair.isascii():
        return False
    return _first("x" + pair) > 1 or _first(pair) > 1


def _first(text: str) -> int:
    """Return how many characters the first cluster has."""
    return int(_cluster().match(text).end())


@cache
def _cluster() -> Any:
    # Imported when it is needed: most articles never have a border that needs it.
    import regex

    return regex.compile(r"\X")
