"""Reading: which of the best passages answers, and with which words.

`Reader` is what the archive asks for; a trained reader will stand beside `RuleReader`, which
needs no model beyond the encoder's vectors: it keeps the finders' order, lights the best sentence
of each passage, and marks amounts and dates by rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from qa.answer import Highlight
from qa.decide import ConfidenceWeights, confidence, evidence
from qa.expected import answer_words
from qa.fuse import Fused
from qa.highlight import QuestionForm, best_sentence, sentence_scores


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
        self, asked: str, understood: str, form: QuestionForm, passages: Sequence[Fused]
    ) -> Read:
        """Order, mark and judge the passages."""
        ...


class RuleReader:
    """The reader without a model; see the module."""

    def __init__(self, weights: ConfidenceWeights | None = None) -> None:
        self._weights = weights or ConfidenceWeights()

    def read(
        self, asked: str, understood: str, form: QuestionForm, passages: Sequence[Fused]
    ) -> Read:
        """Light the best sentence of each passage; the order stays the finders'.

        `understood` is not looked at: `form` was made from it.
        """
        del understood
        read = tuple(self._one(asked, form, fused) for fused in passages)
        return Read(read, max((item.score for item in read[:3]), default=0.0))

    def _one(self, asked: str, form: QuestionForm, fused: Fused) -> ReadPassage:
        sentences = sentence_scores(form, fused.stored)
        score = confidence(evidence(form, fused, sentences), self._weights)
        best = best_sentence(sentences)
        strength = min(1.0, max(0.0, best.score))
        marks = [Highlight(best.span, "sentence", strength)]
        text = fused.stored.passage.article.text
        words = answer_words(asked, text, best.span, asked.split())
        if words is not None:
            marks.append(Highlight(words, "answer", strength))
        return ReadPassage(fused, tuple(marks), score)
