"""The derived indexes on disk: built from the database, stamped, and never trusted.

A library folder holds `meaning-<generation>.faiss`, `words-<generation>/` and `manifest.json`.
The manifest is renamed into place last; it names both with their SHA-256, the settings and the
highest passage number they cover. Loading checks all of it; whatever does not agree means the
files are ignored and built again from the database, which is the only truth.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.durable import (
    TEMPORARY_SUFFIX,
    durable_write,
    fsync_folder,
    fsync_tree,
    sha256_of,
    sha256_of_tree,
    storage_error,
)
from index.meaning import Meaning
from index.snapshot import Snapshot
from index.words import Words

MANIFEST = "manifest.json"
_PROBES = 4
_WORDS_BYTES_PER_CHARACTER = 0.5
_log = logging.getLogger("quoth.index")


@dataclass(frozen=True)
class Manifest:
    """What the derived files claim to be; every claim is checked before they are used."""

    generation: int
    settings: str
    last: int
    count: int
    meaning: str
    meaning_sha256: str
    words: str
    words_sha256: str


@dataclass(frozen=True)
class Base:
    """Both indexes of one generation, in memory; they cover passages up to number `last`."""

    generation: int
    last: int
    meaning: Meaning
    words: Words


def build(snapshot: Snapshot, dimension: int, words_folder: Path | None = None) -> Base:
    """Build both indexes from the database; the words in `words_folder` or in memory."""
    numbers, vectors = snapshot.vectors_after(0, dimension)
    meaning = Meaning.build(numbers, vectors, dimension)
    words = Words.build(snapshot.words_after(0), words_folder)
    return Base(snapshot.generation, snapshot.last_number(), meaning, words)


def needed_bytes(snapshot: Snapshot, dimension: int) -> int:
    """Return about how many bytes the indexes of a library take on disk."""
    vectors = snapshot.size()[1] * (4 * dimension + 8)
    return vectors + int(_WORDS_BYTES_PER_CHARACTER * snapshot.characters())


def publish(folder: Path, snapshot: Snapshot, settings: str, dimension: int) -> None:
    """Write both indexes and the manifest; the writer's lock must be held.

    Raises:
        StorageError: the disk is full; what was published before stays in force.
        LibraryError: the folder may not be written.
    """
    try:
        _publish(folder, snapshot, settings, dimension)
    except OSError as error:
        needed = needed_bytes(snapshot, dimension)
        raise storage_error(folder, error, needed_bytes=needed) from error


def _publish(folder: Path, snapshot: Snapshot, settings: str, dimension: int) -> None:
    generation = snapshot.generation
    words_folder = folder / f"words-{generation}"
    unfinished = folder / (words_folder.name + TEMPORARY_SUFFIX)
    for leftover in (unfinished, words_folder):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        base = build(snapshot, dimension, unfinished)
        fsync_tree(unfinished)
        words_hash = sha256_of_tree(unfinished)
        unfinished.rename(words_folder)
        fsync_folder(folder)
    except ValueError as error:  # tantivy's writer died, or says so of a full disk
        shutil.rmtree(unfinished, ignore_errors=True)
        raise OSError(errno.EIO, str(error)) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    meaning_name = f"meaning-{generation}.faiss"
    meaning_hash = durable_write(folder / meaning_name, base.meaning.write)
    manifest = Manifest(
        generation, settings, base.last, len(base.meaning),
        meaning_name, meaning_hash, words_folder.name, words_hash,
    )  # fmt: skip
    text = json.dumps(asdict(manifest), sort_keys=True, indent=1).encode()
    durable_write(folder / MANIFEST, lambda file: file.write(text))
    sweep(folder, keep=manifest)


def is_current(folder: Path, snapshot: Snapshot, settings: str) -> bool:
    """Tell whether what is published is whole and covers exactly the passages there are.

    Numbers only grow and are never used twice, so the highest one and the count tell.
    """
    manifest = read_manifest(folder)
    if manifest is None or manifest.generation > snapshot.generation:
        return False
    covered = (manifest.settings, manifest.last, manifest.count)
    if covered != (settings, snapshot.last_number(), snapshot.size()[1]):
        return False
    try:
        return (
            sha256_of(folder / manifest.meaning) == manifest.meaning_sha256
            and sha256_of_tree(folder / manifest.words) == manifest.words_sha256
        )
    except OSError:
        return False


def sweep(folder: Path, keep: Manifest | None) -> None:
    """Remove what older generations and stopped writers left; the writer's lock must be held."""
    kept = {keep.meaning, keep.words} if keep else set()
    for path in folder.iterdir():
        derived = path.name.startswith(("meaning-", "words-")) and path.name not in kept
        if derived and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif derived or path.name == MANIFEST + TEMPORARY_SUFFIX:
            path.unlink(missing_ok=True)


def read_manifest(folder: Path, *, log: bool = True) -> Manifest | None:
    """Return the manifest, or None when it is missing or not one of ours, which is logged."""
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return None
    try:
        if not path.is_file():  # reading a pipe would never end
            raise OSError(errno.EINVAL, "is no regular file")
        return _checked(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        if log:
            _log.warning("%s is not readable (%s); indexes are rebuilt", path, reason)
        return None


def _checked(fields: dict[str, Any]) -> Manifest:
    """Return the manifest of these fields, if its names are those that `publish` gives.

    A generation that is too high would hide newer passages, so the names must agree with it.

    Raises:
        TypeError: a field is missing, unknown, or of another type.
        ValueError: a name is another one.
    """
    manifest = Manifest(**fields)
    for name, value in asdict(manifest).items():
        if type(value).__name__ != Manifest.__annotations__[name]:
            raise TypeError(f"{name} is {value!r:.40}")
    number = manifest.generation
    if (manifest.meaning, manifest.words) != (f"meaning-{number}.faiss", f"words-{number}"):
        raise ValueError(f"its indexes are not of generation {number}")
    return manifest


def load(folder: Path, snapshot: Snapshot, settings: str, dimension: int) -> Base:
    """Return the published indexes if every check passes, else build them in memory."""
    manifest = read_manifest(folder)
    if manifest is not None:
        try:
            base, problem = _load_checked(folder, manifest, snapshot, settings, dimension)
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            base, problem = None, str(error).splitlines()[0] if str(error) else "unreadable"
        if base is not None:
            return base
        _log.warning("indexes of generation %s not used (%s)", manifest.generation, problem)
    return build(snapshot, dimension)


def _load_checked(
    folder: Path, manifest: Manifest, snapshot: Snapshot, settings: str, dimension: int
) -> tuple[Base | None, str]:
    """Check hashes, settings, counts and a few vectors; return the base or the first problem."""
    if manifest.settings != settings or manifest.generation > snapshot.generation:
        return None, "made for other settings or a later generation"
    if sha256_of(folder / manifest.meaning) != manifest.meaning_sha256:
        return None, f"{manifest.meaning} is damaged"
    if sha256_of_tree(folder / manifest.words) != manifest.words_sha256:
        return None, f"{manifest.words} is damaged"
    meaning = Meaning.read(folder / manifest.meaning)
    words = Words.open(folder / manifest.words)
    if meaning.dimension != dimension or not len(meaning) == len(words) == manifest.count:
        return None, "counts or dimension disagree"
    if meaning.last != manifest.last:  # else newer passages would be left out, or found twice
        return None, "the highest number disagrees"
    if not _probes_agree(meaning, snapshot, manifest.last, dimension):
        return None, "vectors disagree with the database"
    return Base(manifest.generation, manifest.last, meaning, words), ""


def _probes_agree(meaning: Meaning, snapshot: Snapshot, last: int, dimension: int) -> bool:
    """Look a few passages up that the database still has, and compare their vectors."""
    numbers, vectors = snapshot.first_and_last_vectors(last, _PROBES, dimension)
    return meaning.finds_itself(list(numbers), vectors)
