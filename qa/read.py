"""Reading: which of the best passages answers, and with which words.

`Reader` is what the archive asks for; a trained reader will stand beside `RuleReader`, which
needs no model beyond the encoder's vectors: it keeps the finders' order, lights the best sentence
of each passage, and marks amounts and dates by rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from qa.answer import Highlight
from qa.decide import ConfidenceWeights, confidence
from qa.evidence import Evidence, QuestionForm, SentenceEvidence, gather
from qa.expected import answer_words
from qa.fuse import Fused

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

    def read(
        self, asked: str, form: QuestionForm, own: QuestionForm, passages: Sequence[Fused]
    ) -> Read:
        """Order, mark and judge the passages.

        `asked` is the question in the user's words and `own` its form; `form` is that of the
        completed question, by which the passages were found. They differ for a follow-up only.
        """
        ...


class RuleReader:
    """The reader without a model; see the module."""

    def __init__(self, weights: ConfidenceWeights | None = None) -> None:
        self._weights = weights or ConfidenceWeights()

    def read(
        self, asked: str, form: QuestionForm, own: QuestionForm, passages: Sequence[Fused]
    ) -> Read:
        """Light the best sentence of each passage; the order stays the finders'."""
        read = tuple(self._one(asked, form, own, fused) for fused in passages)
        return Read(read, max((item.score for item in read[:_JUDGED]), default=0.0))

    def _one(self, asked: str, form: QuestionForm, own: QuestionForm, fused: Fused) -> ReadPassage:
        found = fused.evidence or gather(form, fused.stored, fused.words or 0.0)
        best = found.lit if own is form else _lit_by_both(found, gather(own, fused.stored, 0.0))
        strength = min(1.0, max(0.0, best.score))
        marks = [Highlight(best.span, "sentence", strength)]
        text = fused.stored.passage.article.text
        words = answer_words(asked, text, best.span, asked.split())
        if words is not None:
            marks.append(Highlight(words, "answer", strength))
        return ReadPassage(fused, tuple(marks), confidence(found, self._weights))


def _lit_by_both(completed: Evidence, own: Evidence) -> SentenceEvidence:
    """Return the sentence that fits a follow-up in its own words and as it was completed.

    The topic brought along finds the passage, but the sentence that answers rarely repeats it,
    so the question's own words count twice.
    """
    pairs = zip(completed.sentences, own.sentences, strict=True)
    return max(pairs, key=lambda pair: (pair[0].score + 2 * pair[1].score, -pair[0].span.start))[0]
