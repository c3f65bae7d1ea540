"""Which stage lost an answer: from finding over fusion and reading to the bar.

Judges the trace of one question against the places of its golds; the figures are `judge`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from qa.answer import Abstention, Reply
from qa.evaluate.report import Outcome
from qa.evaluate.resolve import Place, touches
from qa.trace import Candidate, Trace


class Standing(NamedTuple):
    """The best 1-based ranks of the passages that hold the answer; None when not in that list."""

    seen: int | None
    fused: int | None
    meaning: int | None
    words: int | None


def standing(trace: Trace, places: tuple[Place, ...]) -> Standing:
    """Return where the answer stood after each stage.

    `fused` counts by the fused score alone, `seen` in the order the reply was made from.
    """
    holders = [item for item in trace.candidates if touches(item.passage, places)]
    numbers = {item.number for item in holders}
    by_fusion = sorted(trace.candidates, key=lambda item: -item.fused)
    return Standing(
        _first(trace.candidates, numbers),
        _first(by_fusion, numbers),
        min((item.meaning_rank for item in holders if item.meaning_rank), default=None),
        min((item.words_rank for item in holders if item.words_rank), default=None),
    )


def outcome(
    reply: Reply, ranks: Standing, *, answerable: bool, shown_right: bool, k: int
) -> Outcome:
    """Name the stage that lost the answer, or how the question ended well.

    `shown_right` tells whether one of the extracts (shown, or held back on abstaining) touches
    the answer; `k` is how many extracts a reply may show.
    """
    abstained = isinstance(reply, Abstention)
    if not answerable:
        return "rightly abstained" if abstained else "answered without gold"
    if shown_right:
        return "below the bar" if abstained else "answered"
    if ranks.seen is None or ranks.fused is None:
        return "never found"
    if ranks.fused <= k:
        return "below the bar" if abstained else "lost in reading"
    if ranks.meaning is None:
        return "found by words only"
    if ranks.words is None:
        return "found by meaning only"
    return "lost in fusion"


def _first(candidates: Iterable[Candidate], numbers: set[int]) -> int | None:
    """Return the 1-based place of the first candidate whose number is among `numbers`."""
    places = (rank for rank, item in enumerate(candidates, start=1) if item.number in numbers)
    return next(places, None)
