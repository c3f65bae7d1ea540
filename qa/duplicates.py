"""Near-duplicate passages: the same words in another article, folded into one extract.

Articles that the library knows as near-duplicates (`index.copies`) may be cut into passages at
other places; theirs are the same when enough of the shorter one stands in the other. Whether a
copy says otherwise than what is shown is looked at after reading, in `qa.versions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from index.terms import terms
from qa.fuse import Fused

_SHINGLE = 3
SAME = 0.7
"""Jaccard similarity of three-term shingles from which two passages count as the same words."""

COPIED = 0.5
"""Of passages of near-duplicate articles: this share of the shorter one's shingles in the other."""

LOOKED = 20
"""So many passages behind one are compared with it; beyond them, only those of its copies."""

_AS_GOOD = 0.9
"""A newer copy's passage that lacks some of the words must score nearly as well."""

Pairs = frozenset[tuple[str, str]]
"""Ids of articles that are near-duplicates, each pair in both orders."""

Groups = list[tuple[Fused, tuple[Fused, ...]]]
"""Distinct passages, each with those that say the same in other articles."""

NO_PAIRS: Pairs = frozenset()


@lru_cache(maxsize=1_024)
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the distinct runs of three terms of a text (Broder, 1997)."""
    found = terms(text)
    if len(found) < _SHINGLE:
        return frozenset([tuple(found)])
    return frozenset(zip(found, found[1:], found[2:], strict=False))


def similarity(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """Return the Jaccard similarity of two sets of shingles, 0…1."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if a or b else 1.0


def folded(
    ranked: Sequence[Fused], most: int, copies: Pairs = NO_PAIRS, *, is_whole: bool = True
) -> Groups:
    """Return up to `most` distinct passages, each with those that say the same elsewhere.

    A passage takes the place of its best-ranked copy; of the copies the newest is shown, of
    equals the best ranked. The others, one for each article, come newest first.

    When `ranked` is only the beginning of a list, fewer are returned where what follows counts.
    """
    left = list(ranked)
    groups: Groups = []
    while left and len(groups) < most and (is_whole or len(left) > LOOKED):
        best, *behind = left if copies else left[: LOOKED + 1]
        alike = [best, *(o for n, o in enumerate(behind) if _alike(best, o, copies, n < LOOKED))]
        shown = _newest(alike)
        group = [item for item in alike if item is best or _alike(shown, item, copies)]
        groups.append((shown, _others(shown, group)))
        taken = {item.stored.number for item in group}
        left = [item for item in left if item.stored.number not in taken]
    return groups


def _alike(a: Fused, b: Fused, copies: Pairs, near: bool = True) -> bool:
    """Tell whether two passages say the same."""
    recorded = bool(copies) and (_article(a), _article(b)) in copies
    if not near and not recorded:
        return False
    mine, theirs = _shingles(a), _shingles(b)
    less, more = sorted((len(mine), len(theirs)))
    if recorded and len(mine & theirs) >= COPIED * less:
        return True
    return less >= SAME * more and similarity(mine, theirs) >= SAME  # no more than sizes allow


def _newest(alike: Sequence[Fused]) -> Fused:
    """Choose the newest passage that can stand for the best-ranked, which comes first."""
    best = alike[0]
    fit = [item for item in alike if _covers(item, best) or _as_good(item, best)]
    return max(fit, key=_published)  # of equals the first, which ranks best


def _covers(item: Fused, best: Fused) -> bool:
    wanted = _shingles(best)
    return len(wanted & _shingles(item)) >= SAME * len(wanted)


def _as_good(item: Fused, best: Fused) -> bool:
    looked_at = item.evidence is not None and best.evidence is not None
    return looked_at and item.score >= _AS_GOOD * best.score


def _others(shown: Fused, group: Sequence[Fused]) -> tuple[Fused, ...]:
    """Return the best passage of each other article; what the same one repeats is just dropped."""
    others: dict[str, Fused] = {}
    for item in group:
        if _article(item) != _article(shown):
            others.setdefault(_article(item), item)
    return tuple(sorted(others.values(), key=_published, reverse=True))


def _article(item: Fused) -> str:
    return item.stored.passage.article.id


def _published(item: Fused) -> str:
    return item.stored.passage.article.published or ""


def _shingles(item: Fused) -> frozenset[tuple[str, ...]]:
    return shingles(item.stored.passage.text)
