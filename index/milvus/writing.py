"""The writer of an archive in Milvus, in an order that never shows half an article.

    passages of the new version ─▶ the article's row, in one upsert ─▶ the old version's passages go

The row is the commit point: before it, passages of the new version belong to no article and are
not shown; after it, those of the old one are not. To remove, the row goes first. Articles are
put some hundred passages at a time, and kept once `settle` has returned. What a killed writer
leaves behind is never shown, and goes when its article is put or removed again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from corpus.article import Article
from index.milvus.batches import batches
from index.milvus.client import Client, Row, any_of, quoted
from index.milvus.collections import STAND_IN
from index.milvus.known import Known
from index.milvus.reading import GENERATION, LANGUAGE, REMOVED, SETTING, Reading, info_of
from index.milvus.records import (
    COPIED,
    LISTED,
    article_record,
    key_of,
    passage_record,
    renewed,
)
from index.rows import EncodedChunk
from index.shard import WHOLE, Shard
from index.signatures import shingles_of, signature_of
from index.snapshot import ArticleInfo
from index.writer import FileRecord

_MOST_WAITING = 2_000
"""Passages put before they are sent, if nobody asks for it earlier."""


class _Put(NamedTuple):
    article: Article
    file: str
    passages: list[Row]


class MilvusWriter:
    """Changes to an archive. One writer for each shard at a time; Milvus does not check that."""

    def __init__(self, client: Client, shard: Shard = WHOLE) -> None:
        self._client = client
        self._shard = shard
        self._reading = Reading(client)
        self._waiting: list[_Put] = []
        self._version = 0
        self._languages = set(self._reading.languages())
        self._known = Known(client, shard)
        self._counted()

    @property
    def known(self) -> Known:
        """What is stored already."""
        return self._known

    def close(self) -> None:
        """Keep what waits; the connection stays open for whoever made it."""
        self.settle()

    def put(self, article: Article, file: str, chunks: Sequence[EncodedChunk]) -> int:
        """Put an article aside, to take the place of the one with its id once it is settled.

        One that waits with the same id goes: both would be of one version, passages and all.
        Near-duplicates are found when questions are asked, so none are counted here: returns 0.
        """
        version = self._next_version()
        article = self._captured(article)
        rows = [passage_record(article, item, version) for item in chunks]
        self._waiting = [item for item in self._waiting if item.article.id != article.id]
        self._waiting.append(_Put(article, file, rows))
        if sum(len(item.passages) for item in self._waiting) >= _MOST_WAITING:
            self.settle()
        return 0

    def settle(self) -> None:
        """Return once all that was put is kept, in the order the module tells."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._commit(waiting)

    def refresh(self, article: Article, file: str) -> None:
        """Update what is known about an article; its passages are copied, none is encoded."""
        self.settle()
        held = self._reading.versions([article.id])[article.id]
        key = key_of(article.id)
        version = self._next_version()
        expression = f"article == {quoted(key)} and version == {held}"
        old = list(self._client.every("passages", expression, COPIED))
        article = self._captured(article)
        self._commit([_Put(article, file, [renewed(row, article, version) for row in old])])

    def remove(self, ids: Sequence[str]) -> int:
        """Remove articles with their passages; return how many there were.

        They stay away until they are put again: see `Known.was_removed`.
        """
        for name in ids:
            self._keep(REMOVED, key_of(name), "")
        return self.drop(ids)

    def drop(self, ids: Sequence[str]) -> int:
        """Remove articles that their file no longer holds; nothing keeps them away.

        Passages go whether their article is there or not: an earlier removal may have been cut
        short.
        """
        self.settle()
        held = self._reading.versions(list(ids))
        for part in batches([key_of(name) for name in ids]):
            self._client.delete("articles", f"key in {any_of(part)}")
            self._client.delete("passages", f"article in {any_of(part)}")
        if held:
            self._counted()
        return len(held)

    def infos(self, ids: Sequence[str]) -> dict[str, ArticleInfo]:
        """Return what is listed of these articles, by id; those that are not there are left out."""
        found: dict[str, ArticleInfo] = {}
        for part in batches([key_of(name) for name in ids]):
            for row in self._client.query("articles", f"key in {any_of(part)}", LISTED):
                found[str(row["id"])] = info_of(row)
        return found

    def held(self, ids: Sequence[str]) -> tuple[int, int]:
        """Count the passages and the sentence vectors of these articles, in force or left over."""
        passages = sentences = 0
        for name in ids:
            expression = f"article == {quoted(key_of(name))}"
            for row in self._client.every("passages", expression, ["number", "sentence_vectors"]):
                passages, sentences = passages + 1, sentences + len(row["sentence_vectors"])
        return passages, sentences

    @property
    def generation(self) -> int:
        """The number that readers see."""
        return self._reading.generation

    def remember_file(self, record: FileRecord) -> None:
        """Remember a file as fully ingested; all its articles must have been put before."""
        self.settle()
        self._known.remember(record)

    def forget_file(self, address: str) -> None:
        """Forget a file and remove the articles of this shard that came from it."""
        self.drop(self._known.article_ids(address))
        self._known.forget(address)

    def remember(self, key: str, value: str) -> None:
        """Remember a value (settings, example questions) with the archive."""
        self._keep(SETTING, key, value)

    def _commit(self, waiting: Sequence[_Put]) -> None:
        """Send some articles of one version; see the module for the order."""
        version = self._version
        self._version = 0  # those that come after are of another one
        self._speak(waiting)
        rows = [row for item in waiting for row in item.passages]
        self._client.insert("passages", rows)
        self._client.upsert(
            "articles",
            [
                article_record(
                    item.article, item.file, len(item.passages), version,
                    signature_of(shingles_of(item.article.text)).tobytes(),
                )
                for item in waiting
            ],
        )  # fmt: skip
        for part in batches([key_of(item.article.id) for item in waiting]):
            old = f"article in {any_of(part)} and version != {version}"
            self._client.delete("passages", old)
        for part in batches(self._known.put_again(item.article.id for item in waiting)):
            self._client.delete("meta", f"key in {any_of([f'{REMOVED}/{key}' for key in part])}")
        self._counted()

    def _next_version(self) -> int:
        """Return the version of what is put now: the time in ns, no two the same here."""
        if not self._version:
            self._version = time.time_ns()
        return self._version

    def _speak(self, waiting: Sequence[_Put]) -> None:
        """Remember languages before the first article in one is there: questions are stemmed."""
        new = {item.article.language or "" for item in waiting} - self._languages
        for language in sorted(new):
            self._keep(LANGUAGE, language, language)
        self._languages |= new

    def _captured(self, article: Article) -> Article:
        """Return the article with the time its text was taken in: before, if the text is same."""
        known = self._client.query(
            "articles", f"key == {quoted(key_of(article.id))}", ["fingerprint", "captured"]
        )
        same = known and known[0]["fingerprint"] == article.fingerprint
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return replace(article, captured=(known[0]["captured"] if same else None) or now)

    def _counted(self) -> None:
        """Tell readers that something has changed: replies they keep are stale."""
        self._keep(GENERATION, str(self._shard), str(time.time_ns()))

    def _keep(self, kind: str, key: str, value: str) -> None:
        row = {"key": f"{kind}/{key}", "kind": kind, "value": value, "stand_in": STAND_IN}
        self._client.upsert("meta", [row])
