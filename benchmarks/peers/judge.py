"""Whether a result is right, the same for all systems, and how sure a share of right ones is.

A result counts when its text contains the gold paragraph or lies in it. Both are cleaned as Quoth
cleans an article, and runs of blanks count as one; so a system is free to cut its chunks smaller or
larger than a paragraph, and to put a title in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from corpus.clean import clean_text

_Z = 1.959963984540054  # the normal distribution's 97.5th percentile


class Share(NamedTuple):
    """A share and its 95 % interval."""

    value: float
    low: float
    high: float


def rank_of(texts: Sequence[str], gold: str) -> int:
    """Return the place of the first right result, 0 if there is none.

    >>> rank_of(["Of ships.", "A title\\nIt  left at six. It came back."], "It left at six.")
    2
    """
    wanted = _plain(gold)
    return next((place for place, text in enumerate(texts, 1) if _right(_plain(text), wanted)), 0)


def _right(text: str, gold: str) -> bool:
    return bool(text) and (gold in text or text in gold)


def _plain(text: str) -> str:
    return " ".join(clean_text(text).split())


def success(ranks: Sequence[int], k: int) -> Share:
    """Return the share of ranks from 1 to `k`."""
    return wilson(sum(1 <= rank <= k for rank in ranks), len(ranks))


def wilson(hits: int, of: int) -> Share:
    """Return a share with Wilson's score interval at 95 % (Wilson, 1927); all of it for no trials.

    >>> [round(value, 3) for value in wilson(8, 10)]
    [0.8, 0.49, 0.943]
    """
    if not of:
        return Share(float("nan"), 0.0, 1.0)
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Share(share, max(0.0, middle - half), min(1.0, middle + half))
