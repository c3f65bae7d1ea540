"""One split of replies: a bar fitted on a random half, and what it does to the other.

What `benchmarks.calibration` prints is computed here, from replies alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from qa.calibrate.control import Floats, lowest_bar
from qa.calibrate.fit import Figures, columns, figures
from qa.calibrate.isotonic import fit_points, interpolated
from qa.calibrate.views import Seen
from qa.evaluate.abstention import auroc, calibration_error
from qa.evaluate.statistics import Table, bootstrap_means, percentile_interval

NEVER = float("inf")
"""The bar when only never answering keeps the promise."""


class Split(NamedTuple):
    """What a bar fitted on one half did to the other; `low` and `high` hold 95 % of its risk."""

    bar: float
    seen: Figures
    low: float
    high: float
    error: float
    """Calibration error of the probabilities shown there."""

    def verdict(self, promised: float) -> str:
        """Say where the promise lies: at or above the interval, inside it, or below it."""
        if self.high <= promised:
            return "below the promise"
        return "the promise lies within" if self.low <= promised else "ABOVE THE PROMISE"


def split(seen: Sequence[Seen], promised: float, seed: int) -> Split:
    """Fit on a random half, look at the other."""
    order = list(seen)
    random.Random(seed).shuffle(order)
    ours, others = order[: len(order) // 2], order[len(order) // 2 :]
    table = columns(ours)
    cost = table.weight * (1 - table.right)
    bar = lowest_bar(table.confidence, cost, len(ours), promised)
    bar = NEVER if bar is None else bar
    losses = np.array([[_loss(one, bar)] for one in others])
    low, high = percentile_interval(bootstrap_means(losses))
    error = _shown_error(ours, others)
    return Split(bar, figures(others, bar), float(low[0]), float(high[0]), error)


def _loss(one: Seen, bar: float) -> float:
    wrong = [view.confidence >= bar and not view.right for view in one.views]
    return sum(wrong) / len(wrong)


def _shown_error(ours: Sequence[Seen], others: Sequence[Seen]) -> float:
    """Return the calibration error, on the other half, of the probabilities fitted on ours."""
    fitted, table = columns(ours), columns(others)
    known = np.isfinite(fitted.confidence)
    points = fit_points(fitted.confidence[known], fitted.right[known], fitted.weight[known])
    some = np.isfinite(table.confidence)
    shown = np.array([interpolated(points, float(raw)) for raw in table.confidence[some]])
    return calibration_error(shown, table.right[some])


def risk_at(seen: Sequence[Seen], coverage: float) -> float:
    """Return the share wrong when the surest `coverage` of the questions is answered."""
    table = columns(seen)
    order = np.argsort(-table.confidence, kind="stable")
    answered = np.cumsum(table.weight[order])
    wrong = np.cumsum((table.weight * (1 - table.right))[order])
    place = int(np.searchsorted(answered, coverage * len(seen) - 1e-9))
    return float(wrong[min(place, len(wrong) - 1)] / answered[min(place, len(answered) - 1)])


def paired(table: Table) -> float:
    """AUROC of the first column, where the answer was there, against the second."""
    both = np.concatenate([table[:, 0], table[:, 1]])
    return auroc(_ordered(both), np.arange(both.size) < len(table))


def labelled(table: Table) -> float:
    """AUROC of the first column, by whether the second is 1."""
    return auroc(_ordered(table[:, 0]), table[:, 1] > 0)


def _ordered(confidence: Floats) -> Floats:
    """Put what has nothing to show below everything else, but finite."""
    return np.where(np.isfinite(confidence), confidence, -1.0)
