"""The filters that the options of a command mean, and what to say when they let nothing through."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.facets import Unknown
    from index.filters import Filters


def filters_of(options: Namespace) -> Filters:
    """Return the filters that were given.

    Raises:
        FilterError: a value is empty or too long, or the dates are the wrong way round.
    """
    from index.filters import Filters

    lists = (tuple(options.author), tuple(options.source), tuple(options.language))
    return Filters(options.since, options.until, *lists)


def without(filters: Filters) -> str:
    """Say how to take filters away: `ask without --since, --author`."""
    return "ask without " + ", ".join(f"--{name}" for name in filters.flat())


def unknown_lines(unknown: tuple[Unknown, ...]) -> Iterator[str]:
    """Yield a line for each value that no article has, with what there is instead."""
    for filter_, value, held in unknown:
        instead = ", ".join(held) if held else "see: quoth articles --facets"
        near = "; " + ("it holds: " if filter_ == "language" else "near to it: ") if held else "; "
        yield f"no article has the {filter_} {value!r}{near}{instead}"
