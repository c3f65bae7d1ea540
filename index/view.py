"""What is searched: the derived indexes, and an exact look at the rows newer than they are.

A `View` is never changed; topping up makes a new one that shares the indexes. Removed passages
are not taken out here: a snapshot no longer has them, and they are dropped when hits are joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum

import numpy as np

from index import bm25
from index.derived import Segment
from index.encoder import Vectors
from index.meaning import Exact, Numbers
from index.snapshot import Snapshot
from index.words import FIELDS, Boosts, FieldWeights

_NO_NUMBERS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Tail:
    """Passages newer than the indexes: numbers (t,), vectors (t, d) and term counts."""

    numbers: Numbers
    vectors: Vectors
    counts: tuple[tuple[Counter[str], Counter[str], Counter[str]], ...] = ()

    def matching(self, term: str) -> int:
        """Return in how many of the tail's texts the term occurs."""
        return sum(1 for text, _, _ in self.counts if term in text)


@dataclass(frozen=True)
class View:
    """Searches over everything up to passage number `last`: one or more segments, and a tail."""

    segments: tuple[Segment, ...]
    tail: Tail
    generation: int
    _weights: dict[tuple[str, str], float] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def over(cls, segments: Sequence[Segment], dimension: int) -> View:
        """Return the view of some segments, in order, with nothing newer."""
        empty = Tail(_NO_NUMBERS, np.zeros((0, dimension), dtype=np.float32))
        return cls(tuple(segments), empty, segments[-1].generation)

    @property
    def indexed(self) -> int:
        """The generation of the newest segment."""
        return self.segments[-1].generation

    @property
    def last(self) -> int:
        """The highest passage number that is covered."""
        if len(self.tail.numbers):
            return int(self.tail.numbers[-1])
        return self.segments[-1].last

    def topped_up(self, snapshot: Snapshot) -> View:
        """Return a view that also covers the passages the snapshot has beyond `last`."""
        dimension = self.tail.vectors.shape[1]
        numbers, vectors = snapshot.vectors_after(self.last, dimension)
        rows = snapshot.words_after(self.last)
        tail = Tail(
            np.concatenate([self.tail.numbers, numbers]),
            np.concatenate([self.tail.vectors, vectors]),
            self.tail.counts
            + tuple((Counter(r.text), Counter(r.title), Counter(r.heading)) for r in rows),
        )
        return View(self.segments, tail, snapshot.generation)

    def __len__(self) -> int:
        return sum(map(len, self.segments)) + len(self.tail.numbers)

    def by_meaning(
        self, vector: Vectors, k: int, only: Numbers | None = None, exact: Exact | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, cosine), best first; ties break by number.

        With `only`, a sorted array of numbers, nothing else is searched, here and by words.
        `exact` sets right what large segments estimate; see `index.meaning`.
        """
        found: list[tuple[int, float]] = []
        for segment in self.segments:
            found += segment.meaning.search(vector, k, only, exact)
        scores = self.tail.vectors @ vector[0]
        newer = [(int(n), float(s)) for n, s in zip(self.tail.numbers, scores, strict=True)]
        found += _among(newer, only)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def by_words(
        self, terms: Sequence[str], k: int, weights: FieldWeights, only: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, BM25), best first; ties break by number."""
        found: list[tuple[int, float]] = []
        for segment in self.segments:
            boosts = self._boosts(segment, terms) if len(self.segments) > 1 else None
            found += segment.words.search(terms, k, weights, only, boosts)
        # The whole tail is scored: its mean lengths must not depend on a filter.
        found += _among(self._tail_words(terms, weights), only)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def weight(self, term: str) -> float:
        """Return the idf of a term over everything that is searched."""
        return self._weight("text", term)

    def _weight(self, name: str, term: str) -> float:
        if (name, term) not in self._weights:
            matching = sum(each.words.matching(term, name) for each in self.segments)
            matching += self.tail.matching(term) if name == "text" else 0
            self._weights[name, term] = bm25.idf(matching, max(1, len(self)))
        return self._weights[name, term]

    def _boosts(self, segment: Segment, terms: Sequence[str]) -> Boosts:
        """Return by how much a term's idf over everything is more than that in a segment."""
        boosts: dict[tuple[str, str], float] = {}
        for name in FIELDS:
            for term in terms:
                matching = segment.words.matching(term, name)
                if matching:
                    own = bm25.idf(matching, len(segment.words))
                    boosts[name, term] = self._weight(name, term) / own
        return boosts

    def _tail_words(self, terms: Sequence[str], fields: FieldWeights) -> list[tuple[int, float]]:
        """Score the tail by the same formula, with its own mean lengths."""
        if not self.tail.counts:
            return []
        idf = {term: self.weight(term) for term in terms}
        lengths = [[sum(part.values()) for part in counts] for counts in self.tail.counts]
        means = [fsum(column) / len(lengths) for column in zip(*lengths, strict=True)]
        weights = (1.0, fields.title, fields.heading)
        found: list[tuple[int, float]] = []
        for number, counts, sizes in zip(self.tail.numbers, self.tail.counts, lengths, strict=True):
            parts = zip(weights, counts, sizes, means, strict=True)
            score = fsum(w * bm25.score(terms, c, n, mean, idf) for w, c, n, mean in parts)
            if score > 0:
                found.append((int(number), score))
        return found


def _among(found: list[tuple[int, float]], only: Numbers | None) -> list[tuple[int, float]]:
    """Return what was found, less the numbers that are not in `only`."""
    if only is None or not found:
        return found
    inside = np.isin([number for number, _ in found], only)
    return [pair for pair, stays in zip(found, inside, strict=True) if stays]
