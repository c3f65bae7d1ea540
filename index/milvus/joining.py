"""From numbers to passages: what both searches found, less what is not in force.

As in a library folder (`index.join`): first only outlines are read, which tell whose passage it
is and its vector; then all of it, or of what a shortlist takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from index.encoder import Vector, Vectors
from index.join import Glimpse, Hit, Shortlist
from index.milvus.reading import Outline, Reading
from index.milvus.statistics import Numbers

Search = Callable[[int], list[tuple[int, float]]]
"""Returns up to so many (number, score), best first."""


class Question(NamedTuple):
    """A question as the searches take it: vector (1, d), terms, and their weigher."""

    vector: Vectors
    terms: tuple[str, ...]
    numbers: Numbers


class Joined(NamedTuple):
    """The hits of both searches, the near-duplicates among their articles, and whether it is
    only a shortlist of what was found."""

    by_meaning: tuple[Hit, ...]
    by_words: tuple[Hit, ...]
    copies: frozenset[tuple[str, str]]
    is_short: bool


class Join:
    """Hits joined by number; what is known of a passage is read once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._held: dict[int, Outline | None] = {}

    def hits(
        self,
        by_meaning: Search,
        by_words: Search,
        k: int,
        question: Question,
        shortlist: Shortlist | None,
    ) -> Joined:
        """Return the best `k` of each search, or those of them that a shortlist takes."""
        while True:
            lists = [self._alive(search, k) for search in (by_meaning, by_words)]
            every = list(dict(lists[0]) | dict(lists[1]))
            outlines = {n: each for n in every if (each := self._held[n]) is not None}
            copies = self._reading.copies_of({each.article for each in outlines.values()})
            if shortlist is None or copies:
                chosen: Sequence[int] = every
            else:
                vectors: dict[int, Vector] = {n: each.vector for n, each in outlines.items()}
                chosen = shortlist(Glimpse(*question, vectors, dict(lists[1])))
            stored = self._reading.passages(chosen)
            if len(stored) == len(chosen):
                break
            # What is damaged, or gone since, is treated as if it were not there.
            self._held.update(dict.fromkeys(set(chosen) - set(stored)))
        found = [
            tuple(Hit(stored[number], score) for number, score in pairs if number in stored)
            for pairs in lists
        ]
        return Joined(found[0], found[1], copies, len(chosen) < len(every))

    def _alive(self, search: Search, k: int) -> list[tuple[int, float]]:
        """Return the best `k`, asking for more while passages not in force take places."""
        wanted = k
        while True:
            found = search(wanted)
            new = [number for number, _ in found if number not in self._held]
            known = self._reading.outlines(new)
            self._held.update((number, known.get(number)) for number in new)
            hits = [(number, score) for number, score in found if self._held[number] is not None]
            if len(hits) >= k or len(found) < wanted:
                return hits[:k]
            wanted *= 2
