"""Near-duplicate passages: the same words in another article, folded into one extract."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from index.terms import terms
from qa.fuse import Fused

_SHINGLE = 3
SAME = 0.7
"""Jaccard similarity of three-term shingles from which two passages count as the same words."""


@lru_cache(maxsize=4_096)
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the distinct runs of three terms of a text (Broder, 1997)."""
    found = terms(text)
    if len(found) < _SHINGLE:
        return frozenset([tuple(found)])
    return frozenset(tuple(found[i : i + _SHINGLE]) for i in range(len(found) - _SHINGLE + 1))


def similarity(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """Return the Jaccard similarity of two sets of shingles, 0…1."""
    return len(a & b) / len(a | b) if a or b else 1.0


def folded(ranked: Sequence[Fused], most: int) -> list[tuple[Fused, tuple[Fused, ...]]]:
    """Return up to `most` distinct passages, each with those that say the same elsewhere.

    A passage takes the place of its best-ranked copy; of the copies the newest is shown.
    """
    groups: list[tuple[frozenset[tuple[str, ...]], list[Fused]]] = []
    for item in ranked:
        own = shingles(item.stored.passage.text)
        group = next((g for shape, g in groups if similarity(shape, own) >= SAME), None)
        if group is not None:
            group.append(item)
        elif len(groups) < most:
            groups.append((own, [item]))
    return [_newest_first(group) for _, group in groups]


def _newest_first(group: list[Fused]) -> tuple[Fused, tuple[Fused, ...]]:
    """Choose the newest copy; of equals the best ranked. Copies in one article are just dropped."""
    shown = max(
        enumerate(group),
        key=lambda pair: (pair[1].stored.passage.article.published or "", -pair[0]),
    )[1]
    name = shown.stored.passage.article.id
    others = {i.stored.passage.article.id: i for i in group if i.stored.passage.article.id != name}
    return shown, tuple(others.values())
