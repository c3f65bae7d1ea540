"""What answering words say, so that two of them can be compared: an amount, a date, or words.

    value_of("$15 billion")      → Amount
    value_of("17 January 2023")  → Moment
    value_of("Dr Mara Okafor")   → Wording

`relation` then tells whether two values are the same, different, or not to be compared. In doubt
they are not: a claim that articles differ must stand in their words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from qa.accounts.amounts import Amount, amount_of, compare_amounts, with_following
from qa.accounts.dates import Moment, compare_moments, moment_of
from qa.accounts.relation import Relation, hedge_of, word_set
from qa.accounts.units import WORDED


@dataclass(frozen=True)
class Wording:
    """Words without articles and punctuation, casefolded, accents dropped.

    `look` is `name` when they are capitalised like one, `capital` when they are but for another
    reason (the first word of a sentence, an abbreviation, a German noun), else `plain`.
    """

    tokens: tuple[str, ...]
    look: Literal["plain", "capital", "name"]

    def within(self, question: str) -> bool:
        """Tell whether the question says all these words itself, so that they answer nothing."""
        return set(self.tokens) <= {_plain(word) for word in _WORD.findall(question)}


Value = Amount | Moment | Wording
"""What answering words say."""

_ARTICLES = word_set("a an the der die das den dem des ein eine einen einem einer")
_TITLES = word_set("dr mr mrs ms prof professor sir herr frau")
_PRONOUNS = word_set(
    "it they them he him she her we us you this that these those es sie er wir ihr"
)
_JOINTS = word_set("of and for de la le van von der den al bin du da")
_TURNS = word_set("and or but not no nor never without except than und oder nicht 's")
_NOUNS_CAPITAL = word_set("de lb")
_WORD = re.compile(r"[’']s\b|\w+")
_MOST_EXTRA = 3
_LONGEST_NAME = 80
_ALIKE = 0.6
"""From this likeness on two names may be one in two spellings: Kyiv and Kiev have .75."""


def value_of(
    words: str, *, before: str = "", after: str = "", language: str | None = None
) -> Value | None:
    """Return what `words` say, or None when they say nothing that could be compared.

    `before` and `after` are a few characters of the text round them: `more than` in front and
    ` lorries` behind belong to a number, and a capital after a full stop is no sign of a name.
    """
    hedge, bare = hedge_of(words, before)
    moment = moment_of(bare)
    if moment:
        return replace(moment, hedge=hedge)
    amount = amount_of(bare, language)
    if amount:
        return with_following(replace(amount, hedge=hedge), bare, after, language)
    return _wording(words, before, language)


def relation(a: Value, b: Value) -> Relation:
    """Tell whether two values are the same, different, or not to be compared.

    >>> relation(Wording(("okafor",), "name"), Wording(("mara", "okafor"), "name"))
    'same'
    """
    if isinstance(a, Amount) and isinstance(b, Amount):
        return compare_amounts(a, b)
    if isinstance(a, Moment) and isinstance(b, Moment):
        return compare_moments(a, b)
    if isinstance(a, Wording) and isinstance(b, Wording):
        return _compare_wordings(a, b)
    return "unlike"


def _wording(words: str, before: str, language: str | None) -> Wording | None:
    written = _WORD.findall(words)
    kept = [word for word in written if word.casefold() not in _ARTICLES]
    tokens = tuple(_plain(word) for word in kept)
    if all(
        token in _PRONOUNS and word[1:].islower() for token, word in zip(tokens, kept, strict=True)
    ):
        return None  # nothing at all, or a pronoun; IT and US are none
    names = [word for word in kept if word.casefold() not in _JOINTS | _TITLES]
    if not names or not all(word[0].isupper() for word in names):
        return Wording(tokens, "plain")
    first = words.startswith(kept[0]) and _starts_sentence(before)
    doubtful = (
        language in _NOUNS_CAPITAL
        or (first and len(kept) == 1)
        or any(word.isupper() for word in names)
        or len(words) > _LONGEST_NAME
    )
    return Wording(tokens, "capital" if doubtful else "name")


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign)) or word.casefold()


def _starts_sentence(before: str) -> bool:
    ahead = before.rstrip(" \t\u00a0\"'“”„«»‘’([")
    return not ahead or ahead[-1] in ".!?…:;\n•–—"


def _compare_wordings(a: Wording, b: Wording) -> Relation:
    if a.tokens == b.tokens:
        return "same"
    short, long = sorted((a.tokens, b.tokens), key=len)
    extra = _extra(short, long)
    if extra is not None:
        turned = any(t in _TURNS or t in WORDED or any(map(str.isdigit, t)) for t in extra)
        both = (a.look == "plain") == (b.look == "plain")
        return "same" if both and not turned and len(extra) <= _MOST_EXTRA else "unlike"
    if not a.look == b.look == "name":
        return "unlike"
    mine, theirs = (set(each.tokens) - _TITLES - _JOINTS for each in (a, b))
    first, second = sorted(" ".join(each.tokens) for each in (a, b))  # the ratio is not symmetric
    alike = SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE
    return "unlike" if mine & theirs or alike else "different"


def _extra(short: tuple[str, ...], long: tuple[str, ...]) -> list[str] | None:
    """Return the tokens `long` has beyond `short`; None unless it has all of them, in order."""
    extra, wanted = [], list(short)
    for token in long:
        if wanted and token == wanted[0]:
            wanted.pop(0)
        else:
            extra.append(token)
    return None if wanted else extra
