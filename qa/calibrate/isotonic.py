"""Raw confidence → probability that the first extracts hold the answer, by isotonic regression.

The best rising step function in the least-squares sense (pool adjacent violators; Zadrozny and
Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates", 2002),
kept as a few points with straight lines between them. The order of two replies never turns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = tuple[tuple[float, float], ...]
"""Pairs of raw confidence and probability, both rising."""

Column = NDArray[np.float64]
"""One value for each way a question was asked; float64, shape `(v,)`."""


def fit_points(confidence: Column, right: Column, weight: Column) -> Points:
    """Fit the points; there must be at least one finite confidence.

    One miss is made up at the top and one hit at the bottom, each weighing one question: no
    number of questions makes certain.
    """
    from sklearn.isotonic import IsotonicRegression

    raw = np.concatenate([confidence, [confidence.max(), confidence.min()]])
    held = np.concatenate([right, [0.0, 1.0]])
    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(raw, held, sample_weight=np.concatenate([weight, [1.0, 1.0]]))
    pairs = zip(model.X_thresholds_, model.y_thresholds_, strict=True)
    return tuple((float(x), round(float(y), 6)) for x, y in pairs)


def interpolated(points: Sequence[tuple[float, float]], raw: float) -> float:
    """Return the probability at `raw`; beyond the ends it stays what it is there.

    >>> interpolated(((0.2, 0.0), (0.4, 0.5)), 0.3)
    0.25
    """
    known, probability = zip(*points, strict=True)
    return round(float(np.interp(raw, known, probability)), 6)
