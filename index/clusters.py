"""A large index by meaning: vectors in 8 bits, in clusters of which a search looks at the nearest.

FAISS's inverted lists with a scalar quantiser (Douze et al., "The Faiss library", 2024): a search
goes through the lists whose centres are nearest to the question, so its cost grows with the share
of lists looked at. What that share gives is measured when the index is built: for sentences of the
archive itself, how many of their exact 100 nearest passages are found (`Curve`). So a recall can be
asked for, and the least share that gives it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from math import ceil, isfinite, sqrt
from typing import Any, NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

FLAT_MOST = 20_000
"""Passages up to which every vector is compared: some 3 ms (`python -m benchmarks.large`)."""

DEFAULT_RECALL = 0.98
SHARES = (1 / 64, 1 / 32, 3 / 64, 1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 1.0)
"""Shares of the lists whose recall is measured."""

MORE = 20
"""Found beyond what is asked for, so that exact scores may put some of them further up.

Where more than that are nearly alike, those left out differ in score by what 8 bits lose.
"""

_NEAREST = 100
_PER_LIST = 40
"""Vectors for each list that the centres are learned from; FAISS warns below 39."""
_ROUNDS = 8
_CAUTION = 0.5
"""Share of what is missing from full recall that is aimed for in addition: questions lie a little
farther from passages than the sentences the curve was measured with."""

Numbers = NDArray[np.int64]
Batches = Callable[[], Iterable[tuple[Numbers, Vectors]]]
"""Gives all numbers (b,) and vectors (b, d), batch by batch, each time from the start."""


class Curve(NamedTuple):
    """The share of the exact nearest 100 that is found, for each of `SHARES`."""

    recalls: tuple[float, ...]

    def share_for(self, recall: float) -> float:
        """Return the least share of lists that gives a recall (0…1), by linear interpolation.

        For a recall of 1 it is all of them, whatever was measured; 8 bits may still miss some of
        many that are nearly alike (see `MORE`).
        """
        if recall >= 1:
            return 1.0
        aim = recall + _CAUTION * (1 - recall)
        before, reached = 0.0, 0.0
        for share, found in zip(SHARES, self.recalls, strict=True):
            if found >= aim:
                rise = found - reached
                return before + (share - before) * ((aim - reached) / rise if rise > 0 else 1)
            before, reached = share, found
        return 1.0

    def to_bytes(self) -> bytes:
        """Return what stands behind the index in its file: JSON, and its length in four bytes."""
        text = json.dumps(self.recalls).encode()
        return text + len(text).to_bytes(4, "little")

    @staticmethod
    def of_bytes(data: bytes) -> Curve:
        """Read it from the end of a file's bytes.

        Raises:
            ValueError: there is none.
        """
        length = int.from_bytes(data[-4:], "little")
        recalls = json.loads(data[-4 - length : -4])
        if len(recalls) != len(SHARES) or not all(isfinite(each) for each in recalls):
            raise ValueError("no measured recall stands behind the index")
        return Curve(tuple(map(float, recalls)))


def build(batches: Batches, count: int, queries: Vectors) -> tuple[faiss.IndexIVF, Curve]:
    """Build an index over `count` vectors, and measure it with `queries` (q, d).

    Memory is bounded by the index itself and the sample its centres are learned from.
    """
    lists = int(4 * sqrt(count))
    index = _trained(_sample(batches, count, lists * _PER_LIST), lists)
    nearest = _Nearest(queries)
    for numbers, vectors in batches():
        index.add_with_ids(vectors, numbers)
        nearest.look_at(numbers, vectors)
    return index, _measured(index, queries, nearest.numbers)


def probes(index: faiss.IndexIVF, share: float) -> int:
    """Return how many lists a share of them is."""
    return max(1, min(index.nlist, ceil(share * index.nlist)))


def _sample(batches: Batches, count: int, wanted: int) -> Vectors:
    """Return about `wanted` vectors, every so many-th."""
    step = max(1, count // wanted)
    parts, offset = [], 0
    for _, vectors in batches():
        parts.append(vectors[-offset % step :: step].copy())
        offset += len(vectors)
    return np.concatenate(parts)


def _trained(sample: Vectors, lists: int) -> faiss.IndexIVF:
    dimension = sample.shape[1]
    index: Any = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists,
        faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT,
    )  # fmt: skip
    index.cp.niter = _ROUNDS
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 2 * _PER_LIST
    index.train(sample)
    trained: faiss.IndexIVF = index
    return trained


class _Nearest:
    """The exact nearest of some queries, kept while all vectors pass by."""

    def __init__(self, queries: Vectors) -> None:
        self._queries = queries
        self._scores = np.full((len(queries), _NEAREST), -np.inf, dtype=np.float32)
        self.numbers: Numbers = np.full((len(queries), _NEAREST), -1, dtype=np.int64)

    def look_at(self, numbers: Numbers, vectors: Vectors) -> None:
        """Take the better of what is kept and what passes."""
        scores = np.concatenate([self._scores, self._queries @ vectors.T], axis=1)
        names = np.concatenate(
            [self.numbers, np.broadcast_to(numbers, (len(self.numbers), len(numbers)))], axis=1
        )
        best = np.argpartition(-scores, _NEAREST - 1, axis=1)[:, :_NEAREST]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self.numbers = np.take_along_axis(names, best, axis=1)


def _measured(index: faiss.IndexIVF, queries: Vectors, nearest: Numbers) -> Curve:
    recalls = []
    for share in SHARES:
        params = faiss.SearchParametersIVF(nprobe=probes(index, share))  # type: ignore[call-arg]
        _, found = index.search(queries, _NEAREST + MORE, params=params)
        shared = [np.isin(a, b).mean() for a, b in zip(nearest, found, strict=True)]
        recalls.append(round(float(np.mean(shared)), 4) if shared else 1.0)
    return Curve(tuple(recalls))
