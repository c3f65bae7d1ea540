"""Finding in Milvus: its dense search, and its own BM25 over our terms.

Milvus' `hybrid_search` merges lists inside and hands on one score; `qa.fuse` needs cosine and BM25
of each passage, so both searches are asked for by themselves and the fusion stays ours. BM25 is
asked in each of three fields (text, title, headings) for its best; what one field lacks of
another's finds is asked for by number, so that every sum is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from index import bm25
from index.encoder import Vectors
from index.milvus.client import MOST, Client, any_of, quoted
from index.milvus.collections import WORDS
from index.milvus.records import coded
from index.words import FieldWeights

Scores = dict[int, float]
"""Scores by passage number."""
_BATCH = 1_000
_LEAST = 1e-9
"""Rows that share no term come back, too; their score is zero, give or take nothing."""
_MOST_KEPT = 100_000


class Searches:
    """The searches of one archive."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def by_meaning(self, vector: Vectors, k: int, expression: str) -> list[tuple[int, float]]:
        """Return up to `k` (number, cosine), best first; ties break by number.

        `vector` has shape `(1, d)`. Vectors are of unit length: their product is the cosine.
        """
        return _best(dict(self._client.search("vector", vector[0].tolist(), k, expression)), k)

    def by_words(
        self, terms: Sequence[str], k: int, weights: FieldWeights, expression: str
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, BM25), best first; ties break by number."""
        asked = coded(terms)
        if not asked:
            return []
        weighed = zip(WORDS, (1.0, weights.title, weights.heading), strict=True)
        fields = {field: weight for field, weight in weighed if weight > 0}
        found = {field: self._bm25(field, asked, k, expression) for field in fields}
        numbers = {number for scores in found.values() for number in scores}
        total: Scores = dict.fromkeys(numbers, 0.0)
        for field, weight in fields.items():
            scores = found[field]
            if len(scores) >= k:  # else Milvus has told all that share a term there
                scores |= self._of(field, asked, sorted(numbers - scores.keys()))
            for number, score in scores.items():
                total[number] += weight * score
        return _best(total, k)

    def _of(self, field: str, asked: str, numbers: Sequence[int]) -> Scores:
        """Return the scores of these passages."""
        found: Scores = {}
        for at in range(0, len(numbers), _BATCH):
            part = numbers[at : at + _BATCH]
            found |= self._bm25(field, asked, len(part), f"number in {any_of(part)}")
        return found

    def _bm25(self, field: str, asked: str, k: int, expression: str) -> Scores:
        """Return scores by number. Milvus Lite gives BM25 as a distance, that is negative."""
        found = self._client.search(f"{field}_bm25", asked, k, expression)
        return {number: abs(score) for number, score in found if abs(score) > _LEAST}


class Weights:
    """Weights of terms (idf) over all passages of an archive, as `bm25.idf` has them.

    In how many passages a term occurs is counted by Milvus (`TEXT_MATCH`), once for each term and
    generation. Versions that are being put, or not yet taken out, are counted, too.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._held: dict[str, float] = {}
        self._generation = -1
        self._total = 0
        self._lock = Lock()

    def at(self, generation: int) -> Callable[[str], float]:
        """Return what gives the weight of a term, in this generation."""
        with self._lock:
            if generation != self._generation or len(self._held) > _MOST_KEPT:
                self._generation, self._held = generation, {}
                self._total = max(1, self._client.count("passages"))
            held, total = self._held, self._total

        def weight(term: str) -> float:
            if term not in held:
                held[term] = bm25.idf(self._matching(term), total)
            return held[term]

        return weight

    def _matching(self, term: str) -> int:
        asked = coded([term])
        return self._client.count("passages", f"TEXT_MATCH(words, {quoted(asked)})")


def _best(found: Scores, k: int) -> list[tuple[int, float]]:
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[: min(k, MOST)]
