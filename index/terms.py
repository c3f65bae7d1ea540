"""Words as the keyword search sees them: folded, stemmed by language, stop words known.

The same function makes the terms of passages, of sentences and of questions, so that what is
counted as overlap is exactly what is searched. Scripts without blanks (and Korean, whose
particles stick to its words) are cut into overlapping pairs of characters, as is usual for CJK.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

import Stemmer

from index.stopwords import STOP_WORDS

_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W_]+)?")
_ASCII_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)+|[a-zA-Z0-9]+(?:'[a-zA-Z0-9]+)?")
"""The same for texts of ASCII alone, in half the time."""
_CJK = re.compile(
    r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
DEFAULT_LANGUAGE = "en"
_WORDS_KEPT = 50_000
"""Words whose terms are remembered, for each stemmer: some 10 MB."""


def terms(text: str, language: str | None = None) -> list[str]:
    """Return the search terms of a text, stop words included, in order.

    >>> terms("The dairies' $1,200 Müller contracts")
    ['the', 'dairi', '1200', 'muller', 'contract']
    """
    known = _words_of(_STEMMERS.get(language or DEFAULT_LANGUAGE, ""))
    token = _ASCII_TOKEN if text.isascii() else _TOKEN
    return list(chain.from_iterable(map(known, token.findall(text))))


def question_terms(question: str, languages: Iterable[str | None]) -> list[str]:
    """Return the distinct terms to search for: stemmed for each language, stop words dropped.

    A question made of nothing but stop words keeps them.
    """
    content: dict[str, None] = {}
    everything: dict[str, None] = {}
    for language in sorted({language or DEFAULT_LANGUAGE for language in languages}):
        stopped = stop_terms(language)
        for term in terms(question, language):
            everything[term] = None
            if term not in stopped:
                content[term] = None
    common = {term for term in everything if term in stop_terms(DEFAULT_LANGUAGE)}
    return [term for term in content if term not in common] or list(everything)


@lru_cache(maxsize=64)
def stop_terms(language: str) -> frozenset[str]:
    """Return the stop words of a language in the form `terms` gives them."""
    words = STOP_WORDS.get(language, STOP_WORDS[DEFAULT_LANGUAGE])
    return frozenset(term for word in words for term in terms(word, language))


def _plain(word: str) -> str:
    """Lower-case, without possessive and thousands separators."""
    lower = _POSSESSIVE.sub("", word.casefold())
    return lower.replace(",", "") if lower[:1].isdigit() else lower


def _folded(word: str) -> str:
    """Drop accents from Latin, Greek and Cyrillic letters."""
    parts = unicodedata.normalize("NFKD", word)
    return "".join(c for c in parts if not unicodedata.combining(c)) or word


def _cjk_terms(word: str) -> list[str]:
    """Cut a run of CJK characters into overlapping pairs; what is left keeps its form."""
    found: list[str] = []
    position = 0
    for match in _CJK.finditer(word):
        if match.start() > position:
            found.append(word[position : match.start()].casefold())
        run = match.group()
        found.extend(run[i : i + 2] for i in range(len(run) - 1))
        if len(run) == 1:
            found.append(run)
        position = match.end()
    if position < len(word):
        found.append(word[position:].casefold())
    return found


@lru_cache(maxsize=32)
def _words_of(stemmer: str) -> Callable[[str], tuple[str, ...]]:
    """Return what gives the terms of one word; words come again and again, so it remembers."""
    stem: Callable[[str], str] = Stemmer.Stemmer(stemmer).stemWord if stemmer else str

    @lru_cache(maxsize=_WORDS_KEPT)
    def terms_of(word: str) -> tuple[str, ...]:
        if word.isascii():
            return (stem(_plain(word)),)
        if _CJK.search(word):
            return tuple(_cjk_terms(word))
        # A ligature may fold to several words, and no term has a blank: tantivy splits there.
        return tuple(_folded(stem(_plain(word))).split()) or (word,)

    return terms_of
