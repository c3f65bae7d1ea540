"""Follow-up questions, completed from the conversation by a rule that can be seen and tested.

A question leans on what was said before when it opens like one ("and", "what about"), points
back with a pronoun, or has fewer than three content words. It is then completed with the topic
of the last question that stood on its own: its content words, with the small words between them.
No model rewrites anything, and the page shows the completed form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from index.stopwords import STOP_WORDS

Why = Literal["opener", "pronoun", "short"]

_WORD = re.compile(r"[^\W_]+(?:['’\-.,][^\W_]+)*")
_OPENER = re.compile(
    r"^(?:and|but|or|also|then|so|what about|how about|what if|why not|same for|anything else|"
    r"und|aber|oder|was ist mit|wie sieht es|et|mais|ou|qu'en est-il|y|pero|qué hay de|"
    r"그리고|그럼|그러면|그런데|하지만)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|hers|these|those|this|"
    r"that(?=\s*(?:[?.!,]|$|is|was|are|were|cost|costs|take|takes|mean|means|apply|applies|happen))"
    r"|ihn|ihm|ihnen|dessen|deren|dafür|davon|dazu|damit|daran|"
    r"il|elle|ils|elles|cela|ça|ello|ellos|ellas)\b",
    re.IGNORECASE,
)
_BINDERS = frozenset(
    [
        "of",
        "in",
        "the",
        "for",
        "on",
        "at",
        "and",
        "to",
        "between",
        "with",
        "against",
        "from",
        "a",
        "an",
    ]
)
_ASKING = frozenset(
    [
        "tell",
        "give",
        "show",
        "explain",
        "describe",
        "many",
        "much",
        "long",
        "often",
        "far",
        "old",
        "big",
        "large",
        "name",
        "called",
        "happen",
        "happened",
        "happens",
        "need",
        "needs",
        "want",
        "say",
        "says",
        "said",
        "know",
        "does",
        "did",
        "way",
        "kind",
        "type",
    ]
)
_SHORT = 3


class Understood(NamedTuple):
    """The question as searched, and why it was completed (None: it was left as it is)."""

    text: str
    why: Why | None


def complete(question: str, history: Sequence[str]) -> Understood:
    """Complete `question` from the questions asked before it, oldest first.

    >>> complete("And can I carry them over?", ["How many days of annual leave do I get?"]).text
    'And can I carry them over? (days of annual leave)'
    >>> complete("Who approves travel to other countries?", ["How much leave is there?"]).why
    """
    why = leans(question)
    topic = _topic_of(history) if why else ""
    if not topic or topic.casefold() in question.casefold():
        return Understood(question, None)
    return Understood(f"{question} ({topic})", why)


def leans(question: str) -> Why | None:
    """Tell in what way a question leans on the one before, if it does."""
    if _OPENER.match(question):
        return "opener"
    if _PRONOUN.search(question):
        return "pronoun"
    # Scripts without blanks make one "word" of a whole question; length says nothing there.
    if question.isascii() and len(_content(question)) < _SHORT:
        return "short"
    return None


def topic(question: str) -> str:
    """Return the content words of a question with the small words that bind them.

    >>> topic("How much was the contract between arms makers and Poland worth?")
    'contract between arms makers and Poland worth'
    """
    phrases: list[list[str]] = []
    current: list[str] = []
    for word in _WORD.findall(question):
        if _is_content(word) or (current and word.lower() in _BINDERS):
            current.append(word)
        else:
            phrases.append(current)
            current = []
    phrases.append(current)
    trimmed = (_without_trailing_binders(phrase) for phrase in phrases)
    return ", ".join(" ".join(phrase) for phrase in trimmed if phrase)


def _topic_of(history: Sequence[str]) -> str:
    """Return the topic of the last question that stands on its own, with what followed on it."""
    parts: list[str] = []
    for earlier in reversed(history):
        found = topic(earlier)
        if found and found not in parts:
            parts.insert(0, found)
        # A short question that names something stands on its own as far as its topic goes.
        if (found and leans(earlier) in (None, "short")) or len(parts) == 2:
            break
    return ", ".join(parts)


def _content(question: str) -> list[str]:
    return [word for word in _WORD.findall(question) if _is_content(word)]


def _is_content(word: str) -> bool:
    lower = word.lower()
    return lower not in _ASKING and not any(lower in words for words in STOP_WORDS.values())


def _without_trailing_binders(phrase: list[str]) -> list[str]:
    while phrase and phrase[-1].lower() in _BINDERS:
        phrase = phrase[:-1]
    return phrase
