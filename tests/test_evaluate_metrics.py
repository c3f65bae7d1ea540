"""EM and F1, the figures of abstaining, intervals and p-values, against other implementations."""

from __future__ import annotations

import collections
import re
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate import abstention, squad_metrics, statistics

scipy_stats = pytest.importorskip("scipy.stats")
RNG = np.random.default_rng(5)


def official(prediction: str, golds: list[str]) -> tuple[float, float]:
    """The official SQuAD 2.0 rules, step by step as published."""

    def normal(text: str) -> str:
        kept = "".join(c for c in text.lower() if c not in set(string.punctuation))
        return " ".join(re.compile(r"\b(a|an|the)\b").sub(" ", kept).split())

    def overlap(gold: str) -> float:
        one, two = normal(gold).split(), normal(prediction).split()
        same = sum((collections.Counter(one) & collections.Counter(two)).values())
        if len(one) == 0 or len(two) == 0:
            return float(one == two)
        if same == 0:
            return 0.0
        return 2 * (same / len(two)) * (same / len(one)) / (same / len(two) + same / len(one))

    kept = [gold for gold in golds if normal(gold)] or [""]
    return max(float(normal(g) == normal(prediction)) for g in kept), max(map(overlap, kept))


words = st.text(alphabet="aAnthe .,'x1é\u2019", max_size=25)


@given(words, st.lists(words, max_size=3))
def test_exact_and_f1_follow_the_official_rules(prediction: str, golds: list[str]) -> None:
    assert squad_metrics.best_scores(prediction, golds) == pytest.approx(
        official(prediction, golds)
    )


def test_no_answer_is_right_only_when_nothing_is_said() -> None:
    assert squad_metrics.best_scores("", []) == (1.0, 1.0)
    assert squad_metrics.best_scores("Paris", []) == (0.0, 0.0)
    assert squad_metrics.best_scores("", ["Paris"]) == (0.0, 0.0)


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
def test_auroc_is_mann_whitney(ties: bool) -> None:
    confidence = RNG.integers(5, size=80) / 5 if ties else RNG.random(80)
    positive = RNG.random(80) < 0.4
    test = scipy_stats.mannwhitneyu(confidence[positive], confidence[~positive])
    expected = test.statistic / (positive.sum() * (~positive).sum())
    assert abstention.auroc(confidence, positive) == pytest.approx(expected)


def test_auroc_of_one_class_does_not_exist() -> None:
    assert np.isnan(abstention.auroc(np.array([0.1, 0.9]), np.array([True, True])))


def test_precision_and_recall_of_abstaining() -> None:
    abstained = np.array([True, True, False, False, False])
    answerable = np.array([False, True, False, False, True])
    assert abstention.abstention_precision(abstained, answerable) == 0.5
    assert abstention.abstention_recall(abstained, answerable) == pytest.approx(1 / 3)
    assert np.isnan(abstention.abstention_precision(~abstained & abstained, answerable))


def test_risk_coverage_by_hand() -> None:
    confidence, right = np.array([0.2, 0.9, 0.5, 0.5]), np.array([0.0, 1.0, 0.0, 1.0])
    curve = abstention.risk_coverage(confidence, right)
    assert curve.coverage.tolist() == [0.25, 0.75, 1.0]
    assert curve.risk.tolist() == pytest.approx([0, 1 / 3, 0.5])
    assert abstention.aurc(confidence, right) == pytest.approx(0.5 / 3 + 0.25 * 0.5)
    assert np.isnan(abstention.aurc(np.array([]), np.array([])))


def test_calibration_error_by_hand_and_whatever_the_order() -> None:
    confidence, right = np.array([0.1, 0.3, 0.6, 0.8]), np.array([0.0, 1.0, 1.0, 1.0])
    assert abstention.calibration_error(confidence, right, bins=2) == pytest.approx(0.3)
    tied = np.repeat([0.2, 0.7], 25)
    outcome = (RNG.random(50) < 0.5).astype(float)
    shuffled = RNG.permutation(25)
    mixed = np.concatenate([outcome[:25][shuffled], outcome[25:][shuffled]])
    assert abstention.calibration_error(tied, outcome) == pytest.approx(
        abstention.calibration_error(tied, mixed)
    )


def test_bootstrap_interval_agrees_with_scipy() -> None:
    values = RNG.random((150, 2)) ** 2
    low, high = statistics.percentile_interval(statistics.bootstrap_means(values))
    for column in range(2):
        theirs = scipy_stats.bootstrap(
            (values[:, column],), np.mean, n_resamples=10_000, method="percentile", rng=1
        ).confidence_interval
        assert (low[column], high[column]) == pytest.approx(tuple(theirs), abs=0.004)


def test_a_table_too_big_for_one_chunk_gives_the_same_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = RNG.random((40, 3))
    assert statistics.bootstrap_means(values, 50).shape == (50, 3)
    again = statistics.bootstrap_means(values, 50)
    assert np.array_equal(statistics.bootstrap_means(values, 50), again)
    monkeypatch.setattr(statistics, "CHUNK_CELLS", 100)
    assert np.allclose(statistics.bootstrap_means(values, 50), again)


def test_randomisation_agrees_with_scipy() -> None:
    for shift in (0.0, 0.12, 0.3):
        gaps = RNG.normal(shift, 1, 60)
        theirs = scipy_stats.permutation_test(
            (gaps, np.zeros(60)),
            lambda a, b, axis: np.mean(a - b, axis=axis),
            permutation_type="samples",
            n_resamples=10_000,
            vectorized=True,
            rng=2,
        ).pvalue
        assert statistics.randomisation_test(gaps[:, None])[0] == pytest.approx(theirs, abs=0.02)


def test_no_difference_is_p_one_and_p_is_never_zero() -> None:
    assert statistics.randomisation_test(np.zeros((30, 2))).tolist() == [1.0, 1.0]
    assert statistics.randomisation_test(np.ones((50, 1)))[0] == pytest.approx(1 / 10_001)
    # of the 32 arrangements of five equal gaps, two are as extreme
    assert statistics.randomisation_test(np.ones((5, 1)))[0] == pytest.approx(2 / 32, abs=0.01)
    # every arrangement of {+1, -1, +1, -1} is at least as extreme as a sum of zero
    assert statistics.randomisation_test(np.array([[1.0], [-1.0], [1.0], [-1.0]]))[0] == 1.0


def test_equal_systems_are_found_different_as_often_as_promised() -> None:
    rng = np.random.default_rng(11)
    gaps = rng.normal(size=(60, 1)) * rng.choice([-1, 1], size=(60, 200))
    p_values = statistics.randomisation_test(gaps, draws=2_000)
    assert 0.02 <= np.mean(p_values < 0.05) <= 0.08


def test_a_paired_statistic_that_is_a_mean_agrees_with_the_test_of_means() -> None:
    ours, base = RNG.random((50, 1)) + 0.08, RNG.random((50, 1))
    samples, p_value = statistics.paired_statistic(lambda t: float(t.mean()), ours, base)
    assert p_value == pytest.approx(statistics.randomisation_test(ours - base)[0], abs=0.05)
    assert samples.mean() == pytest.approx((ours - base).mean(), abs=0.02)
    assert statistics.paired_statistic(lambda t: float(t.mean()), base, base)[1] == 1.0
