"""Bring a library of an earlier schema up to date, in place and in one transaction.

Nothing is encoded again and nothing is lost. Near-duplicates are looked for as if the articles came
in now; when the texts were captured, which earlier versions did not keep, stays unknown. Before a
row gets its hash, what can be checked of it is checked, so that damage is not sealed in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from corpus.errors import LibraryDamaged, LibraryMismatch, NotALibrary
from index import schema
from index.copies import record_copies
from index.durable import storage_error
from index.rows import SEALED_COLUMNS, article_of
from index.seal import row_hash, seal_meta
from index.tables import COPIES_TABLES
from index.writer import FILE_COLUMNS, writer_lock

_NEW_COLUMNS = (
    "ALTER TABLE articles ADD COLUMN captured TEXT",
    "ALTER TABLE articles ADD COLUMN hash BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE files ADD COLUMN hash BLOB NOT NULL DEFAULT x''",
)


def upgrade(folder: Path) -> tuple[int, int] | None:
    """Bring the library in `folder` up to date; return its old and new schema, None if it was.

    Raises:
        NotALibrary: there is no database in `folder`.
        LibraryBusy: another process writes to it.
        LibraryMismatch: its schema is not one that can be upgraded.
        LibraryDamaged: an article does not match its hash; nothing was changed.
    """
    path = folder / schema.DATABASE
    if not path.is_file():
        raise NotALibrary(f"{folder} holds no library; make one with: quoth ingest FOLDER")
    with writer_lock(folder), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        found = schema.meta(connection, "schema")
        if found == str(schema.SCHEMA):
            return None
        steps = _STEPS.get(found or "")
        if steps is None:
            raise LibraryMismatch(
                f"{folder} was written with schema {found}, which this version cannot bring to "
                f"{schema.SCHEMA}; ingest the sources anew: quoth ingest FOLDER --library NEW"
            )
        try:
            steps(connection, path)
            schema.set_meta(connection, "schema", str(schema.SCHEMA))
            seal_meta(connection)
            connection.execute("COMMIT")
        except OSError as error:
            raise storage_error(folder, error) from error
    return int(found or 0), schema.SCHEMA


def _from_1(connection: sqlite3.Connection, path: Path) -> None:
    """Give every article and every file the hash of its row, and find near-duplicates."""
    for statement in _NEW_COLUMNS:
        connection.execute(statement)
    for statement in COPIES_TABLES.split(";"):  # a script would end the transaction
        connection.execute(statement)
    _seal_articles(connection, path)
    for number, *values in connection.execute(
        f"SELECT number, {FILE_COLUMNS} FROM files"
    ).fetchall():
        connection.execute("UPDATE files SET hash = ? WHERE number = ?", (row_hash(values), number))


def _seal_articles(connection: sqlite3.Connection, path: Path) -> None:
    numbers = [n for (n,) in connection.execute("SELECT number FROM articles ORDER BY number")]
    for number in numbers:
        row = connection.execute(
            f"SELECT {SEALED_COLUMNS} FROM articles WHERE number = ?", (number,)
        ).fetchone()
        try:
            sound = article_of(row).fingerprint == row[-2]
        except (ValueError, TypeError):
            sound = False
        if not sound:
            raise LibraryDamaged(
                f"{path}: article {row[0]} does not match its hash, so nothing was changed; "
                "restore a backup, or ingest the sources into a new library: --library NEW"
            )
        connection.execute("UPDATE articles SET hash = ? WHERE number = ?", (row_hash(row), number))
        record_copies(connection, number, row[2])


_STEPS: dict[str, Callable[[sqlite3.Connection, Path], None]] = {"1": _from_1}
