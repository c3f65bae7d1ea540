"""Whether the same words stand in another text.

`stands_in` leaves case, blanks and punctuation aside; numbers, signs and units count, so that
`-4.5 %` is not `4.5 %`. `stands_whole` wants every character, and no word or number cut: `3 euros`
does not stand in `33 euros`. Nothing is stemmed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"(?:(?<![\w.,])[-−+])?\d+(?:[.,:/]\d+)*|[^\W\d_]+|[%‰°§$€£¥₩<>=±≈]")


@lru_cache(maxsize=1_024)
def words_of(text: str) -> str:
    """Return the words of a text in lower case, each with a blank before and after it.

    >>> words_of("It carries 1,200 lorries.")
    ' it carries 1,200 lorries '
    """
    return " ".join(["", *_WORD.findall(text.casefold()), ""]) if text else " "


def stands_in(words: str, text: str) -> bool:
    """Tell whether all words of `words` stand in `text`, in one piece and in this order.

    >>> stands_in("carries 41 lorries", "It carries 43 lorries.")
    False
    """
    return words_of(words) in words_of(text)


_IN_NUMBERS = frozenset(".,:/'’٫٬·\u00a0\u2009\u202f")
"""What stands between two digits of one number, of a time, or of a date."""
_SIGNS = frozenset("-−–+")
_WITHOUT_BLANKS = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR")
"""Beginnings of the names of characters whose words have no blanks between them."""


def stands_whole(quote: str, text: str, before: str = "", after: str = "") -> bool:
    """Tell whether `quote` stands in `text`, to the letter and cut out of no word or number.

    `before` and `after` are what stood round it where it was taken from: where it was part of a
    word there, it may be part of one here.

    >>> stands_whole("3 euros", "It costs 33 euros."), stands_whole("3 euros", "Only 3 euros.")
    (False, True)
    """
    start = text.find(quote) if quote else -1
    part_of_left, part_of_right = _joined(before, quote), _joined(quote, after)
    while start >= 0:
        end = start + len(quote)
        left = part_of_left or not _joined(text[max(0, start - 2) : start], quote)
        if left and (part_of_right or not _joined(quote, text[end : end + 2])):
            return True
        start = text.find(quote, start + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Tell whether a word or a number goes on across the border between two texts."""
    if not left or not right:
        return False
    a, b = left[-1], right[0]
    if _in_word(a) and _in_word(b):
        return (a.isnumeric() and b.isnumeric()) or not (_without_blanks(a) or _without_blanks(b))
    if b.isdigit() and (a in _SIGNS or (a in ".,٫" and not left[-2:-1].isalpha())):
        return True
    between = _IN_NUMBERS | _SIGNS
    if a in between:
        return b.isdigit() and left[-2:-1].isdigit()
    return a.isdigit() and b in between and right[1:2].isdigit()


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _without_blanks(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_WITHOUT_BLANKS)
