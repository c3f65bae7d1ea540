"""Calibration without a library: the bound, the points, the views, and questions made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import inf, nextafter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import LibraryDamaged, TestSetError
from qa.calibrate.control import fewest, lowest_bar, lowest_promise
from qa.calibrate.fit import Fitted, figures, fit
from qa.calibrate.isotonic import fit_points, interpolated
from qa.calibrate.made import made_up
from qa.calibrate.stored import Calibration, changes, settings_digest
from qa.calibrate.views import NOTHING, Seen, View, ask_all, gold_articles
from qa.evaluate.check import check
from qa.evaluate.testset import Gold, Question, TestSet
from qa.fuse import FusionWeights
from qa.rules import AskRules
from tests.evaluate_fake import BRIDGE, FERRY, FakeArchive

ABOUT = Fitted("set", "d1", "rules-1", "l1", settings_digest(AskRules()))


def bar_of(confidence: list[float], cost: list[float], n: int, promised: float) -> float | None:
    return lowest_bar(np.array(confidence), np.array(cost), n, promised)


@pytest.mark.parametrize(
    ("promised", "needed"), [(0.05, 19), (0.1, 9), (0.3, 3), (0.5, 1), (0.07, 14), (0.9, 1)]
)
def test_how_many_questions_a_promise_takes(promised: float, needed: int) -> None:
    assert fewest(promised) == needed
    right = [0.5] * needed
    assert bar_of(right, [0.0] * needed, needed, promised) == 0.0
    if promised < 0.5:
        assert bar_of(right[1:], [0.0] * (needed - 1), needed - 1, promised) is None


@pytest.mark.parametrize(
    ("confidence", "cost", "n", "promised", "bar"),
    [
        # 19 questions allow no loss at 5 %: the bar is just above the surest wrong answer.
        ([0.9, 0.6, 0.3], [0, 1, 1], 19, 0.05, nextafter(0.6, inf)),
        # 39 allow one.
        ([0.9, 0.6, 0.3], [0, 1, 1], 39, 0.05, nextafter(0.3, inf)),
        # 59 allow two: nothing need be held back.
        ([0.9, 0.6, 0.3], [0, 1, 1], 59, 0.05, 0.0),
        # Equal confidences pass or fail together.
        ([0.6, 0.6, 0.6], [1, 0, 1], 39, 0.05, nextafter(0.6, inf)),
        # Halves, from questions asked in two ways, add up.
        ([0.9, 0.8, 0.7], [0.5, 0.5, 0.5], 39, 0.05, nextafter(0.7, inf)),
        # The surest answer is the one loss too many: only never answering is left.
        ([0.9, 0.8], [1, 0], 19, 0.05, nextafter(0.9, inf)),
    ],
)
def test_bars_worked_out_by_hand(
    confidence: list[float], cost: list[float], n: int, promised: float, bar: float
) -> None:
    assert bar_of(confidence, cost, n, promised) == bar


ways = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.2000001, 0.5, 0.9]), st.booleans()),
    min_size=1,
    max_size=40,
)


@given(ways, st.sampled_from([0.05, 0.1, 0.25, 0.5]))
def test_the_bar_is_the_smallest_that_meets_the_definition(
    asked: list[tuple[float, bool]], promised: float
) -> None:
    n = len(asked)

    def meets(bar: float) -> bool:
        risk = sum(wrong and confidence >= bar for confidence, wrong in asked) / n
        return n / (n + 1) * risk + 1 / (n + 1) <= promised + 1e-9

    tried = [0.0, *sorted(nextafter(c, inf) for c, _ in asked)]
    smallest = next((bar for bar in tried if meets(bar)), None)
    found = bar_of([c for c, _ in asked], [float(w) for _, w in asked], n, promised)
    assert found == smallest


@pytest.mark.parametrize("promised", [0.05, 0.1, 0.2])
def test_the_promise_is_kept_on_average_over_many_splits(promised: float) -> None:
    """Every question is asked in two ways; the second, its article left out, is always wrong."""
    dice = np.random.default_rng(1)

    def drawn(size: int) -> tuple[Any, Any]:
        sure = dice.random(size)
        pair = np.stack([sure, sure * dice.random(size)], axis=1)
        wrong = np.stack([dice.random(size) > sure, np.ones(size, bool)], axis=1)
        return pair, wrong / 2

    n, splits = 49, 2_000
    world, costs = drawn(200_000)
    order = np.argsort(world.ravel())
    beyond = np.cumsum(costs.ravel()[order][::-1])[::-1] / len(world)
    risks = []
    for _ in range(splits):
        confidence, cost = drawn(n)
        bar = lowest_bar(confidence.ravel(), cost.ravel(), n, promised)
        assert bar is not None
        place = np.searchsorted(world.ravel()[order], bar)
        risks.append(beyond[place] if place < beyond.size else 0.0)
    error = np.std(risks) / np.sqrt(splits) + 0.5 / np.sqrt(len(world))
    assert np.mean(risks) <= promised + 3 * error
    # The bound is tight: no bar that is lower by two questions' worth would do (theorem 2).
    assert np.mean(risks) >= promised - 2 / (n + 1) - 3 * error


def test_the_least_that_can_be_promised() -> None:
    confidence, cost = np.array([0.9, 0.9, 0.1]), np.array([1.0, 0.5, 1.0])
    least = lowest_promise(confidence, cost, 9)
    assert least == pytest.approx(0.25)
    assert bar_of([0.9, 0.9, 0.1], [1, 0.5, 1], 9, least) == nextafter(0.1, inf)


def test_the_probability_rises_and_is_what_was_right() -> None:
    dice = np.random.default_rng(3)
    raw = dice.random(4_000)
    right = (dice.random(4_000) < raw**2).astype(float)
    points = fit_points(raw, right, np.ones(4_000))
    shown = [interpolated(points, float(x)) for x in np.linspace(-0.5, 1.5, 200)]
    assert shown == sorted(shown)
    assert 0 < shown[0] < 0.02
    assert 0.98 > interpolated(points, 0.97) > 0.85
    assert 0.9 < shown[-1] < 1
    assert interpolated(points, 0.5) == pytest.approx(0.25, abs=0.05)


def test_few_questions_make_nothing_certain() -> None:
    points = fit_points(np.array([0.2, 0.8]), np.array([0.0, 1.0]), np.ones(2))
    assert interpolated(points, 0.8) == interpolated(points, 1.0) == 0.5
    single = fit_points(np.array([0.4]), np.array([1.0]), np.ones(1))
    assert interpolated(single, 0.4) == pytest.approx(2 / 3, abs=1e-6)


SEEN = (
    *(Seen(f"a{n}", True, (View(0.9, True), View(0.3, False, True))) for n in range(36)),
    Seen("b", True, (View(0.5, False), View(0.4, False, True))),
    Seen("c", False, (View(0.6, False),)),
    Seen("d", False, (View(NOTHING, False),)),
)


def test_figures_count_each_question_once() -> None:
    found = figures(SEEN, 0.55)
    assert found.coverage == pytest.approx((18 + 1) / 39)
    assert found.coverage_answerable == pytest.approx(36 / 37)
    assert found.wrong == pytest.approx(1 / 39)
    assert found.wrong_among_answers == pytest.approx(1 / 19)
    assert figures(SEEN, -1.0).coverage == pytest.approx(38 / 39)  # nothing to show: no answer
    assert figures(SEEN, 0.95).wrong_among_answers is None


def test_a_calibration_is_fitted_and_goes_through_json_and_back() -> None:
    made = fit(SEEN, 0.05, ABOUT)
    assert (made.questions, made.answerable, made.left_out) == (39, 37, True)
    assert made.bar == nextafter(0.5, inf)  # c alone costs 1, with b it would be 1.5
    assert made.wrong <= 0.05
    assert made.shown(0.9) > 0.9 > 0.2 > made.shown(0.3)
    assert Calibration.from_json(made.to_json()) == made


def test_what_cannot_be_promised_says_what_it_takes() -> None:
    with pytest.raises(TestSetError, match=r"39 questions are too few to promise 1%.* takes 99 "):
        fit(SEEN, 0.01, ABOUT)
    wrong = tuple(Seen(str(n), False, (View(0.9, False),)) for n in range(39))
    with pytest.raises(TestSetError, match=r"only never answering .* from 100.0% on"):
        fit(wrong, 0.05, ABOUT)
    with pytest.raises(TestSetError, match="set: 0 questions are too few"):
        fit((), 0.9, ABOUT)


@pytest.mark.parametrize(
    "change",
    [{"points": []}, {"points": [[0.5, 0.5], [0.4, 0.6]]}, {"points": [[0.1, 0.5], [0.4, 0.2]]},
     {"points": [[0.1, 0.5], [0.4, 1.2]]}, {"points": 3}, {"bar": "high"}, {"bar": True},
     {"questions": 1.5}, {"left_out": 1}, {"extra": 1}],
    ids=str,
)  # fmt: skip
def test_a_damaged_calibration_is_told(change: dict[str, object]) -> None:
    record = json.loads(fit(SEEN, 0.05, ABOUT).to_json()) | change
    with pytest.raises(LibraryDamaged, match="quoth calibrate --reset"):
        Calibration.from_json(json.dumps(record))
    for text in ("", "[]", "null", "{}"):
        with pytest.raises(LibraryDamaged):
            Calibration.from_json(text)


def test_what_has_changed_since_is_told() -> None:
    made = fit(SEEN, 0.05, ABOUT)
    rules = AskRules(bar=0.9)  # another bar is no other setting of finding
    assert changes(made, reader="rules-1", library="l1", rules=rules) == []
    other = replace(rules, fusion=FusionWeights(meaning=0.9))
    told = " ".join(changes(made, reader="rules-2", library="l2", rules=other))
    assert "rules-1, not rules-2, and is not applied" in told
    assert "library has changed" in told
    assert "settings of finding" in told


def views_of(articles: tuple[Article, ...], gold: Gold, asked: str = "Freight ferry?") -> Seen:
    archive = FakeArchive(articles)
    checked = check(TestSet("set", "jsonl", (Question("q", asked, (gold,), "s:1"),)), archive)
    return ask_all(archive, checked, gold_articles(archive))[0]


def test_a_question_is_asked_with_its_article_left_out() -> None:
    seen = views_of((FERRY, BRIDGE), Gold("ferry", "Freight saved the ferry."))
    assert [(view.right, view.left_out) for view in seen.views] == [(True, False), (False, True)]
    assert seen.views[0].confidence == 1.0
    assert seen.views[1].confidence == NOTHING  # no other article has these words


def test_copies_of_the_article_are_left_out_too() -> None:
    copy = replace(FERRY, id="copy", source="copy.md")
    seen = views_of((FERRY, copy, BRIDGE), Gold("ferry", "Freight saved the ferry."))
    assert seen.views[1].confidence < 0.7  # the line about freight stands in the copy
    other = replace(FERRY, id="other", text=FERRY.text.replace("Freight saved", "Freight sank"))
    seen = views_of((FERRY, other, BRIDGE), Gold("ferry", "Freight saved the ferry."))
    assert seen.views[1].confidence == 1.0  # other words are no copy


def test_any_answer_is_wrong_once_the_answer_is_left_out() -> None:
    archive = FakeArchive()
    question = Question("q", "Freight ferry?", (Gold("ferry", "Freight saved the ferry."),), "s:1")
    checked = check(TestSet("set", "jsonl", (question,)), archive)
    (seen,) = ask_all(archive, checked, lambda *_: lambda passage: passage.article.id == "bridge")
    assert [view.right for view in seen.views] == [True, False]


def test_what_cannot_be_judged_is_not_used() -> None:
    archive = FakeArchive()
    questions = (
        Question("gone", "When?", (Gold("ferry", "Words that are not there."),), "s:1"),
        Question("none", "Milk tonnes?", (), "s:2"),
        Question("empty", "?", (), "s:3"),
        Question("once", "Freight?", (Gold("ferry", "Freight saved the ferry."),), "s:4"),
    )
    checked = check(TestSet("set", "jsonl", questions), archive)
    told: list[tuple[int, int]] = []
    seen = ask_all(archive, checked, None, lambda done, total: told.append((done, total)))
    assert [(one.id, one.answerable, len(one.views)) for one in seen] == [
        ("none", False, 1), ("once", True, 1),
    ]  # fmt: skip
    assert not seen[0].views[0].right
    assert told == [(1, 3), (2, 3), (3, 3)]


LAKE = (
    "The lake\n\nThe mayor Anna Lindqvist opened the new bath on 4 May 2021 in the old harbour. "
    "The council spent 2.4 million euros on the heated basin and its roof. Too short, 12. "
    "Nothing here can be asked about since it names no amount and no one at all."
)


def test_questions_are_made_of_sentences(make_article: Callable[..., Article]) -> None:
    archive = FakeArchive([make_article(LAKE, "Lake"), FERRY])
    checked = made_up(archive, 10)
    assert checked == made_up(archive, 10)
    assert len(checked.testset.questions) == 2
    for question in checked.testset.questions:
        place = checked.targets[question.id].answers[0]
        answer = place.span.of(LAKE)
        assert question.golds[0].quote == answer
        assert answer in {"4 May 2021", "2.4 million euros", "Anna Lindqvist"}
        head, *words = question.text.rstrip("?").split()
        assert head in {"When", "How", "Who", "What"}
        assert not set(answer.split()) & set(words)
        assert len(words) <= 8
    heads = {
        question.text.split()[0]
        for seed in range(12)
        for question in made_up(archive, 10, seed).testset.questions
    }
    assert heads >= {"When", "How", "Who"}
    assert len(made_up(archive, 1).testset.questions) == 1
    assert made_up(FakeArchive([]), 5).testset.questions == ()
