"""Which sentences of a passage are lit, and which words in them are marked as the answer.

A sentence is lit for what it shares with the question (cosine, words) and for holding the words
the reader points at. Words are marked only when the reader finds them likely enough against
"none here"; several are, when it finds them alike, as in a list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.article import Span
from corpus.sentences import trimmed
from qa.answer import Highlight
from qa.evidence import SentenceEvidence
from qa.reader.passages import Reading
from qa.reader.spans import ScoredSpan
from qa.reader.weigh import sigmoid

POINTED_AT = 1.0
"""What holding the words the reader is sure of is worth to a sentence."""
SOFTENED = 0.25
"""Log-odds are multiplied by this before they become that share."""
MARK_FROM = -2.0
"""Log-odds from which words are marked; below, only the sentence is lit."""
LIST_WITHIN = 1.0
"""Further words are marked when their log-odds are this close to the best."""

_WORD = re.compile(r"\w+")


def marked(
    text: str, sentences: Sequence[SentenceEvidence], reading: Reading
) -> tuple[Highlight, ...]:
    """Return the marks of a passage of the article `text`, in reading order.

    Every marked answer lies inside a lit sentence.
    """
    scores = [sentence_score(sentence, reading) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda at: (scores[at], -at))
    lit = {best}
    words: dict[Span, float] = {}
    for item in likely(reading):
        home = max(range(len(sentences)), key=lambda at: _shared(sentences[at].span, item.span))
        place = whole_words(text, item.span, sentences[home].span)
        if place.start < place.end and not any(place.overlaps(other) for other in words):
            lit.add(home)
            words[place] = sigmoid(item.odds)
    marks = [
        Highlight(sentences[at].span, "sentence", min(1.0, max(0.0, scores[at]))) for at in lit
    ]
    marks += [Highlight(place, "answer", score) for place, score in words.items()]
    return tuple(sorted(marks, key=lambda mark: (mark.span.start, -mark.span.end, mark.kind)))


def likely(reading: Reading) -> list[ScoredSpan]:
    """Return the spans whose words are to be marked, best first."""
    least = max(MARK_FROM, reading.odds - LIST_WITHIN)
    return [item for item in reading.spans if item.odds >= least]


def sentence_score(sentence: SentenceEvidence, reading: Reading) -> float:
    """Return how much speaks for lighting a sentence."""
    inside = [s.odds for s in reading.spans if _shared(s.span, sentence.span) > 0]
    pointed = sigmoid(SOFTENED * max(inside)) if inside else 0.0
    return (sentence.score + POINTED_AT * pointed) / (1 + POINTED_AT)


def whole_words(text: str, span: Span, within: Span) -> Span:
    """Return the span widened to whole words, kept inside `within`, blanks trimmed.

    >>> whole_words("It cost fifteen dollars.", Span(8, 12), Span(0, 24))
    Span(start=8, end=15)
    """
    start, end = max(span.start, within.start), min(span.end, within.end)
    if start >= end:
        return Span(start, start)
    for match in _WORD.finditer(text, within.start, within.end):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    return trimmed(text, Span(start, end))


def _shared(a: Span, b: Span) -> int:
    """Return how many characters two spans share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))
