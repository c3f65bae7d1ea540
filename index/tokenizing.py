"""Texts into token ids, by the encoder's own tokenizer and the `tokenizers` library alone.

A text longer than the window is cut at its end. Each token knows where it stands in the text;
special tokens stand nowhere (start and end are 0).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from corpus.errors import EncoderError
from index.network import Batch

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Tokens(NamedTuple):
    """A text's tokens, int64 `(t,)` each; `places` is `(t, 2)`, in characters of the text."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    places: NDArray[np.int64]


class EncoderTokenizer:
    """The tokenizer of an encoder, read from its JSON."""

    def __init__(self, text: str, max_tokens: int, pad: int) -> None:
        # Threads of its own would be in the way of those that encode.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._text = text
        self._pad = pad
        self._cutting = _opened(text)
        special = int(self._cutting.num_special_tokens_to_add(False))
        self._cutting.enable_truncation(max_tokens + special)

    @cached_property
    def _whole(self) -> Tokenizer:
        """A second one that does not cut; a question has no need of it."""
        return _opened(self._text)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        found = self._whole.encode_batch(list(texts), add_special_tokens=False)
        return [len(each.ids) for each in found]

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`."""
        found = self._whole.encode(text, add_special_tokens=False)
        return [Span(start, end) for start, end in found.offsets if start < end]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each text, special ones among them, cut to the window."""
        return [
            Tokens(
                np.array(each.ids, dtype=np.int64),
                np.array(each.type_ids, dtype=np.int64),
                np.array(each.offsets, dtype=np.int64).reshape(-1, 2),
            )
            for each in self._cutting.encode_batch(list(texts))
        ]

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """Lay texts out as one batch, padded to the longest."""
        longest = max(len(text.ids) for text in texts)
        ids = np.full((len(texts), longest), self._pad, dtype=np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)] = text.ids
            types[row, : len(text.ids)] = text.types
            mask[row, : len(text.ids)] = 1
        return Batch(ids, mask, types)


def _opened(text: str) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_str(text)
    except ValueError as error:
        raise EncoderError(
            f"the encoder's tokenizer cannot be read ({str(error)[:160]}); give another model: "
            "--encoder MODEL"
        ) from error
    found.no_truncation()
    found.no_padding()
    return found
