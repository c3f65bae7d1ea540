"""The options of filters, the filters they mean, and what to say when nothing passes.

Imported by the parser of all commands, so only argparse is imported at once.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.values import text
from corpus.errors import FilterError

if TYPE_CHECKING:
    from index.facets import Unknown
    from index.filters import Filters


def add_filters(command: ArgumentParser) -> None:
    """Add what chooses among the articles; several values of one mean "or"."""
    group = command.add_argument_group(
        "filters",
        "Only articles that pass all of them; --author, --source and --language may be repeated, "
        "and then one of the values is enough. What there is: quoth articles --facets",
    )
    for option, what in (("--since", "on or after"), ("--until", "on or before")):
        group.add_argument(
            option, type=_date, metavar="DATE",
            help=f"published {what} DATE: 2023, 2023-01 or 2023-01-17; articles without a date "
            "are left out",
        )  # fmt: skip
    for option, name, what in (
        ("--author", "NAME", "by this author: a whole name, in any case"),
        ("--source", "HOST", "from this host and those below it, or whose address or path begins "
         "with this"),
        ("--language", "CODE", "in this language, such as en"),
    ):  # fmt: skip
        group.add_argument(option, action="append", default=[], type=text, metavar=name, help=what)


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


def _date(given: str) -> str:
    """Read a date, whole or in part."""
    from index.filters import iso_prefix

    try:
        return iso_prefix(given)
    except FilterError as error:
        raise ArgumentTypeError(str(error)) from error
