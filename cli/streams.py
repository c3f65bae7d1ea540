"""The three streams that a command is given, made fit to be used.

One that was closed (`>&-`) becomes a way to nowhere, and its number is taken, so that no file of
the library gets it. A character that the output's encoding lacks is written as an escape of JSON
(`\\u00e9`), which leaves JSON valid and text readable.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path

_ESCAPED = "quoth-escaped"


def make_fit() -> None:
    """Make standard input, output and error usable, whatever the command was started with."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_closed()
    codecs.register_error(_ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        # Whoever has chosen a way (PYTHONIOENCODING=ascii:replace) keeps it.
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors=_ESCAPED)


def _open_closed() -> None:
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    import json  # seldom needed; a help is to be quick

    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
