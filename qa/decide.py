"""Answer or abstain: a few facts about the best passages, weighed into one probability.

The weights are a logistic regression over what the finders and the highlighter already know,
fitted by `benchmarks/fit_confidence.py` on public questions with the answering article in the
archive and taken out of it. It is a first bar, honest but weak; the trained reader sharpens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from index.terms import terms as terms_of
from qa.fuse import Fused
from qa.highlight import QuestionForm, SentenceScore, overlap

DEFAULT_BAR = 0.5


@dataclass(frozen=True)
class Evidence:
    """What speaks for a passage: cosines and covered shares of the question's weight, 0…1."""

    cosine: float
    sentence_cosine: float
    passage_overlap: float
    sentence_overlap: float


@dataclass(frozen=True)
class ConfidenceWeights:
    """Weights of a logistic regression over `Evidence`."""

    bias: float = -6.2
    cosine: float = 3.0
    sentence_cosine: float = 3.5
    passage_overlap: float = 4.0
    sentence_overlap: float = 1.5


def evidence(question: QuestionForm, fused: Fused, sentences: Sequence[SentenceScore]) -> Evidence:
    """Gather what speaks for a passage."""
    article = fused.stored.passage.article
    around = " ".join((article.title, *fused.stored.passage.heading, fused.stored.passage.text))
    return Evidence(
        max(0.0, fused.cosine),
        max((s.cosine for s in sentences), default=0.0),
        overlap(question, terms_of(around, article.language)),
        max((s.overlap for s in sentences), default=0.0),
    )


def confidence(found: Evidence, weights: ConfidenceWeights | None = None) -> float:
    """Return the probability that the passage answers, 0…1."""
    weights = weights or ConfidenceWeights()
    score = weights.bias + sum(
        getattr(weights, name) * getattr(found, name)
        for name in ("cosine", "sentence_cosine", "passage_overlap", "sentence_overlap")
    )
    return 1 / (1 + exp(-score))
