"""Writing down what went wrong without writing down what was asked.

The text of an exception often quotes the value that caused it, and that value may be somebody's
question. So the log gets where it happened and of which kind it was, never the message.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path


def log_trouble(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log one line for an error: the kinds of its causes, outermost first, and the way to it.

    `Refused from ValueError at web/turns.py:121 ask > qa/archive.py:140 ask`
    """
    kinds, seen = [], set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kinds.append(type(cause).__qualname__)
        last, cause = cause, cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(last.__traceback__)[-8:]
    way = " > ".join(
        f"{'/'.join(Path(each.filename).parts[-2:])}:{each.lineno} {each.name}" for each in frames
    )
    log.error("%s: %s at %s", what, " from ".join(kinds), way or "an unknown place")
