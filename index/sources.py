"""Which of the files an earlier ingest knew are gone from their folder, and which only hidden.

A folder that cannot be listed just now (its permissions, a disk or a share that fails) says
nothing about the files in it; they count as present. What is then removed is `index.ingest`'s part.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from corpus.load import SourceFile


class Gone(NamedTuple):
    """Addresses no longer found under a folder, and those of them whose file does not exist."""

    addresses: list[str]
    lost: list[str]


def root_of(file: SourceFile) -> str:
    """Return the folder a file was found in, as it is remembered."""
    return str(file.root.resolve())


def gone_from(root: Path, known: Sequence[str], present: set[str]) -> Gone:
    """Return which of the known addresses are gone; see the module."""
    missing = {address: _path_of(root, address) for address in known if address not in present}
    hidden = _unlistable(root, {path.parent for path in missing.values()})
    gone = [name for name, path in missing.items() if hidden.isdisjoint(path.parents)]
    return Gone(gone, [name for name in gone if not missing[name].exists()])


def _path_of(root: Path, address: str) -> Path:
    """Return where a file with this address should be: see `corpus.load.SourceFile`."""
    return root.parent / address if address.startswith(f"{root.name}/") else root / address


def _unlistable(root: Path, folders: Iterable[Path]) -> set[Path]:
    """Return the folders under `root`, itself included, whose content cannot be seen just now."""
    found = set()
    for place in {place for folder in folders for place in (folder, *folder.parents)}:
        if not place.is_relative_to(root):
            continue
        try:
            os.scandir(place).close()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found.add(place)
    return found
