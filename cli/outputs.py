"""Where a command may write: never over what it reads, nor over the archive itself."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from corpus.errors import SourceError


def check_outputs(
    options: Namespace, outputs: Mapping[str, Path | None], inputs: Iterable[Path | None]
) -> None:
    """Refuse, before any work, an output that would replace an input; `outputs` by option.

    A folder among the inputs stands for all files in it.

    Raises:
        SourceError: an output is an input, a file of the library, or another output, too.
    """
    read = [path for path in inputs if path is not None]
    read += _kept(options)
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None or (path.exists() and not path.is_file()):
            continue  # a terminal or /dev/null replaces nothing
        place = _real(path)
        if any(_is_of(place, other) for other in read):
            raise SourceError(
                f"{option} {path}: the command reads this file, and would replace it; name another "
                "file"
            )
        if place in taken:
            raise SourceError(
                f"{option} {path}: {taken[place]} is to be written there, too; name another file"
            )
        taken[place] = option


def _kept(options: Namespace) -> list[Path]:
    from index.home import FEEDBACK, TOKENS
    from index.schema import DATABASE

    return [options.library / name for name in (DATABASE, FEEDBACK, TOKENS)]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike `resolve`, at peace with a ring of links


def _is_of(place: Path, read: Path) -> bool:
    """Tell whether a place is a file that is read, under whatever name, or is in such a folder."""
    if read.is_dir():
        return place.exists() and place.is_relative_to(_real(read))
    return place == _real(read) or (place.exists() and read.exists() and place.samefile(read))
