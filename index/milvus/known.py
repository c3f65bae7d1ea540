"""What an ingest asks an archive in Milvus before it changes anything: files, their articles.

Each shard of an ingest remembers files by itself: that shard 3 has taken its share of a file says
nothing of shard 4. The records of one shard are read once, when they are first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from index.known import Remembered
from index.milvus.client import Client, quoted
from index.milvus.collections import STAND_IN
from index.milvus.reading import REMOVED
from index.milvus.records import PIECE, article_from, key_of
from index.shard import Shard
from index.writer import FileRecord


class Known:
    """What one shard's writer knows of files, and reads of articles."""

    def __init__(self, client: Client, shard: Shard) -> None:
        self._client = client
        self._shard = shard
        self._files: dict[str, Remembered] | None = None
        self._removed: set[str] | None = None

    def file(self, address: str) -> Remembered | None:
        """Return what is known of a file this shard has ingested."""
        return self._own().get(address)

    def roots(self) -> list[str]:
        """Return the folders that the files of this shard came from, sorted."""
        return sorted({kept.root for kept in self._own().values()})

    def addresses(self, root: str) -> list[str]:
        """Return the addresses of the files that came from a folder, whichever shard took them."""
        rows = self._client.every("files", f"root == {quoted(root)}", ["address"])
        return sorted({str(row["address"]) for row in rows})

    def article_ids(self, address: str) -> list[str]:
        """Return the ids of the articles of this shard that came from a file."""
        rows = self._client.every("articles", f"file == {quoted(key_of(address))}", ["id"])
        return sorted(name for row in rows if self._shard.has(name := str(row["id"])))

    def gave_articles(self, address: str) -> bool:
        """Tell whether a file has articles here, whichever shard put them."""
        return self._client.count("articles", f"file == {quoted(key_of(address))}") > 0

    def was_removed(self, article_id: str) -> bool:
        """Tell whether an article was removed by name, and not put since."""
        return key_of(article_id) in self._removed_keys()

    def put_again(self, article_ids: Iterable[str]) -> list[str]:
        """Return the keys of those that were removed by name; from now on they count as put."""
        again = sorted(self._removed_keys() & {key_of(name) for name in article_ids})
        self._removed_keys().difference_update(again)
        return again

    def shape(self, article_id: str) -> tuple[str | None, ...] | None:
        """Return fingerprint, title, sections, language, author, published, source and file."""
        rows = self._client.query(
            "articles", f"key == {quoted(key_of(article_id))}", ["record", "hash", "fingerprint"]
        )
        whole = article_from(rows[0]) if rows else None
        if whole is None:  # none, or a damaged one, which is put again
            return None
        article, file = whole
        sections = json.dumps([[s.heading.start, s.heading.end, s.level] for s in article.sections])
        return (
            article.fingerprint, article.title, sections, article.language, article.author,
            article.published, article.source, file,
        )  # fmt: skip

    def remember(self, record: FileRecord) -> None:
        """Remember a file as ingested by this shard."""
        problems = json.dumps(record.problems)
        if len(problems) > PIECE:  # told anew each time the file is read
            problems = json.dumps(record.problems[:10])[:PIECE]
        row = {
            "key": self._key(record.address),
            "file": key_of(record.address),
            "shard": str(self._shard),
            "root": record.root,
            "address": record.address,
            "digest": record.digest,
            "problems": problems,
            "size": record.size,
            "mtime_ns": record.mtime_ns,
            "stand_in": STAND_IN,
        }
        self._client.upsert("files", [row])
        kept = Remembered(record.root, record.size, record.mtime_ns, record.digest, problems)
        self._own()[record.address] = kept

    def forget(self, address: str) -> None:
        """Forget a file; once no shard has an article of it, for all of them."""
        self._own().pop(address, None)
        if self.gave_articles(address):
            self._client.delete("files", f"key == {quoted(self._key(address))}")
        else:
            self._client.delete("files", f"file == {quoted(key_of(address))}")

    def _own(self) -> dict[str, Remembered]:
        if self._files is None:
            fields = ["address", "root", "size", "mtime_ns", "digest", "problems"]
            expression = f"shard == {quoted(str(self._shard))}"
            self._files = {
                str(row["address"]): Remembered(
                    str(row["root"]), int(row["size"]), int(row["mtime_ns"]), str(row["digest"]),
                    str(row["problems"]),
                )
                for row in self._client.every("files", expression, fields)
            }  # fmt: skip
        return self._files

    def _removed_keys(self) -> set[str]:
        if self._removed is None:
            rows = self._client.every("meta", f"kind == {quoted(REMOVED)}", ["key"])
            self._removed = {str(row["key"]).removeprefix(f"{REMOVED}/") for row in rows}
        return self._removed

    def _key(self, address: str) -> str:
        return f"{self._shard} {key_of(address)}"
