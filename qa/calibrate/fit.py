"""Questions asked → `Calibration`: the bar, the points, and how they fare on those questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TestSetError
from qa.calibrate.control import fewest, lowest_bar, lowest_promise
from qa.calibrate.isotonic import fit_points
from qa.calibrate.stored import Calibration
from qa.calibrate.views import Seen

Column = NDArray[np.float64]
"""One value for each way a question was asked; float64, shape `(v,)`."""


class Columns(NamedTuple):
    """The ways all questions were asked; `weight` is one over the ways of the question."""

    confidence: Column
    right: Column
    weight: Column
    answerable: Column
    """1 where a question that has an answer was asked as it is."""


@dataclass(frozen=True)
class Figures:
    """Shares under a bar; see `Calibration`. None: there is nothing to take a share of."""

    coverage: float
    coverage_answerable: float | None
    wrong: float
    wrong_among_answers: float | None


@dataclass(frozen=True)
class Fitted:
    """What a calibration was fitted for: the test set, the reader, the library, its settings."""

    testset: str
    digest: str
    reader: str
    library: str
    settings: str
    made_up: bool = False


def columns(seen: Sequence[Seen]) -> Columns:
    """Return the ways the questions were asked, as columns."""
    rows = [
        (view.confidence, view.right, 1 / len(one.views), one.answerable and not view.left_out)
        for one in seen
        for view in one.views
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return Columns(*table.T)


def fit(seen: Sequence[Seen], promised: float, about: Fitted) -> Calibration:
    """Fit the bar and the points.

    Raises:
        TestSetError: only an archive that never answers would keep the promise.
    """
    table = columns(seen)
    bar = _bar(table, len(seen), promised, about.testset)
    known = np.isfinite(table.confidence)
    points = fit_points(table.confidence[known], table.right[known], table.weight[known])
    found = figures(seen, bar)
    return Calibration(
        promised=promised,
        bar=bar,
        questions=len(seen),
        answerable=sum(one.answerable for one in seen),
        left_out=any(view.left_out for one in seen for view in one.views),
        made_up=about.made_up,
        coverage=round(found.coverage, 6),
        coverage_answerable=_rounded(found.coverage_answerable),
        wrong=round(found.wrong, 6),
        wrong_among_answers=_rounded(found.wrong_among_answers),
        points=points,
        testset=about.testset,
        digest=about.digest,
        reader=about.reader,
        library=about.library,
        settings=about.settings,
    )


def figures(seen: Sequence[Seen], bar: float) -> Figures:
    """Return what a bar does to these questions; each question counts one."""
    table, count = columns(seen), len(seen)
    answered = table.weight * (table.confidence >= bar)
    given, wrong = float(np.sum(answered)), float(np.sum(answered * (1 - table.right)))
    asked = float(np.sum(table.answerable))
    passed = float(np.sum(table.answerable * (table.confidence >= bar)))
    return Figures(
        coverage=given / count,
        coverage_answerable=passed / asked if asked else None,
        wrong=wrong / count,
        wrong_among_answers=wrong / given if given else None,
    )


def require_enough(questions: int, promised: float, name: str) -> None:
    """Refuse a promise that so few questions cannot carry, before any of them is asked.

    Raises:
        TestSetError: says how many it takes.
    """
    if questions < fewest(promised):
        raise TestSetError(
            f"{name}: {questions} questions are too few to promise {100 * promised:.4g}% wrong "
            f"answers; only never answering would keep that. It takes {fewest(promised)} at "
            "least, and a few hundred for a bar that lets much through"
        )


def _bar(table: Columns, questions: int, promised: float, name: str) -> float:
    require_enough(questions, promised, name)
    cost = table.weight * (1 - table.right)
    bar = lowest_bar(table.confidence, cost, questions, promised)
    if bar is None or not np.any(table.confidence >= bar):
        least = lowest_promise(table.confidence, cost, questions)
        raise TestSetError(
            f"{name}: only never answering would keep that promise, since the surest replies are "
            f"wrong too often; nothing was changed. Promise more, from {_up(least):.1%} on, or "
            "give more questions"
        )
    return bar


def _up(share: float) -> float:
    """Round up to a thousandth, so that what is proposed is enough."""
    return float(np.ceil(share * 1000 - 1e-9) / 1000)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
