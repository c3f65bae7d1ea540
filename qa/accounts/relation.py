"""How two values stand to each other, and the words that make a value less than exact.

Shared by `amounts`, `dates` and `values` beside it, which compare; nothing here reads a value.
"""

from __future__ import annotations

import re
from typing import Literal

Relation = Literal["same", "different", "unlike"]
"""`same`: one value. `different`: of one kind, and both cannot be right. `unlike`: neither can be
said, so nothing is claimed."""

ABOUT = "about"
"""The hedge of a value that is given roughly."""

_ABOUT = (
    r"about|around|roughly|approximately|approx\.|nearly|almost|some|circa|ca\.|etwa|rund|"
    r"ungefähr|knapp|fast"
)
_BOUND = (
    r"(?:no |not )?(?:more|less|fewer|later|earlier) than|at least|at most|up to|over|under|above|"
    r"below|only after|before|after|since|until|till|by|from|between|mehr als|weniger als|"
    r"mindestens|höchstens|bis zu|über|unter|vor|nach|seit|bis|ab|zwischen"
)
_HEDGE = rf"(?:(?P<about>{_ABOUT})|(?P<bound>{_BOUND}))"
_AT_START = re.compile(rf"\s*{_HEDGE}\s+(?:the\s+)?", re.IGNORECASE)
_AT_END = re.compile(rf"(?<!\w){_HEDGE}\s+(?:the\s+)?$", re.IGNORECASE)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a table that is written as one line."""
    return frozenset(text.split())


def hedge_of(words: str, before: str = "") -> tuple[str, str]:
    """Return the hedge of `words` and the words without it; `before` is the text in front of them.

    >>> hedge_of("nearly 41 lorries")
    ('about', '41 lorries')
    """
    inside = _AT_START.match(words)
    found = inside or _AT_END.search(before)
    bare = words[inside.end() :] if inside else words
    if found is None:
        return "", bare
    return (ABOUT if found["about"] else " ".join(found["bound"].casefold().split())), bare


def is_bound(hedge: str) -> bool:
    """Tell whether a hedge gives a bound: `more than 5` is not contradicted by `7`."""
    return hedge not in ("", ABOUT)


def hedges_agree(a: str, b: str) -> bool:
    """Tell whether two values that are equal but for their hedges say the same."""
    return a == b or not (is_bound(a) or is_bound(b))
