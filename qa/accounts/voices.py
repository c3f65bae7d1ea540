"""What each extract of a reply says, in a form that can be compared: `Voice`.

An extract is heard by its strongest answering words, and only when it is not far behind the best
one. Which voices agree is `stands`; what follows from that is decided in `qa.accounts.agree`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpus.article import Span
from index.terms import question_terms, terms
from qa.accounts.relation import Relation
from qa.accounts.values import Value, Wording, relation, value_of
from qa.answer import Copy, Extract, Saying
from qa.wording import stands_in

NEAR_BEST = 0.5
"""An extract is heard when its score is at least this part of the best extract's score."""

STRONGEST = 0.8
"""Of an extract's answering words, those count that reach this part of its best mark's score."""

_AROUND = 30


class Voice(NamedTuple):
    """What one extract says: its values and where they stand, best first.

    `articles` are the ids of all that carry these words: the extract's own, and reprints.
    `topic` are the terms of the question that its passage, title or headings hold.
    """

    said: tuple[tuple[Saying, Value], ...]
    score: float
    articles: frozenset[str]
    topic: frozenset[str]


def voices(question: str, extracts: Sequence[Extract]) -> list[Voice]:
    """Return what the extracts near the best one say, best first; silent ones are left out."""
    best = max((extract.score for extract in extracts), default=0.0)
    order = sorted(range(len(extracts)), key=lambda n: (-extracts[n].score, n))
    near = (n for n in order if extracts[n].score >= NEAR_BEST * best)
    heard = (voice_of(n, extracts[n], question) for n in near)
    return [voice for voice in heard if voice.said]


def stands(a: Voice, b: Voice) -> Relation:
    """Compare two voices, each of which may say several things: one in common is agreement."""
    found = {relation(mine, theirs) for _, mine in a.said for _, theirs in b.said}
    if "same" in found:
        return "same"
    return "different" if found == {"different"} else "unlike"


def voice_of(n: int, extract: Extract, question: str) -> Voice:
    """Return what the extract at that position says."""
    article = extract.passage.article
    spans = _strongest(extract)
    valued = [(Saying(n, span), _value(extract, span)) for span in spans]
    said = tuple(
        (saying, value)
        for saying, value in valued
        if value is not None and not (isinstance(value, Wording) and value.within(question))
    )
    copies = (copy.article.id for copy in extract.also_in if _says_so(copy, extract, spans))
    asked = question_terms(question, [article.language])
    about = " ".join((article.title, *extract.passage.heading, extract.passage.text))
    topic = frozenset(asked).intersection(terms(about, article.language))
    return Voice(said, extract.score, frozenset((article.id, *copies)), topic)


def _strongest(extract: Extract) -> list[Span]:
    marks = [mark for mark in extract.highlights if mark.kind == "answer"]
    best = max((mark.score for mark in marks), default=0.0)
    strong = [mark for mark in marks if mark.score >= STRONGEST * best]
    return [mark.span for mark in sorted(strong, key=lambda mark: (-mark.score, mark.span))]


def _value(extract: Extract, span: Span) -> Value | None:
    article, passage = extract.passage.article, extract.passage.span
    before = Span(max(passage.start, span.start - _AROUND), span.start).of(article.text)
    after = Span(span.end, min(passage.end, span.end + _AROUND)).of(article.text)
    return value_of(span.of(article.text), before=before, after=after, language=article.language)


def _says_so(copy: Copy, extract: Extract, spans: Sequence[Span]) -> bool:
    """Tell whether a near-copy has the sentences that answer, word for word.

    It may be the one that corrected the number, and tell the wrong one elsewhere.
    """
    lit = [mark.span for mark in extract.highlights if mark.kind == "sentence"]
    around = [next((s for s in lit if s.overlaps(span)), span) for span in spans]
    text = extract.passage.article.text
    return all(stands_in(span.of(text), copy.article.text) for span in around)
