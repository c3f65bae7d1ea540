"""What the benchmark of the calibration says of replies whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.calibration import _record, read
from benchmarks.splits import NEVER, Split, labelled, paired, risk_at, split
from qa.calibrate.fit import Figures
from qa.calibrate.views import NOTHING, Seen, View


def honest(count: int, seed: int = 1) -> list[Seen]:
    """Questions whose confidence is the chance of being right; left out, it is half of that."""
    dice = np.random.default_rng(seed)
    return [
        Seen(str(n), True, (View(sure, bool(dice.random() < sure)), View(sure / 2, False, True)))
        for n, sure in enumerate(dice.random(count))
    ]


def test_the_promise_is_kept_over_splits() -> None:
    splits = [split(honest(600, seed), 0.1, seed) for seed in range(30)]
    risks = np.array([one.seen.wrong for one in splits])
    assert risks.mean() <= 0.1 + 3 * risks.std() / np.sqrt(30)
    assert risks.mean() > 0.06
    assert all(one.low <= one.seen.wrong <= one.high for one in splits)
    assert np.mean([one.error for one in splits]) < 0.08


def test_a_promise_that_cannot_be_kept_answers_nothing() -> None:
    one = split(honest(40), 0.01, 0)
    assert (one.bar, one.seen.coverage, one.high) == (NEVER, 0.0, 0.0)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.02, 0.1, "below"), (0.05, 0.2, "within"), (0.11, 0.2, "ABOVE")],
)
def test_where_the_promise_lies(low: float, high: float, said: str) -> None:
    one = Split(0.5, Figures(0.5, 0.5, 0.1, 0.2), low, high, 0.0)
    assert said in one.verdict(0.1)


def test_risk_by_coverage_counts_questions_once() -> None:
    seen = [Seen("a", True, (View(0.9, True), View(0.2, False, True))),
            Seen("b", False, (View(0.8, False),))]  # fmt: skip
    assert risk_at(seen, 0.25) == 0.0
    assert risk_at(seen, 0.75) == pytest.approx(1 / 1.5)
    assert risk_at(seen, 1.0) == pytest.approx(1.5 / 2)


def test_surer_when_the_answer_is_there() -> None:
    assert paired(np.array([[0.9, 0.1], [0.4, NOTHING], [0.2, 0.3]])) == pytest.approx(8 / 9)
    assert labelled(np.array([[0.9, 1], [0.1, 0], [NOTHING, 0], [0.05, 1]])) == 0.75


def test_replies_are_kept_and_read(tmp_path: Path) -> None:
    kept = {"set": [*honest(3), Seen("x", False, (View(NOTHING, False),))]}
    (tmp_path / "kept.json").write_text(json.dumps(_record(kept)))
    assert read(tmp_path / "kept.json") == kept
