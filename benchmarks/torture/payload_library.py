"""A library in which every payload stands in every field of an article, and in a file's name.

Two articles for each payload: one put in as it is (title, author, address, heading, text), one
read from a file whose path is the payload. Both hold a word of their own, so that a question
finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from corpus.article import Article, Section, Span
from corpus.clean import clean_line, clean_text
from index.ingest import ingest
from index.library import Library
from index.put import put_articles
from qa.archive import Archive
from qa.rules import AskRules
from tests.conftest import FakeEncoder
from tests.payloads import Payload

SHELF = 260
"""Payloads of one library: fewer than the values that a filter offers."""

_LONGEST_PART, _LONGEST_PATH = 240, 2_000
_SHOWN = 6


class Shelf(Archive):
    """An archive of payloads, whose welcome offers other questions each time it is shown."""

    def __init__(self, folder: Path, payloads: Sequence[Payload]) -> None:
        super().__init__(Library.open(folder), FakeEncoder(), rules=AskRules(bar=0.0))
        self.payloads = payloads
        self._next = 0

    def examples(self) -> tuple[str, ...]:
        """Return six questions, the next six of all."""
        first, self._next = self._next, (self._next + _SHOWN) % len(self.payloads)
        return tuple(question_of(each) for each in self.payloads[first : first + _SHOWN])

    def first_of_each(self) -> list[Payload]:
        """Return the first payload of each class on this shelf."""
        return list({each.kind: each for each in reversed(self.payloads)}.values())


def question_of(payload: Payload) -> str:
    """Return a question that is the payload, and finds its articles."""
    return f"{payload.text} {word_of(payload)}"


def word_of(payload: Payload) -> str:
    """Return the word that stands in the payload's articles alone."""
    return f"lamp{payload.number}"


def shelf(home: Path, payloads: Sequence[Payload]) -> Shelf:
    """Build the library under `home` and open it."""
    folder = home / "library"
    put_articles([article_of(each) for each in payloads], folder, FakeEncoder(), address="payloads")
    if write_named(home / "files", payloads):
        ingest([home / "files"], folder, FakeEncoder())
    return Shelf(folder, payloads)


def article_of(payload: Payload) -> Article:
    """Return an article that has the payload wherever it can have one."""
    heading = clean_line(payload.text)[:300].strip()
    body = clean_text(f"{heading}\n\n{text_of(payload)}")
    sections = (Section(Span(0, len(heading)), 2),)
    return Article(
        f"payload-{payload.number}", payload.text, body, payload.text, payload.text,
        payload.text[:40], None, sections,
    )  # fmt: skip


def text_of(payload: Payload) -> str:
    """Return paragraphs with the payload in them, and words that make them like no others."""
    word, fill = word_of(payload), _fill(payload)
    return (
        f"The {word} holds {payload.text} and the {word} burns. {fill[0]}.\n\n"
        f"{payload.text}\n\nNobody saw the {word} of {fill[1]}, {payload.text}\n\n"
        f"{word} {fill[0]} {word}."
    )


def _fill(payload: Payload) -> list[str]:
    draw = Random(payload.number)
    return [" ".join(f"{draw.randrange(36**4):x}" for _ in range(15)) for _ in range(2)]


def short_question_of(payload: Payload) -> str:
    """Return a question that finds the payload's articles where the payload is too long to ask."""
    return f"{word_of(payload)} {_fill(payload)[0]}"


def write_named(folder: Path, payloads: Sequence[Payload]) -> int:
    """Write files whose paths are the payloads, as far as a path may be one; return how many."""
    written = 0
    for payload in payloads:
        path = folder / f"{payload.number}" / f"{payload.text.strip('/')}.txt"
        parts = path.parts
        if "\0" in payload.text or ".." in parts or len(payload.text) > _LONGEST_PATH:
            continue
        if any(len(part.encode()) > _LONGEST_PART for part in parts):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Named {payload.number}\n\n{text_of(payload)}", encoding="utf-8")
        written += 1
    return written
