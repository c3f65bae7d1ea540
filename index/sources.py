"""Which of the files an earlier ingest knew are gone from their folder, and which only hidden.

A folder that cannot be listed just now (its permissions, a disk or a share that fails) says
nothing about the files in it; they count as present. What is then removed is `index.ingest`'s part.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpus.errors import SourceError
from corpus.load import SourceFile, as_text, would_be_one
from index.store import Knows


class Kept(NamedTuple):
    """The folder under which a file is remembered; `inner` if that lies in the one looked at."""

    root: Path
    inner: bool


class Gone(NamedTuple):
    """Addresses no longer found under a folder, and those of them whose file does not exist.

    `moved` are those whose file was found under another address: from the old to the new one.
    """

    addresses: list[str]
    lost: list[str]
    moved: dict[str, str]


def root_of(file: SourceFile) -> str:
    """Return the folder a file was found in, as it is remembered."""
    return root_text(file.root.resolve())


def root_text(root: Path) -> str:
    r"""Return a folder as it is remembered: bytes that are no UTF-8 are written as \udcff."""
    return str(root).encode("utf-8", "backslashreplace").decode()


def root_path(text: str) -> Path:
    """Return the folder that `root_text` wrote."""
    return Path(re.sub(r"\\udc[89a-f][0-9a-f]", lambda found: chr(int(found[0][2:], 16)), text))


def path_of(root: Path, address: str) -> Path:
    """Return where a file with this address should be: see `corpus.load.SourceFile`."""
    return root / address.removeprefix(f"{as_text(root.name or 'root')}/")


def check_addresses(files: Sequence[SourceFile], known: Knows) -> None:
    """Refuse to replace the files of one folder by those of another of the same name.

    Raises:
        SourceError: the library holds another file under the address of one of these.
    """
    for file in files:
        held, root = known.file(file.address), root_of(file)
        if held is None or held.root == root or not root_path(held.root).exists():
            continue
        if "/" not in file.address:
            raise would_be_one(file.path, root_path(held.root) / file.address, file.address)
        raise SourceError(
            f"{root} and {held.root} both hold {file.address}; rename one of the "
            "folders, or use another library: --library NEW"
        )


def gone_from(root: Path, kept: Mapping[str, Kept], files: Sequence[SourceFile]) -> Gone:
    """Return which of the files that are kept, by address, are gone; see the module."""
    present = {file.address for file in files}
    missing = {name: path_of(kept[name].root, name) for name in kept if name not in present}
    hidden = _unlistable(root, {path.parent for path in missing.values()})
    seen = {name: path for name, path in missing.items() if hidden.isdisjoint(path.parents)}
    there = {name: path.resolve() for name, path in seen.items() if path.exists()}
    found = {file.path.resolve(): file.address for file in files} if there else {}
    moved = {name: found[path] for name, path in there.items() if path in found}
    lost = [name for name in seen if name not in there]
    passed_over = [name for name in there if name not in moved and not kept[name].inner]
    return Gone(sorted(lost + passed_over), lost, moved)


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
