"""Two places to keep articles, for tests that both must pass: a folder, and Milvus Lite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from corpus.article import Article
from index.encoder import Encoder
from index.ingest import ingest
from index.library import Library
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.putting import ingest_into, put_into, remove_from
from index.milvus.records import key_of
from index.milvus.store import MilvusStore
from index.progress import IngestReport, IngestRules
from index.put import put_articles
from index.remove import Receipt, remove
from index.schema import DATABASE
from index.store import Store
from qa.archive import Archive
from qa.rules import AskRules
from tests.conftest import FakeEncoder

LENIENT = AskRules(bar=0.0)


class Folder:
    """A library folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def put(self, *articles: Article, encoder: Encoder | None = None) -> IngestReport:
        return put_articles(articles, self.home, encoder or FakeEncoder(), address="test")

    def ingest(
        self, folder: Path, encoder: Encoder | None = None, rules: IngestRules | None = None
    ) -> IngestReport:
        return ingest([folder], self.home, encoder or FakeEncoder(), rules=rules)

    def remove(self, *ids: str) -> Receipt:
        return remove(self.home, ids)

    def store(self) -> Store:
        return Library.open(self.home)

    def archive(self, rules: AskRules = LENIENT) -> Archive:
        return Archive(self.store(), FakeEncoder(), rules=rules)

    def end(self) -> None:
        """Let go of everything, as the end of the process does."""

    def damage_passages(self, article_id: str) -> None:
        """Change a vector behind the back of whatever guards it."""
        self._write(
            "UPDATE passages SET vector = zeroblob(length(vector)) WHERE article = "
            "(SELECT number FROM articles WHERE id = ?)",
            article_id,
        )

    def damage_article(self, article_id: str) -> None:
        """Change a text behind the back of whatever guards it."""
        self._write("UPDATE articles SET text = text || '!' WHERE id = ?", article_id)

    def _write(self, statement: str, article_id: str) -> None:
        with closing(sqlite3.connect(self.home / DATABASE)) as connection:
            assert connection.execute(statement, (article_id,)).rowcount > 0
            connection.commit()


class Lite:
    """An archive in a file of Milvus Lite; several share a file under different names."""

    def __init__(self, file: Path, name: str) -> None:
        self.address = Address(str(file), name)

    def put(
        self, *articles: Article, encoder: Encoder | None = None, rules: IngestRules | None = None
    ) -> IngestReport:
        encoder = encoder or FakeEncoder()
        return put_into(articles, self.address, encoder, address="test", rules=rules)

    def ingest(
        self, folder: Path, encoder: Encoder | None = None, rules: IngestRules | None = None
    ) -> IngestReport:
        return ingest_into([folder], self.address, encoder or FakeEncoder(), rules=rules)

    def remove(self, *ids: str) -> Receipt:
        return remove_from(self.address, ids)

    def store(self) -> MilvusStore:
        return MilvusStore.open(self.address)

    def archive(self, rules: AskRules = LENIENT) -> Archive:
        return Archive(self.store(), FakeEncoder(), rules=rules)

    def end(self) -> None:
        """Let go of everything, as the end of the process does."""
        from milvus_lite.server_manager import server_manager_instance

        server_manager_instance.release_server(self.address.uri)

    def damage_passages(self, article_id: str) -> None:
        """Change a vector behind the back of whatever guards it."""
        client = Client(self.address)
        rows = self.rows(client, "passages", f'article == "{key_of(article_id)}"')
        assert rows
        client.upsert("passages", [{**row, "vector": row["vector"][::-1]} for row in rows])

    def damage_article(self, article_id: str) -> None:
        """Change a text behind the back of whatever guards it."""
        client = Client(self.address)
        (row,) = self.rows(client, "articles", f'id == "{article_id}"')
        values = json.loads("".join(row["record"]))
        values[2] += "!"  # its text
        client.upsert("articles", [{**row, "record": [json.dumps(values)]}])

    def rows(self, client: Client, kind: str, expression: str = "") -> list[dict[str, Any]]:
        """Return whole rows, without what Milvus makes itself."""
        rows = list(client.every(kind, expression, ["*"]))
        return [{k: v for k, v in row.items() if not k.endswith("_bm25")} for row in rows]


Kept = Folder | Lite


def found_ids(kept: Kept, question: str, **known: Any) -> list[str]:
    """Return the ids of the articles that are shown for a question, best first."""
    archive = kept.archive()
    try:
        reply = archive.search(question, **known)
        shown = getattr(reply, "extracts", ()) or getattr(reply, "nearest", ())
        return [extract.passage.article.id for extract in shown]
    finally:
        archive.close()


def ids_of(articles: Sequence[Article]) -> list[str]:
    return [article.id for article in articles]
