"""The trained reader behind the `Reader` protocol: it orders, marks and judges the passages.

    fused passages ─▶ read (until time is up) ─▶ ordered ─▶ sentences lit, words marked ─▶ judged

Passages that the time did not allow follow behind those that were read, in the finders' order and
lit by the rules of `qa.read`; so do passages in a language the reader was not trained on, and when
the best one found is in such a language, all is left to the rules. It was not trained on completed
follow-ups either: there it marks the words, and the rules do the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from math import exp

from qa.answer import Highlight
from qa.evidence import QuestionForm, gather
from qa.fuse import Fused
from qa.read import Read, ReadPassage, RuleReader
from qa.reader.marks import likely, marked
from qa.reader.passages import READ_MS, PassageReader, Reading
from qa.reader.weigh import BAR, AnswerWeights, RankWeights, Seen, chance, facts, rank

LANGUAGES = frozenset({"en", None})
"""Languages that are read; None is an article whose language nobody knows."""


class TrainedReader:
    """Reads with a model; see the module."""

    bar = BAR

    def __init__(
        self,
        passages: PassageReader,
        *,
        milliseconds: float = READ_MS,
        ranks: RankWeights | None = None,
        answers: AnswerWeights | None = None,
    ) -> None:
        self._passages = passages
        self._milliseconds = milliseconds
        self._ranks = ranks or RankWeights()
        self._answers = answers or AnswerWeights()
        self._rules = RuleReader()

    @property
    def fingerprint(self) -> str:
        """Digest of the model and of the weights its scores are judged by."""
        weights = hashlib.blake2b(repr((self._ranks, self._answers)).encode(), digest_size=4)
        return f"{self._passages.fingerprint}-{weights.hexdigest()}"

    def read(
        self,
        asked: str,
        understood: str,
        form: QuestionForm,
        own: QuestionForm,
        passages: Sequence[Fused],
    ) -> Read:
        """Order, mark and judge the passages; the model sees the completed question."""
        by_rules = self._rules.read(asked, understood, form, own, passages)
        readings = self._readings(understood, passages)
        if not readings or readings[0] is None:
            return by_rules
        if own is not form:
            return by_rules._replace(passages=tuple(_marked_only(by_rules, readings, form)))
        read: list[tuple[float, ReadPassage]] = []
        unread: list[ReadPassage] = []
        seen: list[Seen] = []
        for plain, reading in zip(by_rules.passages, readings, strict=True):
            if reading is None:
                unread.append(plain._replace(score=0.0))
                continue
            seen.append(Seen(plain.fused.score, reading.relevance, reading.odds))
            value = rank(seen[-1], self._ranks)
            marks = _marks(plain.fused, reading, form)
            read.append((value, ReadPassage(plain.fused, marks, 0.0)))
        # Python's sort is stable, so that of equals the finders' first stays first.
        read.sort(key=lambda item: -item[0])
        whole = chance(facts(seen, by_rules.confidence, self._ranks), self._answers)
        # The best passage is as likely to answer as the archive is; the others by their odds to it.
        best = read[0][0]
        scored = (item._replace(score=whole * exp(value - best)) for value, item in read)
        return Read((*scored, *unread), whole)

    def _readings(self, question: str, passages: Sequence[Fused]) -> list[Reading | None]:
        """Read the passages whose language the model knows; None for the others."""
        places = [fused.stored.passage for fused in passages]
        known = [at for at, place in enumerate(places) if place.article.language in LANGUAGES]
        if not known:
            return [None] * len(places)
        found = self._passages.read(question, [places[at] for at in known], self._milliseconds)
        readings: list[Reading | None] = [None] * len(places)
        for at, reading in zip(known, found, strict=True):
            readings[at] = reading
        return readings


def _marked_only(
    read: Read, readings: Sequence[Reading | None], form: QuestionForm
) -> Iterator[ReadPassage]:
    """Yield the passages as they are, with the model's marks where it has any words to mark."""
    for plain, reading in zip(read.passages, readings, strict=True):
        if reading is None or not likely(reading):
            yield plain
        else:
            yield plain._replace(highlights=_marks(plain.fused, reading, form))


def _marks(fused: Fused, reading: Reading, form: QuestionForm) -> tuple[Highlight, ...]:
    found = fused.evidence or gather(form, fused.stored, 0.0)
    return marked(fused.stored.passage.article.text, found.sentences, reading)
