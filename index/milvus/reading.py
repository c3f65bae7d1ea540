"""What is read of an archive in Milvus: the same as of a library folder's snapshot.

There is no transaction. What holds instead: an article's row is the commit point of all that is
done to it, and it is replaced at once. So each passage is shown with the version of its article
that is in force when it is first looked at, or not at all; but two articles may be seen at two
moments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from corpus.article import Article
from corpus.errors import LibraryDamaged
from index.copies import CopyGroup
from index.encoder import Vector
from index.facts import Facts
from index.milvus.batches import batches, by_size
from index.milvus.cache import ArticleCache
from index.milvus.client import Client, Row, any_of, quoted
from index.milvus.copies import Signed, groups_of, pairs_among
from index.milvus.records import (
    LISTED,
    SHOWN,
    article_from,
    key_of,
    owned,
    passage_from,
    signed_of,
)
from index.rows import StoredPassage
from index.snapshot import ArticleInfo

_SIZED = ("key", "version", "characters")
_WHOLE = ("key", "version", "record", "hash")
SETTING, LANGUAGE, GENERATION, REMOVED = "setting", "language", "generation", "removed"
"""Kinds of rows in the collection `meta`."""


class _InForce(NamedTuple):
    version: int
    characters: int


class Outline(NamedTuple):
    """A passage before it is read: its article's key, and its vector (d,)."""

    article: str
    vector: Vector


class Reading:
    """Reads of an archive; made by `MilvusStore.snapshot` for one purpose, and then let go."""

    def __init__(self, client: Client, cache: ArticleCache | None = None) -> None:
        self._client = client
        self._cache = cache or ArticleCache()
        self._known: dict[str, _InForce | None] = {}

    @property
    def generation(self) -> int:
        """Another number after each change: the sum of what each writer has counted."""
        expression = f"kind == {quoted(GENERATION)}"
        # The latest: by it replies that are kept are told to be stale.
        rows = self._client.query("meta", expression, ["value"], latest=True)
        return sum(int(row["value"]) for row in rows)

    def meta(self, key: str) -> str | None:
        """Return a remembered value."""
        expression = f"kind == {quoted(SETTING)} and key == {quoted(f'{SETTING}/{key}')}"
        rows = self._client.query("meta", expression, ["value"])
        return str(rows[0]["value"]) if rows else None

    def languages(self) -> tuple[str | None, ...]:
        """Return the languages of the articles, those of articles that are gone included."""
        rows = self._client.query("meta", f"kind == {quoted(LANGUAGE)}", ["value"])
        return tuple(sorted(str(row["value"]) for row in rows))

    def size(self) -> tuple[int, int]:
        """Return the number of articles and of passages."""
        return self._client.count("articles"), self._client.count("passages")

    def outlines(self, numbers: Sequence[int]) -> dict[int, Outline]:
        """Return what is needed of passages before they are read, of those in force."""
        fields = ["number", "article", "version", "vector"]
        found = [(owned(row), row["vector"]) for row in self._rows(numbers, fields)]
        in_force = self._in_force(sorted({each.article for each, _ in found}))
        return {
            each.number: Outline(each.article, np.array(vector, dtype=np.float32))
            for each, vector in found
            if each.article in in_force and in_force[each.article].version == each.version
        }

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages whose article has their version in force, and that are sound."""
        rows = self._rows(numbers, SHOWN)
        articles = self._articles(sorted({owned(row).article for row in rows}))
        found: dict[int, StoredPassage] = {}
        for row in rows:
            number, key, version = owned(row)
            known, article = articles.get(key, (None, None))
            if known != version or article is None:
                continue
            stored = passage_from(article, row)
            if stored is not None:
                found[number] = stored
        return found

    def passage_numbers(self, article_id: str) -> list[int]:
        """Return the numbers of an article's passages, in reading order."""
        held = self.versions([article_id])
        if article_id not in held:
            return []
        expression = f"article == {quoted(key_of(article_id))} and version == {held[article_id]}"
        rows = self._client.every("passages", expression, ["number", "start"])
        return [int(row["number"]) for row in sorted(rows, key=lambda row: int(row["start"]))]

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None if there is none.

        Raises:
            LibraryDamaged: it is not as it was stored.
        """
        held = self._articles([key_of(article_id)]).get(key_of(article_id))
        if held is None:
            return None
        if held[1] is None:
            raise LibraryDamaged(
                f"article {article_id} is damaged in {self._client.address} and is not shown; put "
                "it again: quoth ingest --bring-back its file"
            )
        return held[1]

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        rows = self._client.every("articles", "", LISTED)
        listed = [info_of(row) for row in rows]
        return sorted(listed, key=lambda info: (info.title, info.id))

    def facts(self) -> list[Facts]:
        """Return what filters look at, of each article."""
        rows = self._client.every("articles", "", ["author", "published", "source", "language"])
        return [
            Facts(_known(row, "author"), _known(row, "published"), str(row["source"]),
                  _known(row, "language"))
            for row in rows
        ]  # fmt: skip

    def copies_among(self, ids: Sequence[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of near-duplicates among these articles, each in both orders."""
        return self.copies_of({key_of(name) for name in ids})

    def copies_of(self, keys: Collection[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of near-duplicates, by id, among the articles with these keys."""
        signed = [
            signed_of(row)
            for part in batches(sorted(keys))
            for row in self._client.query("articles", _keyed(part), ["id", "published", "minhash"])
        ]
        return pairs_among(sorted(signed, key=lambda each: each.id), self._text)

    def copy_groups(self) -> list[CopyGroup]:
        """Return all groups of near-duplicates; every signature is read."""
        rows = self._client.every("articles", "", ["id", "published", "minhash"])
        signed: Iterator[Signed] = (signed_of(row) for row in rows)
        return groups_of(signed, self._text)

    def fingerprint(self) -> str:
        """Return a hex digest of all articles: that of a library folder with the same ones."""
        digest = hashlib.blake2b(digest_size=16)
        rows = self._client.every("articles", "", ["id", "title", "fingerprint"])
        for row in sorted(rows, key=lambda row: str(row["id"])):
            digest.update(json.dumps([row["id"], row["title"], row["fingerprint"]]).encode())
        return digest.hexdigest()

    def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Return which version of each of these articles is in force; those gone are left out."""
        return {
            str(row["id"]): int(row["version"])
            for part in batches([key_of(name) for name in ids])
            for row in self._client.query("articles", _keyed(part), ["id", "version"])
        }

    def _rows(self, numbers: Sequence[int], fields: Sequence[str]) -> list[Row]:
        return [
            row
            for part in batches(numbers)
            for row in self._client.query("passages", f"number in {any_of(part)}", fields)
        ]

    def _text(self, article_id: str) -> str:
        held = self._articles([key_of(article_id)]).get(key_of(article_id))
        return held[1].text if held and held[1] else ""

    def _in_force(self, keys: Sequence[str]) -> dict[str, _InForce]:
        """Return which version of each article is in force, by key; asked for once."""
        new = [key for key in keys if key not in self._known]
        self._known.update(dict.fromkeys(new))
        for part in batches(new):
            for row in self._client.query("articles", _keyed(part), _SIZED, latest=True):
                found = _InForce(int(row["version"]), int(row["characters"]))
                self._known[str(row["key"])] = found
        return {key: held for key in keys if (held := self._known[key]) is not None}

    def _articles(self, keys: Sequence[str]) -> dict[str, tuple[int, Article | None]]:
        """Return the version in force and the article, None for a damaged one, by key."""
        found: dict[str, tuple[int, Article | None]] = {}
        missing: dict[str, int] = {}
        for key, (version, characters) in self._in_force(keys).items():
            known, article = self._cache.get((key, version))
            if known:
                found[key] = version, article
            else:
                missing[key] = characters
        for part in by_size(missing):
            for row in self._client.query("articles", _keyed(part), _WHOLE, latest=True):
                key, version = str(row["key"]), int(row["version"])
                whole = article_from(row)
                found[key] = version, whole[0] if whole else None
                self._cache.put((key, version), found[key][1])
        return found


def _keyed(keys: Sequence[str]) -> str:
    return f"key in {any_of(keys)}"


def info_of(row: Row) -> ArticleInfo:
    """Return what is listed of an article."""
    return ArticleInfo(
        str(row["id"]), str(row["title"]), str(row["source"]), _known(row, "author"),
        _known(row, "published"), _known(row, "language"), int(row["characters"]),
        int(row["passages"]),
    )  # fmt: skip


def _known(row: Row, field: str) -> str | None:
    """Return a text, None for the empty one: Milvus keeps no nulls here."""
    return str(row[field]) or None
