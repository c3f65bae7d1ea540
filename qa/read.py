"""Reading: which of the best passages answers, and with which words.

`Reader` is what the archive asks for; the trained one is in `qa.reader`. `RuleReader` needs no
model beyond the encoder's vectors: it keeps the finders' order, lights the best sentence of each
passage, and marks amounts and dates by rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from corpus.article import Span
from qa.answer import Highlight
from qa.decide import DEFAULT_BAR, ConfidenceWeights, confidence
from qa.evidence import Evidence, QuestionForm, SentenceEvidence, gather
from qa.expected import answer_words, asks_for_kind
from qa.fuse import Fused

KIND_BONUS = 0.15
"""What holding an amount, a date or a time is worth to a sentence when the question asks for one.
`python -m benchmarks.sentences` has the figures."""

_JUDGED = 3


class ReadPassage(NamedTuple):
    """A passage that was read: its marks in reading order, and how likely it answers (0…1)."""

    fused: Fused
    highlights: tuple[Highlight, ...]
    score: float


class Read(NamedTuple):
    """Passages in the order to show them, and the probability that the archive answers at all."""

    passages: tuple[ReadPassage, ...]
    confidence: float


class Reader(Protocol):
    """Reads the best passages together with the question."""

    @property
    def fingerprint(self) -> str:
        """Digest of everything that shapes its judgement; a fitted bar belongs to one."""
        ...

    @property
    def bar(self) -> float:
        """The confidence from which it answers while nobody has calibrated it."""
        ...

    def read(
        self,
        asked: str,
        understood: str,
        form: QuestionForm,
        own: QuestionForm,
        passages: Sequence[Fused],
    ) -> Read:
        """Order, mark and judge the passages.

        `asked` is the question in the user's words and `own` its form; `understood` is the
        completed question, by whose `form` the passages were found. They differ for a follow-up
        only.
        """
        ...


class RuleReader:
    """The reader without a model; see the module."""

    bar = DEFAULT_BAR

    def __init__(self, weights: ConfidenceWeights | None = None) -> None:
        self._weights = weights or ConfidenceWeights()

    @property
    def fingerprint(self) -> str:
        """Digest of the weights."""
        return f"rules-{hashlib.blake2b(repr(self._weights).encode(), digest_size=8).hexdigest()}"

    def read(
        self,
        asked: str,
        understood: str,  # noqa: ARG002 - a model reads it; rules go by the user's own words
        form: QuestionForm,
        own: QuestionForm,
        passages: Sequence[Fused],
    ) -> Read:
        """Light the best sentence of each passage; the order stays the finders'."""
        read = tuple(self._one(asked, form, own, fused) for fused in passages)
        # No answer is judged over all that is shown, but the first passage is the one that
        # should hold words of the kind asked for.
        found = [_evidence(form, fused) for fused in passages[:_JUDGED]]
        kind = _kind(asked, read[0]) if read else 0.0
        whole = max((confidence(f, kind, self._weights) for f in found), default=0.0)
        return Read(read, whole)

    def _one(self, asked: str, form: QuestionForm, own: QuestionForm, fused: Fused) -> ReadPassage:
        found = _evidence(form, fused)
        scores = [sentence.score for sentence in found.sentences]
        if own is not form:
            # The topic brought along finds the passage, but the sentence that answers rarely
            # repeats it, so a follow-up's own words count twice.
            again = gather(own, fused.stored, 0.0)
            scores = [s + 2 * o.score for s, o in zip(scores, again.sentences, strict=True)]
        best, words = _lit(asked, fused.stored.passage.article.text, found.sentences, scores)
        strength = min(1.0, max(0.0, best.score))
        marks = [Highlight(best.span, "sentence", strength)]
        if words is not None:
            marks.append(Highlight(words, "answer", strength))
        read = ReadPassage(fused, tuple(marks), 0.0)
        return read._replace(score=confidence(found, _kind(asked, read), self._weights))


def _evidence(form: QuestionForm, fused: Fused) -> Evidence:
    return fused.evidence or gather(form, fused.stored, fused.words or 0.0)


def _kind(asked: str, read: ReadPassage) -> float:
    """Return 1 if words of the kind asked for were found, -1 if not, 0 if no rule applies."""
    if not asks_for_kind(asked):
        return 0.0
    return 1.0 if any(mark.kind == "answer" for mark in read.highlights) else -1.0


def _lit(
    asked: str, text: str, sentences: Sequence[SentenceEvidence], scores: Sequence[float]
) -> tuple[SentenceEvidence, Span | None]:
    """Return the sentence to light and its answering words, if a rule finds any.

    A sentence that holds words of the kind asked for is preferred; of equals the first.
    """
    choices = []
    for sentence, score in zip(sentences, scores, strict=True):
        words = answer_words(asked, text, sentence.span, asked.split())
        choices.append((score + KIND_BONUS * (words is not None), sentence, words))
    _, best, words = max(choices, key=lambda choice: (choice[0], -choice[1].span.start))
    return best, words
