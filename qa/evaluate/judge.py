"""Judge one reply against the golds of its question: a `QuestionResult`.

Figures that compare rankings are added later, for all questions at once, by `ranking`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.article import Span
from qa.answer import Abstention, Extract, Highlight, Reply
from qa.evaluate.report import QuestionResult, ShownExtract, ShownMark
from qa.evaluate.resolve import Place, Target, touches
from qa.evaluate.squad_metrics import best_scores
from qa.evaluate.stages import outcome, standing
from qa.evaluate.testset import Question
from qa.trace import Trace

KEPT_EXTRACTS = 3
"""Extracts whose text is kept in a row; the figures judge all that were shown."""
RIGHT_AMONG = 3
"""A reply is right when its first three extracts hold the answer: as many as an abstention holds
back, so that answers and abstentions are judged alike when the bar is moved."""


@dataclass(frozen=True)
class Asked:
    """A question with its target and the titles of the articles it should be answered from."""

    question: Question
    target: Target
    expected_in: tuple[str, ...]

    @property
    def quotes(self) -> tuple[str, ...]:
        """The gold quotes, each once; empty when golds are whole articles."""
        return tuple(dict.fromkeys(gold.quote for gold in self.question.golds if gold.quote))


def judge(asked: Asked, reply: Reply, trace: Trace, k: int) -> QuestionResult:
    """Return the row of one question: what was shown, which stage lost it, its figures."""
    question, target, quotes = asked.question, asked.target, asked.quotes
    abstained = isinstance(reply, Abstention)
    extracts = extracts_of(reply)
    wanted = target.answers or target.places
    ranks = standing(trace, wanted)
    touched = any(_holds(extract, wanted, quotes) for extract in extracts)
    prediction = predicted(reply)
    return replace(
        _blank(asked),
        understood_as=trace.understood_as,
        abstained=abstained,
        outcome=outcome(reply, ranks, answerable=question.answerable, shown_right=touched, k=k),
        confidence=round(trace.confidence, 6),
        bar=round(trace.bar, 6),
        probability=round(reply.confidence, 6),
        right=question.answerable and contains(extracts[:RIGHT_AMONG], target, quotes),
        prediction=prediction,
        shown=tuple(_shown(extract, wanted, quotes) for extract in extracts[:KEPT_EXTRACTS]),
        rank=standing(trace, target.places).seen,
        article_rank=_article_rank(trace, target),
        meaning_rank=ranks.meaning,
        words_rank=ranks.words,
        fused_rank=ranks.fused,
        values=_values(question, target, () if abstained else extracts, prediction, quotes)
        | {"decided": float(abstained != question.answerable)},
    )


def unanswered(asked: Asked, error: str) -> QuestionResult:
    """Return the row of a question that got no reply: every figure that applies is zero."""
    names = [*_values(asked.question, asked.target, (), "", asked.quotes), "decided"]
    return replace(_blank(asked), error=error, values=dict.fromkeys(names, 0.0))


def _blank(asked: Asked) -> QuestionResult:
    """Return the row as it is before any reply: nothing shown, nothing found."""
    question = asked.question
    return QuestionResult(
        id=question.id,
        question=question.text,
        where=question.where,
        understood_as=question.text,
        answerable=question.answerable,
        abstained=False,
        outcome="no reply",
        confidence=0.0,
        bar=0.0,
        right=False,
        expected=asked.quotes,
        expected_in=asked.expected_in,
        prediction="",
        shown=(),
        rank=None,
        article_rank=None,
        meaning_rank=None,
        words_rank=None,
        fused_rank=None,
        values={},
    )


def extracts_of(reply: Reply) -> tuple[Extract, ...]:
    """Return what was shown, or what was held back as nearest on abstaining."""
    return reply.nearest if isinstance(reply, Abstention) else reply.extracts


def predicted(reply: Reply) -> str:
    """Return the words offered as the answer: the strongest mark of the best extract.

    An abstention predicts nothing, as in SQuAD 2.0; an extract without marks, all its words.
    """
    if isinstance(reply, Abstention) or not reply.extracts:
        return ""
    best = reply.extracts[0]
    text = best.passage.article.text
    marks = sorted(best.marked(), key=lambda mark: (-mark.score, mark.span))
    return marks[0].span.of(text) if marks else best.passage.text


def contains(extracts: Sequence[Extract], target: Target, quotes: tuple[str, ...]) -> bool:
    """Tell whether the extracts, taken together, hold one whole answer.

    Together, since a long quote may run on from one passage into the next. Golds without quote
    (BEIR) ask only for a passage of the right article.
    """
    if not target.answers:
        return any(touches(extract.passage, target.places) for extract in extracts)
    shown = [Place(item.passage.article.id, item.passage.span) for item in extracts]
    return covers(shown, target.answers) or any(_reprints(item, quotes) for item in extracts)


def covers(shown: Iterable[Place], answers: Iterable[Place]) -> bool:
    """Tell whether the union of the shown places covers one of the answers entirely."""
    ordered = sorted(shown)
    return any(_covered(ordered, answer) for answer in answers)


def _covered(shown: Iterable[Place], answer: Place) -> bool:
    """Walk along the answer: from how far it is covered to how far the next place reaches."""
    reached = answer.span.start
    for place in shown:
        if place.article == answer.article and place.span.start <= reached:
            reached = max(reached, place.span.end)
    return reached >= answer.span.end


def _reprints(extract: Extract, quotes: Iterable[str]) -> bool:
    """Tell whether the extract stands for copies in other articles and holds a quote's words."""
    return bool(extract.also_in) and any(quote in extract.passage.text for quote in quotes)


def _holds(extract: Extract, wanted: tuple[Place, ...], quotes: tuple[str, ...]) -> bool:
    gold_articles = {place.article for place in wanted}
    copies = any(copy.article.id in gold_articles for copy in extract.also_in)
    return touches(extract.passage, wanted) or (copies and _reprints(extract, quotes))


def _article_rank(trace: Trace, target: Target) -> int | None:
    """Return the rank of the first judged article, each article counted once."""
    order = list(dict.fromkeys(item.passage.article.id for item in trace.candidates))
    judged = {article for article, _ in target.articles}
    return next((rank for rank, item in enumerate(order, start=1) if item in judged), None)


def _values(
    question: Question,
    target: Target,
    extracts: Sequence[Extract],
    prediction: str,
    quotes: tuple[str, ...],
) -> dict[str, float]:
    """Return the figures that apply: those of the answer's words need quotes (or no golds)."""
    values: dict[str, float] = {}
    if question.answerable:
        values["shown@1"] = float(contains(extracts[:1], target, quotes))
        values["shown@3"] = float(contains(extracts[:3], target, quotes))
        values["shown"] = float(contains(extracts, target, quotes))
    if question.answerable and quotes:
        values["lit.sentence"] = float(_lit(extracts, target, "sentence"))
        values["lit.answer"] = float(_lit(extracts, target, "answer"))
    if quotes or not question.answerable:
        scores = best_scores(prediction, [gold.quote for gold in question.golds])
        values["exact"], values["f1"] = (round(score, 6) for score in scores)
    if question.answerable and quotes:
        values["answerable.exact"], values["answerable.f1"] = values["exact"], values["f1"]
    return values


def _lit(extracts: Iterable[Extract], target: Target, kind: str) -> bool:
    """Tell whether the marks of that kind cover one whole answer."""
    marks = [
        Place(extract.passage.article.id, mark.span)
        for extract in extracts
        for mark in extract.highlights
        if mark.kind == kind
    ]
    return covers(marks, target.answers)


def _shown(extract: Extract, wanted: tuple[Place, ...], quotes: tuple[str, ...]) -> ShownExtract:
    passage = extract.passage
    return ShownExtract(
        article=passage.article.id,
        title=passage.article.title,
        start=passage.span.start,
        end=passage.span.end,
        text=passage.text,
        marks=tuple(_mark(mark) for mark in extract.highlights),
        right=_holds(extract, wanted, quotes),
    )


def _mark(mark: Highlight) -> ShownMark:
    span: Span = mark.span
    return ShownMark(span.start, span.end, mark.kind)
