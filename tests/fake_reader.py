"""A reading model without a model: it points at the words it is told to look for."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.article import Passage, Span
from qa.reader.passages import Reading
from qa.reader.spans import ScoredSpan


class PointingReader:
    """Points at given words where they stand; passages without them are not relevant."""

    fingerprint = "pointing"

    def __init__(self, *words: str, most: int | None = None) -> None:
        self._words = words
        self._most = most
        self.asked: list[str] = []

    def read(
        self, question: str, passages: Sequence[Passage], milliseconds: float
    ) -> list[Reading | None]:
        self.asked.append(question)
        return [
            self._one(passage) if self._most is None or at < self._most else None
            for at, passage in enumerate(passages)
        ]

    def _one(self, passage: Passage) -> Reading:
        text = passage.text
        spans = []
        for rank, words in enumerate(self._words):
            at = text.find(words)
            if at >= 0:
                start = passage.span.start + at
                spans.append(ScoredSpan(Span(start, start + len(words)), 6.0 - 0.1 * rank))
        return Reading(8.0 if spans else -8.0, tuple(spans))
