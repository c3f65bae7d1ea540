"""Passages: whole sentences packed up to a budget of the encoder's own tokens.

The objective: every word of an article is in exactly one passage, no passage exceeds what the
encoder can see, borders fall where the author put them (section, then paragraph, then sentence),
and passages are neither crumbs nor walls. Headings are not part of passages; they travel with
them as the heading trail. A heading with nothing under it becomes a passage of its own.

    article ─▶ sections ─▶ paragraphs ─▶ sentences ─▶ packed passages

A sentence longer than the budget is split between words rather than lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import NamedTuple, Protocol

from corpus.article import Article, Passage, Span
from corpus.sentences import sentence_spans, trimmed


class Tokens(Protocol):
    """What the splitter needs of a tokenizer: how many tokens, and where they stand."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`, in order."""
        ...


@dataclass(frozen=True)
class ChunkRules:
    """Sizes in tokens of the encoder. Paragraphs below `min_tokens` join their neighbour."""

    max_tokens: int = 220
    min_tokens: int = 48


class Chunk(NamedTuple):
    """A passage and the sentences it is made of, all in article coordinates, blanks trimmed."""

    passage: Passage
    sentences: tuple[Span, ...]


class _Unit(NamedTuple):
    """A sentence (or piece of an overlong one), its tokens, and the paragraph it belongs to."""

    span: Span
    tokens: int
    paragraph: int
    section: int


def split(article: Article, tokens: Tokens, rules: ChunkRules | None = None) -> tuple[Chunk, ...]:
    """Split an article into chunks; see the module's objective.

    Every character that is neither blank nor part of a heading lies in exactly one passage.
    """
    rules = rules or ChunkRules()
    units = list(_units(article, tokens, rules))
    chunks: list[Chunk] = []
    for _, group in groupby(units, key=lambda unit: unit.section):
        for part in _packed(_paragraphs(list(group)), rules):
            span = Span(part[0].span.start, part[-1].span.end)
            passage = Passage(article, span, article.heading_trail(span.start))
            chunks.append(Chunk(passage, tuple(unit.span for unit in part)))
    return tuple(chunks)


def _units(article: Article, tokens: Tokens, rules: ChunkRules) -> Iterator[_Unit]:
    """Yield the sentences of an article with their token counts, overlong ones in pieces."""
    placed = list(_placed_sentences(article))
    counts = tokens.count([span.of(article.text) for span, _, _ in placed])
    for (span, paragraph, section), count in zip(placed, counts, strict=True):
        if count <= rules.max_tokens:
            yield _Unit(span, count, paragraph, section)
            continue
        for piece, size in _pieces(article.text, span, tokens, rules.max_tokens):
            yield _Unit(piece, size, paragraph, section)


def _placed_sentences(article: Article) -> Iterator[tuple[Span, int, int]]:
    """Yield (sentence, paragraph number, section number) for the body of the article."""
    text, paragraph = article.text, 0
    for section, body in enumerate(_bodies(article)):
        for part in sentence_spans(body.of(text), article.language):
            whole = part.shifted(body.start)
            sentence = trimmed(text, whole)
            if sentence.start < sentence.end:
                yield sentence, paragraph, section
            if "\n\n" in text[sentence.end : whole.end]:
                paragraph += 1
        paragraph += 1


def _bodies(article: Article) -> Iterator[Span]:
    """Yield the text between headings; a heading with nothing under it stands for itself."""
    headings = [section.heading for section in article.sections]
    starts = [0, *(heading.end for heading in headings)]
    ends = [*(heading.start for heading in headings), len(article.text)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        body = trimmed(article.text, Span(start, end))
        if body.start < body.end:
            yield body
        elif number and _is_leaf(article, number - 1):
            yield headings[number - 1]


def _is_leaf(article: Article, number: int) -> bool:
    """Tell whether no deeper heading follows: then an empty section would lose its words."""
    following = article.sections[number + 1 : number + 2]
    return not following or following[0].level <= article.sections[number].level


def _pieces(text: str, span: Span, tokens: Tokens, budget: int) -> Iterator[tuple[Span, int]]:
    """Cut an overlong sentence into pieces of at most `budget` tokens, between words if it can."""
    places = [place.shifted(span.start) for place in tokens.spans(span.of(text))]
    first = 0
    while first < len(places):
        last = min(first + budget, len(places))
        if last < len(places):
            last = _word_border(text, places, first, last)
        start = span.start if first == 0 else places[first].start
        end = span.end if last == len(places) else places[last].start
        piece = trimmed(text, Span(start, end))
        if piece.start < piece.end:
            yield piece, last - first
        first = last


def _word_border(text: str, places: Sequence[Span], first: int, last: int) -> int:
    """Move the cut back to a token that follows a blank, but never over half of the piece."""
    for cut in range(last, first + (last - first) // 2, -1):
        if text[places[cut].start - 1].isspace():
            return cut
    # A cut must never fall inside a character that several tokens share (byte-level tokenizers).
    while last > first + 1 and places[last].start < places[last - 1].end:
        last -= 1
    return last


def _paragraphs(units: list[_Unit]) -> list[list[_Unit]]:
    """Group the sentences of a section by paragraph."""
    return [list(group) for _, group in groupby(units, key=lambda unit: unit.paragraph)]


def _packed(paragraphs: list[list[_Unit]], rules: ChunkRules) -> Iterator[list[_Unit]]:
    """Join small paragraphs, split large ones evenly, and yield the sentences of each passage."""
    pending: list[_Unit] = []
    for paragraph in paragraphs:
        size = _size(pending)
        joins = size < rules.min_tokens or _size(paragraph) < rules.min_tokens
        if pending and not (joins and size + _size(paragraph) <= rules.max_tokens):
            yield from _even(pending, rules.max_tokens)
            pending = []
        pending = pending + paragraph
    if pending:
        yield from _even(pending, rules.max_tokens)


def _even(units: list[_Unit], budget: int) -> Iterator[list[_Unit]]:
    """Split units into as few parts as the budget allows, of about equal size."""
    target = _size(units) / max(1, ceil(_size(units) / budget))
    part: list[_Unit] = []
    for unit in units:
        size = _size(part)
        over = size + unit.tokens - target
        if part and (size + unit.tokens > budget or (over > 0 and over > target - size)):
            yield part
            part = []
        part.append(unit)
    if part:
        yield part


def _size(units: Sequence[_Unit]) -> int:
    """Return the number of tokens of the units together."""
    return sum(unit.tokens for unit in units)
