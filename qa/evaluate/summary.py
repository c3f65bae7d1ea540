"""Rows → measures: means and whole-table figures, each with its 95 % interval.

The columns of a whole-table figure come from `columns`, so that `compare` and the plots judge
exactly what the summary judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from qa.evaluate.abstention import (
    abstention_precision,
    abstention_recall,
    aurc,
    auroc,
    calibration_error,
)
from qa.evaluate.catalog import CATALOG
from qa.evaluate.report import Measure, QuestionResult
from qa.evaluate.statistics import (
    Statistic,
    Table,
    bootstrap_means,
    bootstrap_statistic,
    percentile_interval,
)


def columns(rows: Sequence[QuestionResult]) -> Table:
    """Return (n, 5) float64: confidence, right, answerable, abstained, probability.

    Right means that the first extracts hold the answer, shown or held back: what the reader would
    have got had the bar been lower. Without gold nothing is right. The probability is what was
    shown as confidence: the reader's own where the library is not calibrated.
    """
    return np.array(
        [(row.confidence, row.right, row.answerable, row.abstained, _shown(row)) for row in rows],
        dtype=np.float64,
    ).reshape(-1, 5)


def _shown(row: QuestionResult) -> float:
    return row.confidence if row.probability is None else row.probability


WHOLE_TABLE: dict[str, Statistic] = {
    "abstain.precision": lambda t: abstention_precision(t[:, 3] > 0, t[:, 2] > 0),
    "abstain.recall": lambda t: abstention_recall(t[:, 3] > 0, t[:, 2] > 0),
    "auroc": lambda t: auroc(t[:, 0], t[:, 2] > 0),
    "aurc": lambda t: aurc(t[:, 0], t[:, 1]),
    "ece": lambda t: calibration_error(t[:, 4], t[:, 1]),
}
"""Figures that are no means over questions, as functions of the table of `columns`."""


def measures_of(rows: Sequence[QuestionResult]) -> tuple[Measure, ...]:
    """Return all measures the rows give, in the order of the catalogue."""
    found = {measure.name: measure for measure in (*_means(rows), *_whole_table(rows))}
    return tuple(found[name] for name in CATALOG if name in found)


def value_tables(rows: Sequence[QuestionResult]) -> list[tuple[list[str], Table]]:
    """Group the measures that apply to the same questions: (names, values (n, names)).

    Measures of one group share their bootstrap draws.
    """
    holders: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for name in row.values:
            holders[name].append(number)
    groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for name, numbers in holders.items():
        groups[tuple(numbers)].append(name)
    return [
        (names, np.array([[rows[n].values[name] for name in names] for n in numbers]))
        for numbers, names in groups.items()
    ]


def _means(rows: Sequence[QuestionResult]) -> list[Measure]:
    measures = []
    for names, values in value_tables(rows):
        low, high = percentile_interval(bootstrap_means(values))
        means = values.mean(axis=0)
        measures += [
            Measure(name, _round(means[i]), _round(low[i]), _round(high[i]), len(values))
            for i, name in enumerate(names)
        ]
    return measures


def _whole_table(rows: Sequence[QuestionResult]) -> list[Measure]:
    table = columns(rows)
    measures = []
    for name, statistic in WHOLE_TABLE.items():
        value = statistic(table)
        if np.isnan(value):
            measures.append(Measure(name, None, None, None, len(rows)))
            continue
        low, high = percentile_interval(bootstrap_statistic(statistic, table))
        measures.append(Measure(name, _round(value), _round(low[0]), _round(high[0]), len(rows)))
    return measures


def _round(value: float) -> float:
    """Six decimals: what is stored, so that the same result gives the same bytes."""
    return round(float(value), 6)
