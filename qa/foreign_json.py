"""JSON that somebody else wrote: a test set, a report, a reply, an evidence card.

Well-formed JSON may still hold what Python cannot carry on with: half a character (`\\ud800`), a
number of thousands of digits, a hundred thousand brackets. All of it is refused here, once.
"""

from __future__ import annotations

import json
import re
from typing import Any

_MOST_DIGITS = 300
"""A whole number of so many digits still fits into a float."""

_HALF = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")
"""Where half a character may be; a pair of escapes is a whole one."""


class NotUsable(ValueError):
    """Text that is no JSON, or JSON that cannot be worked with; the message says why, shortly."""


def parsed(text: str) -> Any:
    """Return what JSON text says.

    Raises:
        NotUsable: it is none, or holds what no text or number of ours can hold.
    """
    try:
        value = json.loads(text, parse_int=_whole)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise NotUsable(f"not valid JSON ({error.msg}, line {error.lineno})") from None
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise NotUsable(f"a text holds half a character (\\u{ord(half):x})") from None
    except RecursionError:
        raise NotUsable("not usable (JSON nested too deeply)") from None
    return value


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise NotUsable(f"a number of {len(digits):,} digits")
    return int(digits)
