"""What an ingest asks a library folder before it changes anything: files, and their articles."""

from __future__ import annotations

import sqlite3


class Known:
    """Reads of the writer's own connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def file(self, address: str) -> tuple[str, int, int, str] | None:
        """Return root, size, mtime in ns and problems (JSON) of a file that was ingested."""
        row: tuple[str, int, int, str] | None = self._connection.execute(
            "SELECT root, size, mtime_ns, problems FROM files WHERE address = ?", (address,)
        ).fetchone()
        return row

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

    def shape(self, article_id: str) -> tuple[str | None, ...] | None:
        """Return fingerprint, title, sections, language, author, published, source and file."""
        row: tuple[str | None, ...] | None = self._connection.execute(
            "SELECT fingerprint, title, sections, language, author, published, source, file "
            "FROM articles WHERE id = ?",
            (article_id,),
        ).fetchone()
        return row
