"""Whether the same words stand in another text: case, blanks and punctuation aside, all of them.

Numbers, signs and units count, so that `-4.5 %` is not `4.5 %`; nothing is stemmed.
"""

from __future__ import annotations

import re
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
