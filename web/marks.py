"""Put marks into text by offsets: the one place where stored text becomes HTML.

Text is cut at every place where a layer begins or ends, each piece is escaped by itself, and the
tags are put round the pieces. So the property holds that every other page relies on: strip the
tags, unescape, and the text is there again, character for character. Which words to mark is
decided in `qa`; how a card or a page looks, in `web.render` and `web.source`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from corpus.article import Span
from qa.answer import Highlight

ROOM = 260
"""Characters shown on each side of the lit words when a passage is shortened."""

LONG = 760
"""A passage longer than this many characters is shortened round its lit words."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_PAUSE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\s+|[。！？]|\n+")


class Layer(NamedTuple):
    """A span to be wrapped in a tag: `open_tag` must be complete, `close_tag` match it."""

    span: Span
    open_tag: str
    close_tag: str


class Point(NamedTuple):
    """An empty element to stand at one offset (a page break); it must hold no text."""

    offset: int
    tag: str


def escape(text: str) -> str:
    """Return `text` safe in HTML text and in quoted attributes.

    A carriage return is written as a reference, since a browser would turn it into a line feed.

    >>> escape('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(text, quote=True).replace("\r", "&#13;")


def lang_attribute(code: str | None) -> str:
    """Return ` lang="…"` for what is formed like a language tag (RFC 5646), else nothing.

    >>> lang_attribute("pt-BR"), lang_attribute("English!")
    (' lang="pt-BR"', '')
    """
    return f' lang="{code}"' if code and _LANGUAGE.fullmatch(code) else ""


def marked_up(
    text: str, shown: Span, layers: Sequence[Layer] = (), points: Iterable[Point] = ()
) -> str:
    """Return `shown` of `text` as HTML, with `layers` round their spans, outermost first.

    Layers may overlap in any way: tags are closed and opened again at every cut, so the HTML
    is always well formed.

    >>> marked_up("a < b", Span(0, 5), [Layer(Span(2, 3), "<mark>", "</mark>")])
    'a <mark>&lt;</mark> b'
    """
    here: dict[int, list[str]] = {}
    for point in points:
        if shown.start <= point.offset < shown.end:
            here.setdefault(point.offset, []).append(point.tag)
    cuts = _cuts(shown, layers, here)
    out: list[str] = []
    active: list[Layer] = []
    for start, end in pairwise(cuts):
        wanted = [each for each in layers if each.span.start <= start and end <= each.span.end]
        kept = _shared(active, wanted)
        out += [each.close_tag for each in reversed(active[kept:])]
        out += [each.open_tag for each in wanted[kept:]]
        out += here.get(start, [])
        out.append(escape(text[start:end]))
        active = wanted
    out += [each.close_tag for each in reversed(active)]
    return "".join(out)


def _cuts(shown: Span, layers: Sequence[Layer], here: Iterable[int]) -> list[int]:
    edges = {shown.start, shown.end, *here}
    for layer in layers:
        edges.update(layer.span)
    return sorted(edge for edge in edges if shown.start <= edge <= shown.end)


def _shared(active: Sequence[Layer], wanted: Sequence[Layer]) -> int:
    """Return how many outermost layers stay open."""
    kept = 0
    for old, new in zip(active, wanted, strict=False):
        if old is not new:
            break
        kept += 1
    return kept


def layers_of(highlights: Iterable[Highlight]) -> list[Layer]:
    """Return the layers of a reply's highlights: sentences outside, answering words inside."""
    tags = {"sentence": '<mark class="q-sentence">', "answer": '<mark class="q-answer">'}
    ordered = sorted(highlights, key=lambda mark: (mark.kind != "sentence", mark.span))
    return [Layer(mark.span, tags[mark.kind], "</mark>") for mark in ordered]


def window(text: str, passage: Span, lit: Sequence[Span]) -> Span:
    """Return the part of a passage to show: all of it, or the lit words with their neighbours.

    A long passage is shortened at pauses between sentences where there are any. The result is
    a span inside the passage, never an altered text.
    """
    if passage.end - passage.start <= LONG:
        return passage
    first = min((span.start for span in lit), default=passage.start)
    last = max((span.end for span in lit), default=min(passage.start + LONG, passage.end))
    pauses = [match.end() for match in _PAUSE.finditer(text, passage.start, passage.end)]
    before = [at for at in pauses if first - ROOM <= at <= first]
    after = [at for at in pauses if last <= at <= last + ROOM]
    start = before[0] if before else _blank(text, max(first - ROOM, passage.start), first)
    end = after[-1] if after else _blank(text, min(last + ROOM, passage.end), last)
    if first - passage.start <= ROOM:
        start = passage.start
    return Span(start, passage.end if passage.end - last <= ROOM else end)


def _blank(text: str, at: int, toward: int) -> int:
    """Return the first offset from `at` toward the lit words that does not split a word."""
    step = 1 if toward >= at else -1
    while at != toward and not text[at - 1 : at].isspace():
        at += step
    return at
