"""The bar, by conformal risk control: the lowest one that keeps a promise about wrong answers.

Angelopoulos, Bates, Fisch, Lei and Schuster, "Conformal Risk Control", 2022 (arXiv 2208.02814).
For question i of n let L_i(λ) be 1 if it would be answered wrongly under the bar λ, that is, if
its confidence is at least λ and the answer is wrong; a question seen in several ways has the mean
over its ways. L_i never rises with λ and lies in [0, 1]. With R(λ) the mean of the L_i, the bar is

    the smallest λ with  n / (n + 1) · R(λ) + 1 / (n + 1) ≤ α.

If the next question is exchangeable with these n, the expected loss on it is at most α. The loss
is counted per question asked, not per answer given: an abstention costs nothing. The smallest λ
is meant among the numbers a computer has, so that it exists.

This file knows arrays only; asking is the business of `views`.
"""

from __future__ import annotations

from math import ceil, inf, nextafter

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Shape (v,), float64: one value for each way a question was asked."""

_ROUNDING = 1e-9
"""Sums of thirds and products with α are off by less; no loss is as small."""


def fewest(promised: float) -> int:
    """Return how many questions it takes to promise that share: n ≥ 1/α − 1.

    >>> fewest(0.05)
    19
    """
    return max(1, ceil(1 / promised - 1 - _ROUNDING))


def lowest_bar(confidence: Floats, cost: Floats, questions: int, promised: float) -> float | None:
    """Return the lowest bar that keeps the promise, None if only never answering would.

    `cost` is what answering adds to the sum of the losses: 0 where it would be right, else one
    over the number of ways its question was asked.

    >>> lowest_bar(np.array([0.9, 0.4, 0.25]), np.array([0.0, 1.0, 1.0]), 3, 0.5)
    0.25000000000000006
    """
    allowed = promised * (questions + 1) - 1 + _ROUNDING
    if allowed < 0:
        return None
    order = np.argsort(-confidence, kind="stable")
    over = np.flatnonzero(np.cumsum(cost[order]) > allowed)
    if not over.size:
        return 0.0
    # Whatever has the confidence of the first loss too many must stay below the bar.
    return nextafter(float(confidence[order][over[0]]), inf)


def lowest_promise(confidence: Floats, cost: Floats, questions: int) -> float:
    """Return the smallest share that could be promised with at least one answer given."""
    if not confidence.size:
        return 1.0
    return float((np.sum(cost[confidence == confidence.max()]) + 1) / (questions + 1))
