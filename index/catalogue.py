"""Which passages a filter lets through: looked up once for each filter and generation.

What was found is kept for the generation asked last, up to a number of filters and of passages.

Rows of articles never change (a refresh makes a new one), so what filters look at is read once
and kept, even while an ingest changes the library. Which articles and passages there are is read
from the question's own snapshot: what was removed is not let through.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from index.facets import Facets, facets_of
from index.facts import Facts
from index.filters import NO_FILTERS, Filters
from index.meaning import Numbers
from index.snapshot import Snapshot

_MOST_KEPT = 64
_MOST_NUMBERS = 4_000_000
"""Numbers kept of all filters together, 32 MB: whoever may ask may ask with any filter."""


class Admitted(NamedTuple):
    """What filters let through: how many articles, and the passages' numbers (p,), sorted."""

    articles: int
    numbers: Numbers


class _State(NamedTuple):
    """One generation: facts by article, and each passage's article (p,) and number (p,)."""

    generation: int
    facts: dict[int, Facts]
    owners: Numbers
    numbers: Numbers


class Catalogue:
    """What filters look at, of all articles of one library. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._facts: dict[int, Facts] = {}
        self._state: _State | None = None
        self._admitted: OrderedDict[Filters, Admitted] = OrderedDict()  # of `_state`
        self._facets: tuple[int, Facets] | None = None

    def admitted(self, snapshot: Snapshot, filters: Filters) -> Admitted:
        """Return what `filters` let through of the articles the snapshot has."""
        with self._lock:
            state = self._at(snapshot)
            if filters not in self._admitted:
                passing = [number for number, each in state.facts.items() if filters.admits(each)]
                inside = np.isin(state.owners, np.array(passing, dtype=np.int64))
                self._keep(filters, Admitted(len(passing), np.sort(state.numbers[inside])))
            self._admitted.move_to_end(filters)
            return self._admitted[filters]

    def _keep(self, filters: Filters, found: Admitted) -> None:
        """Remember what was found, and as many of those before it as there is room for."""
        self._admitted[filters] = found
        numbers = sum(len(each.numbers) for each in self._admitted.values())
        while len(self._admitted) > 1 and (
            len(self._admitted) > _MOST_KEPT or numbers > _MOST_NUMBERS
        ):
            numbers -= len(self._admitted.popitem(last=False)[1].numbers)

    def facts(self, snapshot: Snapshot) -> Sequence[Facts]:
        """Return what filters look at, of each article the snapshot has."""
        with self._lock:
            return tuple(self._at(snapshot).facts.values())

    def facets(self, snapshot: Snapshot, filters: Filters = NO_FILTERS) -> Facets:
        """Count what the articles hold for each filter, all of them or those let through."""
        if filters:
            return facets_of(each for each in self.facts(snapshot) if filters.admits(each))
        held = self._facets
        if held is None or held[0] != snapshot.generation:
            held = self._facets = (snapshot.generation, facets_of(self.facts(snapshot)))
        return held[1]

    def _at(self, snapshot: Snapshot) -> _State:
        """Return the snapshot's generation, reading only rows of articles not seen before."""
        if self._state is not None and self._state.generation == snapshot.generation:
            return self._state
        numbers = snapshot.article_numbers()
        self._facts.update(snapshot.facts([n for n in numbers if n not in self._facts]))
        facts = {number: self._facts[number] for number in numbers}
        if len(self._facts) > 2 * len(facts):  # most of them were removed since
            self._facts = dict(facts)
        self._state = _State(snapshot.generation, facts, *snapshot.owners())
        self._admitted.clear()
        return self._state
