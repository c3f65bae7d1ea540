"""How `library.sqlite` is made and opened, and the settings kept inside.

Exactly one connection writes (the ingest, under a lock); every reader opens `mode=ro`. Numbers
are AUTOINCREMENT, so that an index that lags behind can never point at another row's text.
"""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.chunk import ChunkRules
from corpus.errors import (
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    NotALibrary,
)
from corpus.problem import one_line
from index.durable import fsync_folder, storage_error
from index.seal import is_sealed, seal_meta
from index.tables import COPIES_TABLES, TABLES

SCHEMA = 2
SQLITE_VERSION = sqlite3.sqlite_version
PATIENCE_SECONDS = 30.0
"""How long a connection waits for another one before it gives up."""
DATABASE = "library.sqlite"
UNFINISHED = DATABASE + ".tmp"
"""A database that is being made."""
UPGRADABLE = frozenset({"1"})
"""Earlier schemas that `index.upgrade` brings up to date."""


@dataclass(frozen=True)
class Settings:
    """What shaped the content of a library; another value of any field means another library."""

    encoder: str
    encoder_fingerprint: str
    dimension: int
    chunk: ChunkRules
    context: str = "trail"
    """What is encoded in front of a passage: `none`, `title` or `trail` (title and headings)."""

    def to_json(self) -> str:
        """Return the settings as one line of JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Settings:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return Settings(**{**fields, "chunk": ChunkRules(**fields["chunk"])})


def connect(folder: Path, *, write: bool = False) -> sqlite3.Connection:
    """Open the database of a library that exists.

    Raises:
        NotALibrary: there is no database in `folder`.
        LibraryDamaged: the file is not a whole SQLite database.
        LibraryError: this user may not open it, or the disk fails; see `explained`.
        LibraryMismatch: its schema is not the one this version writes.
    """
    path = folder / DATABASE
    try:
        size = path.stat().st_size if path.is_file() else None
    except FileNotFoundError:  # removed between the two
        size = None
    if size is None:
        raise NotALibrary(f"{folder} holds no library; make one with: quoth ingest FOLDER")
    if not size:  # SQLite would take it for a new one, and delete its WAL
        raise _damaged(folder, "it is empty")
    with explained(folder):
        try:
            return _connected(folder, write)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
        roll_back(path)
        return _connected(folder, write)


def _connected(folder: Path, write: bool) -> sqlite3.Connection:
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(
        f"{(folder / DATABASE).resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=PATIENCE_SECONDS,
        check_same_thread=False,
    )
    try:
        connection.text_factory = _readable
        connection.execute("PRAGMA foreign_keys = ON")
        if write:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten
        _check_schema(connection, folder)
    except BaseException:  # left open, it would be in the way of a restore
        connection.close()
        raise
    return connection


def roll_back(path: Path) -> None:
    """Take back a change of a database that a dead process had begun in another mode than WAL.

    SQLite does so at the first read, but only for a connection that may write.

    Raises:
        sqlite3.Error: this user may not write it, or it is none.
    """
    address = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _readable(raw: bytes) -> str:
    """Decode stored text; damaged bytes become visible, and their row then fails its hash."""
    return raw.decode("utf-8", "backslashreplace")


@contextmanager
def explained(folder: Path, *, needed_bytes: int | None = None) -> Iterator[None]:
    """Raise what SQLite says about the library in `folder` as an error meant for people.

    `needed_bytes` is about how much is to be written, where that is known.

    Raises:
        StorageError: the disk is full, or fails.
        LibraryBusy: another program holds the database.
        LibraryDamaged: the file is not a whole SQLite database.
        LibraryError: this user may not read it, or not write it.
    """
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise  # ours to mend, not the user's
        raise _trouble(folder, error, needed_bytes) from error
    except UnicodeDecodeError as error:  # what SQLite says quotes damaged bytes
        raise _damaged(folder, error.object.decode("utf-8", "backslashreplace")) from error


def _trouble(folder: Path, error: sqlite3.Error, needed_bytes: int | None) -> LibraryError:
    path, code = folder / DATABASE, getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        full = code == sqlite3.SQLITE_FULL
        told = OSError(errno.ENOSPC if full else errno.EIO, str(error))
        return storage_error(folder, told, needed_bytes=needed_bytes)
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
        return LibraryError(
            f"{path} was left by a process that died while it changed it; nothing is lost: ask it "
            "once as a user who may write it: quoth ask QUESTION"
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return storage_error(folder, OSError(errno.EACCES, str(error)))
    if code == sqlite3.SQLITE_CANTOPEN:
        return LibraryError(
            f"{path} cannot be opened ({error}); it must be readable, and its folder writable, to "
            "this user: change the permissions, or name another library: --library DIR"
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LibraryBusy(f"{path} is held by another program; end that one, and try again")
    return _damaged(folder, str(error))


def _damaged(folder: Path, reason: str) -> LibraryDamaged:
    return LibraryDamaged(
        f"{folder / DATABASE} cannot be read as a database ({one_line(reason)[:200]}); restore it "
        "from a backup, or move it away and ingest the sources again"
    )


def log_ahead(database: Path) -> None:
    """Bring a database that is not in use yet into WAL mode, on the disk.

    Left to its first writer, one killed on that way would leave a journal beside it that readers
    may not roll back.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = WAL")


def create(folder: Path, settings: Settings) -> None:
    """Make an empty library in `folder`, which must be there; whole or not at all."""
    temporary = folder / UNFINISHED
    temporary.unlink(missing_ok=True)
    connection = sqlite3.connect(temporary, isolation_level=None)
    try:
        # No journal: a killed process would leave it behind, and this file counts only once whole.
        connection.executescript(
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;"
            + TABLES
            + COPIES_TABLES
        )
        rows = {"schema": str(SCHEMA), "settings": settings.to_json(), "generation": "0"}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(rows.items()))
        seal_meta(connection)
        connection.execute("COMMIT")
    finally:
        connection.close()
    log_ahead(temporary)
    temporary.replace(folder / DATABASE)
    fsync_folder(folder)


def _check_schema(connection: sqlite3.Connection, folder: Path) -> None:
    found = meta(connection, "schema")
    if found in UPGRADABLE:
        raise LibraryMismatch(
            f"{folder} was written with schema {found}, this version reads schema {SCHEMA}; "
            f"bring it up to date, nothing is lost: quoth upgrade --library {folder}"
        )
    if found != str(SCHEMA):
        raise LibraryMismatch(
            f"{folder} was written with schema {found}, this version reads schema {SCHEMA}; "
            "ingest the sources into a new library: quoth ingest FOLDER --library NEW"
        )
    if not is_sealed(connection):
        raise LibraryDamaged(
            f"{folder / DATABASE}: its settings do not match their hash; restore it from a backup, "
            "or move it away and ingest the sources again"
        )


def meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Return one remembered value, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Remember one value; part of the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def settings_of(connection: sqlite3.Connection) -> Settings:
    """Return what shaped this library.

    Raises:
        LibraryDamaged: the settings are gone, or are none that this version writes.
    """
    text = meta(connection, "settings")
    if text is None:
        raise LibraryDamaged("the library has lost its settings; restore it from a backup")
    try:
        return Settings.from_json(text)
    except (ValueError, TypeError, KeyError) as error:
        raise LibraryDamaged(
            f"the library's settings cannot be read ({error}); restore it from a backup, or use "
            "the version of Quoth that wrote it"
        ) from error


def generation_of(connection: sqlite3.Connection) -> int:
    """Return the number of changes this library has seen."""
    return int(meta(connection, "generation") or 0)
