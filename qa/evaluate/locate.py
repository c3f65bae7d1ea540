"""Find where a quote or a paragraph stands in a stored text.

Only gold answers are located like this, since people write them by hand; what Quoth shows is
never found again but carried as spans. Which article to look in is decided by `resolve`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.article import Span


def occurrences(quote: str, text: str) -> tuple[Span, ...]:
    """Return every place of `quote` in `text`, overlapping ones included.

    When the words stand nowhere exactly, any run of white space matches any other, since a quote
    typed by hand rarely keeps the line breaks of the article.

    >>> occurrences("a b", "a b, a\\nb")
    (Span(start=0, end=3),)
    >>> occurrences("a  b", "a b, a\\nb")
    (Span(start=0, end=3), Span(start=5, end=8))
    """
    quote = quote.strip()
    if not quote:
        return ()
    exact = tuple(Span(start, start + len(quote)) for start in _starts(quote, text))
    return exact or tuple(_loose(quote, text))


def nearest(quote: str, text: str, offset: int) -> Span | None:
    """Return the occurrence of `quote` that starts nearest to `offset`; None when there is none.

    >>> nearest("is", "this is it", 5)
    Span(start=5, end=7)
    """
    places = occurrences(quote, text)
    return min(places, key=lambda place: abs(place.start - offset)) if places else None


def _starts(quote: str, text: str) -> Iterator[int]:
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _loose(quote: str, text: str) -> Iterator[Span]:
    words = quote.split()
    if words[0] not in text:  # spares the slow search in texts that cannot match
        return
    for match in re.finditer(r"\s+".join(map(re.escape, words)), text):
        yield Span(*match.span())
