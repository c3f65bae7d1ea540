"""What an encoder is made of: a network from token ids to vectors, and what is known of it.

Two things are a `Network`: the original model run by PyTorch (`index.original`) and its compiled
form run by ONNX Runtime (`index.compiled`). Texts become token ids in `index.tokenizing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

Ids = NDArray[np.int64]
"""int64, shape `(b, t)`."""
TokenVectors = NDArray[np.float32]
"""float32, shape `(b, t, d)`; not scaled."""


class Batch(NamedTuple):
    """Texts as a network sees them, int64 `(b, t)` each; padded at the end, where `mask` is 0."""

    ids: Ids
    mask: Ids
    types: Ids


class Output(NamedTuple):
    """Vectors of the tokens (special ones and padding, too), and unit vectors of the texts."""

    tokens: TokenVectors
    rows: Vectors


class Network(Protocol):
    """Token ids in, vectors out. Safe to use from several threads."""

    @property
    def workers(self) -> int:
        """How many batches are best run at once."""
        ...

    def run(self, batch: Batch) -> Output:
        """Compute the vectors of a batch."""
        ...


@dataclass(frozen=True)
class About:
    """What is known of a network without running it; `fingerprint` is that of its encodings.

    `max_tokens` is the window, special tokens not counted; `inputs` are the names it takes.
    """

    fingerprint: str
    dimension: int
    max_tokens: int
    pad: int
    inputs: tuple[str, ...]
    prompts: Mapping[str, str] = field(default_factory=dict)

    def prompt(self, *kinds: str) -> str:
        """Return the first prompt there is of these kinds, or ""."""
        return next((self.prompts[kind] for kind in kinds if kind in self.prompts), "")


class Loaded(NamedTuple):
    """A network ready to run, with its tokenizer (the JSON of `tokenizers`)."""

    network: Network
    tokenizer: str
    about: About


def named_inputs(batch: Batch, inputs: tuple[str, ...]) -> dict[str, Ids]:
    """Return the inputs a network takes, under the names all these models use."""
    known = {"input_ids": batch.ids, "attention_mask": batch.mask, "token_type_ids": batch.types}
    return {name: known[name] for name in inputs}
