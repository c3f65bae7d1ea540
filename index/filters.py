"""Which articles a question may be answered from: `Filters`.

Several values of one filter mean "or", different filters "and". What a filter asks for and an
article does not have (a date, an author, a language) leaves the article out. No database is known
here: which passages are let through is found by `index.catalogue`, before anything is ranked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from corpus.errors import FilterError
from index.facts import Facts, folded_name, folded_source, forms_of, is_from

MOST_VALUES = 10
"""Values one filter may have."""

LONGEST_VALUE = 200
"""Characters a value may have."""

LANGUAGE = re.compile(r"[a-z]{2,3}")
"""What a language code looks like."""

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_KEYS = {"author": "authors", "source": "sources", "language": "languages"}


@dataclass(frozen=True)
class Filters:
    """What an article must be to be searched; nothing set lets everything through.

    `since` and `until` are ISO dates, whole or in part (`2023`, `2023-01`, `2023-01-17`), both
    inclusive. An article's own date may be a part, too: it passes if its month or year overlaps
    the range. `authors` are whole names in any case, `sources` hosts (with their subdomains) or
    leading parts of an address or path, `languages` codes such as `de`.

    Raises:
        FilterError: a value is no date, is empty or too long, or there are too many of them.
    """

    since: str | None = None
    until: str | None = None
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else iso_prefix(value))
        for name in _KEYS.values():
            object.__setattr__(self, name, _values(name, getattr(self, name)))
        codes = tuple(re.split("[-_]", each.casefold())[0] for each in self.languages)
        object.__setattr__(self, "languages", tuple(dict.fromkeys(codes)))
        if self.since and self.until and self.since > self.until + "~":
            raise FilterError(
                f"nothing is both since {self.since} and until {self.until}; swap the two dates"
            )

    def __bool__(self) -> bool:
        """Tell whether anything is set."""
        return self != NO_FILTERS

    def admits(self, facts: Facts) -> bool:
        """Tell whether an article passes.

        >>> Filters(since="2023-06").admits(Facts("Ann Lee", "2023", "a/b.md", None))
        True
        """
        if (self.since or self.until) and not _overlaps(facts.published, self.since, self.until):
            return False
        if self.languages and facts.language not in self.languages:
            return False
        if self.sources and not any(is_from(facts.source, each) for each in self.sources):
            return False
        return not self.authors or not forms_of(facts.author).isdisjoint(
            folded_name(name) for name in self.authors
        )

    def flat(self) -> dict[str, Any]:
        """Return what is set by the names of the options, as JSON has it.

        >>> Filters(since="2023", languages=("de",)).flat()
        {'since': '2023', 'language': ['de']}
        """
        dates = {"since": self.since, "until": self.until}
        lists = {key: list(getattr(self, name)) for key, name in _KEYS.items()}
        return {key: value for key, value in {**dates, **lists}.items() if value}

    @staticmethod
    def read(flat: Mapping[str, Any]) -> Filters:
        """Read what `flat` wrote, whoever sends it; names that are no filter are left aside.

        Raises:
            FilterError: a value is of another kind, or none that is allowed.
        """
        since, until = (flat.get(key) or None for key in ("since", "until"))
        return Filters(since, until, *(flat.get(key) or () for key in _KEYS))

    def __str__(self) -> str:
        """Return what is set as words: `since 2023, author Ann Lee or Bo Ray`."""
        flat = self.flat().items()
        said = ((key, " or ".join(v) if isinstance(v, list) else v) for key, v in flat)
        return ", ".join(f"{key} {value}" for key, value in said)


def iso_prefix(value: object) -> str:
    """Return a date as it is compared.

    Raises:
        FilterError: it is none.
    """
    text = value.strip() if isinstance(value, str) else ""
    if _DATE.fullmatch(text):
        year, month, day = [*map(int, text.split("-")), 1, 1][:3]
        try:
            date(year, month, day)
        except ValueError:
            text = ""
        else:
            return text
    raise FilterError(f"{str(value)[:40]!r} is no date; write 2023, 2023-01 or 2023-01-17")


def _overlaps(published: str | None, since: str | None, until: str | None) -> bool:
    # As text, "2023-01~" comes after every day of that month, and before the next one.
    if published is None or not _DATE.fullmatch(published):
        return False
    return (since is None or published + "~" >= since) and (
        until is None or published <= until + "~"
    )


def _values(name: str, given: object) -> tuple[str, ...]:
    """Return the values of a filter, blanks tidied, each once.

    Raises:
        FilterError: one is no text, is empty or too long, or there are too many.
    """
    option = next(key for key, field in _KEYS.items() if field == name)
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise FilterError(f"the filter {option} takes texts, not {str(given)[:40]!r}")
    printable = ("".join(c if c.isprintable() else " " for c in each) for each in given)
    values = tuple(dict.fromkeys(" ".join(each.split()) for each in printable))
    if len(values) > MOST_VALUES:
        raise FilterError(
            f"the filter {option} takes at most {MOST_VALUES} values, not {len(values)}"
        )
    usable: Callable[[str], str] = folded_source if option == "source" else folded_name
    for each in values:
        if not usable(each) or len(each) > LONGEST_VALUE:
            raise FilterError(
                f"the filter {option} takes 1 to {LONGEST_VALUE} characters, not {each[:40]!r}"
            )
    return values


NO_FILTERS = Filters()
"""Lets everything through."""
