"""What an archive holds for each filter, with counts; and which values of a filter it has not.

Pure functions over `Facts`; reading those from a library is `index.catalogue`'s part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from corpus.errors import FilterError
from index.facts import Facts, folded_name, names_of, place_of
from index.filters import LANGUAGE, Filters

_MOST_SIMILAR = 3
_MOST_CODES = 20
_DATED = Filters(since="0001")


class Count(NamedTuple):
    """A value, and how many articles have it."""

    value: str
    articles: int


@dataclass(frozen=True)
class Facets:
    """What the archive holds for each filter, the commonest first; `years` by time.

    `first` and `last` are the earliest and the latest date of an article, `dated` counts those
    that have one. `sources` are hosts, or the first folder of articles that came from files.
    """

    articles: int
    dated: int
    first: str | None
    last: str | None
    years: tuple[Count, ...]
    authors: tuple[Count, ...]
    sources: tuple[Count, ...]
    languages: tuple[Count, ...]


class Unknown(NamedTuple):
    """A filter's value that no article has, and what the archive has instead.

    `filter` is the option's name; `held` the values that come near, of languages all.
    """

    filter: str
    value: str
    held: tuple[str, ...]


def facets_of(facts: Iterable[Facts]) -> Facets:
    """Count what articles hold for each filter. An author is counted once, however written."""
    dates: list[str] = []
    authors, sources, languages = Counter[str](), Counter[str](), Counter[str]()
    spelled: dict[str, Counter[str]] = {}
    total = 0
    for each in facts:
        total += 1
        if _DATED.admits(each):
            dates.append(each.published or "")
        for folded, name in {folded_name(name): name for name in names_of(each.author)}.items():
            authors[folded] += 1
            spelled.setdefault(folded, Counter())[name] += 1
        sources[_home(each.source)] += 1
        languages[each.language or ""] += 1
    years = Counter(published[:4] for published in dates)
    named = Counter({_commonest(spelled[key]): count for key, count in authors.items()})
    return Facets(
        total,
        len(dates),
        min(dates, default=None),
        max(dates, default=None),
        tuple(Count(*pair) for pair in sorted(years.items())),
        *(_ranked(counter) for counter in (named, sources, languages)),
    )


def unknown_in(filters: Filters, facts: Collection[Facts]) -> tuple[Unknown, ...]:
    """Return the values of `filters` that no article has at all, each with what is near to it."""
    facets = facets_of(facts)
    found: list[Unknown] = []
    for option, values, counts in (
        ("author", filters.authors, facets.authors),
        ("source", filters.sources, facets.sources),
        ("language", filters.languages, facets.languages),
    ):
        held = [count.value for count in counts]
        for value in values:
            alone = Filters.read({option: [value]})
            if not any(alone.admits(each) for each in facts):
                near = tuple(held[:_MOST_CODES]) if option == "language" else _near(value, held)
                found.append(Unknown(option, value, near))
    return tuple(found)


def check_codes(filters: Filters, facets: Facets) -> None:
    """Refuse a language that is no code.

    Raises:
        FilterError: names the codes the archive holds.
    """
    held = ", ".join(count.value for count in facets.languages[:_MOST_CODES]) or "none"
    for each in filters.languages:
        if not LANGUAGE.fullmatch(each):
            raise FilterError(f"{each!r} is no language code; the archive holds: {held}")


def _near(value: str, held: list[str]) -> tuple[str, ...]:
    """Return the values held that have all its words, then those that are spelled like it."""
    folded = {folded_name(each): each for each in reversed(held)}
    words = set(folded_name(value).split())
    same = [key for key in map(folded_name, held) if words <= set(key.split())]
    like = get_close_matches(folded_name(value), list(folded), _MOST_SIMILAR)
    return tuple(folded[key] for key in dict.fromkeys([*same, *like]))[:_MOST_SIMILAR]


def _home(source: str) -> str:
    """Return the host of an address, or the first folder of a path."""
    host, path = place_of(source)
    return host or path.split("/")[0]


def _commonest(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda name: (-spellings[name], name))


def _ranked(counter: Counter[str]) -> tuple[Count, ...]:
    """Return the values by their counts, then by name; "" stands for nothing known."""
    pairs = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(value, count) for value, count in pairs if value)
