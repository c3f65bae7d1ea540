"""Votes turned into a test set: what people found right is gold, what they picked instead as well.

A quote is gold for a question when more people found it right than wrong; picked words count as one
who found them right. A question whose votes name no right words is left out: that an extract is
wrong does not say that the archive has no answer. So is a gold quote that no longer stands in the
stored articles. The set is the JSONL that `quoth evaluate` reads.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus.article import Article
from index.feedback import Vote

_Asked = tuple[str, tuple[str, ...]]
_Quote = tuple[str, str]
"""Article id, and words of it."""


@dataclass(frozen=True)
class Exported:
    """A test set's lines, and what of the votes is not in it."""

    lines: tuple[str, ...]
    without_gold: int
    """Questions of which nobody said what would be right."""
    outdated: int
    """Gold quotes that the stored articles do not hold any more."""


def testset_of(votes: Sequence[Vote], article: Callable[[str], Article | None]) -> Exported:
    """Return the test set that the votes make; `article` gives a stored article by its id."""
    asked: dict[_Asked, Counter[_Quote]] = defaultdict(Counter)
    for vote in votes:
        scores = asked[_normal(vote)]
        for quote, change in _said(vote):
            scores[quote] += change
    lines: list[str] = []
    without_gold = outdated = 0
    for (question, history), scores in asked.items():
        liked = [quote for quote, score in scores.items() if score > 0]
        gold = [quote for quote in liked if _stands(quote, article)]
        outdated += len(liked) - len(gold)
        without_gold += not liked
        if gold:
            lines.append(_line(question, history, gold))
    return Exported(tuple(lines), without_gold, outdated)


def _normal(vote: Vote) -> _Asked:
    """Return what was asked, with single blanks: that is how it is compared."""
    return " ".join(vote.question.split()), tuple(" ".join(each.split()) for each in vote.history)


def _said(vote: Vote) -> Iterator[tuple[_Quote, int]]:
    for quote in vote.quotes:
        yield (vote.article, quote), 1 if vote.verdict == "up" else -1
    if vote.right:
        yield (vote.right.article, vote.right.quote), 1


def _stands(quote: _Quote, article: Callable[[str], Article | None]) -> bool:
    found = article(quote[0])
    return found is not None and quote[1] in found.text


def _line(question: str, history: tuple[str, ...], gold: Sequence[_Quote]) -> str:
    articles = list(dict.fromkeys(name for name, _ in gold))
    record: dict[str, object] = {"id": _id(question, history), "question": question}
    record["answers"] = list(dict.fromkeys(words for _, words in gold))
    if len(articles) == 1:  # words of several articles may stand anywhere
        record["article"] = articles[0]
    if history:
        record["history"] = list(history)
    return json.dumps(record, ensure_ascii=False)


def _id(question: str, history: tuple[str, ...]) -> str:
    """Return a name that stays the same when the votes are exported again."""
    whole = json.dumps([question, history]).encode()
    return "vote-" + hashlib.blake2b(whole, digest_size=5).hexdigest()
