"""The command line: `quoth ingest`, `ask`, `serve`, `articles`, `show`, `remove`, `evaluate`,
`tune`, `calibrate`, `why`, `verify`, `doctor`, `settings`, `backup`, `restore`, `upgrade`, `proof`,
`check-proof`, `token`, `feedback`.

With no command it serves. This file runs the command that was asked for; the options are in
`cli.parser`, what the commands do in the rest of `cli/`. Everything heavy is imported there, inside
the functions, so that `--help` answers in a blink; and here nothing of ours is imported before
errors and Ctrl-C are caught.

Exit codes: 0 done or answered · 2 wrong usage · 3 nothing could be read · 4 the library cannot be
used · 5 not a question · 6 the encoder cannot be used · 7 a test set cannot be used · 8 the server
cannot start · 9 the disk is full or fails · 10 done, but some sources were skipped · 11 the library
has problems · 12 a quotation does not hold · 13 no reply or evidence card · 14 a backup cannot be
made or used · 15 the reader cannot be loaded · 16 something that Quoth needs is missing · 17 votes
cannot be kept or read · 18 an API token cannot be made, found or read · 20 the archive does not
answer · 30 a bar of --require is not met · 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.sources import Parser

_DISK = 9
_CODES = (__doc__ or "").split("\n\n")[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors meant for people are one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given if _names_command(given) else ["serve", *given])
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) is gone; nothing is left to say.
        _end_output()
        return 0
    except OSError as error:
        place = error.filename or "the output"
        reason = error.strerror or str(error)
        _say(f"quoth: {place} cannot be read or written ({reason}); check it, and run the same "
             "command again")  # fmt: skip
        _end_output()
        return _DISK


def _run(given: Sequence[str]) -> int:
    from cli.store import check_store
    from cli.streams import make_fit
    from corpus.errors import LibraryError, QuothError

    make_fit()
    options = parser().parse_args(given)
    module, function = options.run.split(":")
    try:
        check_store(options)
        code = int(getattr(import_module(module), function)(options))
        sys.stdout.flush()  # a full disk is told here, not in a trace when Python ends
        return code
    except QuothError as error:
        _say(f"quoth: {error}")
        return error.exit_code
    except PermissionError as error:
        if options.library not in Path(str(error.filename)).parents:
            raise
        _say(f"quoth: {error.filename} may not be opened ({error.strerror}); change the "
             "permissions, or name another library: --library DIR")  # fmt: skip
        return LibraryError.exit_code


def _say(line: str) -> None:
    """Tell people; the exit code counts even where nobody can be told (2>/dev/full)."""
    with suppress(OSError):
        print(line, file=sys.stderr)


def _end_output() -> None:
    """Print what is still buffered, or drop it, so that Python does not fail again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> Parser:
    """Return the parser of all commands."""
    from cli import VERSION
    from cli.parser import build

    return build(VERSION, _CODES)


def _names_command(given: Sequence[str]) -> bool:
    return bool(given) and (
        not given[0].startswith("-") or given[0] in {"-h", "--help", "--version"}
    )


if __name__ == "__main__":
    raise SystemExit(main())
