"""What a question found, less what is left out, and all of it in the order the reply saw it."""

from __future__ import annotations

from collections.abc import Sequence

from index.library import Found
from qa.fuse import Fused
from qa.read import Read
from qa.trace import Candidate, LeavesOut


def left_out(found: Found, without: LeavesOut) -> Found:
    """Return what was found, less the passages that are to be left out."""
    by_meaning = tuple(hit for hit in found.by_meaning if not without(hit.stored.passage))
    by_words = tuple(hit for hit in found.by_words if not without(hit.stored.passage))
    return found._replace(by_meaning=by_meaning, by_words=by_words)


def candidates_of(read: Read, fused: Sequence[Fused]) -> tuple[Candidate, ...]:
    """Return all candidates in the order the reply saw them: those read first, then the rest."""
    seen = {item.fused.stored.number for item in read.passages}
    order = [item.fused for item in read.passages]
    order += [item for item in fused if item.stored.number not in seen]
    return tuple(
        Candidate(
            item.stored.passage,
            item.stored.number,
            item.cosine,
            item.words,
            item.meaning_rank,
            item.words_rank,
            item.score,
        )
        for item in order
    )
