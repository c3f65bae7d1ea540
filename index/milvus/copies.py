"""Near-duplicates without a table of pairs: found among the articles that are looked at.

Each article keeps its signature (`index.signatures`). Of those a question finds, all pairs of
signatures are compared, and of those that are alike the texts; so no order in which writers put
articles can lose a pair. All groups of an archive are found by the bands that signatures share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from index.copies import CopyGroup
from index.signatures import Values, bands_of, likeness, shingles_of

_LEAST_ESTIMATE = 0.1
"""As in `index.copies`: below this, the texts are not looked at."""
_MOST_IN_BAND = 256


class Signed(NamedTuple):
    """An article's id, its date ("" for none), and the signature of its text."""

    id: str
    published: str
    values: Values


Text = Callable[[str], str]
"""Gives the text of an article by its id, "" when it is gone."""


def pairs_among(signed: Sequence[Signed], text: Text) -> frozenset[tuple[str, str]]:
    """Return the pairs of near-duplicates among these articles, each in both orders."""
    if len(signed) < 2:
        return frozenset()
    table = np.stack([each.values for each in signed])
    found: set[tuple[str, str]] = set()
    for at, values in enumerate(table[:-1]):
        shares = np.mean(table[at + 1 :] == values, axis=1)
        for behind in np.flatnonzero(shares >= _LEAST_ESTIMATE):
            a, b = signed[at].id, signed[at + 1 + int(behind)].id
            if _containment(text(a), text(b)) is not None:
                found |= {(a, b), (b, a)}
    return frozenset(found)


def groups_of(signed: Iterable[Signed], text: Text) -> list[CopyGroup]:
    """Return all groups of near-duplicates, as `index.copies.copy_groups` does."""
    dates: dict[str, str] = {}
    bands: dict[int, list[str]] = {}
    for each in signed:
        dates[each.id] = each.published
        for key in bands_of(each.values):
            bands.setdefault(key, []).append(each.id)
    best: dict[str, float] = {}
    linked: dict[str, set[str]] = {}
    for a, b in _candidates(bands):
        contained = _containment(text(a), text(b))
        if contained is not None:
            for one, other in ((a, b), (b, a)):
                best[one] = max(best.get(one, 0.0), contained)
                linked.setdefault(one, set()).add(other)
    crowded = {name for names in bands.values() if len(names) > _MOST_IN_BAND for name in names}
    order = sorted(sorted(linked), key=lambda name: dates[name], reverse=True)
    return [
        CopyGroup(tuple(group), tuple(best[name] for name in group), not crowded.isdisjoint(group))
        for group in _groups(order, linked)
    ]


def _candidates(bands: dict[int, list[str]]) -> list[tuple[str, str]]:
    """Return the pairs that share a band, each once; of a crowded band only its beginning."""
    pairs = {
        pair for names in bands.values() for pair in combinations(sorted(names)[:_MOST_IN_BAND], 2)
    }
    return sorted(pairs)


def _groups(order: Sequence[str], linked: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield what hangs together, in the order given."""
    place = {name: at for at, name in enumerate(order)}
    seen: set[str] = set()
    for name in order:
        if name in seen:
            continue
        group, waiting = {name}, [name]
        while waiting:
            new = linked[waiting.pop()] - group
            group |= new
            waiting.extend(new)
        seen |= group
        yield sorted(group, key=place.__getitem__)


def _containment(a: str, b: str) -> float | None:
    found = likeness(shingles_of(a), shingles_of(b))
    return found.containment if found.are_copies else None
