"""`Problem`: one line about one thing that could not be read. It is reported; the rest goes in.

Errors that stop the whole run are exceptions (`corpus.errors`); a bad file is not one of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

LEFT_OUT = "was left out"
"""What a problem says when the article went in without a part, such as its date."""
MOST_LINES = 20
"""A file with more bad lines than this has the first ones named and the others counted."""


@dataclass(frozen=True)
class Problem:
    """What was wrong, where, and what to do next.

    >>> str(Problem("handbook/x.jsonl", "is not JSON", line=3))
    'handbook/x.jsonl, line 3: is not JSON'
    """

    where: str
    what: str
    line: int | None = None

    @property
    def is_slight(self) -> bool:
        """Tell whether the article went in all the same, only without a part of it."""
        return LEFT_OUT in self.what

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        return f"{shown_name(self.where)}{line}: {one_line(self.what)}"


def one_line(text: str) -> str:
    r"""Return text as one line that steers no terminal: it may quote what a hostile file holds.

    >>> one_line("found:\n a\x1b[2J")
    'found: a [2J'
    """
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def shown_name(name: str) -> str:
    r"""Return the name of a file as one line that no other name is shown as.

    >>> shown_name("a b.txt"), shown_name("a\nb.txt"), shown_name("a  b.txt")
    ('a b.txt', 'a\\nb.txt', 'a\\x20 b.txt')
    """
    blanks = re.sub(r" (?= )|^ | $", r"\\x20", name)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in blanks)


def reason_of(error: BaseException) -> str:
    """Return what a library says of an error: its first line, cut to 160 characters, or its kind.

    >>> reason_of(ValueError("no such op\\n at …")), reason_of(KeyError())
    ('no such op', 'KeyError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def bounded(problems: list[Problem]) -> list[Problem]:
    """Return at most `MOST_LINES` problems; the last one then says how many more there are.

    Slight ones come last then, so that none of the others is hidden behind them.

    >>> len(bounded([Problem("a.csv", "is broken", line=n) for n in range(1000)]))
    20
    """
    if len(problems) <= MOST_LINES:
        return problems
    rest = len(problems) - MOST_LINES + 1
    problems = sorted(problems, key=lambda problem: problem.is_slight)
    last = problems[MOST_LINES - 1]
    return [*problems[: MOST_LINES - 1], replace(last, what=f"{last.what} (and {rest - 1} more)")]
