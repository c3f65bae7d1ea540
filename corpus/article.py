"""The nouns of the corpus: `Span`, `Section`, `Article`, `Passage`.

An article's text is cleaned once, before the `Article` is made, and never altered afterwards.
Everything later - a section, a sentence, a passage, a highlight - is a half-open span of that
text. This file only defines the records; reading files is `corpus.load`, splitting `corpus.chunk`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range `[start, end)` of characters of an article's text.

    >>> Span(4, 7).of("one two")
    'two'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the slice of `text` this span names."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end

    def shifted(self, by: int) -> Span:
        """Return the span moved by `by` characters."""
        return Span(self.start + by, self.end + by)


class Section(NamedTuple):
    """A heading of an article: where its line stands, and its depth (1 = outermost)."""

    heading: Span
    level: int


@dataclass(frozen=True)
class Article:
    """One article, cleaned, with what is known about it.

    `source` is an address people can open (a URL) or, failing that, the file's path as given.
    `published` is an ISO date (`2023-01-17`, `2023-01` or `2023`). `pages` holds the offset at
    which each page of a PDF starts (empty for everything else).
    `captured` is when this text was taken into a library (UTC, `2026-01-17T08:30:00Z`); None
    before that.
    """

    id: str
    title: str
    text: str
    source: str
    author: str | None = None
    published: str | None = None
    language: str | None = None
    sections: tuple[Section, ...] = ()
    pages: tuple[int, ...] = field(default=())
    captured: str | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest (BLAKE2b, 16 bytes) of the text: what a proof of a quotation refers to."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """Return the 1-based page on which the character at `offset` stands, if pages are known."""
        return bisect_right(self.pages, offset) if self.pages else None

    def heading_trail(self, offset: int) -> tuple[str, ...]:
        """Return the headings above the character at `offset`, outermost first.

        >>> text = "Leave\\n\\nSick\\n\\nStay home."
        >>> sections = (Section(Span(0, 5), 1), Section(Span(7, 11), 2))
        >>> Article("a", "Handbook", text, "a.md", sections=sections).heading_trail(13)
        ('Leave', 'Sick')
        """
        trail: list[str] = []
        number = bisect_right(self.sections, offset, key=lambda section: section.heading.start) - 1
        while number >= 0:
            trail.append(self.sections[number].heading.of(self.text))
            number = self._above[number]
        return tuple(reversed(trail))

    @cached_property
    def _above(self) -> list[int]:
        """For each section the number of the one it belongs to, -1 for none; found in one pass."""
        above: list[int] = []
        trail: list[int] = []
        for number, section in enumerate(self.sections):
            while trail and self.sections[trail[-1]].level >= section.level:
                trail.pop()
            above.append(trail[-1] if trail else -1)
            trail.append(number)
        return above


@dataclass(frozen=True)
class Passage:
    """A slice of an article: the unit that is encoded, found and shown."""

    article: Article
    span: Span
    heading: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The slice itself, read from the article's text each time."""
        return self.span.of(self.article.text)


def article_id(address: str) -> str:
    """Return a stable, readable id for an address: a slug of its last part and eight hex digits.

    >>> article_id("https://example.org/2023/night-ferry.html")
    'night-ferry-5808fddb'
    """
    tail = re.split(r"[?#]", address)[0].rstrip("/").rsplit("/", 1)[-1]
    stem = tail.rsplit(".", 1)[0] if "." in tail.strip(".") else tail
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    digest = hashlib.blake2b(address.encode(), digest_size=4).hexdigest()
    return f"{slug}-{digest}" if slug else f"article-{digest}"
