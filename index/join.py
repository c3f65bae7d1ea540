"""From numbers to passages: what both finders found, joined inside one snapshot.

To read a passage (its words, its article, their hashes) costs more than to find it. So first only
outlines are read, which tell what still exists and its vector; then all of it, or what a
shortlist takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from index.encoder import Vector, Vectors
from index.meaning import Numbers
from index.rows import StoredPassage
from index.snapshot import Outline, Snapshot
from index.view import View
from index.words import FieldWeights


class Hit(NamedTuple):
    """A passage one of the finders found, and its score there; higher is better."""

    stored: StoredPassage
    score: float


class Weigher(Protocol):
    """Gives the weight (idf) of a term in this library."""

    def weight(self, term: str) -> float:
        """Return the idf of a term."""
        ...


class Glimpse(NamedTuple):
    """What both finders found, before any passage is read: enough for a first order.

    `vector` (1, d) and `terms` are the question's; `vectors` (d,) and `words` (BM25; of those
    found by words) are by passage number.
    """

    vector: Vectors
    terms: tuple[str, ...]
    weigher: Weigher
    vectors: dict[int, Vector]
    words: dict[int, float]


Shortlist = Callable[[Glimpse], Sequence[int]]
"""Chooses the passages worth reading, by number."""


class Sought(NamedTuple):
    """A question as the finders take it, and how many passages each is to find.

    `vector` has shape (1, d); `only` are the numbers that filters let through, sorted.
    """

    vector: Vectors
    terms: tuple[str, ...]
    candidates: int
    fields: FieldWeights
    only: Numbers | None


class _Search(Protocol):
    def __call__(self, k: int, /) -> list[tuple[int, float]]: ...


class Join:
    """Hits joined by number inside one snapshot; what is known of a passage is read once."""

    def __init__(self, snapshot: Snapshot, view: View, dimension: int) -> None:
        self._snapshot = snapshot
        self._view = view
        self._dimension = dimension
        self._held: dict[int, Outline | None] = {}

    def hits(
        self, sought: Sought, shortlist: Shortlist | None
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...], bool]:
        """Return the best by meaning and by words, and whether only a shortlist of them."""
        _, terms, k, fields, only = sought
        while True:
            by_meaning = self._alive(
                lambda k: self._view.by_meaning(sought.vector, k, only, self._vectors), k
            )
            by_words = self._alive(lambda k: self._view.by_words(terms, k, fields, only), k)
            every = list(dict(by_meaning) | dict(by_words))
            chosen = self._chosen(every, sought, dict(by_words), shortlist)
            stored = self._snapshot.passages(chosen)
            if len(stored) == len(chosen):
                break
            # Damaged ones are treated as if they were not there.
            self._held.update(dict.fromkeys(set(chosen) - set(stored)))
        found = (
            tuple(Hit(stored[number], score) for number, score in pairs if number in stored)
            for pairs in (by_meaning, by_words)
        )
        return next(found), next(found), len(chosen) < len(every)

    def _chosen(
        self, every: list[int], sought: Sought, words: dict[int, float],
        shortlist: Shortlist | None,
    ) -> Sequence[int]:  # fmt: skip
        if shortlist is None or self._has_copies(every):
            return every
        vectors = self._vectors(every)
        return shortlist(Glimpse(sought.vector, sought.terms, self._view, vectors, words))

    def _alive(self, search: _Search, k: int) -> list[tuple[int, float]]:
        """Return the best `k`, asking for more while removed passages take places."""
        wanted = k
        while True:
            found = search(wanted)
            self._look_up([number for number, _ in found])
            hits = [(number, score) for number, score in found if self._held[number] is not None]
            if len(hits) >= k or len(found) < wanted:
                return hits[:k]
            wanted *= 2

    def _vectors(self, numbers: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of the passages that there are, by number."""
        self._look_up(numbers)
        outlines = ((number, self._held[number]) for number in numbers)
        return {number: each.vector for number, each in outlines if each is not None}

    def _has_copies(self, numbers: Sequence[int]) -> bool:
        """Tell whether there are near-duplicates among the articles of these passages."""
        outlines = (self._held[number] for number in numbers)
        return self._snapshot.any_copies({each.article for each in outlines if each is not None})

    def _look_up(self, numbers: Sequence[int]) -> None:
        new = [number for number in numbers if number not in self._held]
        known = self._snapshot.outlines(new, self._dimension)
        self._held.update((number, known.get(number)) for number in new)


def hits_of(found: Sequence[Hit]) -> dict[int, float]:
    """Return scores by passage number."""
    return {hit.stored.number: hit.score for hit in found}
