"""Which articles a question may be answered from: `Filters`, and what they look at, `Facts`.

Several values of one filter mean "or", different filters "and". What a filter asks for and an
article does not have (a date, an author, a language) leaves the article out. No database is known
here: which passages are let through is found by `index.catalogue`, before anything is ranked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from corpus.errors import FilterError

MOST_VALUES = 10
"""Values one filter may have."""

LONGEST_VALUE = 200
"""Characters a value may have."""

LANGUAGE = re.compile(r"[a-z]{2,3}")
"""What a language code looks like."""

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_BY = re.compile(r"by:?\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|&)\s+")
_PORT = re.compile(r":\d+(?=/|$)")
_KEYS = {"author": "authors", "source": "sources", "language": "languages"}


class Facts(NamedTuple):
    """What is known of an article that a filter may look at."""

    author: str | None
    published: str | None
    source: str
    language: str | None


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
        return not self.authors or not _alike(facts.author).isdisjoint(
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


@lru_cache(maxsize=16_384)
def names_of(author: str | None) -> tuple[str, ...]:
    """Return the authors that a line of authors names.

    A comma or an "and" parts names only where each part has two words: "Lee, Ann" is one name.

    >>> names_of("By Ann Lee, Bo Ray and Cy Fox"), names_of("Lee, Ann; Ray, Bo")
    (('Ann Lee', 'Bo Ray', 'Cy Fox'), ('Lee, Ann', 'Ray, Bo'))
    """
    line = _BY.sub("", " ".join((author or "").split()), count=1) if author else ""
    if ";" in line:
        return tuple(part for each in line.split(";") if (part := each.strip()))
    parts = tuple(part for part in _BETWEEN.split(line) if part)
    return parts if all(" " in part for part in parts) else (line,)


@lru_cache(maxsize=16_384)
def folded_name(name: str) -> str:
    """Return a name as it is compared: in lower case, one blank between words, no "by"."""
    return _BY.sub("", " ".join(name.casefold().split()), count=1)


@lru_cache(maxsize=16_384)
def _alike(author: str | None) -> frozenset[str]:
    """Return every form by which the authors of a line can be meant: each, or the whole line."""
    return frozenset(folded_name(name) for name in (*names_of(author), author or "") if name)


def place_of(source: str) -> tuple[str, str]:
    """Return the host of an address and what follows it; a path has no host.

    >>> place_of("https://www.example.org/news/a?b"), place_of("notes/2023/a.md")
    (('example.org', 'news/a?b'), ('', 'notes/2023/a.md'))
    """
    try:
        parts = urlsplit(source)
        if parts.scheme.lower() in ("http", "https") and parts.hostname:
            query = f"?{parts.query}" if parts.query else ""
            path = (parts.path + query).strip("/")
            return parts.hostname.removeprefix("www."), path
    except ValueError:  # such as "http://[::1"
        pass
    return "", source.replace("\\", "/").strip("/")


def is_from(source: str, wanted: str) -> bool:
    """Tell whether a source is at a host (or below it), or begins with an address or path.

    >>> is_from("https://news.example.org/2023/a.html", "example.org/2023")
    True
    """
    host, path = _folded_place(source)
    asked = _folded_wanted(wanted)
    if not host:
        return _begins(path, asked)
    start, _, rest = asked.partition("/")
    return (host == start or host.endswith(f".{start}")) and _begins(path, rest)


def _begins(path: str, part: str) -> bool:
    """Tell whether a path begins with whole parts of itself."""
    return not part or path == part or (path.startswith(part) and path[len(part)] in "/?#")


@lru_cache(maxsize=16_384)
def _folded_place(source: str) -> tuple[str, str]:
    host, path = place_of(source)
    return host.casefold(), path.casefold()


@lru_cache(maxsize=256)
def _folded_wanted(wanted: str) -> str:
    """Return a wanted source as hosts and paths are compared: no scheme, port, "www." or edges."""
    text = re.sub(r"^https?://", "", wanted.casefold()).strip("/")
    return _PORT.sub("", text, count=1).removeprefix("www.")


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
    usable: Callable[[str], str] = _folded_wanted if option == "source" else folded_name
    for each in values:
        if not usable(each) or len(each) > LONGEST_VALUE:
            raise FilterError(
                f"the filter {option} takes 1 to {LONGEST_VALUE} characters, not {each[:40]!r}"
            )
    return values


NO_FILTERS = Filters()
"""Lets everything through."""
