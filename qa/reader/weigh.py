"""What finding and reading say together: the order of passages, and whether there is an answer.

Both are logistic, and both were fitted on public questions by readers that had not been trained
on the set they read (`python -m training.weigh`; figures in `docs/reader.md`):

    rank of a passage = fused score · f + relevance · r + odds of its best span · s
    chance that the archive answers = σ(bias + weights · facts about all passages read)

The chance is judged over all passages that were read, not one by one: one strong passage beside
weak ones speaks for an answer, ten alike speak against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

BAR = 0.36
"""The chance from which the archive answers while nobody has calibrated it."""
LIMIT = 12.0
"""Log-odds beyond this say no more."""


@dataclass(frozen=True)
class RankWeights:
    """What each kind of evidence counts in the order of passages."""

    fused: float = 8.489
    relevance: float = 0.1213
    odds: float = 0.091
    bias: float = -5.953


@dataclass(frozen=True)
class AnswerWeights:
    """What each fact about all passages read counts in the chance that there is an answer."""

    bias: float = 0.074
    rank: float = 0.0
    lead: float = 0.282
    relevance: float = 0.03
    odds: float = 0.045
    rules: float = 0.814


class Seen(NamedTuple):
    """A passage that was read: its fused score, and the reader's two log-odds."""

    fused: float
    relevance: float
    odds: float


class Facts(NamedTuple):
    """Facts about all passages that were read, in the order of `AnswerWeights`."""

    rank: float
    lead: float
    relevance: float
    odds: float
    rules: float


def rank(seen: Seen, weights: RankWeights) -> float:
    """Return how good a passage is, as log-odds that it answers."""
    return (
        weights.bias
        + weights.fused * seen.fused
        + weights.relevance * clipped(seen.relevance)
        + weights.odds * clipped(seen.odds)
    )


def facts(every: Sequence[Seen], rules: float, weights: RankWeights) -> Facts:
    """Gather the facts: the best rank, its lead over the second, the highest log-odds.

    `rules` is the confidence of `qa.read.RuleReader`, 0…1: what the finders know.
    """
    by_rules = clipped(logit(rules))
    if not every:
        return Facts(-LIMIT, 0.0, -LIMIT, -LIMIT, by_rules)
    ranks = sorted((rank(seen, weights) for seen in every), reverse=True)
    lead = ranks[0] - ranks[1] if len(ranks) > 1 else 0.0
    return Facts(
        ranks[0],
        min(lead, LIMIT),
        max(clipped(seen.relevance) for seen in every),
        max(clipped(seen.odds) for seen in every),
        by_rules,
    )


def chance(found: Facts, weights: AnswerWeights) -> float:
    """Return the probability that the passages read hold an answer, 0…1."""
    score = weights.bias + sum(
        getattr(weights, name) * value for name, value in found._asdict().items()
    )
    return sigmoid(score)


def clipped(odds: float) -> float:
    """Return log-odds kept within what they can mean."""
    return max(-LIMIT, min(LIMIT, odds))


def logit(probability: float) -> float:
    """Return the log-odds of a probability, finite at both ends."""
    inside = min(1 - 1e-9, max(1e-9, probability))
    return log(inside / (1 - inside))


def sigmoid(odds: float) -> float:
    """Return the probability of log-odds, safe at both ends."""
    if odds >= 0:
        return 1 / (1 + exp(-odds))
    grown = exp(odds)
    return grown / (1 + grown)
