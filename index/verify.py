"""Verify a library: everything that can be checked is checked, and nothing is changed.

    SQLite's own checks ─▶ settings ─▶ articles and passages ─▶ copies ─▶ derived indexes

The database is read in one transaction, so that a writer beside does not disturb. Rows are
`index.verify_rows`' part, near-duplicates `index.verify_copies`', the derived indexes
`index.verify_derived`'s. Nothing is mended here:
each finding names the command that does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from corpus.errors import LibraryDamaged, LibraryMismatch, NotALibrary
from index import schema
from index.finding import RESTORE, Finding
from index.seal import is_sealed
from index.tables import COPIES_TABLES, TABLES
from index.verify_copies import copies_findings
from index.verify_derived import derived_findings
from index.verify_rows import Watch, row_findings
from index.writer import ERASING

_DISK_CODES = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
}  # fmt: skip
"""What says nothing about the database, only about the disk it lies on or who else holds it."""


_EMPTY = "is empty: it has no tables"
CUT_SHORT = (
    "a removal was cut short: what was removed is in no reply, but may still be in the indexes on "
    "the disk and in the log"
)


def verify(folder: Path, watch: Watch | None = None) -> Iterator[Finding]:
    """Yield what is wrong with the library in `folder`, one finding a problem.

    Raises:
        NotALibrary: there is no database in `folder`.
        LibraryMismatch: another version of Quoth wrote it.
        LibraryError: it may not be read, or the disk fails.
    """
    path = folder / schema.DATABASE
    if not path.is_file():
        raise NotALibrary(f"{folder} holds no library; make one with: quoth ingest FOLDER")
    if path.stat().st_size:
        with schema.explained(folder), closing(open_to_check(path)) as connection:
            yield from database_findings(connection, str(path), watch)
    else:  # SQLite would take it for a new one, and delete its WAL
        yield Finding(str(path), _EMPTY)
    yield from derived_findings(folder)


def open_to_check(path: Path) -> sqlite3.Connection:
    """Open a database for reading only; bytes that are no UTF-8 become visible, not an error."""
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30
    )
    connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    return connection


def database_findings(
    connection: sqlite3.Connection, place: str, watch: Watch | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with the database at `place`, read in one transaction.

    Raises:
        LibraryMismatch: another version of Quoth wrote it.
        sqlite3.DatabaseError: it may not be read, or the disk fails.
    """
    damaged: list[Finding] = []
    for check in (_begin, _sqlite_findings, _setting_findings, _table_findings):
        for finding in _guarded(place, check(connection, place)):
            if finding not in damaged:  # several checks may stumble over the same page
                damaged.append(finding)
                yield finding
        if damaged and check is _begin:
            return  # not a database at all: everything else would say the same
    rows = row_findings(connection, _dimension(connection), watch or (lambda *_: None))
    for finding in _guarded(place, rows):
        if finding not in damaged:
            damaged.append(finding)
            yield finding
    if not damaged:
        yield from _guarded(place, copies_findings(connection))


def _guarded(place: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Pass findings on; what SQLite cannot read is one too, and ends only its own check."""
    try:
        yield from findings
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_CODES:
            raise
        yield Finding(place, f"cannot be read as a database ({error})")
    except UnicodeDecodeError as error:  # what SQLite says quotes damaged bytes
        said = error.object.decode("utf-8", "backslashreplace")
        yield Finding(place, f"cannot be read as a database ({said:.200})")


def _begin(connection: sqlite3.Connection, place: str) -> Iterator[Finding]:
    """Begin the transaction, and look whether there is anything to read."""
    connection.execute("BEGIN")
    if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        yield Finding(place, _EMPTY)


def _sqlite_findings(connection: sqlite3.Connection, place: str) -> Iterator[Finding]:
    for (lines,) in connection.execute("PRAGMA integrity_check(100)"):
        for line in str(lines).splitlines():
            if line != "ok":
                yield Finding(place, f"SQLite finds: {line}")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(place, f"row {row} of {table} belongs to no row of {parent}")
    for table in ("files", "articles", "passages"):
        numbers = connection.execute(
            f"SELECT (SELECT seq FROM sqlite_sequence WHERE name = '{table}'), max(number) "
            f"FROM {table}"
        ).fetchone()
        if numbers[1] is not None and (numbers[0] or 0) < numbers[1]:
            yield Finding(place, f"would give a number of {table} twice: its counter is too low")


def _table_findings(connection: sqlite3.Connection, place: str) -> Iterator[Finding]:
    """Compare the tables with those that this version makes: a flipped type changes what is kept.

    Upgraded libraries have the same columns under another wording, so the wording is not compared.
    """
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(TABLES + COPIES_TABLES)
        wanted = _tables(fresh)
    if _tables(connection) != wanted:
        yield Finding(place, "its tables are not those of a library of this schema")


def _tables(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return tables and indexes, then their columns, keys and what they refer to."""
    names = connection.execute("SELECT type, name, tbl_name FROM sqlite_schema ORDER BY 1, 2")
    found: list[tuple[object, ...]] = list(names)
    for kind, name, _ in list(found):
        for pragma in ("table_xinfo", "foreign_key_list", "index_list", "index_xinfo"):
            if kind in ("table", "index"):
                rows = connection.execute(f"SELECT * FROM pragma_{pragma}(?)", (name,))
                found += [(pragma, *_without_default(pragma, row)) for row in rows]
    return found


def _without_default(pragma: str, row: tuple[object, ...]) -> tuple[object, ...]:
    """Leave out a column's default: an upgrade needs one where a new library has none."""
    return row[:4] + row[5:] if pragma == "table_xinfo" else row


def _setting_findings(connection: sqlite3.Connection, place: str) -> Iterator[Finding]:
    found = schema.meta(connection, "schema")
    if found != str(schema.SCHEMA):
        if found is not None and found.isdecimal():
            raise LibraryMismatch(
                f"{place} was written with schema {found}, this version reads schema "
                f"{schema.SCHEMA}; verify it with the version of Quoth that wrote it"
            )
        yield Finding(place, f"its schema {found!r:.40} cannot be read")
    elif not is_sealed(connection):
        yield Finding(place, "its settings do not match their hash", RESTORE)
    generation = schema.meta(connection, "generation") or ""
    if not generation.isdecimal():
        yield Finding(place, f"its generation {generation!r:.40} is no number")
    if schema.meta(connection, ERASING) is not None:
        yield Finding(place, CUT_SHORT, "have it finished: quoth ingest FOLDER")
    text = schema.meta(connection, "settings")
    if text is None:
        yield Finding(place, "its settings are gone", RESTORE)
        return
    try:
        settings = schema.Settings.from_json(text)
    except (ValueError, TypeError, KeyError) as error:
        yield Finding(place, f"its settings cannot be read ({error})")
    else:
        dimension: object = settings.dimension  # whatever the JSON says
        if not isinstance(dimension, int) or dimension < 1:
            yield Finding(place, f"its dimension {dimension!r:.40} is no length of a vector")


def _dimension(connection: sqlite3.Connection) -> int | None:
    """Return how long a vector must be, or None where the settings cannot be read."""
    try:
        dimension: object = schema.settings_of(connection).dimension
    except (LibraryDamaged, sqlite3.DatabaseError):
        return None  # told by `_setting_findings`
    return dimension if isinstance(dimension, int) and dimension > 0 else None
