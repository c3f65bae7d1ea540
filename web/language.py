"""Which of its languages the page speaks to a visitor: the one asked for, or the browser's.

An address may ask for one (`?lang=de`, which is what a page that embeds the chat sets); otherwise
the browser's own list decides. Articles are never translated: this is about the page's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from web.languages.french import FRENCH
from web.languages.german import GERMAN
from web.languages.korean import KOREAN
from web.languages.spanish import SPANISH
from web.words import ENGLISH, Words

SPOKEN: Mapping[str, Words] = MappingProxyType(
    {words.language: words for words in (ENGLISH, GERMAN, FRENCH, SPANISH, KOREAN)}
)
"""The languages the page speaks, by their codes (ISO 639-1)."""

_LONGEST_LIST = 1_000
"""Characters of `Accept-Language` that are looked at; browsers send about 50."""


class Asking(Protocol):
    """What is needed of a request; Gradio's and Starlette's both have it."""

    @property
    def query_params(self) -> Mapping[str, str]:
        """The parameters of the page's address."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers; names in any case."""
        ...


def words_for(request: Asking, otherwise: Words = ENGLISH) -> Words:
    """Return the words for whoever sent this request.

    `otherwise` are the words for those whose languages the page does not speak.
    """
    known = spoken(otherwise)
    asked = request.query_params.get("lang", "")
    for tag in (asked, *preferred(request.headers.get("accept-language", ""))):
        words = known.get(tag.partition("-")[0].lower())
        if words:
            return words
    return otherwise


def spoken(otherwise: Words = ENGLISH) -> Mapping[str, Words]:
    """Return the words of every language; `otherwise` takes the place of the set in its own."""
    return {**SPOKEN, otherwise.language: otherwise}


def preferred(header: str) -> list[str]:
    """Return the language tags of an `Accept-Language` header, the most wanted first.

    Those with the weight 0 are not wanted (RFC 9110, 12.4.2 and 12.5.4); a weight that is no number
    counts as none given.

    >>> preferred("fr;q=0.5, de-AT, en;q=0")
    ['de-AT', 'fr']
    """
    weighed: list[tuple[float, str]] = []
    for item in header[:_LONGEST_LIST].split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.strip().partition("=")
        weight = _weight(value) if name.strip().lower() == "q" else 1.0
        if tag.strip() and weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda each: -each[0])]


def _weight(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0
