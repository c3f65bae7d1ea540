"""Fusing evidence by meaning and by words into one score in 0…1.

    score = α · (.3 cosine + .7 best sentence's cosine)
          + (1 − α) · (.3 BM25 + .4 best sentence's BM25
                       + .1 best sentence's share covered + .2 share covered)

A convex combination of scores with a theoretical scale (Bruch, Gai & Ingber, "An Analysis of
Fusion Functions for Hybrid Retrieval", 2022): a cosine is what it is, and BM25 is divided by the
highest value the question admits. Scaling by each list's own best, as min–max does, makes words
decide even where none of them fit. Figures: `docs/retrieval.md`.

Sentences are looked at only in the passages that a first look, without them, puts on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from index.join import Glimpse, Shortlist, hits_of
from index.library import Found
from index.rows import StoredPassage
from qa.evidence import Evidence, QuestionForm, gather, most_words


@dataclass(frozen=True)
class FusionWeights:
    """α and the shares inside each half; `depth` passages have their sentences looked at."""

    meaning: float = 0.4
    sentence_meaning: float = 0.7
    sentence_words: float = 0.4
    covered: float = 0.1
    passage_covered: float = 0.2
    depth: int = 30

    @property
    def passage_words(self) -> float:
        """What is left of the words' half for the passage's own BM25."""
        return 1 - self.sentence_words - self.covered - self.passage_covered


class Fused(NamedTuple):
    """A candidate: raw scores, 1-based rank in each list, fused score, and evidence if gathered."""

    stored: StoredPassage
    cosine: float
    words: float | None
    meaning_rank: int | None
    words_rank: int | None
    score: float
    evidence: Evidence | None = None


def fuse(found: Found, weights: FusionWeights | None = None) -> list[Fused]:
    """Return every candidate once, best first; ties break by passage number.

    The first `depth` carry their evidence and are ordered by it; the rest follow as first seen.
    """
    weights = weights or FusionWeights()
    form = QuestionForm(found.vector, found.terms, found.weigher)
    first = sorted(_first_look(found, form, weights), key=_order)
    top = [_second_look(item, form, weights) for item in first[: weights.depth]]
    return [*sorted(top, key=_order), *first[weights.depth :]]


def shortlist(weights: FusionWeights, least: int) -> Shortlist:
    """Return what chooses the passages whose sentences are looked at; at least so many.

    By the very score of the first look, so that `fuse` has the same on top either way.
    """

    def choose(glimpse: Glimpse) -> list[int]:
        limit = most_words(QuestionForm(glimpse.vector, glimpse.terms, glimpse.weigher))
        scores = {
            number: _first_score(
                float(glimpse.vector[0] @ vector), glimpse.words.get(number, 0.0) / limit, weights
            )
            for number, vector in glimpse.vectors.items()
        }
        order = sorted(scores, key=lambda number: (-scores[number], number))
        return order[: max(weights.depth, least)]

    return choose


def _first_score(cosine: float, share: float, weights: FusionWeights) -> float:
    by_meaning = weights.meaning * (1 - weights.sentence_meaning) * max(0.0, cosine)
    return by_meaning + (1 - weights.meaning) * weights.passage_words * share


def _order(item: Fused) -> tuple[float, int]:
    return (-item.score, item.stored.number)


def _first_look(found: Found, form: QuestionForm, weights: FusionWeights) -> list[Fused]:
    """Score the passages as wholes."""
    words = hits_of(found.by_words)
    ranks_meaning = _ranks(hits_of(found.by_meaning))
    ranks_words = _ranks(words)
    stored = {h.stored.number: h.stored for h in (*found.by_meaning, *found.by_words)}
    limit = most_words(form)
    looked = []
    for number, passage in stored.items():
        cosine = float(found.vector[0] @ passage.vector)
        score = _first_score(cosine, words.get(number, 0.0) / limit, weights)
        ranks = (ranks_meaning.get(number), ranks_words.get(number))
        looked.append(Fused(passage, cosine, words.get(number), *ranks, score))
    return looked


def _second_look(item: Fused, form: QuestionForm, weights: FusionWeights) -> Fused:
    """Add what the best sentence says for a passage."""
    evidence = gather(form, item.stored, item.words or 0.0)
    by_meaning = weights.sentence_meaning * max(0.0, evidence.best("cosine"))
    by_words = weights.sentence_words * evidence.best("words")
    by_words += weights.covered * evidence.best("covered")
    by_words += weights.passage_covered * evidence.covered
    added = weights.meaning * by_meaning + (1 - weights.meaning) * by_words
    return item._replace(score=min(1.0, item.score + added), evidence=evidence)


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    """Return 1-based ranks; ties break by number."""
    order = sorted(scores, key=lambda number: (-scores[number], number))
    return {number: rank for rank, number in enumerate(order, 1)}
