"""The words for numbers, their scales and units that `qa.accounts.amounts` reads; data only.

A unit is written as its base and how many of the base it is. Months are no fixed number of days,
so they have a base of their own; `pound` and `ton` can mean two things and stay as they are.
"""

from __future__ import annotations

from fractions import Fraction

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_ONES += " fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_GERMAN = "null - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"


def _worded() -> dict[str, int]:
    found = {word: n for n, word in enumerate(_ONES.split())}
    found |= {word: n for n, word in enumerate(_GERMAN.split()) if word != "-"}
    for ten, word in enumerate(_TENS.split(), 2):
        found[word] = 10 * ten
        found |= {f"{word}-{one}": 10 * ten + n for n, one in enumerate(_ONES.split()[1:10], 1)}
    return found | {"zwanzig": 20}


WORDED: dict[str, int] = _worded()
"""Numbers as words; German `ein` is left out, since it is the article as well."""

SCALES: dict[str, int] = {
    "hundred": 10**2, "hundert": 10**2, "thousand": 10**3, "tausend": 10**3,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "mn": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "milliarde": 10**9, "milliarden": 10**9,
    "mrd": 10**9, "trillion": 10**12, "trillions": 10**12, "trn": 10**12, "tn": 10**12,
    "만": 10**4, "억": 10**8, "조": 10**12,
}  # fmt: skip
"""Words that multiply the number before them."""

CURRENCIES: dict[str, str] = {
    "$": "$", "us$": "$", "usd": "$", "dollar": "$", "dollars": "$", "us dollar": "$",
    "us dollars": "$", "달러": "$",
    "€": "€", "eur": "€", "euro": "€", "euros": "€",
    "£": "£", "gbp": "£", "pounds sterling": "£",
    "¥": "¥", "₩": "₩", "won": "₩", "원": "₩",
}  # fmt: skip
"""Ways to write a currency."""

_BASES: dict[str, dict[str, Fraction]] = {
    "%": {"% percent prozent": Fraction(1), "per_cent": Fraction(1)},
    "second": {
        "second seconds sekunde sekunden 초": Fraction(1),
        "minute minutes minuten 분": Fraction(60),
        "hour hours stunde stunden 시간": Fraction(3_600),
        "day days tag tage tagen 일": Fraction(86_400),
        "week weeks woche wochen 주": Fraction(604_800),
    },
    "month": {
        "month months monat monate monaten 개월": Fraction(1),
        "year years jahr jahre jahren 년": Fraction(12),
    },
    "metre": {
        "mm millimetres millimeters": Fraction(1, 1000),
        "cm centimetres centimeters": Fraction(1, 100),
        "m metre metres meter meters": Fraction(1),
        "km kilometre kilometres kilometer kilometers": Fraction(1000),
    },
    "kilogram": {
        "g gram grams gramm": Fraction(1, 1000),
        "kg kilo kilos kilogram kilograms kilogramm": Fraction(1),
        "tonne tonnes tonnen": Fraction(1000),
    },
    "litre": {"litre litres liter liters": Fraction(1)},
}

UNITS: dict[str, tuple[str, Fraction]] = {
    **{word: (unit, Fraction(1)) for word, unit in CURRENCIES.items()},
    **{
        word.replace("_", " "): (base, factor)
        for base, forms in _BASES.items()
        for words, factor in forms.items()
        for word in words.split()
    },
}
"""Every known way to write a unit: its base, and how many of it."""
