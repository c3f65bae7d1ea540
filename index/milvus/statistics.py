"""Numbers over all passages that BM25 needs: weights of terms, and mean lengths of the fields.

In how many passages a term occurs is counted by Milvus (`TEXT_MATCH`), once for each term, field
and generation; versions that are being put, or not yet taken out, count, too. Mean lengths are
those of the `_SAMPLE` passages with the lowest numbers: numbers are hashes, so that this is a fair
sample, and all of them in a small archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from threading import Lock
from time import monotonic

from index import bm25
from index.milvus.client import Client, quoted
from index.milvus.collections import WORDS, count_field
from index.milvus.records import coded

_SAMPLE = 10_000
_FRESH_SECONDS = 60.0
"""Mean lengths of a large archive are read anew at most this often: they hardly move."""
_MOST_KEPT = 100_000


class Statistics:
    """Statistics of one archive, kept as long as they hold. Safe to use from several threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._weights: dict[tuple[str, str], float] = {}
        self._means: dict[str, float] = {}
        self._total = 0
        self._read = 0.0
        self._generation: int | None = None
        self._lock = Lock()

    def at(self, generation: int) -> Numbers:
        """Return the statistics of this generation."""
        with self._lock:
            if generation != self._generation or len(self._weights) > _MOST_KEPT:
                self._weights = {}
                self._total = self._client.count("passages")
                small = self._total <= _SAMPLE
                if small or not self._means or monotonic() - self._read > _FRESH_SECONDS:
                    self._means, self._read = self._sampled(), monotonic()
                self._generation = generation
            return Numbers(self._client, self._total, self._means, self._weights)

    def _sampled(self) -> dict[str, float]:
        fields = [count_field(name) for name in WORDS]
        rows = list(islice(self._client.every("passages", "", fields), _SAMPLE))
        return {
            name: sum(int(row[count_field(name)]) for row in rows) / max(1, len(rows))
            for name in WORDS
        }


class Numbers:
    """The statistics of one generation; weights are looked up when they are asked for."""

    def __init__(
        self,
        client: Client,
        total: int,
        means: Mapping[str, float],
        weights: dict[tuple[str, str], float],
    ) -> None:
        self.means = means
        self._client = client
        self._total = max(1, total)
        self._weights = weights

    def weight(self, term: str) -> float:
        """Return the idf of a term in the texts of passages, as `bm25.idf` has it."""
        return self.weight_in(WORDS[0], term)

    def weight_in(self, field: str, term: str) -> float:
        """Return the idf of a term in one of the fields."""
        key = (field, term)
        if key not in self._weights:
            expression = f"TEXT_MATCH({field}, {quoted(coded([term]))})"
            matching = self._client.count("passages", expression)
            self._weights[key] = bm25.idf(min(matching, self._total), self._total)
        return self._weights[key]
