"""Folders that lie in one another: each file is kept once, under the larger folder.

A folder takes over the files that an earlier ingest found in a smaller one inside it. A smaller
folder, or a file, that lies in a folder the library knows goes on under the addresses of that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus.load import SourceFile, as_text, distinct
from index.sources import Kept, root_path, root_text
from index.store import Knows


def under_larger(files: Sequence[SourceFile], known: Knows) -> list[SourceFile]:
    """Return the files, each with the root and address of the largest known folder it lies in.

    Raises:
        SourceError: two files would stand under one address.
    """
    folders = sorted(_folders(known), key=lambda folder: len(folder.parts))
    real = {root: root.resolve() for root in {file.root for file in files}}
    return distinct([_under(file, real[file.root], folders) for file in files])


def kept_under(root: Path, known: Knows) -> dict[str, Kept]:
    """Return what is remembered of files in a folder, by address, whichever folder they came with.

    `root` may be a file, too.
    """
    kept = {address: Kept(root, inner=False) for address in known.addresses(root_text(root))}
    for text in known.roots():
        other = root_path(text)
        if other == root:
            continue
        if other.is_relative_to(root):
            kept |= {address: Kept(other, inner=True) for address in known.addresses(text)}
        elif root.is_relative_to(other):
            start = f"{_start(other)}{as_text(root.relative_to(other).as_posix())}"
            kept |= {
                address: Kept(other, inner=False)
                for address in known.addresses(text)
                if f"{address}/".startswith(f"{start}/")
            }
    return kept


def _folders(known: Knows) -> Iterator[Path]:
    """Yield the folders that were ingested whole, not only for single files in them."""
    for text in known.roots():
        if Path(text).is_absolute() and any("/" in each for each in known.addresses(text)):
            yield root_path(text)


def _under(file: SourceFile, root: Path, folders: Sequence[Path]) -> SourceFile:
    path = root / file.path.relative_to(file.root)
    for folder in folders:
        if folder == root and "/" in file.address:
            break
        if not root.is_relative_to(folder):
            continue
        inside = path.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts):
            continue  # the larger folder passes it over
        return replace(file, root=folder, address=f"{_start(folder)}{as_text(inside.as_posix())}")
    return file


def _start(folder: Path) -> str:
    return f"{as_text(folder.name or 'root')}/"
