"""The derived indexes against the manifest's hashes, and number by number against the database.

What is missing or behind is no problem: it is built again, or topped up, when it is needed. What
claims to be whole and is not, is one, although it is never used for an answer: a disk did that.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from corpus.errors import LibraryError
from index import schema
from index.derived import MANIFEST, Manifest, read_chain
from index.durable import sha256_of, sha256_of_tree
from index.finding import REBUILD, Finding
from index.meaning import Meaning
from index.words import Words

_TRIES, _BATCH, _MOST = 3, 1_000, 20


def derived_findings(folder: Path) -> list[Finding]:
    """Return what is wrong with the derived indexes of a library, at most a few of each kind.

    A writer may replace them meanwhile; then the new ones are looked at instead.
    """
    findings: list[Finding] = []
    for _ in range(_TRIES):
        chain = read_chain(folder)
        findings = list(_unread(folder, chain))
        for manifest in chain:
            findings += _findings(folder, manifest, is_newest=manifest is chain[-1])
        if not findings or read_chain(folder) == chain:
            break
    return findings


def _unread(folder: Path, chain: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield the manifests that no longer say anything."""
    read = {each.name for each in chain}
    for path in (folder / MANIFEST, *sorted(folder.glob("manifest-*.json"))):
        if os.path.lexists(path) and path.name not in read:
            yield Finding(str(path), "cannot be read, or is of no use any more", REBUILD)


def _findings(folder: Path, manifest: Manifest, *, is_newest: bool) -> Iterator[Finding]:
    """Yield what is wrong with a segment, cheapest first; what is damaged is not opened."""
    damaged = [
        Finding(str(folder / name), what, REBUILD)
        for name, expected, digest in (
            (manifest.meaning, manifest.meaning_sha256, sha256_of),
            (manifest.words, manifest.words_sha256, sha256_of_tree),
        )
        if (what := _bad_file(folder / name, expected, digest))
    ]
    if damaged:
        yield from damaged
        return
    try:
        with closing(schema.connect(folder)) as connection:
            connection.execute("BEGIN")
            yield from _against(connection, folder, manifest, is_newest=is_newest)
    except (LibraryError, sqlite3.DatabaseError):
        return  # the database itself is damaged, which has been told
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        yield _stale(folder / MANIFEST, f"names indexes that cannot be opened ({reason})")


def _stale(path: Path, what: str) -> Finding:
    """Return a finding on files whose hashes are right: only without them are they built again."""
    manifest = path.with_name(MANIFEST)
    return Finding(str(path), what, f"type: rm {manifest}, then: quoth ingest FOLDER")


def _bad_file(path: Path, expected: str, digest: Callable[[Path], str]) -> str | None:
    try:
        if not path.exists():
            return "is missing, although the manifest names it"
        return None if digest(path) == expected else "is damaged (not the hash of the manifest)"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _against(
    connection: sqlite3.Connection, folder: Path, manifest: Manifest, *, is_newest: bool
) -> Iterator[Finding]:
    """Compare both indexes with the database."""
    settings = schema.settings_of(connection)
    generation = schema.generation_of(connection)
    path = folder / manifest.name
    if manifest.settings != settings.to_json():
        yield _stale(path, "was made for other settings than the library's")
    if manifest.generation > generation:
        yield _stale(path, f"is of generation {manifest.generation}, the library of {generation}")
    meaning, words = (
        Meaning.read(folder / manifest.meaning),
        Words.open(folder / manifest.words),
    )
    if meaning.dimension != settings.dimension:
        yield _stale(folder / manifest.meaning, f"has vectors of {meaning.dimension}, "
                     f"the library of {settings.dimension}")  # fmt: skip
        return
    if meaning.last != manifest.last:
        yield _stale(path, f"covers passages up to {manifest.last}, the index up to {meaning.last}")
    query = "SELECT count(*) FROM passages WHERE number > ? AND number <= ?"
    (held,) = connection.execute(query, (manifest.after, manifest.last)).fetchone()
    # Of an older generation it may hold what was removed since; never less than there is.
    same = manifest.generation == generation and is_newest
    for name, index in ((manifest.meaning, meaning), (manifest.words, words)):
        if len(index) != manifest.count or (same and len(index) != held) or len(index) < held:
            yield _stale(
                folder / name,
                f"has {len(index)} passages, the manifest {manifest.count}, the database {held}",
            )
    yield from islice(_bad_vectors(connection, folder, manifest, meaning), _MOST)
    yield from islice(_bad_numbers(connection, folder, manifest, words), _MOST)


def _bad_vectors(
    connection: sqlite3.Connection, folder: Path, manifest: Manifest, meaning: Meaning
) -> Iterator[Finding]:
    """Find passages whose vector in the index is not the one in the database."""
    rows = connection.execute(
        "SELECT number, vector FROM passages WHERE number > ? AND number <= ? "
        "AND length(vector) = ? ORDER BY number",
        (manifest.after, manifest.last, 4 * meaning.dimension),
    )
    while batch := rows.fetchmany(_BATCH):
        numbers = [number for number, _ in batch]
        vectors = np.frombuffer(b"".join(row[1] for row in batch), dtype=np.float32)
        vectors = vectors.reshape(len(batch), -1)
        if meaning.finds_itself(numbers, vectors):
            continue
        for row, number in enumerate(numbers):
            if not meaning.finds_itself([number], vectors[row : row + 1]):
                yield _stale(
                    folder / manifest.meaning, f"has another vector, or none, for passage {number}"
                )


def _bad_numbers(
    connection: sqlite3.Connection, folder: Path, manifest: Manifest, words: Words
) -> Iterator[Finding]:
    """Find passages that the index of words does not have."""
    known = set(words.numbers())
    rows = connection.execute(
        "SELECT number FROM passages WHERE number > ? AND number <= ? ORDER BY number",
        (manifest.after, manifest.last),
    )
    for (number,) in rows:
        if number not in known:
            yield _stale(folder / manifest.words, f"lacks passage {number}")
