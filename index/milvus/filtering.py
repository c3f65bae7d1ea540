"""Filters in Milvus: what is stored of an article for them, and the expression that asks it.

The expression says exactly what `Filters.admits` does, so that Milvus leaves out before it ranks
what would be left out: dates become ranges of days, and an address every host and every path
that a filter could name it by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.facts import Facts, folded_name, folded_source, forms_of, place_of
from index.filters import LONGEST_VALUE, Filters
from index.milvus.client import any_of, quoted
from index.milvus.collections import MOST_VALUES, VALUE_BYTES

_NEVER = 10**9
"""A day after all others: where there is no date, nothing is in time."""
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_LONGEST = 4 * LONGEST_VALUE
"""Characters of a value that a filter may still name: folding makes some letters longer."""


def columns(facts: Facts) -> dict[str, Any]:
    """Return what is stored of an article, by field."""
    first, last = _days(facts.published)
    host, path = (part.casefold() for part in place_of(facts.source))
    return {
        "first_day": first,
        "last_day": last,
        "language": (facts.language or "")[:16],
        "authors": _short(sorted(forms_of(facts.author))),
        "hosts": _short(list(_ends(host))),
        "paths": _short(list(_beginnings(path))),
    }


def expression(filters: Filters) -> str:
    """Return the expression that lets through what `filters` do, "" for everything.

    >>> expression(Filters(since="2023-02", languages=("de", "en")))
    'last_day >= 20230200 and language in ["de", "en"]'
    """
    parts = []
    if filters.since:
        parts.append(f"last_day >= {_days(filters.since)[0]}")
    if filters.until:
        parts.append(f"first_day <= {_days(filters.until)[1]}")
    if filters.languages:
        parts.append(f"language in {any_of(filters.languages)}")
    if filters.authors:
        names = [folded_name(name) for name in filters.authors]
        parts.append(f"array_contains_any(authors, {any_of(names)})")
    if filters.sources:
        parts.append(f"({' or '.join(_from(folded_source(each)) for each in filters.sources)})")
    return " and ".join(parts)


def _from(asked: str) -> str:
    """Return what asks for one source: a host and a path below it, or a path alone."""
    host, _, rest = asked.partition("/")
    at_host = f"array_contains(hosts, {quoted(host)})"
    if rest:
        at_host = f"({at_host} and array_contains(paths, {quoted(rest)}))"
    alone = f"(array_contains(hosts, {quoted('')}) and array_contains(paths, {quoted(asked)}))"
    return f"({at_host} or {alone})"


def _days(published: str | None) -> tuple[int, int]:
    """Return the first and the last day that a date may mean, as numbers that compare as days do.

    >>> _days("2023-01"), _days("2023-01-17"), _days("soon")
    ((20230100, 20230199), (20230117, 20230117), (1000000000, -1))
    """
    if published is None or not _DATE.fullmatch(published):
        return _NEVER, -1
    digits = published.replace("-", "")
    return int(digits.ljust(8, "0")), int(digits.ljust(8, "9"))


def _ends(host: str) -> Iterator[str]:
    """Yield a host and those above it; of no host, that there is none.

    >>> list(_ends("news.example.org"))
    ['news.example.org', 'example.org', 'org']
    """
    while True:
        yield host
        _, dot, host = host.partition(".")
        if not dot or not host:
            return


def _beginnings(path: str) -> Iterator[str]:
    """Yield the leading parts of a path, and the path itself.

    >>> list(_beginnings("news/2023/a.html?b"))
    ['news', 'news/2023', 'news/2023/a.html', 'news/2023/a.html?b']
    """
    for at, character in enumerate(path):
        if at > _LONGEST:
            return
        if at and character in "/?#":
            yield path[:at]
    yield path


def _short(values: list[str]) -> list[str]:
    """Leave out what no filter can ask for: it would be longer than a filter's value may be."""
    return [each for each in values if len(each.encode()) <= VALUE_BYTES][:MOST_VALUES]
