"""The one writer of a library: a lock that dies with its process, one transaction an article.

What `put` and `remove` return from is on disk (WAL, `synchronous=FULL`). Encoding happens before
a transaction is begun, never inside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

from corpus.article import Article
from corpus.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryMoved
from index import schema
from index.copies import record_copies
from index.durable import Place, make_folder, place_of, storage_error
from index.known import Known, removed_key
from index.rows import SEALED_COLUMNS, EncodedChunk, article_row, insert_passage, stored_bytes
from index.seal import row_hash, seal_meta

LOCK = "writer.lock"
FILE_COLUMNS = "root, address, size, mtime_ns, digest, problems"
"""What the hash of a file's row covers, in this order."""
_SIGNING_SECONDS = 1.0
ERASING = "erasing"
"""Under this key a library notes which articles' removal is not finished."""


class FileRecord(NamedTuple):
    """What is remembered of a source file, to know next time whether it changed."""

    root: str
    address: str
    size: int
    mtime_ns: int
    digest: str
    problems: tuple[tuple[int | None, str], ...] = ()


@contextmanager
def writer_lock(folder: Path) -> Iterator[Place]:
    """Hold the writer's lock of a library folder; gives which file that is.

    Raises:
        LibraryBusy: another process holds it; the message says which and since when.
        LibraryMoved: something failed, and the folder is no longer the one whose lock is held.
        LibraryError: the folder cannot be written, now or while the lock is held; one line.
    """
    place = None
    try:
        make_folder(folder)
        with (folder / LOCK).open("a+", encoding="utf-8") as file, schema.explained(folder):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LibraryBusy(_who_holds(file, folder)) from None
            file.seek(0)
            file.truncate()
            json.dump({"process": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}, file)
            file.flush()
            held = os.fstat(file.fileno())
            place = held.st_dev, held.st_ino
            yield place
    except (OSError, LibraryError) as error:
        if place and place_of(folder / LOCK) != place:
            raise _moved(folder) from error
        if isinstance(error, OSError):
            raise storage_error(folder, error) from error
        raise


def _moved(folder: Path) -> LibraryMoved:
    return LibraryMoved(
        f"{folder} was moved, removed or replaced while it was being written; what was reported "
        "done is where the folder went; put it back, then run the same command again"
    )


def _who_holds(file: IO[str], folder: Path) -> str:
    """Say who writes; a holder that has only just begun is given a moment to sign."""
    who, deadline = "another process", time.monotonic() + _SIGNING_SECONDS
    while time.monotonic() < deadline:
        file.seek(0)
        try:
            holder = json.loads(file.read())
            who = f"process {holder['process']} since {holder['since']}"
            os.kill(holder["process"], 0)
            break
        except (ValueError, KeyError, TypeError, ProcessLookupError):
            time.sleep(0.01)  # not signed yet, or still signed by a holder that is gone
        except OSError:
            break  # it lives, but is not ours
    return f"{folder} is being written by {who}; wait for it, or stop it, and try again"


class Writer:
    """Changes to a library. Use inside `writer_lock`, which gives `place`; close it when done."""

    def __init__(self, folder: Path, place: Place | None = None) -> None:
        self._folder = folder
        self._place = place or place_of(folder / LOCK)
        self._connection = schema.connect(folder, write=True)
        self.known = Known(self._connection)
        self.check_place()

    def close(self) -> None:
        """Close the connection; committed changes stay, others never were."""
        self._connection.close()

    def check_place(self) -> None:
        """Refuse to go on in a folder that is no longer the one whose lock is held.

        Open files follow a folder that is moved, or outlive it: what is reported done would be
        done where nobody looks, and indexes would be written into whatever stands there now.

        Raises:
            LibraryMoved: the folder was moved, removed or replaced, or its lock was taken away.
        """
        if place_of(self._folder / LOCK) != self._place:
            raise _moved(self._folder)

    @property
    def connection(self) -> sqlite3.Connection:
        """The read-write connection, for reads that belong to the writer's own view."""
        return self._connection

    def put(self, article: Article, file: str, chunks: Sequence[EncodedChunk]) -> int:
        """Insert an article with its passages, replacing the one with the same id.

        Returns how many of the articles that are there are near-duplicates of it.
        """
        needed = stored_bytes(article, chunks)
        with schema.explained(self._folder, needed_bytes=needed), self._change() as connection:
            article = _captured(connection, article)
            connection.execute("DELETE FROM articles WHERE id = ?", (article.id,))
            connection.execute("DELETE FROM meta WHERE key = ?", (removed_key(article.id),))
            number = _insert_article(connection, article, file)
            for item in chunks:
                insert_passage(connection, number, item)
            return record_copies(connection, number, article.text)

    def settle(self) -> None:
        """Nothing waits here: what `put` returned from is on disk."""

    def refresh(self, article: Article, file: str) -> None:
        """Update what is known about an article whose text, title and sections are unchanged.

        Its passages keep their numbers and move to a new row, so that rows stay unchangeable.
        """
        with self._change() as connection:
            old = connection.execute(
                "SELECT number FROM articles WHERE id = ?", (article.id,)
            ).fetchone()[0]
            article = _captured(connection, article)
            connection.execute("UPDATE articles SET id = '' WHERE number = ?", (old,))
            number = _insert_article(connection, article, file)
            connection.execute("UPDATE passages SET article = ? WHERE article = ?", (number, old))
            connection.execute("DELETE FROM articles WHERE number = ?", (old,))
            record_copies(connection, number, article.text)

    def remove(self, ids: Sequence[str]) -> int:
        """Remove articles with their passages in one transaction; return how many there were.

        They stay away until they are put again: see `Known.was_removed`. The same transaction
        notes that nothing of them is to stay in derived files and in the log: see
        `index.publishing`.
        """
        with self._change() as connection:
            noted = sorted({*self.erasing(), *ids})
            schema.set_meta(connection, ERASING, json.dumps(noted))
            for name in ids:
                schema.set_meta(connection, removed_key(name), "")
            return _delete(connection, ids)

    def drop(self, ids: Sequence[str]) -> int:
        """Remove articles that their file no longer holds; nothing keeps them away."""
        with self._change() as connection:
            return _delete(connection, ids)

    def erasing(self) -> tuple[str, ...]:
        """Return the ids of articles of which something may still be in derived files or the log.

        Raises:
            LibraryDamaged: the note of it is not as it was written.
        """
        noted = schema.meta(self._connection, ERASING)
        try:
            return tuple(map(str, json.loads(noted))) if noted else ()
        except (ValueError, TypeError) as error:
            raise LibraryDamaged(
                f"{self._folder} does not know what it was removing ({error}); see: quoth verify"
            ) from error

    def erased(self) -> None:
        """Nothing of what was removed is left; nobody reads anything new, so no change counts."""
        with self._sealed() as connection:
            connection.execute("DELETE FROM meta WHERE key = ?", (ERASING,))

    def empty_log(self) -> bool:
        """Bring all of the write-ahead log into the database and empty it.

        Returns False when a reader still needs the old pages.
        """
        busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def remember_file(self, record: FileRecord) -> None:
        """Remember a file as fully ingested; all its articles must have been put before."""
        with self._change() as connection:
            connection.execute("DELETE FROM files WHERE address = ?", (record.address,))
            values = (*record[:5], json.dumps(record.problems))
            connection.execute(
                f"INSERT INTO files ({FILE_COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, row_hash(values)),
            )

    def forget_file(self, address: str) -> None:
        """Forget a file and remove the articles that came from it, in one transaction."""
        with self._change() as connection:
            connection.execute("DELETE FROM articles WHERE file = ?", (address,))
            connection.execute("DELETE FROM files WHERE address = ?", (address,))

    def remember(self, key: str, value: str) -> None:
        """Remember a value (example questions, tuned settings) with the library."""
        with self._change() as connection:
            schema.set_meta(connection, key, value)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction that counts the generation up; all of it or nothing."""
        with self._sealed() as connection:
            yield connection
            generation = schema.generation_of(connection) + 1
            schema.set_meta(connection, "generation", str(generation))

    @contextmanager
    def _sealed(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction, in the library's place and nowhere else; all of it or nothing."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            seal_meta(connection)
            self.check_place()
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _delete(connection: sqlite3.Connection, ids: Sequence[str]) -> int:
    """Delete articles with their passages; return how many there were."""
    delete = "DELETE FROM articles WHERE id = ?"
    return sum(connection.execute(delete, (name,)).rowcount for name in ids)


def _insert_article(connection: sqlite3.Connection, article: Article, file: str) -> int:
    """Insert the article's row and return its number."""
    row = article_row(article, file)
    cursor = connection.execute(
        f"INSERT INTO articles ({SEALED_COLUMNS}, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, row_hash(row)),
    )
    return int(cursor.lastrowid or 0)


def _captured(connection: sqlite3.Connection, article: Article) -> Article:
    """Return the article with the time its text was taken in: before, if the text is the same."""
    known = connection.execute(
        "SELECT captured FROM articles WHERE id = ? AND fingerprint = ?",
        (article.id, article.fingerprint),
    ).fetchone()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return replace(article, captured=(known[0] if known else None) or now)
