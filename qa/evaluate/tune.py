"""Choose the settings that need no re-encoding, on one half of a test set; judge on the other.

The objective is the mean reciprocal rank (RR@10) of the first passage that holds the answer. One
setting after another is set to the best value of a small grid, until nothing changes (coordinate
ascent); a tie keeps what was there. The other half, which had no part in it, is then asked for
real under both settings, and only a gain that is no chance there counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from corpus.errors import QuestionError, TestSetError
from index.words import FieldWeights
from qa.archive import Archive
from qa.evaluate.check import Checked
from qa.evaluate.compare import Comparison, compare
from qa.evaluate.gathered import Gathered, gather_question
from qa.evaluate.report import EvaluationReport
from qa.evaluate.testset import Question
from qa.followup import complete
from qa.question import checked_question
from qa.rules import AskRules

FEWEST = 40
"""Answerable questions below which nothing can be told from chance."""
SEED = 0
OBJECTIVE = "rr@10"
KEPT = ("success@1", "success@5", "shown")
"""Measures that must not fall on the other half."""
SIGNIFICANT = 0.05
_LEAST_GAIN = 1e-4
_ROUNDS = 4

GRID: dict[str, tuple[float, ...]] = {
    "fusion.meaning": (0.0, 0.1, 0.2, 0.3, 0.37, 0.44, 0.5, 0.6, 0.7, 0.8, 1.0),
    "fusion.sentence_meaning": (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 1.0),
    "fusion.sentence_words": (0.0, 0.15, 0.3, 0.45, 0.6, 0.75),
    "fusion.covered": (0.0, 0.1, 0.2),
    "fusion.passage_covered": (0.0, 0.1, 0.2, 0.3),
    "title_weight": (0.0, 0.3, 0.6, 1.0),
    "heading_weight": (0.0, 0.3, 0.6, 1.0),
    "candidates": (50, 100, 200),
}

Progress = Callable[[int, int], None]
Measured = Callable[[Archive, Checked], EvaluationReport]
"""Asks the questions of a checked test set for real."""


@dataclass(frozen=True)
class Tuning:
    """What was chosen, the objective on the tuned half, and both settings on the other half.

    `comparison` is None when no other setting was better on the tuned half.
    """

    before: AskRules
    after: AskRules
    tuned_on: int
    objective_before: float
    objective_after: float
    judged_on: int
    comparison: Comparison | None

    @property
    def changes(self) -> dict[str, tuple[float, float]]:
        """Return old and new value of every setting that changed."""
        old, new = self.before.flat(), self.after.flat()
        return {name: (old[name], new[name]) for name in old if old[name] != new[name]}

    @property
    def objection(self) -> str | None:
        """Say why the new settings are not to be used, or None when the gain is real."""
        if self.comparison is None:
            return "no other setting was better on the tuned half"
        gain = self.comparison.of(OBJECTIVE)
        if gain is None or gain.difference <= 0:
            return f"{OBJECTIVE} did not rise on the other half"
        if gain.p_value >= SIGNIFICANT:
            return (
                f"the gain in {OBJECTIVE} on the other half may be chance "
                f"({gain.difference:+.3f}, p = {gain.p_value:.2f})"
            )
        for name in KEPT:
            other = self.comparison.of(name)
            if other is not None and other.difference < 0:
                return f"{name} fell on the other half ({other.difference:+.3f})"
        return None


def tune(
    archive: Archive, checked: Checked, measured: Measured, progress: Progress | None = None
) -> Tuning:
    """Tune on a seeded half of the questions, and judge on the other.

    Raises:
        TestSetError: there are too few answerable questions.
    """
    ours, others = halves(checked)
    gathered = []
    for done, question in enumerate(ours, 1):
        with suppress(QuestionError):  # one that cannot be asked is lost under any setting
            gathered.append(_gathered(archive, checked, question))
        if progress is not None:
            progress(done, len(ours))
    before = archive.rules
    after = best_rules(gathered, before)
    comparison = None
    if after != before:
        half = replace(checked, testset=replace(checked.testset, questions=others), findings=())
        ours_now = measured(archive.under(after), half)
        comparison = compare(ours_now, measured(archive, half), "settings before")
    objectives = objective(gathered, before), objective(gathered, after)
    return Tuning(before, after, len(ours), *objectives, len(others), comparison)


def halves(checked: Checked) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Split the questions whose answers were found: one half to tune on, one to judge on."""
    found = [q for q in checked.testset.questions if checked.targets[q.id].places]
    if len(found) < FEWEST:
        raise TestSetError(
            f"{checked.testset.name}: {len(found)} questions with an answer in this library are "
            f"too few to tune on; it takes {FEWEST} at least, and a few hundred to tell small gains"
        )
    random.Random(SEED).shuffle(found)  # noqa: S311 - a fair split, no secret
    middle = len(found) // 2
    return tuple(found[:middle]), tuple(found[middle:])


def best_rules(gathered: Sequence[Gathered], start: AskRules) -> AskRules:
    """Return the rules that coordinate ascent over `GRID` ends at."""
    rules, best = start, objective(gathered, start)
    for _ in range(_ROUNDS):
        before = rules
        for name in GRID:
            for tried in _variants(rules, name):
                reached = objective(gathered, tried)
                if reached > best + _LEAST_GAIN:
                    rules, best = tried, reached
        if rules == before:
            break
    return rules


def objective(gathered: Sequence[Gathered], rules: AskRules) -> float:
    """Return the mean reciprocal rank over the first ten places."""
    ranks = [item.rank(rules) for item in gathered]
    return sum(1 / rank for rank in ranks if 0 < rank <= 10) / max(1, len(ranks))


def _variants(rules: AskRules, name: str) -> Iterator[AskRules]:
    """Yield the rules with one setting changed, those that make sense."""
    for value in GRID[name]:
        tried = rules.having(name, value)
        if tried.fusion.passage_words > -1e-9 and tried != rules:
            yield tried


def _gathered(archive: Archive, checked: Checked, question: Question) -> Gathered:
    rules = archive.rules
    titles = sorted({*GRID["title_weight"], rules.title_weight})
    headings = sorted({*GRID["heading_weight"], rules.heading_weight})
    fields = [FieldWeights(title, heading) for title in titles for heading in headings]
    understood = complete(checked_question(question.text), list(question.history))
    places = checked.targets[question.id].places
    return gather_question(archive.embedded, archive.encoder, understood.text, places, fields)
