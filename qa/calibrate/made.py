"""Questions made out of the archive, for owners who have no test set: `made_up`.

A sentence that holds a date, an amount, a length of time or a name is turned into a question by a
plain rule: up to six of its other content words, in their order, headed by "When", "How much",
"How long", "Who" or "What". The gold is that date, amount or name at that very place.

    The night ferry carries 41 lorries to the island.
    →  What number night ferry carries lorries island?

They repeat the words of the article, as people seldom do, so they are easier than real questions;
a calibration says that it was fitted on them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpus.article import Article, Span
from corpus.sentences import sentence_spans, trimmed
from index.stopwords import STOP_WORDS
from qa.evaluate.check import Checked
from qa.evaluate.resolve import ArticleSource, Place, Target
from qa.evaluate.testset import Gold, Question, TestSet
from qa.expected import answer_words

NAME = "questions made from the archive"
SEED = 0
MOST_WORDS = 6
_FEWEST_WORDS = 3
_LENGTHS = range(6, 61)
"""Words of a sentence that may be asked about: no headings, no lists that run on."""

_HEADS = ("When", "How much", "How long")
"""Heads for which `qa.expected` knows what the answer looks like."""
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d(?:[\d.,]*\d)?(?![\w.,]*\d)")
_NAME = re.compile(r"\b[A-Z][^\W\d_]{2,}(?: (?:of |the |van |von |de )?[A-Z][^\W\d_]+)*")
_BEFORE_THING = re.compile(r"\b(?:the|a|an|in|at|of|on|near|this|its) $", re.IGNORECASE)
_CAPITAL_NOUNS = {"de", "lb"}
"""Languages in which a capital letter makes no name."""


class _Made(NamedTuple):
    """A question and the place of its answer."""

    text: str
    answer: Span


def made_up(archive: ArticleSource, count: int, seed: int = SEED) -> Checked:
    """Make up to `count` questions, drawn evenly from the articles; a seed gives the same ones."""
    dice = random.Random(seed)  # noqa: S311 - a fair draw, no secret
    names = [row.id for row in archive.articles()]
    dice.shuffle(names)
    share = -(-count // max(1, len(names)))
    taken: list[tuple[Article, _Made]] = []
    spare: list[tuple[Article, _Made]] = []
    for name in names:
        article = archive.article(name)
        if len(taken) >= count or article is None:
            continue
        found = [(article, made) for made in _questions(article, dice)]
        dice.shuffle(found)
        taken += found[:share]
        spare += found[share:]
    return _checked((taken + spare)[:count])


def _checked(made: Sequence[tuple[Article, _Made]]) -> Checked:
    """Return the questions with their targets: the very place the answer was taken from."""
    questions, targets = [], {}
    for number, (article, one) in enumerate(made, 1):
        name = f"made-{number}"
        gold = Gold(article.id, one.answer.of(article.text), one.answer)
        questions.append(Question(name, one.text, (gold,), article.title))
        places = (Place(article.id, one.answer),)
        targets[name] = Target(places, places, ((article.id, 1),))
    return Checked(TestSet(NAME, "jsonl", tuple(questions)), targets, ())


def _questions(article: Article, dice: random.Random) -> Iterator[_Made]:
    for whole in sentence_spans(article.text, article.language):
        span = trimmed(article.text, whole)
        sentence = span.of(article.text)
        if len(_WORD.findall(sentence)) in _LENGTHS and sentence[-1] in ".!?。…”\"'":
            made = _question(article, span, dice)
            if made is not None:
                yield made


def _question(article: Article, sentence: Span, dice: random.Random) -> _Made | None:
    """Turn one sentence into a question, if it holds something to ask for."""
    choices = list(_answers(article, sentence))
    if not choices:
        return None
    head, answer = dice.choice(choices)
    words = _content(article, sentence, answer)
    if len(words) < _FEWEST_WORDS:
        return None
    kept = sorted(dice.sample(range(len(words)), min(MOST_WORDS, len(words))))
    return _Made(f"{head} {' '.join(words[place] for place in kept)}?", answer)


def _answers(article: Article, sentence: Span) -> Iterator[tuple[str, Span]]:
    """Yield heads with the spans they ask for; a number inside a date is not asked for."""
    text = article.text
    kinds = [(head, answer_words(head, text, sentence, ())) for head in _HEADS]
    known = [(head, span) for head, span in kinds if span is not None]
    yield from known
    others = [("What number", Span(*m.span())) for m in _NUMBER.finditer(text, *sentence)]
    if article.language not in _CAPITAL_NOUNS:
        others += _names(text, sentence)
    for head, span in others:
        if not any(span.overlaps(taken) for _, taken in known):
            yield head, span


def _names(text: str, sentence: Span) -> Iterator[tuple[str, Span]]:
    """Yield names with their heads; the first word of a sentence has a capital anyway."""
    for match in _NAME.finditer(text, *sentence):
        before = text[sentence.start : match.start()]
        if _WORD.search(before) and match.group().casefold() not in STOP_WORDS["en"]:
            yield _head(before, match.group()), Span(*match.span())


def _head(before: str, name: str) -> str:
    """Guess whether a name is a person's: two words, and nothing before it that places have."""
    return "Who" if len(name.split()) == 2 and not _BEFORE_THING.search(before) else "What"


def _content(article: Article, sentence: Span, answer: Span) -> list[str]:
    """Return the sentence's content words, in order, without those of the answer."""
    stop = STOP_WORDS.get(article.language or "en", STOP_WORDS["en"])
    said = {word.casefold() for word in _WORD.findall(answer.of(article.text))}
    words = dict.fromkeys(
        word
        for word in _WORD.findall(sentence.of(article.text))
        if word.casefold() not in stop and word.casefold() not in said
    )
    return list(words)
