"""Ask every question of a test set and collect the rows: `evaluate`.

Knows the archive only by the methods it needs, so that a fake can stand in. Checking the test
set is `check`'s, judging a reply `judge`'s, and writing anything somebody else's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from corpus.article import Passage
from corpus.errors import QuestionError
from qa.answer import Reply
from qa.evaluate.check import Checked
from qa.evaluate.judge import Asked, judge, unanswered
from qa.evaluate.ranking import Judged, all_scores, ranking
from qa.evaluate.report import (
    About,
    EvaluationReport,
    QuestionResult,
    Setting,
    Timing,
)
from qa.evaluate.resolve import ArticleSource, Target
from qa.evaluate.summary import measures_of
from qa.evaluate.testset import Question
from qa.trace import Trace

Progress = Callable[[int, int], None]
"""Called with questions done and questions in all."""

STAGES = ("encode", "find", "fuse", "read", "render", "total")
"""Where the time of a reply goes, in the order it goes there."""


class ArchiveLike(ArticleSource, Protocol):
    """What an evaluation needs of `qa.archive.Archive`."""

    def ask_traced(
        self, question: str, *, history: Sequence[str] = (), k: int = 5
    ) -> tuple[Reply, Trace]:
        """Answer one question and say what happened on the way."""

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of an article; empty when it is not there."""


def evaluate(
    archive: ArchiveLike,
    checked: Checked,
    *,
    k: int = 5,
    progress: Progress | None = None,
    render: Callable[[Reply], object] | None = None,
    library: str = "",
    version: str = "",
    settings: Mapping[str, Setting] | None = None,
) -> EvaluationReport:
    """Ask all questions and return the report; a question that fails scores zero.

    `render` makes what a reader would see, and is only timed. `library` is the fingerprint of
    the library; it, `version` and `settings` are recorded as they are.
    """
    titles = {row.id: row.title for row in archive.articles()}
    runs: list[_Run] = []
    for question in checked.testset.questions:
        asked = _asked(question, checked.targets[question.id], titles)
        runs.append(_ask(archive, asked, k, render))
        if progress is not None:
            progress(len(runs), len(checked.testset.questions))
    testset = checked.testset
    about = About(
        testset.name,
        testset.digest,
        testset.format,
        library,
        version,
        {**(settings or {}), "k": k},
    )
    return _report(archive, checked, runs, about)


@dataclass(frozen=True)
class _Run:
    """One question asked: its row so far, its trace (None: no reply), and its wall times."""

    row: QuestionResult
    target: Target
    trace: Trace | None
    seconds: Mapping[str, float]


def _report(
    archive: ArchiveLike, checked: Checked, runs: Sequence[_Run], about: About
) -> EvaluationReport:
    """Compare the rankings, for all questions at once, and sum up."""
    judged = Judged(archive.passages)
    rankings = tuple(
        ranking(run.row.id, run.target, run.trace, judged) for run in runs if run.row.answerable
    )
    rows = _with_scores(runs, all_scores(rankings, by_quote=checked.testset.format == "squad"))
    return EvaluationReport(
        about=about,
        measures=measures_of(rows),
        rows=rows,
        findings=tuple(map(str, checked.findings)),
        timing=timing([run.seconds for run in runs if run.seconds]),
        rankings=rankings,
    )


def _asked(question: Question, target: Target, titles: Mapping[str, str]) -> Asked:
    """Name the gold articles by title, or as the test set does when they are not there."""
    known = [titles.get(article, article) for article, _ in target.articles]
    named = [gold.article for gold in question.golds if gold.article]
    return Asked(question, target, tuple(dict.fromkeys(known or named)))


def _ask(
    archive: ArchiveLike, asked: Asked, k: int, render: Callable[[Reply], object] | None
) -> _Run:
    start = time.perf_counter()
    question = asked.question
    try:
        reply, trace = archive.ask_traced(question.text, history=question.history, k=k)
    except QuestionError as error:
        return _Run(unanswered(asked, str(error)), asked.target, None, {})
    seconds = dict(trace.seconds)
    if render is not None:
        before = time.perf_counter()
        render(reply)
        seconds["render"] = time.perf_counter() - before
    seconds["total"] = time.perf_counter() - start
    return _Run(judge(asked, reply, trace, k), asked.target, trace, seconds)


def _with_scores(
    runs: Sequence[_Run], found: Mapping[str, Mapping[str, float]]
) -> tuple[QuestionResult, ...]:
    return tuple(
        replace(run.row, values={**run.row.values, **found.get(run.row.id, {})}) for run in runs
    )


def timing(runs: Sequence[Mapping[str, float]]) -> tuple[Timing, ...]:
    """Return median, 95th percentile and mean of each stage, in the order of `STAGES`.

    A stage that a question skipped counts as no time.
    """
    names = [name for name in STAGES if any(name in run for run in runs)]
    names += sorted({name for run in runs for name in run} - set(names))
    stages = []
    for name in names:
        millis = 1000 * np.array([run.get(name, 0.0) for run in runs])
        p50, p95 = np.percentile(millis, [50, 95])
        stages.append(Timing(name, float(p50), float(p95), float(millis.mean())))
    return tuple(stages)
