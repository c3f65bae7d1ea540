"""Reads passages with a question, in order of promise, until the time is spent.

Each passage comes back as a `Reading`: how relevant it is, and the words that may answer, in
characters of the article. Never fewer than three passages are read, whatever the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

from corpus.article import Passage
from qa.reader.model import WEIGHTS, OnnxModel, Outputs, TokenModel
from qa.reader.spans import ScoredSpan, best_spans, merged
from qa.reader.tokens import ReaderTokenizer, Tokens, Window

AT_LEAST = 3
"""Passages that are read even when there is no time."""
TOKENISED = 256
"""Texts whose tokens are kept: titles, and what was read lately. Some 30 kB a passage."""
BLOCK = 8
"""After those, so many are taken together and sorted by length."""
BATCH = 4
"""Windows in one pass; small enough that the clock is looked at often."""
READ_MS = 300
"""Milliseconds a question may be read for, if nothing else is said."""
NO_SPAN = -20.0
"""Log-odds where no span can be formed at all."""


class Reading(NamedTuple):
    """What reading found: log-odds that the passage answers, and spans in article characters.

    `spans` are disjoint, best first, each with its log-odds against "no answer here".
    """

    relevance: float
    spans: tuple[ScoredSpan, ...]

    @property
    def odds(self) -> float:
        """Log-odds of the best span."""
        return self.spans[0].odds if self.spans else NO_SPAN


class PassageReader(Protocol):
    """Reads passages with a question; the seam between Quoth and any model that reads."""

    @property
    def fingerprint(self) -> str:
        """Digest of everything that shapes its readings."""
        ...

    def read(
        self, question: str, passages: Sequence[Passage], milliseconds: float
    ) -> list[Reading | None]:
        """Read the passages, most promising first; None stands where there was no time."""
        ...


class OwnPassageReader:
    """Quoth's own reader."""

    def __init__(self, folder: Path = WEIGHTS, model: TokenModel | None = None) -> None:
        self._model = model or OnnxModel(folder)
        self._tokenizer = ReaderTokenizer(folder)
        self._tokens = lru_cache(maxsize=TOKENISED)(self._tokenizer.tokens)

    @property
    def fingerprint(self) -> str:
        """Digest of the model's weights."""
        return self._model.fingerprint

    def read(
        self, question: str, passages: Sequence[Passage], milliseconds: float
    ) -> list[Reading | None]:
        """Read as many passages as the time allows, at least three."""
        deadline = perf_counter() + milliseconds / 1000
        asked = self._tokenizer.tokens(question)
        readings: list[Reading | None] = [None] * len(passages)
        for number, batch in enumerate(batches([len(p.text) for p in passages])):
            if number and perf_counter() > deadline:
                break
            found = self._read(asked, [passages[at] for at in batch])
            for at, reading in zip(batch, found, strict=True):
                readings[at] = reading
        return readings

    def _read(self, asked: Tokens, passages: Sequence[Passage]) -> list[Reading]:
        """Read a few passages, all their windows in one pass."""
        windows: list[Window] = []
        rows: list[range] = []
        for passage in passages:
            found = list(self._windows(asked, passage))
            rows.append(range(len(windows), len(windows) + len(found)))
            windows += found
        output = self._model.run(windows)
        return [
            _reading(output, windows, own, passage)
            for own, passage in zip(rows, passages, strict=True)
        ]

    def _windows(self, asked: Tokens, passage: Passage) -> Iterator[Window]:
        context = self._tokens(context_of(passage))
        return self._tokenizer.windows(asked, context, self._tokens(passage.text))


def _reading(output: Outputs, windows: Sequence[Window], rows: range, passage: Passage) -> Reading:
    """Join the windows of one passage: the most relevant decides, spans compete."""
    spans = [
        best_spans(output.start[row], output.end[row], windows[row].first, windows[row].places)
        for row in rows
    ]
    relevance = max(float(output.relevance[row]) for row in rows)
    placed = (s._replace(span=s.span.shifted(passage.span.start)) for s in merged(spans))
    return Reading(relevance, tuple(placed))


def context_of(passage: Passage) -> str:
    """Return title and headings as one line, nothing said twice."""
    return " - ".join(dict.fromkeys((passage.article.title, *passage.heading)))


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of passages in the batches they are read in.

    The first few come as they are; then blocks in order of promise, each sorted by length so
    that little padding is computed.

    >>> list(batches([5, 6, 7, 9, 2, 8, 1, 4]))
    [[0, 1, 2], [6, 4, 7, 5], [3]]
    """
    count = len(lengths)
    if count:
        yield list(range(min(AT_LEAST, count)))
    for start in range(AT_LEAST, count, BLOCK):
        block = range(start, min(count, start + BLOCK))
        order = sorted(block, key=lambda at: (lengths[at], at))
        yield from (order[at : at + BATCH] for at in range(0, len(order), BATCH))
