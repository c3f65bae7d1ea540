"""Keys in batches: Milvus takes expressions, and gives answers, of a certain size at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_BATCH = 200
"""Keys asked for at once."""
_MOST_CHARACTERS = 10_000_000
"""Of articles asked for at once; Milvus refuses to answer with more than 100 MB."""


def batches(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield values, `_BATCH` at a time."""
    return (values[at : at + _BATCH] for at in range(0, len(values), _BATCH))


def by_size(characters: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield keys of articles, as many at once as their texts allow; a huge one by itself."""
    part: list[str] = []
    held = 0
    for key, size in characters.items():
        if part and (len(part) == _BATCH or held + size > _MOST_CHARACTERS):
            yield part
            part, held = [], 0
        part.append(key)
        held += size
    if part:
        yield part
