"""Backup and restore: a library as one file, checked before it counts.

A live database is never copied as a file: SQLite's own backup reads it in one transaction, beside
a running server or ingest. The copy is made in a place of its own, verified, fsynced and renamed,
so that FILE is whole or as it was, whoever else backs up into it meanwhile. Restoring goes the same
way back, under the writer's lock. Derived indexes are not part of a backup; they are built again
from the database.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from corpus.errors import (
    BackupError,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    SourceError,
)
from index import derived, schema
from index.durable import TEMPORARY_SUFFIX, fsync_folder, own_place, storage_error
from index.home import usable
from index.snapshot import Snapshot
from index.verify import database_findings, open_to_check
from index.writer import writer_lock

Pages = Callable[[int, int], None]
"""Called with how many pages of the database are copied, and how many there are."""

_STEP_PAGES = 1_024
_LEFT_BESIDE = ("", "-wal", "-shm", "-journal")
_PATIENCE_SECONDS = 2.0


def backup(folder: Path, file: Path, *, force: bool = False, watch: Pages | None = None) -> int:
    """Write the library in `folder` into `file`, and return how many bytes that took.

    Raises:
        BackupError: `file` is in the way or cannot be written, or the library is damaged.
        LibraryError: the library cannot be opened, or the disk is full.
    """
    _check_place(folder, file, force)
    parent = file.absolute().parent
    source = schema.connect(folder)
    try:
        with schema.explained(folder), own_place(parent) as place:
            temporary = place / schema.DATABASE
            _copy(source, temporary, watch)
            problem = _first_problem(temporary, folder / schema.DATABASE)
            if problem:
                raise BackupError(f"{problem} (no backup was made; see: quoth verify)")
            size = temporary.stat().st_size
            temporary.replace(file)
            fsync_folder(parent)
    except OSError as error:
        raise storage_error(parent, error) from error
    finally:
        source.close()
    return size


def restore(
    file: Path, folder: Path, *, force: bool = False, watch: Pages | None = None
) -> Path | None:
    """Put the library of the backup `file` into `folder`.

    Returns where the library that stood there before is kept, or None if there was none.

    Raises:
        SourceError: there is no such file.
        BackupError: `file` does not hold a sound library.
        LibraryError: `folder` holds articles and `force` is not given, or is being used.
    """
    if not file.is_file():
        raise SourceError(f"{file} is no file; name a backup that quoth backup has written")
    with writer_lock(usable(folder)):
        path = folder / schema.DATABASE
        _check_room_for(folder, file, force)
        temporary = folder / (schema.DATABASE + TEMPORARY_SUFFIX)
        with _temporary(temporary):
            with _readable(file), closing(open_to_check(file)) as source:
                _copy(source, temporary, watch)
            problem = _first_problem(temporary, file)
            if problem:
                raise BackupError(f"{problem} (nothing was changed)")
            schema.log_ahead(temporary)
            kept = _set_aside(path) if path.exists() else None
            _drop_derived(folder)
            temporary.replace(path)
            fsync_folder(folder)
        _publish(folder)
    return kept


def _check_place(folder: Path, file: Path, force: bool) -> None:
    """Refuse a place where a backup would be in the way of something."""
    parent = file.absolute().parent
    if not parent.is_dir() or file.is_dir():
        raise BackupError(f"{file} cannot be written there; name a file in a folder that exists")
    if folder.is_dir() and parent.samefile(folder):
        raise BackupError(f"{file} lies in the library itself; name a file outside of {folder}")
    if file.exists() and not force:
        raise BackupError(f"{file} is there already; name another file, or replace it: --force")


def _check_room_for(folder: Path, file: Path, force: bool) -> None:
    """Refuse to replace a library that holds articles, or may hold some, unless told to."""
    path = folder / schema.DATABASE
    if not path.exists():
        return
    if path.samefile(file):
        raise BackupError(f"{file} is the library itself; name a backup")
    try:
        with closing(schema.connect(folder)) as connection, schema.explained(folder):
            held = f"{connection.execute('SELECT count(*) FROM articles').fetchone()[0]} articles"
    except LibraryError:
        held = "a library that cannot be read"
    if held != "0 articles" and not force:
        raise LibraryError(
            f"{folder} holds {held}; restore into a new one with --library NEW, or replace it "
            "with --force (the old one is kept beside it)"
        )


@contextmanager
def _temporary(path: Path) -> Iterator[None]:
    """Leave nothing behind at `path`, neither before nor after."""
    beside = [path.with_name(path.name + suffix) for suffix in _LEFT_BESIDE]
    for leftover in beside:
        leftover.unlink(missing_ok=True)
    try:
        yield
    finally:
        for leftover in beside:
            leftover.unlink(missing_ok=True)


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Say of a backup that SQLite cannot read what is wrong with it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            raise
        raise BackupError(
            f"{file} cannot be read as a backup ({error}); name a file that quoth backup has "
            "written"
        ) from error


def _copy(source: sqlite3.Connection, target: Path, watch: Pages | None) -> None:
    """Copy a database page by page, as one transaction of it shows them, into one fsynced file."""

    def tell(_: int, remaining: int, total: int) -> None:
        if watch is not None:
            watch(total - remaining, total)

    # Held over all steps: a writer beside would otherwise make the copy begin anew each time.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # fsynced below, when it is whole
        source.backup(connection, pages=_STEP_PAGES, progress=tell)
    source.execute("ROLLBACK")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        # A copy of a database in WAL mode is in WAL mode; one file must do without.
        connection.execute("PRAGMA journal_mode = DELETE")
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _first_problem(copy: Path, original: Path) -> str | None:
    """Verify a copy; return what is wrong with it as a line about the original."""
    with closing(open_to_check(copy)) as connection:
        finding = next(database_findings(connection, str(original)), None)
    if finding is None:
        return None
    where = "" if finding.where == str(original) else f"{finding.where}: "
    return f"{original} is damaged: {where}{finding.what}"


def _set_aside(path: Path) -> Path:
    """Give the old database a dated name beside its own, whole in one file; keep both for now.

    Raises:
        LibraryBusy: a reader has it open, and would go on answering from it.
    """
    kept = _dated(path)
    try:
        with closing(_to_set_aside(path)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {int(1_000 * _PATIENCE_SECONDS)}")
            # Only the last connection may leave WAL mode: so nobody else reads. It also brings
            # everything into the one file that is kept.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise
        raise LibraryBusy(
            f"{path} is being read (a quoth serve?); stop that, and restore again"
        ) from error
    except (LibraryDamaged, sqlite3.DatabaseError):
        _move_journals(path, kept)  # what cannot be opened is kept as it lies there
    os.link(path, kept)
    fsync_folder(path.parent)
    return kept


def _to_set_aside(path: Path) -> sqlite3.Connection:
    """Open the old database to write: one of another schema is as sound, and kept as whole."""
    with suppress(LibraryMismatch):
        return schema.connect(path.parent, write=True)
    address = f"{path.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None)


def _dated(path: Path) -> Path:
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    names = [f"{path.stem}-{stamp}{path.suffix}"]
    names += [f"{path.stem}-{stamp}-{n}{path.suffix}" for n in range(2, 100)]
    return next(found for name in names if not (found := path.with_name(name)).exists())


def _move_journals(path: Path, kept: Path) -> None:
    for suffix in _LEFT_BESIDE[1:]:
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + suffix))


def _drop_derived(folder: Path) -> None:
    """Remove what was derived from the old database, before the new one is there to be misread."""
    (folder / derived.MANIFEST).unlink(missing_ok=True)
    derived.sweep(folder, keep=())
    fsync_folder(folder)


def _publish(folder: Path) -> None:
    with closing(schema.connect(folder)) as connection:
        settings = schema.settings_of(connection)
        connection.execute("BEGIN")
        derived.publish(folder, Snapshot(connection), settings.to_json(), settings.dimension)
