"""Compare a report with a base: differences with intervals, p-values, wins and losses.

Both must come from the same test set. The statistics themselves live in `statistics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.errors import TestSetError
from qa.evaluate.abstention import mid_ranks
from qa.evaluate.catalog import CATALOG
from qa.evaluate.report import EvaluationReport, QuestionResult
from qa.evaluate.statistics import (
    Table,
    bootstrap_means,
    paired_statistic,
    percentile_interval,
    randomisation_test,
)
from qa.evaluate.summary import WHOLE_TABLE, columns, value_tables

ORDER_ONLY = ("auroc", "aurc")
"""Figures that depend on the order of confidences only. They are tested on ranks: swapping raw
confidences between two systems of different scales would not be a fair null hypothesis."""


@dataclass(frozen=True)
class Difference:
    """One measure in both reports; `difference` is ours minus base, with its 95 % interval.

    Wins, ties and losses count questions (wins: ours is better); they are None for figures that
    no single question has, such as AUROC.
    """

    name: str
    base: float
    ours: float
    difference: float
    low: float
    high: float
    p_value: float
    wins: int | None = None
    ties: int | None = None
    losses: int | None = None


@dataclass(frozen=True)
class Changed:
    """A question with another outcome, rank or answer than in the base."""

    before: QuestionResult
    after: QuestionResult


@dataclass(frozen=True)
class Comparison:
    """Ours against base: every measure both have, and every question that changed."""

    base: str
    differences: tuple[Difference, ...]
    changed: tuple[Changed, ...]

    def of(self, name: str) -> Difference | None:
        """Return the difference of that measure, None when a report lacks it."""
        return next((item for item in self.differences if item.name == name), None)


def compare(ours: EvaluationReport, base: EvaluationReport, base_name: str = "base") -> Comparison:
    """Compare two reports of one test set; raise `TestSetError` when they are of two."""
    if ours.about.digest != base.about.digest:
        raise TestSetError(
            f"{base_name}: a report of test set “{base.about.testset}” ({base.about.digest[:8]}), "
            f"not of “{ours.about.testset}” ({ours.about.digest[:8]}); "
            "evaluate this test set with --json to get a base"
        )
    by_id = {row.id: row for row in base.rows}
    if by_id.keys() != {row.id for row in ours.rows}:
        raise TestSetError(f"{base_name}: a damaged report (questions are missing); make it anew")
    before = [by_id[row.id] for row in ours.rows]
    found = {item.name: item for item in (*_means(ours.rows, before), *_whole(ours.rows, before))}
    return Comparison(
        base_name,
        tuple(found[name] for name in CATALOG if name in found),
        tuple(
            Changed(old, new)
            for old, new in zip(before, ours.rows, strict=True)
            if _seen(old) != _seen(new)
        ),
    )


def _seen(row: QuestionResult) -> tuple[object, ...]:
    """What a reader notices of a question; confidences that wobble are no change."""
    places = tuple((item.article, item.start, item.end) for item in row.shown[:1])
    return row.outcome, row.rank, row.prediction, places


def _means(rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> list[Difference]:
    base_rows = {row.id: row for row in before}
    differences = []
    for names, values in value_tables(rows):
        pairs = [row for row in rows if names[0] in row.values]
        shared = [
            column
            for column, name in enumerate(names)
            if all(name in base_rows[row.id].values for row in pairs)
        ]
        if not shared:
            continue
        kept = [names[column] for column in shared]
        base = np.array([[base_rows[row.id].values[name] for name in kept] for row in pairs])
        ours = values[:, shared]
        gaps = ours - base
        low, high = percentile_interval(bootstrap_means(gaps))
        p_values = randomisation_test(gaps)
        for i, name in enumerate(kept):
            differences.append(
                Difference(
                    name,
                    float(base[:, i].mean()),
                    float(ours[:, i].mean()),
                    float(gaps[:, i].mean()),
                    float(low[i]),
                    float(high[i]),
                    float(p_values[i]),
                    int(np.sum(gaps[:, i] > 0)),
                    int(np.sum(gaps[:, i] == 0)),
                    int(np.sum(gaps[:, i] < 0)),
                )
            )
    return differences


def _whole(rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> list[Difference]:
    ours, base = columns(rows), columns(before)
    differences = []
    for name, statistic in WHOLE_TABLE.items():
        new, old = statistic(ours), statistic(base)
        if np.isnan(new) or np.isnan(old):
            continue
        sides = (_by_rank(ours), _by_rank(base)) if name in ORDER_ONLY else (ours, base)
        samples, p_value = paired_statistic(statistic, *sides)
        low, high = percentile_interval(samples)
        differences.append(
            Difference(name, old, new, new - old, float(low[0]), float(high[0]), p_value)
        )
    return differences


def _by_rank(table: Table) -> Table:
    """Replace the confidences by their ranks, which changes no figure of `ORDER_ONLY`."""
    return np.column_stack([mid_ranks(table[:, 0]), table[:, 1:]])
