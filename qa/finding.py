"""From a question to the distinct passages worth reading: found, fused, folded."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from index.encoder import Encoder
from index.filters import Filters
from index.library import Found
from index.store import Store
from index.words import FieldWeights
from qa.duplicates import LOOKED, Groups, folded
from qa.fuse import Fused, fuse, shortlist
from qa.order import left_out
from qa.rules import AskRules
from qa.trace import LeavesOut

_DEEPEST = 8
"""Times the usual number of candidates, at most, when copies take most of the places."""


_SPARE = 6
"""Passages on a shortlist that may be folded into others before it is too short."""


class Asking(NamedTuple):
    """What is asked, however it is understood.

    `is_traced`: somebody looks at the whole order of what was found, not at the reply alone.
    """

    question: str
    k: int
    without: LeavesOut | None
    filters: Filters
    is_traced: bool = True


class Gathered(NamedTuple):
    """What was found, all of it in order, the distinct passages on top, and seconds by stage."""

    found: Found
    fused: list[Fused]
    groups: Groups
    seconds: dict[str, float]


def found_for(
    text: str, asking: Asking, library: Store, encoder: Encoder, rules: AskRules
) -> Gathered:
    """Find, fuse and fold; look further while copies take the places of other passages.

    `text` is the question as it was understood. Who looks at the order wants all of it; for a
    reply a shortlist will do, unless copies take so many places that it ends too soon.
    """
    depth, most = rules.candidates, max(asking.k, rules.read)
    fields = FieldWeights(rules.title_weight, rules.heading_weight)
    first = None if asking.is_traced else shortlist(rules.fusion, most + LOOKED + _SPARE)
    while True:
        found = library.find(
            text, encoder, candidates=depth, fields=fields, filters=asking.filters, shortlist=first
        )
        there_is_more = len(found.by_meaning) == depth
        if asking.without is not None:
            found = left_out(found, asking.without)
        started = perf_counter()
        fused = fuse(found, rules.fusion)
        groups = folded(fused, most, found.copies, is_whole=not found.is_short)
        seconds = found.seconds | {"fuse": perf_counter() - started}
        is_deepest = not there_is_more or depth >= _DEEPEST * rules.candidates
        if len(groups) >= most or (is_deepest and not found.is_short):
            return Gathered(found, fused, groups, seconds)
        first, depth = None, depth if found.is_short else 2 * depth
