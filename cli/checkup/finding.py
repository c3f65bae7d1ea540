"""One thing that was looked at, and what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

Level = Literal["fine", "note", "problem"]
"""`note`: works, but slower or with less than it could have. `problem`: something does not work."""


class Checked(NamedTuple):
    """What was found of a topic; `cure` is what to type or do next, "" when there is nothing."""

    topic: str
    level: Level
    what: str
    cure: str = ""


def tame(text: object) -> str:
    """Return a path or message without the user's home, so that it can be shown to others.

    >>> tame(Path.home() / "library")
    '~/library'
    """
    home = str(Path.home())
    return str(text).replace(home, "~") if home != "/" else str(text)
