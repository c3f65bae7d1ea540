"""What an ingest asks a library folder before it changes anything: files, and their articles."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import NamedTuple


class Remembered(NamedTuple):
    """What is known of a file that was ingested. `problems` is JSON: pairs of line and words."""

    root: str
    size: int
    mtime_ns: int
    digest: str
    problems: str


def removed_key(article_id: str) -> str:
    """Return the key in `meta` that says: this article was removed by name.

    A hash, so that not even the name of what was removed is left.
    """
    return f"removed/{hashlib.blake2b(article_id.encode(), digest_size=16).hexdigest()}"


class Known:
    """Reads of the writer's own connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def file(self, address: str) -> Remembered | None:
        """Return what is known of a file that was ingested."""
        row = self._connection.execute(
            "SELECT root, size, mtime_ns, digest, problems FROM files WHERE address = ?", (address,)
        ).fetchone()
        return None if row is None else Remembered(*row)

    def roots(self) -> list[str]:
        """Return the folders that files came from, sorted."""
        rows = self._connection.execute("SELECT DISTINCT root FROM files ORDER BY root")
        return [root for (root,) in rows]

    def addresses(self, root: str) -> list[str]:
        """Return the addresses of the files that came from a folder, sorted."""
        rows = self._connection.execute(
            "SELECT address FROM files WHERE root = ? ORDER BY address", (root,)
        )
        return [address for (address,) in rows]

    def article_ids(self, address: str) -> list[str]:
        """Return the ids of the articles that came from a file."""
        rows = self._connection.execute("SELECT id FROM articles WHERE file = ?", (address,))
        return [name for (name,) in rows]

    def gave_articles(self, address: str) -> bool:
        """Tell whether a file has articles here."""
        return bool(self.article_ids(address))

    def was_removed(self, article_id: str) -> bool:
        """Tell whether an article was removed by name, and not put since."""
        key = (removed_key(article_id),)
        return bool(self._connection.execute("SELECT 1 FROM meta WHERE key = ?", key).fetchone())

    def shape(self, article_id: str) -> tuple[str | None, ...] | None:
        """Return fingerprint, title, sections, language, author, published, source and file."""
        row: tuple[str | None, ...] | None = self._connection.execute(
            "SELECT fingerprint, title, sections, language, author, published, source, file "
            "FROM articles WHERE id = ?",
            (article_id,),
        ).fetchone()
        return row
