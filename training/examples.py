"""From questions to what the model is shown: cropped passages, right and wrong, as people type.

Each answered question is shown with a passage that answers it and, mostly, with a wrong one that
the finder ranks high. Passages are cropped to whole sentences around the answer (or around the
words that look like one), with borders that move from epoch to epoch, as a chunker's do.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from corpus.article import Span
from corpus.sentences import sentence_spans
from qa.reader.tokens import ReaderTokenizer, Tokens, Window
from training.questions import Question

ROOMS = ((64, 0.15), (96, 0.35), (128, 0.3), (208, 0.2))
"""Tokens that a cropped passage may have, and how often."""
MOST_OF_SET = {"policyqa_dev": 1_500, "policyqa_test": 1_500}
"""Questions drawn of a set in an epoch: the policies' are many, long and alike."""
WRONG_SHARE = 0.75
TITLE_SHARE = 0.5


class Shown(NamedTuple):
    """One input with its target: token positions of the answer, (0, 0) when there is none."""

    window: Window
    start: int
    end: int
    answers: bool


class Unit(NamedTuple):
    """A question with one or two passages; when there are two, the first answers."""

    shown: tuple[Shown, ...]

    @property
    def length(self) -> int:
        """Tokens of the longest input."""
        return max(len(item.window.ids) for item in self.shown)


class Cut(NamedTuple):
    """A text as tokens, and where each of its sentences starts and ends among them."""

    tokens: Tokens
    sentences: tuple[tuple[int, int], ...]

    def around(self, first: int, last: int, room: int, rng: random.Random) -> tuple[int, int]:
        """Return token borders of whole sentences around tokens first…last, `room` if it can be."""
        low = max((s for s, _ in self.sentences if s <= first), default=0)
        high = min((e for _, e in self.sentences if e >= last), default=len(self.tokens.ids))
        before = [s for s, _ in self.sentences if s < low]
        after = [e for _, e in self.sentences if e > high]
        while before or after:
            left = bool(before) and (not after or rng.random() < 0.5)
            wider = (before[-1], high) if left else (low, after[0])
            if wider[1] - wider[0] > room:
                break
            low, high = wider
            (before.pop if left else lambda: after.pop(0))()
        return low, high


class Examples:
    """Makes the units of an epoch from questions and mined passages."""

    def __init__(self, tokenizer: ReaderTokenizer, mined: Path, sets: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._mined_file = mined
        self._sets = frozenset(sets)
        self._cuts: dict[str, Cut] = {}
        self._tokens: dict[str, Tokens] = {}

    @cached_property
    def _mined(self) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
        found = json.loads(self._mined_file.read_text(encoding="utf-8"))
        return found["passages"], found["questions"]

    def epoch(self, questions: Sequence[Question], seed: int) -> list[Unit]:
        """Return the units of one epoch, in random order."""
        rng = random.Random(seed)
        drawn = list(_drawn(questions, rng))
        rng.shuffle(drawn)
        return [self.unit(question, rng) for question in drawn]

    def unit(self, question: Question, rng: random.Random) -> Unit:
        """Return a question with its passage and perhaps a wrong one."""
        asked = self._of(as_typed(question.text, rng))
        room = rng.choices([r for r, _ in ROOMS], [w for _, w in ROOMS])[0]
        shown = [self._own(question, asked, room, rng)]
        if question.answers and rng.random() < WRONG_SHARE:
            shown += self._wrong(question, asked, room, rng)
        return Unit(tuple(shown))

    def _own(self, question: Question, asked: Tokens, room: int, rng: random.Random) -> Shown:
        text = question.paragraph.text
        title = question.paragraph.title if rng.random() < TITLE_SHARE else ""
        cut = self._cut(text)
        if not question.answers:
            return self._shown(asked, title, cut, self._likely(question.text, text), room, rng)
        answer = question.answers[0]
        if rng.random() < 0.3:
            answer = rng.choice(question.answers)
        return self._shown(asked, title, cut, token_range(cut.tokens, answer), room, rng, True)

    def _wrong(
        self, question: Question, asked: Tokens, room: int, rng: random.Random
    ) -> list[Shown]:
        passages, mined = self._mined
        numbers = [n for n in mined.get(question.id, []) if passages[str(n)][0] in self._sets]
        if not numbers:
            return []
        # The higher the finder ranks it, the more often it is shown.
        number = numbers[min(int(rng.expovariate(0.5)), len(numbers) - 1)]
        _, context, text = passages[str(number)]
        title = context if question.paragraph.title and rng.random() < TITLE_SHARE else ""
        likely = self._likely(question.text, text)
        return [self._shown(asked, title, self._cut(text), likely, room, rng)]

    def _shown(
        self, asked: Tokens, title: str, cut: Cut, at: tuple[int, int], room: int,
        rng: random.Random, answers: bool = False,
    ) -> Shown:  # fmt: skip
        low, high = cut.around(at[0], at[1], room, rng)
        high = min(high, low + 256) if at[1] <= low + 256 else high
        low = max(low, high - 256)
        part = Tokens(cut.tokens.ids[low:high], cut.tokens.places[low:high])
        window = self._tokenizer.window(asked, self._of(title), part)
        if not answers:
            return Shown(window, 0, 0, False)
        first = max(window.first, window.first + at[0] - low)
        return Shown(window, first, window.first + at[1] - 1 - low, True)

    def _of(self, text: str) -> Tokens:
        if text not in self._tokens:
            self._tokens[text] = self._tokenizer.tokens(text)
        return self._tokens[text]

    def _cut(self, text: str) -> Cut:
        if text not in self._cuts:
            tokens = self._tokenizer.tokens(text)
            ranges = [token_range(tokens, span) for span in sentence_spans(text)]
            self._cuts[text] = Cut(tokens, tuple(r for r in ranges if r[0] < r[1]))
        return self._cuts[text]

    def _likely(self, question: str, text: str) -> tuple[int, int]:
        """Return the sentence that shares most words with the question, as a token range."""
        words = set(re.findall(r"\w{4,}", question.lower()))
        cut = self._cut(text)
        spans = sentence_spans(text)
        scored = [
            (len(words & set(re.findall(r"\w{4,}", span.of(text).lower()))), -number)
            for number, span in enumerate(spans)
        ]
        best = -max(scored)[1] if scored else 0
        return token_range(cut.tokens, spans[best]) if spans else (0, len(cut.tokens.ids))


def _drawn(questions: Sequence[Question], rng: random.Random) -> Iterator[Question]:
    """Yield all questions, of large sets of one kind only so many."""
    by_set: dict[str, list[Question]] = {}
    for question in questions:
        by_set.setdefault(question.paragraph.set, []).append(question)
    for name, found in by_set.items():
        most = MOST_OF_SET.get(name)
        yield from found if most is None or most >= len(found) else rng.sample(found, most)


def token_range(tokens: Tokens, span: Span) -> tuple[int, int]:
    """Return the half-open range of tokens that touch the characters of `span`."""
    touching = [n for n, place in enumerate(tokens.places) if place.overlaps(span)]
    return (touching[0], touching[-1] + 1) if touching else (0, 0)


def as_typed(question: str, rng: random.Random) -> str:
    """Return the question as people type: mostly as it is, else hurried, misspelt or as keywords.

    The model sees no capitals, so those need no mimicry.
    """
    chance = rng.random()
    if chance < 0.2:
        return question.rstrip(" ?")
    if chance < 0.25:
        return " ".join(word for word in question.rstrip(" ?").split() if len(word) > 3) or question
    if chance < 0.3:
        return _misspelt(question, rng)
    return question


def _misspelt(text: str, rng: random.Random) -> str:
    """Swap two neighbouring letters of one longer word."""
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z]{3,}", text)]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
