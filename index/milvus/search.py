"""Finding in Milvus: its dense search, and its own BM25 over our terms.

Milvus' `hybrid_search` merges lists inside and hands on one score; `qa.fuse` needs cosine and BM25
of each passage, so both searches are asked for by themselves and the fusion stays ours. Milvus
says which passages are best by words, in each of three fields (text, title, headings). The scores
are then computed by `index.bm25` from the terms that are stored: Milvus weighs terms by what its
parts hold (Milvus Lite even by what a filter lets through), and scores of two questions, or of two
parts, would not compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from index import bm25
from index.encoder import Vectors
from index.milvus.client import Client, Row, any_of
from index.milvus.collections import WORDS
from index.milvus.records import coded
from index.milvus.statistics import Numbers
from index.words import FieldWeights

_BATCH = 500
_LEAST = 1e-9
"""Rows that share no term come back, too; their score is zero, give or take nothing."""


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
        self,
        terms: Sequence[str],
        k: int,
        weights: FieldWeights,
        expression: str,
        numbers: Numbers,
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, BM25), best first; ties break by number."""
        asked = coded(terms)
        if not asked:
            return []
        weighed = zip(WORDS, (1.0, weights.title, weights.heading), strict=True)
        fields = {field: weight for field, weight in weighed if weight > 0}
        found = sorted({n for field in fields for n in self._sharing(field, asked, k, expression)})
        scores: dict[int, float] = {}
        for at in range(0, len(found), _BATCH):
            wanted = f"number in {any_of(found[at : at + _BATCH])}"
            for row in self._client.query("passages", wanted, ["number", *fields]):
                scores[int(row["number"])] = _score(row, terms, fields, numbers)
        return _best(scores, k)

    def _sharing(self, field: str, asked: str, k: int, expression: str) -> list[int]:
        """Return the best passages that share a term in a field.

        Milvus Lite gives BM25 as a distance, that is negative; Milvus as a score.
        """
        found = self._client.search(f"{field}_bm25", asked, k, expression)
        return [number for number, score in found if abs(score) > _LEAST]


def _score(row: Row, terms: Sequence[str], fields: Mapping[str, float], numbers: Numbers) -> float:
    """Return the BM25 of a passage: its fields' scores, weighed."""
    total = 0.0
    names = {term: coded([term]) for term in terms}
    for field, weight in fields.items():
        held = str(row[field]).split()
        counts = Counter(held)
        shared = {name: counts[name] for name in names.values() if name in counts}
        if shared:
            idf = {names[t]: numbers.weight_in(field, t) for t in terms if names[t] in shared}
            mean = numbers.means[field]
            total += weight * bm25.score(list(idf), shared, len(held), mean, idf)
    return total


def _best(found: dict[int, float], k: int) -> list[tuple[int, float]]:
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:k]
