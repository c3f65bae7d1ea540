"""How alike two whole texts are: shingles of words, MinHash signatures, and their bands.

A signature stands for the set of a text's shingles: of two, the share of equal values estimates
the Jaccard similarity of the sets (Broder, "On the Resemblance and Containment of Documents",
1997). Texts that are alike share a band of values far more often than others do, so that an index
over the bands finds them. What is found is a candidate only: `likeness` looks at the shingles.

The only home of `datasketch`, which makes the signatures. They are kept in libraries: what shapes
them must not change without a new schema. Storing them and the copies found is `index.copies`' job.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.uint32]
"""A signature: uint32, shape `(128,)`."""

SHINGLE = 5
"""Words in a shingle."""

VALUES = 128
ROWS = 3
"""Values in a band, of which there are 42. Texts of which the one is just a third of the other, and
stands in it whole, then share a band in four of five cases; from half on, always."""

_SIGNS = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+")
_SEED = 1
_NOTHING = np.iinfo(np.uint32).max


CONTAINED = 0.75
"""Two texts are copies when this share of the shorter one's shingles stands in the other …"""

SIZES = 1 / 3
"""… and the shorter one has this share of the longer one's. `python -m benchmarks.copies` has the
figures for both."""


class Likeness(NamedTuple):
    """Of two sets of shingles: Jaccard similarity, containment in the larger, share of sizes."""

    jaccard: float
    containment: float
    sizes: float

    @property
    def are_copies(self) -> bool:
        """Tell whether the texts are near-duplicates of one another."""
        return self.containment >= CONTAINED and self.sizes >= SIZES


def shingles_of(text: str, size: int = SHINGLE) -> frozenset[str]:
    """Return the distinct runs of `size` words of a text, folded to lower case.

    Scripts without blanks count each sign as a word. A text of fewer words is one shingle.

    >>> sorted(shingles_of("The night ferry carries 41 lorries."))
    ['night ferry carries 41 lorries', 'the night ferry carries 41']
    """
    words = _WORD.findall(text.casefold())
    if not words:
        return frozenset()
    last = max(1, len(words) - size + 1)
    return frozenset(" ".join(words[at : at + size]) for at in range(last))


def likeness(a: frozenset[str], b: frozenset[str]) -> Likeness:
    """Compare two sets of shingles; sets of which one is empty have nothing in common."""
    shared, small, large = len(a & b), min(len(a), len(b)), max(len(a), len(b))
    if not small:
        return Likeness(0.0, 0.0, 0.0)
    return Likeness(shared / (small + large - shared), shared / small, small / large)


def signature_of(shingles: frozenset[str]) -> Values:
    """Return the MinHash signature of a set of shingles; that of no shingles is all ones."""
    from datasketch import MinHash

    made = MinHash(num_perm=VALUES, seed=_SEED, scheme="affine32")
    made.update_batch([shingle.encode() for shingle in shingles])
    return np.asarray(made.hashvalues, dtype="<u4")


def estimate(a: Values, b: Values) -> float:
    """Return the estimated Jaccard similarity of the sets behind two signatures."""
    return float(np.count_nonzero(a == b)) / VALUES


def bands_of(values: Values) -> list[int]:
    """Return the key of each band of a signature: a signed number of 64 bits, as SQLite has them.

    A key is a hash over the band's place and its values. A text without a word has no bands.
    """
    if values.min() == _NOTHING:
        return []
    keys = []
    for at in range(0, VALUES - ROWS + 1, ROWS):
        digest = hashlib.blake2b(values[at : at + ROWS].tobytes(), digest_size=8, salt=bytes([at]))
        keys.append(int.from_bytes(digest.digest(), "little", signed=True))
    return keys
