"""Writing down what went wrong without writing down what was asked.

The text of an exception often quotes the value that caused it, and that value may be somebody's
question. So the log gets where it happened and of which kind it was, never the message.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any


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


class Unquoted:
    """Stands for the module `traceback` in a library that prints what it catches: logs it instead.

    Gradio prints the trace of an event that fails, and with it the question.
    """

    def __init__(self, log: logging.Logger, what: str) -> None:
        self._log = log
        self._what = what

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log the error being handled, without its words."""
        error = sys.exc_info()[1]
        if error is not None:
            log_trouble(self._log, self._what, error)

    def __getattr__(self, name: str) -> Any:
        """Return what else the module has."""
        return getattr(traceback, name)
