"""A question with all its candidates, scored in memory: what `tune` tries settings on.

Candidates and their evidence are gathered once, deeper than any setting looks; then `rank` gives
the place of the first relevant passage under any rules in microseconds. The order is the one
`qa.fuse` gives (a test holds the two together); folding and reading are not repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder
from index.library import Library
from index.rows import StoredPassage
from index.terms import question_terms
from index.words import FieldWeights
from qa.evaluate.resolve import Place, touches
from qa.evidence import QuestionForm, gather, most_words
from qa.rules import AskRules

DEEPEST = 200
"""Candidates gathered from each finder; no rule that is tried asks for more."""
_NOWHERE = 1 << 30

Column = NDArray[np.float64]
"""One value for each candidate; float64, shape `(c,)`."""
Ranks = NDArray[np.int64]
"""1-based ranks of the candidates in a finder's list, `_NOWHERE` if it has none; `(c,)`."""


@dataclass(frozen=True)
class ByWords:
    """What the search by words gave with certain field weights: BM25 over its limit, and ranks."""

    share: Column
    rank: Ranks


@dataclass(frozen=True)
class Gathered:
    """The candidates of one question in the order of their numbers, as columns."""

    cosine: Column
    sentence_cosine: Column
    sentence_words: Column
    covered: Column
    passage_covered: Column
    meaning_rank: Ranks
    words: Mapping[FieldWeights, ByWords]
    relevant: NDArray[np.bool_]

    def rank(self, rules: AskRules) -> int:
        """Return the rank of the first relevant candidate under `rules`, 0 if there is none."""
        weights, words = rules.fusion, self.words[fields_of(rules)]
        named = words.rank <= rules.candidates
        pool = np.flatnonzero(named | (self.meaning_rank <= rules.candidates))
        by_meaning = weights.meaning * (1 - weights.sentence_meaning) * self.cosine
        score = by_meaning + (1 - weights.meaning) * weights.passage_words * np.where(
            named, words.share, 0.0
        )
        order = pool[np.argsort(-score[pool], kind="stable")]
        top = order[: weights.depth]
        by_words = weights.sentence_words * self.sentence_words + weights.covered * self.covered
        by_words += weights.passage_covered * self.passage_covered
        sentences = weights.sentence_meaning * self.sentence_cosine
        added = weights.meaning * sentences + (1 - weights.meaning) * by_words
        second = np.minimum(1.0, score[top] + added[top])
        seen = np.concatenate([top[np.lexsort((top, -second))], order[weights.depth :]])
        places = np.flatnonzero(self.relevant[seen])
        return int(places[0]) + 1 if len(places) else 0


def fields_of(rules: AskRules) -> FieldWeights:
    """Return the field weights among the rules."""
    return FieldWeights(rules.title_weight, rules.heading_weight)


def gather_question(
    library: Library,
    encoder: Encoder,
    question: str,
    places: tuple[Place, ...],
    fields: Sequence[FieldWeights],
) -> Gathered:
    """Gather the candidates of a completed question for every one of the field weights."""
    vector = encoder.encode_question(question)
    with library.snapshot() as snapshot:
        view = library.view(snapshot)
        terms = tuple(question_terms(question, snapshot.languages()))
        meaning = [number for number, _ in view.by_meaning(vector, DEEPEST)]
        words = {each: view.by_words(terms, DEEPEST, each) for each in fields}
        wanted = {*meaning, *(number for found in words.values() for number, _ in found)}
        stored = snapshot.passages(sorted(wanted))
    form = QuestionForm(vector, terms, view)
    numbers = sorted(stored)
    at = {number: place for place, number in enumerate(numbers)}
    limit = most_words(form)
    facts = np.array([_facts(form, stored[number]) for number in numbers]).reshape(-1, 5)
    relevant = [touches(stored[number].passage, places) for number in numbers]
    return Gathered(
        facts[:, 0],
        facts[:, 1],
        facts[:, 2],
        facts[:, 3],
        facts[:, 4],
        _ranks(meaning, at),
        {each: _by_words(found, at, limit) for each, found in words.items()},
        np.array(relevant, dtype=np.bool_),
    )


def _facts(form: QuestionForm, stored: StoredPassage) -> tuple[float, ...]:
    evidence = gather(form, stored, 0.0)
    return (
        max(0.0, evidence.cosine),
        max(0.0, evidence.best("cosine")),
        evidence.best("words"),
        evidence.best("covered"),
        evidence.covered,
    )


def _by_words(found: Sequence[tuple[int, float]], at: Mapping[int, int], limit: float) -> ByWords:
    share = np.zeros(len(at))
    for number, score in found:
        if number in at:
            share[at[number]] = score / limit
    return ByWords(share, _ranks([number for number, _ in found], at))


def _ranks(numbers: Sequence[int], at: Mapping[int, int]) -> Ranks:
    """Return the rank of each candidate in a list, removed passages left out."""
    ranks = np.full(len(at), _NOWHERE, dtype=np.int64)
    present = [at[number] for number in numbers if number in at]
    ranks[present] = np.arange(1, len(present) + 1)
    return ranks
