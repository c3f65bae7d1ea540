"""Success, reciprocal rank, nDCG and recall, computed by `ir_measures`.

Three levels: by passage, by article and, for SQuAD sets, by passages that hold the answer's own
words (`quote`). A judged question without a ranking scores zero; the passages that count as
judged are all those of the library that touch the gold, found or not, so that recall is honest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import ir_measures
from ir_measures import RR, R, Success, nDCG

from corpus.article import Passage, Span
from qa.evaluate.report import Ranking
from qa.evaluate.resolve import Place, Target
from qa.trace import Trace

DEPTH = 100
"""Passages of a ranking that are kept and judged."""
UNFOUND = "not-in-the-library"
"""Stands for a gold that the library does not hold, so that its question scores zero."""
MEASURES = {
    "success@1": Success @ 1,
    "success@3": Success @ 3,
    "success@5": Success @ 5,
    "success@10": Success @ 10,
    "rr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
    "recall@100": R @ 100,
}


def passage_id(passage: Passage) -> str:
    """Return `article:start-end`, which names the passage whatever the library's numbering."""
    return f"{passage.article.id}:{passage.span.start}-{passage.span.end}"


class Judged:
    """The passages of the gold articles, to look up which of them touch a place.

    Only the spans are kept, sorted by start, since one article may hold thousands of passages
    and thousands of questions.
    """

    def __init__(self, passages: Callable[[str], Sequence[Passage]]) -> None:
        self._passages = passages
        self._spans: dict[str, list[Span]] = {}

    def ids(self, places: Iterable[Place], grades: Mapping[str, int]) -> dict[str, int]:
        """Return the ids and grades of the passages that touch a place; never empty."""
        found = {
            f"{place.article}:{span.start}-{span.end}": grades.get(place.article, 1)
            for place in places
            for span in self._touching(place)
        }
        return found or {UNFOUND: 1}

    def _touching(self, place: Place) -> Iterator[Span]:
        """Walk back from the last span that starts before the place ends."""
        spans = self._spans.get(place.article)
        if spans is None:
            spans = sorted(passage.span for passage in self._passages(place.article))
            self._spans[place.article] = spans
        longest = max((span.end - span.start for span in spans), default=0)
        for span in reversed(spans[: bisect_left(spans, (place.span.end,))]):
            if span.start + longest <= place.span.start:
                return
            if span.overlaps(place.span):
                yield span


def ranking(question: str, target: Target, trace: Trace | None, judged: Judged) -> Ranking:
    """Return the ranked and the judged ids of one answerable question.

    `trace` is None when there was no reply.
    """
    candidates = trace.candidates if trace is not None else ()
    grades = dict(target.articles)
    return Ranking(
        question,
        tuple(passage_id(item.passage) for item in candidates[:DEPTH]),
        judged.ids(target.places, grades),
        tuple(dict.fromkeys(item.passage.article.id for item in candidates))[:DEPTH],
        grades or {UNFOUND: 1},
        judged.ids(target.answers, grades),
    )


def scores(
    ranked: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]], prefix: str = ""
) -> dict[str, dict[str, float]]:
    """Return, per question, each measure under `prefix + name`.

    Scores fall with the rank in whole steps, so that no scorer sees a tie. The scorers know the
    questions by number: one of them cuts an id at its first NUL, and dies when two become equal.
    """
    questions = list(dict.fromkeys([*qrels, *ranked]))
    numbers = {question: str(number) for number, question in enumerate(questions)}
    run = [
        ir_measures.ScoredDoc(numbers[question], document, float(len(documents) - place))
        for question, documents in ranked.items()
        for place, document in enumerate(documents)
    ]
    judgements = [
        ir_measures.Qrel(numbers[question], document, grade)
        for question, documents in qrels.items()
        for document, grade in documents.items()
    ]
    names = {measure: prefix + name for name, measure in MEASURES.items()}
    values: dict[str, dict[str, float]] = {question: {} for question in qrels}
    for metric in ir_measures.iter_calc(list(names), judgements, run):
        question = questions[int(metric.query_id)]
        values[question][names[metric.measure]] = round(float(metric.value), 6)
    return values


def all_scores(rankings: Sequence[Ranking], *, by_quote: bool) -> dict[str, dict[str, float]]:
    """Return each question's measures on all levels that apply."""
    passages = {item.question: item.passages for item in rankings}
    articles = {item.question: item.articles for item in rankings}
    levels = [
        scores(passages, {item.question: item.judged for item in rankings}),
        scores(articles, {item.question: item.judged_articles for item in rankings}, "article."),
    ]
    if by_quote:
        quotes = {item.question: item.judged_quotes for item in rankings}
        levels.append(scores(passages, quotes, "quote."))
    merged: dict[str, dict[str, float]] = {item.question: {} for item in rankings}
    for level in levels:
        for question, values in level.items():
            merged[question] |= values
    return merged
