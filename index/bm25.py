"""BM25 as pure functions: the weight of a term, and the score of a text.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in the form
Lucene and tantivy use, with `k1 = 1.2`, `b = 0.75` and an idf that is never negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log

K1 = 1.2
B = 0.75


def idf(matching: int, total: int) -> float:
    """Return the weight of a term found in `matching` of `total` texts.

    >>> round(idf(1, 10), 3)
    1.992
    """
    return log(1 + (total - matching + 0.5) / (matching + 0.5))


def score(
    question: Iterable[str],
    counts: Mapping[str, int],
    length: int,
    mean_length: float,
    weights: Mapping[str, float],
) -> float:
    """Return the BM25 score of one text for a question's distinct terms.

    `counts` are the text's term frequencies, `length` its number of terms, `weights` the idf of
    each question term.
    """
    norm = K1 * (1 - B + B * length / mean_length) if mean_length else K1
    total = 0.0
    for term in question:
        frequency = counts.get(term, 0)
        if frequency:
            total += weights[term] * frequency * (K1 + 1) / (frequency + norm)
    return total
