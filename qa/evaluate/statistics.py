"""Intervals and p-values over questions: bootstrap and paired randomisation.

Values are arrays of shape (questions, measures), float64; every function treats the columns
alike and uses the same draws for all of them. Seeds are fixed: the same numbers give the same
interval. What the columns mean is the business of `summary` and `compare`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
"""Shape (questions, measures), float64."""

DRAWS = 10_000
CURVE_DRAWS = 1_000
"""Draws for figures that must be computed anew in each (AUROC and its kin)."""
SEED = 20_230_117
CHUNK_CELLS = 4_000_000
"""Random numbers held at once; bounds memory whatever the number of questions."""


def bootstrap_means(values: Table, draws: int = DRAWS, seed: int = SEED) -> Table:
    """Return the column means of `draws` resamples of the rows, shape (draws, measures).

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993. Rows are drawn with
    replacement; how often each came is counted, so that one product gives all means.
    """
    count = values.shape[0]
    rng = np.random.default_rng(seed)
    means = []
    for size in _chunks(draws, count):
        picks = rng.integers(count, size=(size, count))
        picks += np.arange(size)[:, None] * count
        times = np.bincount(picks.ravel(), minlength=size * count).reshape(size, count)
        means.append(times.astype(np.float64) @ values / count)
    return np.concatenate(means)


def percentile_interval(samples: Table, level: float = 0.95) -> tuple[Table, Table]:
    """Return the low and high ends of the central `level` of the samples, per column.

    A sample in which the figure does not exist (nan) is left out.
    """
    tail = 100 * (1 - level) / 2
    low, high = np.nanpercentile(samples, [tail, 100 - tail], axis=0)
    return low, high


def randomisation_test(differences: Table, draws: int = DRAWS, seed: int = SEED) -> Table:
    """Return the two-sided p-value, per column, that the mean difference is chance.

    Under the null hypothesis the two systems could be swapped on any question, which flips the
    sign of its difference (Smucker, Allan and Carterette, CIKM 2007). The observed arrangement
    is one of the possible ones: p = (1 + as extreme) / (1 + draws), which is never zero (Phipson
    and Smyth, 2010). Without any difference every draw is as extreme, and p is exactly 1.
    """
    count = differences.shape[0]
    rng = np.random.default_rng(seed)
    observed = np.abs(differences.sum(axis=0))
    margin = 1e-12 * np.abs(differences).sum(axis=0)  # sums in another order differ in last bits
    extreme = np.zeros(differences.shape[1])
    for size in _chunks(draws, count):
        signs = rng.integers(2, size=(size, count), dtype=np.int8).astype(np.float64) * 2 - 1
        extreme += np.sum(np.abs(signs @ differences) >= observed - margin, axis=0)
    p_values: Table = (1 + extreme) / (1 + draws)
    return p_values


Statistic = Callable[[Table], float]
"""A figure of a whole table, such as AUROC; nan where it does not exist."""


def bootstrap_statistic(
    statistic: Statistic, table: Table, draws: int = CURVE_DRAWS, seed: int = SEED
) -> Table:
    """Return the statistic of `draws` resamples of the rows, shape (draws, 1)."""
    rng = np.random.default_rng(seed)
    count = table.shape[0]
    return np.array([[statistic(table[rng.integers(count, size=count)])] for _ in range(draws)])


def paired_statistic(
    statistic: Statistic, ours: Table, base: Table, draws: int = CURVE_DRAWS, seed: int = SEED
) -> tuple[Table, float]:
    """Return bootstrap samples (draws, 1) of the difference, and its randomisation p-value.

    The same test as `randomisation_test`, for figures that are no means: the two systems' rows
    are swapped instead of a sign flipped.
    """
    rng = np.random.default_rng(seed)
    count = ours.shape[0]
    observed = abs(statistic(ours) - statistic(base))
    samples, extreme = np.empty((draws, 1)), 0
    for draw in range(draws):
        picks = rng.integers(count, size=count)
        samples[draw, 0] = statistic(ours[picks]) - statistic(base[picks])
        swap = rng.integers(2, size=(count, 1), dtype=np.int8) == 1
        swapped = statistic(np.where(swap, base, ours)) - statistic(np.where(swap, ours, base))
        extreme += not abs(swapped) < observed - 1e-12  # nan counts as extreme: never flatters
    return samples, (1 + extreme) / (1 + draws)


def _chunks(draws: int, count: int) -> Iterator[int]:
    """Split the draws so that each part holds at most `CHUNK_CELLS` numbers."""
    size = max(1, CHUNK_CELLS // max(1, count))
    while draws > 0:
        yield min(size, draws)
        draws -= size
