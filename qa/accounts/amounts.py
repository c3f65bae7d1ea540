"""Amounts as values: `$15 billion`, `15bn dollars` and `15 billion US dollars` are one `Amount`.

Only what can be read in one way is read. `1.400` is a number in one country and another in the
next, `15m` is metres or millions, `billion` is not the same in English and German: these give no
amount. Whether two amounts say the same is `compare_amounts`; nothing here looks at articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from index.stopwords import STOP_WORDS
from qa.accounts.relation import ABOUT, Relation, hedges_agree, is_bound, word_set
from qa.accounts.units import CURRENCIES, SCALES, UNITS, WORDED


@dataclass(frozen=True)
class Amount:
    """A number with its unit.

    `step` is the precision as written (`1.4 million` → 100,000); `unit` is empty for a bare
    number; `rest` holds the other words that count, e.g. `year` in `5 euros a year`; `hedge` is
    `about`, or the words of a bound such as `more than`.
    """

    number: Fraction
    step: Fraction
    unit: str
    rest: tuple[str, ...] = ()
    hedge: str = ""


_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?!\d)|\d+(?:[.,]\d+)*"
_PARTS = re.compile(
    r"(?P<money>US\s?\$|[$€£¥₩]|(?:USD|EUR|GBP)(?=[\s\d]))?\s?(?P<minus>[-−])?"
    rf"(?:(?P<digits>{_DIGITS})|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)?)\b)"
    r"(?P<half>\s(?:and\s)?a\shalf)?"
    r"(?:(?P<space>\s?)(?P<scale>[^\W\d_]+)(?:(?<=Mio)\.|(?<=Mrd)\.)?)?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(r"[€$£¥₩%°]|[^\W\d_]+")
_OTHER_BILLION = word_set("de fr es it nl sv da no pl pt")
_DECIMAL_COMMA = _OTHER_BILLION | {"fi", "cs", "ru", "tr"}
_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9}
_LINKS = STOP_WORDS["en"] | STOP_WORDS["de"] | {"per", "each", "every", "pro", "je"}
_OPEN = word_set("and or but not nor to und oder aber nicht bis")
_MOST_REST = 4
_LONGEST = 120
"""Characters an amount may have; an article can hold a number of any length."""


def amount_of(words: str, language: str | None = None) -> Amount | None:
    """Return the amount that `words` are, or None when they are none or can be read in two ways.

    >>> amount_of("$15 billion") == amount_of("15bn dollars")
    True
    """
    parts = _PARTS.fullmatch(words.strip()) if len(words) <= _LONGEST else None
    if parts is None:
        return None
    scale, tail = _scale(parts, language)
    number = _number(parts, language, scaled=scale is not None)
    if number is None or scale == 0:
        return None
    value, step = (each * (scale or 1) for each in number)
    named = _unit(parts["money"], tail)
    if named is None:
        return None
    unit, factor, rest = named
    sign = -1 if parts["minus"] else 1
    return Amount(sign * value * factor, step * factor, unit, rest)


def with_following(amount: Amount, words: str, after: str, language: str | None) -> Amount:
    """Return the amount with the unit that follows it in the text, if it has none of its own.

    `41` before ` lorries.` counts lorries; what follows is used only up to the next mark.
    """
    following = re.match(r"[ \u00a0]?(?:[^\W\d_]+|[€%])(?:[ \u00a0][^\W\d_]+)?", after)
    if amount.unit or not following:
        return amount
    tries = (following.group(), re.split(r"(?<=.)[ \u00a0]", following.group())[0])
    read = [amount_of(words + more, language) for more in tries]
    known = [each for each in read if each and each.unit]
    certain = [each for each in known if each.unit in _KNOWN]
    return replace((certain or known[-1:] or [amount])[0], hedge=amount.hedge)


def compare_amounts(a: Amount, b: Amount) -> Relation:
    """Tell whether two amounts are the same, different, or not to be compared.

    They differ only with the same unit and beyond rounding: `15 billion` against `15.2 billion`
    is neither the same nor a contradiction.
    """
    if a.unit != b.unit:
        return "unlike"
    if a.number == b.number:
        nested = set(a.rest) <= set(b.rest) or set(b.rest) <= set(a.rest)
        return "same" if nested and hedges_agree(a.hedge, b.hedge) else "unlike"
    if not a.unit or set(a.rest) != set(b.rest) or is_bound(a.hedge) or is_bound(b.hedge):
        return "unlike"
    gap = abs(a.number - b.number)
    rounded = a.step != b.step and gap <= max(a.step, b.step) / 2
    loose = ABOUT in (a.hedge, b.hedge) and gap <= max(abs(a.number), abs(b.number)) / 10
    return "unlike" if rounded or loose else "different"


def _scale(parts: re.Match[str], language: str | None) -> tuple[int | None, str]:
    """Return the factor (None: there is no word for one; 0: it is doubtful), and what follows."""
    word, rest = (parts["scale"] or ""), parts["rest"]
    key = word.casefold()
    if key in SCALES:
        doubtful = key in ("billion", "trillion") and language in _OTHER_BILLION
        return (0 if doubtful else SCALES[key]), rest
    if key in _LETTERS and parts["digits"]:
        next_word = _TOKEN.match(rest.lstrip())
        money = parts["money"] or (next_word and next_word.group().casefold() in CURRENCIES)
        if money:
            return _LETTERS[key], rest
        if not parts["space"]:
            return 0, rest
    return None, word + rest


def _number(
    parts: re.Match[str], language: str | None, *, scaled: bool
) -> tuple[Fraction, Fraction] | None:
    """Return the number before its scale, and its precision."""
    if parts["digits"]:
        found = _digits(parts["digits"], language)
    else:
        word = parts["word"].casefold()
        known = WORDED.get(word, 1 if scaled and word in ("a", "an") else None)
        found = None if known is None else (Fraction(known), Fraction(1))
    if found is None or not parts["half"]:
        return found
    return found[0] + Fraction(1, 2), Fraction(1, 2)


def _digits(written: str, language: str | None) -> tuple[Fraction, Fraction] | None:
    """Read digits with points and commas, or None where they can be read in two ways."""
    plain = re.sub(r"[ \u00a0\u202f\u2009]", "", written)
    marks = re.findall(r"[.,]", plain)
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
        whole, decimals = re.split(rf"[{marks[-1]}]", plain)
        grouped = whole
    elif len(marks) == 1:
        before, after = re.split(r"[.,]", plain)
        if len(after) == 3 and (marks == ["."] or language in _DECIMAL_COMMA):
            return None
        joined = len(after) == 3
        grouped, decimals = (f"{before},{after}", "") if joined else (before, after)
    else:
        grouped, decimals = plain, ""
    if not re.fullmatch(r"\d+|\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", grouped):
        return None
    digits = re.sub(r"[.,]", "", grouped)
    step = Fraction(1, 10 ** len(decimals))
    if not decimals and int(digits) >= 1_000:
        step = Fraction(10 ** (len(digits) - len(digits.rstrip("0"))))
    return Fraction(f"{digits}.{decimals or 0}"), step


def _unit(money: str | None, tail: str) -> tuple[str, Fraction, tuple[str, ...]] | None:
    """Return the unit, what one of it is in its base, and the other words; None when doubtful."""
    tokens = [token.casefold() for token in _TOKEN.findall(tail)]
    if re.search(r"[\d&+×–—]", tail) or any(t in WORDED or t in _OPEN for t in tokens):
        return None  # two numbers are a range or a list
    unit, factor, used = "", Fraction(1), 0
    for length in (2, 1):
        known = UNITS.get(" ".join(tokens[:length])) if len(tokens) >= length else None
        if known:
            (unit, factor), used = known, length
            break
    if money:
        own = UNITS[re.sub(r"\s", "", money).casefold()][0]
        if unit in CURRENCIES.values() and unit != own:
            return None
        used = used if unit == own else 0
        unit, factor = own, Fraction(1)
    elif not unit:
        nouns = next((n for n, token in enumerate(tokens) if token in _LINKS), len(tokens))
        if nouns > 2:
            return None
        unit, used = " ".join(map(_stem, tokens[:nouns])), nouns
    rest = tuple(_stem(token) for token in tokens[used:] if token not in _LINKS)
    return (unit, factor, rest) if len(rest) <= _MOST_REST else None


def _stem(noun: str) -> str:
    """Return a noun without its plural ending, roughly: `lorries` → `lorry`."""
    if len(noun) > 4 and noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-1] if len(noun) > 3 and noun.endswith("s") and noun[-2] != "s" else noun


_KNOWN = frozenset(unit for unit, _ in UNITS.values())
