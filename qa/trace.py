"""What happened to a question on its way: `Candidate` and `Trace`.

Every stage leaves its mark here, so that the evaluation can say which stage lost an answer and
`quoth why` can say what would have brought it up. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from corpus.article import Passage

LeavesOut = Callable[[Passage], bool]
"""Tells which passages to leave out of a question, as if they were not in the archive."""


@dataclass(frozen=True)
class Candidate:
    """One passage with the evidence for it.

    Ranks are 1-based; a rank of None means the passage was not among that list's candidates.
    `meaning` and `words` are raw scores of the two finders (cosine; BM25), `fused` is the scaled
    and weighed score in 0…1 by which candidates are ordered. Higher is better, everywhere.
    """

    passage: Passage
    number: int
    meaning: float | None
    words: float | None
    meaning_rank: int | None
    words_rank: int | None
    fused: float


@dataclass(frozen=True)
class Trace:
    """Candidates in the order the reply saw them, the bar they had to pass, and where time went.

    `seconds` maps the stage (`encode`, `find`, `fuse`, `read`) to its wall time in seconds.
    """

    understood_as: str
    candidates: tuple[Candidate, ...]
    confidence: float
    bar: float
    seconds: Mapping[str, float]
