"""Articles waiting to be encoded together, so that batches are full and sorted by length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from corpus.article import Article
from corpus.chunk import Chunk
from corpus.errors import EncoderError
from index.encoder import Encoded, Encoder, PassageInput, Vectors, unit_rows
from index.rows import EncodedChunk

_SLICE = 128
"""Passages encoded between two looks at the clock and at Ctrl-C."""


class Waiting(NamedTuple):
    """An article to be put, split but not yet encoded."""

    article: Article
    file: str
    chunks: tuple[Chunk, ...]
    kind: Literal["added", "changed"]


def encoded(
    waiting: Sequence[Waiting], encoder: Encoder, context: str, tell: Callable[[int], None]
) -> Iterator[tuple[Waiting, list[EncodedChunk]]]:
    """Encode all that waits and hand it back article by article.

    `tell` is called with the number of passages encoded so far. What is encoded in front of a
    passage is set by `context`; see `index.schema.Settings`.
    """
    inputs = [passage_input(chunk, context) for item in waiting for chunk in item.chunks]
    vectors, sentences = _by_length(inputs, encoder, tell)
    position = 0
    for item in waiting:
        yield (
            item,
            [
                EncodedChunk(chunk, vectors[place], sentences[place])
                for place, chunk in enumerate(item.chunks, position)
            ],
        )
        position += len(item.chunks)


def passage_input(chunk: Chunk, context: str) -> PassageInput:
    """Return what the encoder sees of a chunk: the context in front, then the passage."""
    passage = chunk.passage
    trail = [passage.article.title] if context != "none" else []
    if context == "trail":
        trail += [heading for heading in passage.heading if heading != passage.article.title]
    head = " > ".join(trail)[:200]
    spans = tuple(span.shifted(-passage.span.start) for span in chunk.sentences)
    return PassageInput(passage.text, spans, f"{head}\n" if head else "")


def _by_length(
    inputs: Sequence[PassageInput], encoder: Encoder, tell: Callable[[int], None]
) -> tuple[Vectors, list[Vectors]]:
    """Encode slices of similar length; return vectors in the order of `inputs`."""
    order = sorted(range(len(inputs)), key=lambda i: (len(inputs[i].text), i))
    vectors = np.zeros((len(inputs), encoder.dimension), dtype=np.float32)
    sentences: list[Vectors] = [vectors[:0]] * len(inputs)
    for start in range(0, len(order), _SLICE):
        places = order[start : start + _SLICE]
        rows, halves = _slice([inputs[i] for i in places], encoder)
        vectors[places] = rows
        for place, half in zip(places, halves, strict=True):
            sentences[place] = half
        tell(start + len(places))
    return vectors, sentences


def _slice(inputs: Sequence[PassageInput], encoder: Encoder) -> Encoded:
    """Encode a slice and make sure of it; a vector that is not finite is laid to its passage.

    Raises:
        EncoderError: names the passage whose vector means nothing.
    """
    try:
        return _checked(encoder.encode_passages(inputs))
    except EncoderError as error:
        if len(inputs) == 1:
            words = " ".join((inputs[0].context + inputs[0].text).split())[:80]
            raise EncoderError(
                f"{error}: the passage “{words}…”; nothing of its article was stored. Try another "
                "encoder in a new library: --encoder MODEL --library NEW"
            ) from error
    parts = [_slice([item], encoder) for item in inputs]
    vectors = np.concatenate([part.passages for part in parts])
    return Encoded(vectors, [half for part in parts for half in part.sentences])


def _checked(encoded: Encoded) -> Encoded:
    """Return the vectors as finite unit rows, whoever made them."""
    return Encoded(unit_rows(encoded.passages), [unit_rows(half) for half in encoded.sentences])
