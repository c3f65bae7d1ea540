"""From the scores of tokens to the words that answer: pure arithmetic, no model.

A window gives each token a score for starting and one for ending an answer, and the first token
stands for "none here" (Devlin et al., "BERT", 2019, section 4.3). What is compared between
windows and passages is always a difference to that, since raw scores have no common zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span

LONGEST = 40
"""Tokens that an answer may have; in the public sets 99 % of the answers have fewer."""
TOP = 20
"""Starts and ends that are paired."""

Scores = NDArray[np.float32]
"""float32, shape `(t,)`: one score a token."""


class ScoredSpan(NamedTuple):
    """Words that may answer, in characters of the passage, and their log-odds against "none"."""

    span: Span
    odds: float


def best_spans(
    start: Scores, end: Scores, first: int, places: Sequence[Span], most: int = 3
) -> list[ScoredSpan]:
    """Return the best disjoint spans of one window, best first.

    `first` is the position of the first token of the passage, `places` where its tokens stand.
    """
    last = first + len(places)
    none = float(start[0] + end[0])
    pairs = _pairs(start[first:last], end[first:last])
    found: list[ScoredSpan] = []
    for score, low, high in pairs:
        span = Span(places[low].start, places[high].end)
        if all(not span.overlaps(other.span) for other in found):
            found.append(ScoredSpan(span, score - none))
        if len(found) == most:
            break
    return found


def _pairs(start: Scores, end: Scores) -> list[tuple[float, int, int]]:
    """Return (score, first, last) of the plausible spans, best first; ties go to the earlier."""
    if not len(start):
        return []
    starts = np.argsort(-start, kind="stable")[:TOP]
    ends = np.argsort(-end, kind="stable")[:TOP]
    sums = start[starts][:, None] + end[ends][None, :]
    widths = ends[None, :] - starts[:, None]
    allowed = np.argwhere((widths >= 0) & (widths < LONGEST))
    pairs = [(float(sums[a, b]), int(starts[a]), int(ends[b])) for a, b in allowed]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))


def merged(windows: Sequence[Sequence[ScoredSpan]], most: int = 3) -> tuple[ScoredSpan, ...]:
    """Join the spans of overlapping windows: the better of two that overlap stays."""
    every = sorted((s for spans in windows for s in spans), key=lambda s: (-s.odds, s.span))
    kept: list[ScoredSpan] = []
    for item in every:
        if all(not item.span.overlaps(other.span) for other in kept):
            kept.append(item)
    return tuple(kept[:most])
