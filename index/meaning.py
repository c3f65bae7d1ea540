"""Finding by meaning: inner products in FAISS, exact up to some thousands, then by clusters.

FAISS loads damaged files silently and can "succeed" at writing to a full disk. So a file is
written through our own hashing writer, and read only after its hash was found right, with a
limit on what it may allocate. How large indexes are made is `index.clusters`' part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index import clusters
from index.clusters import DEFAULT_RECALL, Batches, Curve
from index.durable import HashingWriter
from index.encoder import Vectors

Numbers = NDArray[np.int64]
"""Passage numbers, int64, shape `(n,)`."""

Exact = Callable[[Sequence[int]], Mapping[int, NDArray[np.float32]]]
"""Gives the stored vectors (d,) of passages by number; those that are gone are missing."""

_ALIKE = 0.99
"""Cosine a vector in 8 bits has to what was stored; .9998 is usual."""
_FEW = 64


class Meaning:
    """A FAISS index from passage numbers to unit vectors.

    One with a `curve` holds them in 8 bits, in clusters; its scores are made exact by what
    `search` is given for it.
    """

    def __init__(
        self, index: faiss.Index, curve: Curve | None = None, recall: float = DEFAULT_RECALL
    ) -> None:
        self._index: Any = index
        self._curve = curve
        self._share = curve.share_for(recall) if curve else 1.0
        self._mapped = False

    @classmethod
    def build(cls, numbers: Numbers, vectors: Vectors, dimension: int) -> Meaning:
        """Index `vectors` (n, d) under `numbers` (n,), each to be compared."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        if len(numbers):
            index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(numbers))
        return cls(index)

    @classmethod
    def gather(
        cls, batches: Batches, count: int, queries: Callable[[], Vectors], dimension: int,
        recall: float = DEFAULT_RECALL,
    ) -> Meaning:  # fmt: skip
        """Index about `count` vectors as they come; many of them by clusters.

        `queries` gives vectors (q, d) such as questions have, to measure recall with.
        """
        if count > clusters.FLAT_MOST:
            return cls(*clusters.build(batches, count, queries()), recall)
        index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        for numbers, vectors in batches():
            index.add_with_ids(vectors, numbers)
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    @property
    def curve(self) -> Curve | None:
        """How many of the nearest are found for a share of the clusters; None: all, always."""
        return self._curve

    @property
    def last(self) -> int:
        """The highest passage number, 0 when there is none."""
        return max((int(part.max()) for part in self._numbers() if len(part)), default=0)

    def _numbers(self) -> list[Numbers]:
        if self._curve is None:
            return [faiss.vector_to_array(self._index.id_map)]
        lists = self._index.invlists
        sizes = [(at, int(lists.list_size(at))) for at in range(self._index.nlist)]
        return [faiss.rev_swig_ptr(lists.get_ids(at), size) for at, size in sizes if size]

    def search(
        self, vector: Vectors, k: int, only: Numbers | None = None, exact: Exact | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, cosine), best first; ties break by number.

        `vector` has shape `(1, d)`. With `only`, other numbers are passed over while searching,
        so that `k` of these are found. An index by clusters finds nearly all of the best (see
        `curve`); `exact` gives the vectors by which their scores are set right.
        """
        if not len(self) or k < 1 or (only is not None and not len(only)):
            return []
        wanted = min(k if self._curve is None else k + clusters.MORE, len(self))
        with _one_thread():
            scores, numbers = self._index.search(
                np.ascontiguousarray(vector), wanted, params=self._params(only)
            )
        found = {
            int(number): float(score)
            for number, score in zip(numbers[0], scores[0], strict=True)
            if number >= 0  # FAISS answers −1 for "no more"
        }
        if self._curve is not None and exact is not None:
            found |= {n: float(row @ vector[0]) for n, row in exact(list(found)).items()}
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def _params(self, only: Numbers | None) -> faiss.SearchParameters | None:
        if self._curve is None:
            return None if only is None else faiss.SearchParameters(sel=_bits(only))  # type: ignore[call-arg]
        if only is None:
            probes = clusters.probes(self._index, self._share)
            return faiss.SearchParametersIVF(nprobe=probes)  # type: ignore[call-arg]
        # The fewer pass, the farther away the best of them may lie.
        probes = clusters.probes(self._index, self._share * len(self) / len(only))
        return faiss.SearchParametersIVF(nprobe=probes, sel=_bits(only))  # type: ignore[call-arg]

    def write(self, file: HashingWriter) -> None:
        """Write the index through a file of ours, so that a full disk raises."""
        writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]
        faiss.write_index(self._index, writer)
        # Flushes what the writer still buffers; destroying it late would write after the fsync.
        del writer
        if self._curve is not None:
            file.write(self._curve.to_bytes())

    @classmethod
    def read(cls, path: Path, recall: float = DEFAULT_RECALL) -> Meaning:
        """Read an index whose hash was already checked.

        Raises:
            RuntimeError: FAISS refuses the file.
            ValueError: an index by clusters lacks its measured recall.
        """
        faiss.set_deserialization_vector_byte_limit(8 * path.stat().st_size)
        index = faiss.read_index(str(path))
        if not isinstance(index, faiss.IndexIVF):
            return cls(index)
        with path.open("rb") as file:
            file.seek(-min(1_000, path.stat().st_size), 2)
            return cls(index, Curve.of_bytes(file.read()), recall)

    def finds_itself(self, numbers: Sequence[int], vectors: Vectors) -> bool:
        """Tell whether each vector is stored under its number: bit for bit, or as 8 bits do."""
        if self._curve is not None:
            if len(numbers) <= _FEW:
                return all(self._is_near(n, row) for n, row in zip(numbers, vectors, strict=True))
            if not self._mapped:
                self._index.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]
                self._mapped = True
        try:
            stored = [self._index.reconstruct(int(number)) for number in numbers]
        except RuntimeError:
            return False
        if self._curve is not None:
            return all(float(a @ b) >= _ALIKE for a, b in zip(stored, vectors, strict=True))
        return all(np.array_equal(a, b) for a, b in zip(stored, vectors, strict=True))

    def _is_near(self, number: int, vector: NDArray[np.float32]) -> bool:
        found = self.search(vector[None], 1, np.array([number], dtype=np.int64))
        return bool(found) and found[0][1] >= _ALIKE * float(vector @ vector)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have FAISS work in the thread that asks; others of it are as before.

    For one vector its threads cost more than they save: those that are done wait in a loop for the
    next work, 10 ms of a processor for each question (`python -m benchmarks.large`).
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _bits(numbers: Numbers) -> faiss.IDSelector:
    """Return what restricts a search to these numbers (not rows: the map of ids translates them).

    One bit a number: over 202,748 passages a search took 2 to 53 ms, the longer the more pass,
    and 78 with no filter (`python -m benchmarks.filtered --times 28`).
    """
    bits = np.zeros(int(numbers.max()) + 1, dtype=bool)
    bits[numbers] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))  # type: ignore[arg-type, call-arg]
