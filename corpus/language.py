"""Guess which language a text is in: what it declares, else its script, else its small words.

A guess steers sentence splitting and the page's `lang` attribute, so None ("unsure") is better
than a wrong answer. This is no classifier for short strings or rare languages.
"""

from __future__ import annotations

import re
from collections import Counter

_DECLARED = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis"})
_SAMPLE_CHARACTERS = 20_000
_FEWEST_VOTES = 3

_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")

_SMALL_WORDS = {
    "en": "the of and to in is that for it with as was on are by this be from which were have",
    "de": "der die und das ist nicht ein eine mit den von zu auf für dem des sich auch wird im",
    "fr": "le la les des et est une dans pour que qui du pas sur au avec ce sont il par plus",
    "es": "el la los las de y que en un una por con para del se es como más pero su fue",
    "it": "il la di che e un una per non del della con sono nel le dei più anche alla gli è",
    "pt": "o a os as de e que em um uma para com não do da dos no na por mais foi são ao",
    "nl": "de het een en van is dat niet op te voor met zijn aan er door naar ook bij wordt",
    "sv": "och att det som en är på för av med inte till den har ett om var från kan sig",
    "pl": "i w na z że się nie do jest to o jak po od przez dla są oraz był ale które",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
_WORD = re.compile(r"[^\W\d_]+")


def guess_language(text: str, declared: str | None) -> str | None:
    """Return the primary language subtag in lower case, or None when unsure.

    >>> guess_language("", "de-AT"), guess_language("남북한은 다른 편에 섰다", None)
    ('de', 'ko')
    >>> guess_language("The ferry left the port and it was late in the night.", None)
    'en'
    """
    match = _DECLARED.fullmatch(declared.strip()) if declared else None
    if match and match[1].lower() not in _NO_LANGUAGE:
        return match[1].lower()
    sample = text[:_SAMPLE_CHARACTERS]
    return _by_script(sample) or _by_small_words(sample)


def _by_script(sample: str) -> str | None:
    """Return the language of the script most letters are in, if it is not Latin."""
    if sample.isascii():
        return None
    counts = {code: len(script.findall(sample)) for code, script in _SCRIPTS.items()}
    # Japanese is written with Han characters between its kana: a fair share of kana decides.
    if counts["ja"] * 10 > counts["zh"]:
        counts["ja"] += counts.pop("zh")
    language, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    # One Han or Hangul character says about as much as two or three Latin letters.
    weight = 2 if language in ("ja", "ko", "zh") else 1
    return language if count * weight > len(_LATIN.findall(sample)) else None


def _by_small_words(sample: str) -> str | None:
    """Let the function words of the Latin-script languages vote; a clear lead wins."""
    votes: Counter[str] = Counter()
    for word, count in Counter(_WORD.findall(sample.lower())).items():
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] += count
    ranked = [*votes.most_common(2), ("", 0), ("", 0)]
    (language, most), (_, second) = ranked[0], ranked[1]
    return language if most >= _FEWEST_VOTES and most > second * 1.2 else None
