"""Extracts out of what was read: copies are named, and a copy that answers otherwise is shown.

A corrected story is a near-duplicate of the first one, and what was corrected may be the answer.
So a copy in which the lit sentence does not stand word for word is read as well; when its
answering words say something else, it is an extract of its own behind the one it was folded into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from corpus.article import Passage, Span
from corpus.graphemes import whole_clusters
from qa.accounts.voices import NEAR_BEST, stands, voice_of
from qa.answer import Copy, Extract, Highlight
from qa.fuse import Fused
from qa.read import Read, ReadPassage
from qa.wording import stands_in, words_of

MOST_READ = 3
"""Copies read again for one reply: as many as are read whatever the time."""

Again = Callable[[Sequence[Fused]], Read]
"""Reads some more passages with the question."""


def plain_extracts(
    read: Sequence[ReadPassage], copies: Mapping[int, Sequence[Fused]], k: int
) -> tuple[Extract, ...]:
    """Return the first `k` passages with all their copies folded into them."""
    return tuple(_extract(item, copies[item.fused.stored.number]) for item in read[:k])


def extracts_apart(
    question: str,
    read: Sequence[ReadPassage],
    copies: Mapping[int, Sequence[Fused]],
    k: int,
    again: Again,
) -> tuple[Extract, ...]:
    """Return up to `k` extracts; copies that answer otherwise stand behind their newest version."""
    folded = plain_extracts(read, copies, k)
    doubtful: dict[str, Fused] = {}  # of copies with the same words one is enough
    for item, extract in zip(read, folded, strict=False):
        for copy in copies[item.fused.stored.number]:
            if _may_differ(extract, copy):
                doubtful.setdefault(words_of(copy.stored.passage.text), copy)
    if not doubtful:
        return folded
    reread = again(list(doubtful.values())[:MOST_READ])
    versions = {version.fused.stored.number: version for version in reread.passages}
    shown: list[Extract] = []
    for item in read[:k]:
        room = k - len(shown) - 1
        if room < 0:
            break
        shown += _with_versions(question, item, copies[item.fused.stored.number], versions, room)
    return tuple(shown)


def _may_differ(extract: Extract, copy: Fused) -> bool:
    """Tell whether a copy lacks a sentence with answering words; without any there is no answer."""
    lit = extract.sentences_with_answers()
    text = copy.stored.passage.article.text
    return any(not stands_in(s.of(extract.passage.article.text), text) for s in lit)


def _with_versions(
    question: str,
    item: ReadPassage,
    copies: Sequence[Fused],
    versions: Mapping[int, ReadPassage],
    room: int,
) -> list[Extract]:
    """Return the extract of a passage, and behind it up to `room` of its copies that differ."""
    apart: list[tuple[ReadPassage, list[Fused]]] = []
    along: list[Fused] = []
    for copy in copies:
        version = versions.get(copy.stored.number)
        home = next((rest for first, rest in apart if _carries(copy, first)), None)
        if home is not None:
            home.append(copy)
        elif version is not None and len(apart) < room and _answers(question, item, version):
            apart.append((version, []))
        else:
            along.append(copy)
    behind = [_extract(v._replace(score=min(v.score, item.score)), rest) for v, rest in apart]
    return [_extract(item, along), *behind]


def _carries(copy: Fused, version: ReadPassage) -> bool:
    """Tell whether a copy has the sentences that answer in another version."""
    return not _may_differ(_extract(version, ()), copy)


def _answers(question: str, item: ReadPassage, version: ReadPassage) -> bool:
    """Tell whether a version answers, and something else than what is shown."""
    if version.score < NEAR_BEST * item.score:
        return False
    mine, theirs = (voice_of(0, _extract(each, ()), question) for each in (item, version))
    if not mine.said or not theirs.said:
        return False
    relation = stands(mine, theirs)
    return relation == "different" or (relation == "unlike" and _digits(item) != _digits(version))


def _digits(item: ReadPassage) -> set[str]:
    """Return the numbers in the answering words."""
    text = item.fused.stored.passage.article.text
    marks = (mark.span.of(text) for mark in item.highlights if mark.kind == "answer")
    return {number for words in marks for number in re.findall(r"\d+(?:[.,]\d+)*", words)}


def _extract(read: ReadPassage, copies: Sequence[Fused]) -> Extract:
    """Return what is shown of a passage, with the articles that carry it."""
    passage = read.fused.stored.passage
    also = tuple(
        Copy(copy.stored.passage, stands_in(passage.text, copy.stored.passage.article.text))
        for copy in copies
    )
    return Extract(passage, _whole(passage, read.highlights), read.score, also)


def _whole(passage: Passage, marks: Sequence[Highlight]) -> tuple[Highlight, ...]:
    """Return the marks with borders between what people see as characters."""
    text, taken, whole = passage.article.text, {"sentence": 0, "answer": 0}, []
    for mark in marks:
        span = whole_clusters(text, mark.span, passage.span)
        if span != mark.span:  # where two marks met inside a cluster, the first one has it
            span = Span(max(span.start, taken[mark.kind]), span.end)
        if span.start < span.end:
            taken[mark.kind] = span.end
            whole.append(replace(mark, span=span))
    return tuple(whole)
