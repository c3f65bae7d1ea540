"""What the index asks of an encoder, as a Protocol, and the shapes that pass through it.

The one implementation that carries meaning is `index.sentence_encoder`; tests use a deterministic
fake. An encoder is named in the library by its fingerprint, so that vectors of two encoders are
never compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from corpus.errors import EncoderError

Vectors = NDArray[np.float32]
"""float32, shape `(n, d)`, rows of unit length."""

Vector = NDArray[np.float32]
"""One of them, shape `(d,)`."""


class Encoded(NamedTuple):
    """Vectors of passages and, for each passage, of its sentences (float32, unit rows)."""

    passages: Vectors
    sentences: list[Vectors]


class PassageInput(NamedTuple):
    """A passage as the encoder sees it: `context` (title, headings) in front, then the text.

    `sentences` are spans of `text`, not of the context.
    """

    text: str
    sentences: tuple[Span, ...]
    context: str = ""


class Encoder(Protocol):
    """Turns texts into unit vectors and counts tokens the way it will see them."""

    @property
    def name(self) -> str:
        """What the user calls it: a model's name or path."""
        ...

    @property
    def fingerprint(self) -> str:
        """Digest of everything that shapes its vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Window in tokens, special tokens not counted."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`."""
        ...

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode passages and their sentences in one pass."""
        ...

    def encode_question(self, question: str) -> Vectors:
        """Encode one question; shape `(1, d)`."""
        ...


def unit_rows(matrix: NDArray[np.floating]) -> Vectors:
    """Scale rows to unit length as float32; rows of zeros stay zeros.

    Raises:
        EncoderError: a value is NaN or infinite, so the vectors mean nothing.
    """
    rows = np.asarray(matrix, dtype=np.float32)
    if not np.isfinite(rows).all():
        bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=-1))[0])
        raise EncoderError(f"the encoder gave a vector that is not finite (row {bad} of a batch)")
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.ascontiguousarray(rows / np.where(norms > 0, norms, 1), dtype=np.float32)
