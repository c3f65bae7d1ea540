"""Exact match and F1 of an answer's words, by SQuAD's official rules.

Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016, and
for questions without an answer Rajpurkar, Jia and Liang, "Know What You Don't Know", ACL 2018.
Pure functions over texts; which words of a reply are its answer is decided by `judge`.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, English articles and extra white space.

    >>> normalise("The  U.S. Army!")
    'us army'
    """
    plain = text.lower().translate(PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", plain, flags=re.UNICODE).split())


def exact(prediction: str, gold: str) -> float:
    """Return 1 when the two are equal after normalising, else 0."""
    return float(normalise(prediction) == normalise(gold))


def f1(prediction: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall over the words, counted with repeats.

    When either has no words left, it is 1 if both have none and 0 otherwise.

    >>> f1("in the 10th century", "10th century")
    0.8
    """
    said, right = normalise(prediction).split(), normalise(gold).split()
    if not said or not right:
        return float(said == right)
    shared = sum((Counter(said) & Counter(right)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(said), shared / len(right)
    return 2 * precision * recall / (precision + recall)


def best_scores(prediction: str, golds: Sequence[str]) -> tuple[float, float]:
    """Return the best exact match and the best F1 over all golds.

    No golds means that the question has no answer: the empty prediction is then the right one.
    As in the official scorer, golds that normalise to nothing are left out.
    """
    kept = [gold for gold in golds if normalise(gold)] or [""]
    return (
        max(exact(prediction, gold) for gold in kept),
        max(f1(prediction, gold) for gold in kept),
    )
