"""What kind of words a question asks for, by rules: an amount, a date, a time, a share.

Within the lit sentence, words of that kind are marked as the answer when there is exactly one
choice to make: they are not in the question already and stand nearest to its words. Where no
rule applies nothing is marked; guessing names is left to the trained reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.article import Span

_NUMBER = (
    r"(?:\d[\d.,]*\d|\d)|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|eins|zwei|drei|vier|fünf|sechs|"
    r"sieben|acht|neun|zehn|zwölf)\b"
)
_SCALE = (
    r"(?:\s?(?:thousand|million|billion|trillion|Mio\.?|Mrd\.?|Millionen|Milliarden|만|억|조))?"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)"
)
_UNIT = (
    r"(?:[ \u00a0-](?!and\b|or\b|of\b|to\b|in\b|the\b|und\b|oder\b)[^\W\d_]+|"
    r"\s?%|\s?(?:km|kg|mm|m)\b)?"
)
_MONEY = re.compile(
    rf"[$€£¥₩]\s?(?:{_NUMBER}){_SCALE}|(?:{_NUMBER}){_SCALE}\s?(?:[€%]|(?:US )?dollars?|euros?|"
    r"pounds?|crowns?|kroner?|won|yen|francs?|EUR|USD|GBP|Euro|Kronen)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"[$€£¥₩]?\s?(?:{_NUMBER}){_SCALE}{_UNIT}|\d[\d.,]*\s?[가-힣]{{1,3}}", re.IGNORECASE
)
_DATE = re.compile(
    rf"\b\d{{1,2}}\.?(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:,?\s\d{{4}})?|"
    rf"\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b|"
    rf"\b(?:in\s)?{_MONTH}(?:\s(?:of\s)?\d{{4}})?\b|"
    r"\b\d{4}-\d\d-\d\d\b|\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d(?:\s?(?:am|pm|Uhr))?\b|"
    r"\d{4}년(?:\s?\d{1,2}월)?(?:\s?\d{1,2}일)?"
)
_CLOCK = re.compile(
    r"\b\d{1,2}[:.]\d\d(?:\s?(?:am|pm|Uhr))?\b|\b\d{1,2}\s?(?:am|pm|Uhr)\b|\bnoon\b|\bmidnight\b"
)

_ASKS_TIME = r"\b(?:what time|until when|opening hours|um wie viel uhr)\b"
_ASKS_MONEY = (
    r"\b(?:how much|what (?:is|was|does) .*\b(?:cost|price|worth|fee|rate|amount)|"
    r"wie ?viel kostet|worth|cost)\b|얼마"
)
_ASKS_COUNT = (
    r"\b(?:how (?:many|long|often|far|old|big|large|tall|high|deep|heavy|fast|soon)|"
    r"what (?:number|share|percentage|percent)|wie ?viele|wie (?:lange|hoch|oft|weit))\b|몇"
)
_ASKS_DATE = r"\b(?:when|what (?:year|date|day|month)|which (?:year|date|day|month)|wann)\b|언제"
_KINDS: tuple[tuple[re.Pattern[str], tuple[re.Pattern[str], ...]], ...] = (
    (re.compile(_ASKS_TIME, re.IGNORECASE), (_CLOCK, _DATE)),
    (re.compile(_ASKS_MONEY, re.IGNORECASE), (_MONEY, _COUNT)),
    (re.compile(_ASKS_COUNT, re.IGNORECASE), (_COUNT,)),
    (re.compile(_ASKS_DATE, re.IGNORECASE), (_DATE, _CLOCK)),
)


def answer_words(question: str, text: str, sentence: Span, near: Sequence[str]) -> Span | None:
    """Return the words of `sentence` that are of the kind asked for, or None.

    `near` are the question's own words; of several choices the one closest to them is taken.

    >>> text = "In July they signed a $15 billion contract with Poland."
    >>> answer_words("How much was the Poland contract?", text, Span(0, 55), ["contract"]).of(text)
    '$15 billion'
    """
    for asks, patterns in _KINDS:
        if asks.search(question):
            for pattern in patterns:
                found = _choices(pattern, question, text, sentence)
                if found:
                    return _nearest(found, text, sentence, near)
            return None
    return None


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
    """Return the choice whose summed distance to the question's words is least."""
    lower = text[sentence.start : sentence.end].casefold()
    places = [
        sentence.start + match.start()
        for word in near
        if len(word) > 2
        for match in re.finditer(rf"\b{re.escape(word.casefold())}", lower)
    ]
    if not places:
        return choices[0]
    return min(choices, key=lambda span: (min(abs(span.start - p) for p in places), span.start))
