"""Finding by meaning: exact inner products in FAISS. The only file that imports faiss.

FAISS loads damaged files silently and can "succeed" at writing to a full disk. So a file is
written through our own hashing writer, and read only after its hash was found right, with a
limit on what it may allocate.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.durable import HashingWriter
from index.encoder import Vectors

Numbers = NDArray[np.int64]
"""Passage numbers, int64, shape `(n,)`."""


class Meaning:
    """A FAISS index from passage numbers to unit vectors."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, numbers: Numbers, vectors: Vectors, dimension: int) -> Meaning:
        """Index `vectors` (n, d) under `numbers` (n,)."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        if len(numbers):
            index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(numbers))
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    @property
    def last(self) -> int:
        """The highest passage number, 0 when there is none."""
        held: Any = self._index
        return int(faiss.vector_to_array(held.id_map).max()) if len(self) else 0

    def search(
        self, vector: Vectors, k: int, only: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, cosine), best first; ties break by number.

        `vector` has shape `(1, d)`. With `only`, other numbers are passed over while searching,
        so that `k` of these are found. FAISS answers −1 for "no more"; those are dropped.
        """
        if not len(self) or k < 1 or (only is not None and not len(only)):
            return []
        params = None if only is None else _only(only)
        scores, numbers = self._index.search(
            np.ascontiguousarray(vector), min(k, len(self)), params=params
        )
        found = [
            (int(number), float(score))
            for number, score in zip(numbers[0], scores[0], strict=True)
            if number >= 0
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def write(self, file: HashingWriter) -> None:
        """Write the index through a file of ours, so that a full disk raises."""
        writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]
        faiss.write_index(self._index, writer)
        # Flushes what the writer still buffers; destroying it late would write after the fsync.
        del writer

    @classmethod
    def read(cls, path: Path) -> Meaning:
        """Read an index whose hash was already checked.

        Raises:
            RuntimeError: FAISS refuses the file.
        """
        faiss.set_deserialization_vector_byte_limit(8 * path.stat().st_size)
        return cls(faiss.read_index(str(path)))

    def finds_itself(self, numbers: Sequence[int], vectors: Vectors) -> bool:
        """Tell whether each vector is stored, bit for bit, under its number."""
        try:
            stored = [self._index.reconstruct(int(number)) for number in numbers]
        except RuntimeError:
            return False
        return all(np.array_equal(a, b) for a, b in zip(stored, vectors, strict=True))


def _only(numbers: Numbers) -> faiss.SearchParameters:
    """Return what restricts a search to these numbers (not rows: the map of ids translates them).

    One bit a number: over 202,748 passages a search took 2 to 53 ms, the longer the more pass,
    and 78 with no filter (`python -m benchmarks.filtered --times 28`).
    """
    bits = np.zeros(int(numbers.max()) + 1, dtype=bool)
    bits[numbers] = True
    selector = faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))  # type: ignore[arg-type, call-arg]
    return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
