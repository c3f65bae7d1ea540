"""How well the confidence tells right from wrong, and answering from abstaining.

Plain functions over arrays, one row per question; higher confidence means surer. A figure that
does not exist (no abstention, only one class) is nan, never zero. What counts as right is
decided by `judge`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Shape (n,), float64."""

Flags = NDArray[np.bool_]
"""Shape (n,), bool."""


class Curve(NamedTuple):
    """Points of the risk-coverage curve, from the surest question to all of them."""

    coverage: Floats
    risk: Floats
    confidence: Floats


class Bin(NamedTuple):
    """One bin of the reliability plot: mean confidence, share that was right, and questions."""

    confidence: float
    right: float
    questions: int


def abstention_precision(abstained: Flags, answerable: Flags) -> float:
    """Share of the abstentions that were right: the archive indeed had no answer."""
    return _ratio(np.sum(abstained & ~answerable), np.sum(abstained))


def abstention_recall(abstained: Flags, answerable: Flags) -> float:
    """Share of the questions without an answer on which the reply abstained."""
    return _ratio(np.sum(abstained & ~answerable), np.sum(~answerable))


def auroc(confidence: Floats, positive: Flags) -> float:
    """Chance that a positive question has the higher confidence, ties counting one half.

    The Mann-Whitney statistic over the product of the class sizes (Hanley and McNeil, 1982).
    """
    positives = int(np.sum(positive))
    negatives = positive.size - positives
    if not positives or not negatives:
        return float("nan")
    rank_sum = float(np.sum(mid_ranks(confidence)[positive]))
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def risk_coverage(confidence: Floats, right: Floats) -> Curve:
    """Answer the surest questions only: the share answered, and the share of those wrong.

    El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010.
    Questions of equal confidence enter together, so the order of the rows does not matter.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    ends = np.flatnonzero(np.append(np.diff(sorted_confidence) != 0, confidence.size > 0))
    wrong = np.cumsum(1.0 - right[order])
    answered = np.arange(1, confidence.size + 1, dtype=np.float64)
    return Curve(
        answered[ends] / confidence.size, (wrong / answered)[ends], sorted_confidence[ends]
    )


def aurc(confidence: Floats, right: Floats) -> float:
    """Mean risk over all coverages; lower is better (Geifman, Uziel and El-Yaniv, ICLR 2019)."""
    if not confidence.size:
        return float("nan")
    curve = risk_coverage(confidence, right)
    return float(np.sum(np.diff(curve.coverage, prepend=0.0) * curve.risk))


def reliability(confidence: Floats, right: Floats, bins: int = 10) -> list[Bin]:
    """Split the questions, by confidence, into bins of (nearly) equal count.

    Questions of equal confidence share their mean outcome, so that it does not matter which of
    them falls into which bin.
    """
    _, group, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    shared = (np.bincount(group, weights=right, minlength=sizes.size) / sizes)[group]
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return [
        Bin(float(np.mean(confidence[part])), float(np.mean(shared[part])), int(part.size))
        for part in parts
    ]


def calibration_error(confidence: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count; lower is better.

    Naeini, Cooper and Hauskrecht, AAAI 2015, with the equal-mass bins of Nixon et al., 2019.
    """
    if not confidence.size:
        return float("nan")
    parts = reliability(confidence, right, bins)
    gaps = [part.questions * abs(part.confidence - part.right) for part in parts]
    return float(np.sum(gaps) / confidence.size)


def mid_ranks(values: Floats) -> Floats:
    """Return 1-based ranks; equal values share their mean: [3, 1, 3] → [2.5, 1, 2.5]."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: Floats = (last - (sizes - 1) / 2)[group]
    return ranks


def _ratio(part: np.integer, whole: np.integer) -> float:
    return float(part / whole) if whole else float("nan")
