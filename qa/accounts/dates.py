"""Dates as values: `17 January 2023`, `January 17, 2023` and `2023-01-17` are one `Moment`.

Only forms that mean one day everywhere are read. `03/04/2023` is none of them, and neither is a
lone `May`, which may be a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from qa.accounts.relation import Relation, hedges_agree, is_bound, word_set

_NAMES = (
    "january jan januar", "february feb februar", "march mar märz", "april apr", "may mai",
    "june jun juni", "july jul juli", "august aug", "september sep sept", "october oct oktober okt",
    "november nov", "december dec dezember dez",
)  # fmt: skip
_MONTHS = {name: n for n, names in enumerate(_NAMES, 1) for name in names.split()}
_ALSO_NAMES = word_set("march april may june august mar jan jun dec")
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>(?:1[0-9]|20)\d\d)"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?"
_FORMS = tuple(
    re.compile(rf"(?P<in>in|im|on|am)?\s*(?:the\s)?{form}[.,]?", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
        rf"{_WEEKDAY}{_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?",
        rf"{_WEEKDAY}{_MONTH}\s{_DAY}(?:,?\s{_YEAR})?",
        rf"{_MONTH}(?:,?\s(?:of\s)?{_YEAR})?",
        _YEAR,
        r"(?P<year>\d{4})년(?:\s?(?P<month>\d{1,2})월(?:\s?(?P<day>\d{1,2})일)?)?",
    )
)


@dataclass(frozen=True)
class Moment:
    """A date as far as it is given: any part may be missing. `hedge` is as in `Amount`."""

    year: int | None
    month: int | None
    day: int | None
    hedge: str = ""

    def parts(self) -> dict[str, int]:
        """Return the parts that are given."""
        named = {"year": self.year, "month": self.month, "day": self.day}
        return {name: part for name, part in named.items() if part is not None}


def moment_of(words: str) -> Moment | None:
    """Return the date that `words` are, or None when they are none or could be another.

    >>> moment_of("17 January 2023") == moment_of("January 17, 2023") == moment_of("2023-01-17")
    True
    """
    for form in _FORMS:
        found = form.fullmatch(words.strip())
        if found:
            return _moment(found)
    return None


def compare_moments(a: Moment, b: Moment) -> Relation:
    """Tell whether two dates are the same, different, or not to be compared.

    A date that is given less exactly is the same if two parts agree, such as month and year; a
    lone year or month contradicts nothing, but is too little to agree.
    """
    one, other = a.parts(), b.parts()
    shared = one.keys() & other.keys()
    if any(one[name] != other[name] for name in shared):
        return "unlike" if is_bound(a.hedge) or is_bound(b.hedge) else "different"
    nested = one.keys() <= other.keys() or other.keys() <= one.keys()
    enough = one == other or len(shared) > 1
    return "same" if nested and enough and hedges_agree(a.hedge, b.hedge) else "unlike"


def _moment(found: re.Match[str]) -> Moment | None:
    given = found.groupdict()
    written = (given.get("month") or "").casefold()
    year, day = given.get("year"), given.get("day")
    alone = not (year or day or given["in"])
    if alone and written in _ALSO_NAMES:
        return None
    month = int(written) if written.isdigit() else _MONTHS.get(written)
    moment = Moment(int(year) if year else None, month, int(day) if day else None)
    try:
        # A leap year stands in for a missing one: 29 February may be meant.
        date(moment.year or 2000, moment.month or 1, moment.day or 1)
    except ValueError:
        return None
    return moment
