"""Answer or abstain: a few facts about a passage, weighed into one probability.

The weights are a logistic regression over what the finders already know, fitted on public
questions and the sample questions with the answering passage in the archive and taken out of it
(`python -m benchmarks.fit_confidence`); `kind` and the bar were set by hand on the sample
questions. It is a first bar, honest but weak. A trained reader sharpens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from qa.evidence import Evidence

DEFAULT_BAR = 0.25


@dataclass(frozen=True)
class ConfidenceWeights:
    """Weights of a logistic regression over a passage's evidence."""

    bias: float = -5.09
    cosine: float = 1.11
    sentence_cosine: float = 6.23
    sentence_covered: float = 0.39
    covered: float = 1.14
    kind: float = 1.0


def confidence(
    found: Evidence, kind: float = 0.0, weights: ConfidenceWeights | None = None
) -> float:
    """Return the probability that the passage answers, 0…1.

    `kind` is 1 when the question asks for an amount, a date or a time and the passage's lit
    sentence holds one, −1 when it should and does not, and 0 when no rule applies.
    """
    weights = weights or ConfidenceWeights()
    score = (
        weights.bias
        + weights.cosine * found.cosine
        + weights.sentence_cosine * found.best("cosine")
        + weights.sentence_covered * found.best("covered")
        + weights.covered * found.covered
        + weights.kind * kind
    )
    return 1 / (1 + exp(-score))
