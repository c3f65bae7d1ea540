"""Ask the questions a calibration is fitted on: `ask_all`.

A question with an answer is asked twice: as it is, and as if the articles that answer it were
not there, when any answer is wrong. One without is asked once. What is right is `judge`'s to say:
the first three extracts hold the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from corpus.article import Passage
from corpus.errors import QuestionError
from qa.answer import Reply
from qa.duplicates import SAME, shingles, similarity
from qa.evaluate.check import Checked
from qa.evaluate.judge import Asked, judge
from qa.evaluate.resolve import ArticleSource, Target, touches
from qa.evaluate.testset import Question
from qa.trace import LeavesOut, Trace

EXTRACTS = 5
NOTHING = -inf
"""The confidence of a reply with nothing to show: it stays below every bar."""

Progress = Callable[[int, int], None]


class ArchiveLike(ArticleSource, Protocol):
    """What a calibration needs of `qa.archive.Archive`."""

    def ask_traced(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        without: LeavesOut | None = None,
    ) -> tuple[Reply, Trace]:
        """Answer one question, some passages left out, and say what happened on the way."""

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of an article; empty when it is not there."""


@dataclass(frozen=True)
class View:
    """One way a question was asked: its raw confidence, and whether answering would be right."""

    confidence: float
    right: bool
    left_out: bool = False


@dataclass(frozen=True)
class Seen:
    """A question with the ways it was asked; the first is the question as it is."""

    id: str
    answerable: bool
    views: tuple[View, ...]


Without = Callable[[Question, Target], LeavesOut]
"""Makes, for one question, what tells which passages to leave out."""


def ask_all(
    archive: ArchiveLike,
    checked: Checked,
    without: Without | None,
    progress: Progress | None = None,
) -> tuple[Seen, ...]:
    """Ask every question whose answer was found in the library, or that has none.

    Without `without` each is asked once. A question that cannot be asked is left out.
    """
    wanted = [q for q in checked.testset.questions if usable(checked, q)]
    seen = []
    for done, question in enumerate(wanted, 1):
        target = checked.targets[question.id]
        try:
            views = [_view(archive, question, target, None)]
            if without is not None and question.answerable:
                views.append(_view(archive, question, target, without(question, target)))
        except QuestionError:
            continue
        finally:
            if progress is not None:
                progress(done, len(wanted))
        seen.append(Seen(question.id, question.answerable, tuple(views)))
    return tuple(seen)


def usable(checked: Checked, question: Question) -> bool:
    """Tell whether it is known what would be right: the gold stands in the library, or none."""
    return not question.answerable or bool(checked.targets[question.id].places)


def gold_articles(archive: ArchiveLike) -> Without:
    """Leave out the gold articles, and passages elsewhere that carry the same words."""

    def without(_: Question, target: Target) -> LeavesOut:
        names = {place.article for place in target.places}
        passages = [p for name in sorted(names) for p in archive.passages(name)]
        copies = [shingles(p.text) for p in passages if touches(p, target.places)]

        def leaves_out(passage: Passage) -> bool:
            if passage.article.id in names:
                return True
            own = shingles(passage.text)
            return any(similarity(own, copy) >= SAME for copy in copies)

        return leaves_out

    return without


def _view(
    archive: ArchiveLike, question: Question, target: Target, without: LeavesOut | None
) -> View:
    history = question.history
    reply, trace = archive.ask_traced(question.text, history=history, k=EXTRACTS, without=without)
    row = judge(Asked(question, target, ()), reply, trace, EXTRACTS)
    confidence = trace.confidence if row.shown else NOTHING
    return View(confidence, row.right and without is None, without is not None)
