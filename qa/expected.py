"""What kind of words a question asks for, by rules: an amount, a length of time, a date, a clock.

Within the lit sentence, words of that kind are marked as the answer, unless the question says
them itself. The rules are narrow on purpose: a wrong strong mark is worse than none, and names
and reasons are left to the trained reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from corpus.article import Span
from index.stopwords import STOP_WORDS

_WORDED = (
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty "
    "fifty sixty ninety hundred zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig"
)
_NUMBER = (
    r"(?:(?<![\w.,])\d(?:[\d.,]*\d)?|\b(?:"
    + "|".join(_WORDED.split())
    + r")\b)(?:-\w+\b)?(?: and a (?:half|third|quarter)| and twenty)?"
)
_SCALE = (
    r"(?:\s?(?:thousand|million|billion|trillion|Mio\.?|Mrd\.?|Millionen|Milliarden|만|억|조))?"
)
_TIME_UNIT = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|nights?|Sekunden?|Minuten?|Stunden?|"
    r"Tagen?|Wochen?|Monaten?|Jahren?|Nächte)"
)
_MEASURE = (
    r"(?:metres?|meters?|kilomet(?:re|er)s?|km|miles?|feet|tonnes?|tons?|kilograms?|kg|lit(?:re|er)s?"
    r"|degrees?|square metres?|hectares?|per cent|percent|%|characters)"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)"
)
_MONEY = re.compile(
    rf"[$€£¥₩]\s?{_NUMBER}{_SCALE}|{_NUMBER}{_SCALE}\s?(?:[€$£]|(?:US )?dollars?|euros?|cents?|"
    r"pounds?|crowns?|Kronen|kroner?|won|yen|francs?|EUR|USD|GBP|원)(?: (?:a|per) \w+)?",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?:{_NUMBER}[ -]{_TIME_UNIT}\b(?: (?:and|und) (?=\d|{_NUMBER}))?)+|"
    r"\d+\s?(?:년|개월|주|일|시간|분)",
    re.IGNORECASE,
)
_SIZE = re.compile(rf"{_NUMBER}{_SCALE}\s?{_MEASURE}(?!\w)", re.IGNORECASE)
_DATE = re.compile(
    rf"\b\d{{1,2}}\.?(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:,?\s\d{{4}})?|"
    rf"\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b|"
    rf"\b(?:in\s)?{_MONTH}(?:\s(?:of\s)?\d{{4}})?\b|"
    r"\b\d{4}-\d\d-\d\d\b|\b(?:19|20)\d\d\b|"
    r"\d{4}년(?:\s?\d{1,2}월)?(?:\s?\d{1,2}일)?"
)
_CLOCK = re.compile(
    r"\b\d{1,2}[:.]\d\d\b(?:\s?(?:am|pm|Uhr))?(?: (?:to|until|bis) \d{1,2}[:.]\d\d\b)?|"
    r"\b\d{1,2}\s?(?:am|pm|Uhr)\b|\bnoon\b|\bmidnight\b"
)


class _Rule(NamedTuple):
    """How a question asks, and what its answer looks like; the first that fits decides."""

    asks: re.Pattern[str]
    answers: tuple[re.Pattern[str], ...]


def _asks(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_RULES = (
    _Rule(_asks(r"\b(?:what time|until when|opening hours|um wie viel uhr)\b"), (_CLOCK, _DATE)),
    _Rule(
        _asks(
            r"\b(?:how much|what|wie ?viel|was)\b.*\b(?:costs?|price|worth|fee|rate|pay|paid|"
            r"cash|money|kostet|kosten)\b|얼마"
        ),
        (_MONEY,),
    ),
    _Rule(_asks(r"\b(?:how (?:long|often|soon|old)|wie (?:lange|oft))\b"), (_DURATION,)),
    _Rule(_asks(r"\bhow (?:much|far|large|big|tall|high|deep|heavy|fast|warm|cold|wide)\b"),
          (_MONEY, _SIZE)),
    _Rule(_asks(r"\b(?:when|what (?:year|date|day|month)|which (?:year|date)|wann)\b|언제"),
          (_DATE, _CLOCK)),
)  # fmt: skip
_HOW_MANY = re.compile(r"\b(?:how many|wie ?viele)\s+((?:\w+\s+){0,2}\w+)", re.IGNORECASE)
_FUNCTION = STOP_WORDS["en"] | STOP_WORDS["de"]


def asks_for_kind(question: str) -> bool:
    """Tell whether one of the rules knows what the answer looks like."""
    return bool(_patterns(question))


def answer_words(question: str, text: str, sentence: Span, near: Sequence[str]) -> Span | None:
    """Return the words of `sentence` that are of the kind asked for, or None.

    `near` are the question's own words; of several choices the one closest to them is taken.

    >>> text = "In July they signed a $15 billion contract with Poland."
    >>> answer_words("How much was the Poland contract?", text, Span(0, 55), ["contract"]).of(text)
    '$15 billion'
    """
    for pattern in _patterns(question):
        found = _choices(pattern, question, text, sentence)
        if found:
            return _nearest(found, text, sentence, near)
    return None


def _patterns(question: str) -> tuple[re.Pattern[str], ...]:
    """Return what the answer may look like, likeliest first."""
    counted = _HOW_MANY.search(question)
    if counted:
        # "How many lorries": a number with that noun after it, in any of its endings.
        words = list(takewhile(lambda word: word not in _FUNCTION, counted.group(1).split()))
        nouns = [word[: max(4, len(word) - 3)] for word in words if len(word) > 3]
        noun = "|".join(map(re.escape, nouns))
        return (
            (_asks(rf"{_NUMBER}{_SCALE} (?:\w+ ){{0,2}}(?:{noun})\w*(?: (?:{noun})\w*)*"),)
            if noun
            else ()
        )
    return next((rule.answers for rule in _RULES if rule.asks.search(question)), ())


def _choices(pattern: re.Pattern[str], question: str, text: str, sentence: Span) -> list[Span]:
    """Return matches in the sentence that the question does not say itself."""
    asked = question.casefold()
    spans = []
    for match in pattern.finditer(text, sentence.start, sentence.end):
        words = match.group().strip()
        if words and words.casefold() not in asked:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            spans.append(Span(start, start + len(words)))
    return spans


def _nearest(choices: list[Span], text: str, sentence: Span, near: Sequence[str]) -> Span:
    """Return the choice nearest to one of the question's words, those after it preferred."""
    lower = text[sentence.start : sentence.end].casefold()
    words = {word.casefold() for part in near for word in re.findall(r"\w{3,}", part)}
    places = [
        sentence.start + match.start()
        for word in sorted(words)
        for match in re.finditer(rf"\b{re.escape(word)}", lower)
    ]
    if not places:
        return choices[0]
    return min(choices, key=lambda span: (min(_distance(span, p) for p in places), span.start))


def _distance(span: Span, place: int) -> int:
    """Return characters from a word to a choice; what stands before the word counts threefold."""
    return span.start - place if span.start >= place else 3 * (place - span.start)
