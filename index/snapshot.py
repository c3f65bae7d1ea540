"""What one question sees: the database inside one short read transaction.

A snapshot shows the library before a change or after it, never a mixture. Hits of the derived
indexes are joined here by number: a number that is missing was removed and is dropped.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from corpus.article import Article
from corpus.errors import LibraryDamaged
from index.article_cache import ArticleCache
from index.copies import CopyGroup, copies_among, copy_groups
from index.encoder import Vector, Vectors
from index.facts import Facts
from index.meaning import Numbers
from index.rows import StoredPassage, stored_passage
from index.schema import generation_of, meta
from index.terms import terms
from index.words import WordsRow

_PASSAGE = "p.number, p.start, p.end, p.vector, p.sentences, p.sentence_vectors, p.hash"
_LISTED = (
    "SELECT a.id, a.title, a.source, a.author, a.published, a.language, length(a.text), "
    "(SELECT count(*) FROM passages p WHERE p.article = a.number) FROM articles a"
)
_BATCH = 500
_TOO_LONG = 2.0
"""Squared length that no stored vector reaches: they are of unit length, or zeros."""


class ArticleInfo(NamedTuple):
    """An article in a list: everything but its text."""

    id: str
    title: str
    source: str
    author: str | None
    published: str | None
    language: str | None
    characters: int
    passages: int


class Outline(NamedTuple):
    """A passage before it is read: its article's row number and its vector (d,)."""

    article: int
    vector: Vector


class Snapshot:
    """Reads of one transaction; made by `Library.snapshot`."""

    def __init__(self, connection: sqlite3.Connection, cache: ArticleCache | None = None) -> None:
        self._connection = connection
        self._cache = cache or ArticleCache()
        self.generation = generation_of(connection)

    def meta(self, key: str) -> str | None:
        """Return a remembered value."""
        return meta(self._connection, key)

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages that still exist and are as they were stored, by number."""
        found: dict[int, StoredPassage] = {}
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            marks = ", ".join("?" * len(batch))
            rows = self._connection.execute(
                f"SELECT p.article, {_PASSAGE} FROM passages p WHERE p.number IN ({marks})",
                [int(number) for number in batch],
            ).fetchall()
            for owner, *row in rows:
                article = self._article_by_number(owner)
                stored = stored_passage(article, row) if article else None
                if stored is not None:
                    found[stored.number] = stored
        return found

    def passage_numbers(self, article_id: str) -> list[int]:
        """Return the numbers of an article's passages, in reading order."""
        rows = self._connection.execute(
            "SELECT p.number FROM passages p JOIN articles a ON a.number = p.article "
            "WHERE a.id = ? ORDER BY p.start",
            (article_id,),
        )
        return [number for (number,) in rows]

    def _article_by_number(self, number: int) -> Article | None:
        """Return an article by its row, or None when the row is damaged."""
        return self._cache.get(self._connection, number)

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None if there is none.

        Raises:
            LibraryDamaged: it is not as it was stored.
        """
        row = self._connection.execute(
            "SELECT number FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        if row is None:
            return None
        article = self._article_by_number(row[0])
        if article is None:
            raise LibraryDamaged(
                f"article {article_id} is damaged in the library and is not shown; see: quoth "
                "verify, then restore a backup or ingest its file again"
            )
        return article

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        rows = self._connection.execute(f"{_LISTED} ORDER BY a.title, a.id")
        return [ArticleInfo(*row) for row in rows]

    def listed(self, article_id: str) -> ArticleInfo | None:
        """Return an article as it is listed, or None if there is none."""
        row = self._connection.execute(f"{_LISTED} WHERE a.id = ?", (article_id,)).fetchone()
        return None if row is None else ArticleInfo(*row)

    def article_numbers(self) -> list[int]:
        """Return the row numbers of the articles."""
        return [row[0] for row in self._connection.execute("SELECT number FROM articles")]

    def facts(self, numbers: Sequence[int]) -> dict[int, Facts]:
        """Return what filters look at, by the row numbers of articles; rows never change."""
        found: dict[int, Facts] = {}
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            rows = self._connection.execute(
                "SELECT number, author, published, source, language FROM articles "
                f"WHERE number IN ({', '.join('?' * len(batch))})",
                batch,
            )
            found.update((number, Facts(*row)) for number, *row in rows)
        return found

    def owners(self) -> tuple[Numbers, Numbers]:
        """Return every passage's article, by row number (p,), and its own number (p,)."""
        rows = self._connection.execute("SELECT article, number FROM passages")
        pairs = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def copies_among(self, ids: Sequence[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of near-duplicates among these articles, each in both orders."""
        return copies_among(self._connection, ids)

    def copy_groups(self) -> list[CopyGroup]:
        """Return all groups of near-duplicates."""
        return copy_groups(self._connection)

    def languages(self) -> tuple[str | None, ...]:
        """Return the languages of the articles."""
        query = "SELECT DISTINCT language FROM articles ORDER BY 1"

        def read() -> tuple[str | None, ...]:
            return tuple(language for (language,) in self._connection.execute(query))

        found: tuple[str | None, ...] = self._cache.counted("languages", self.generation, read)
        return found

    def fingerprint(self) -> str:
        """Return a hex digest (BLAKE2b, 16 bytes) of all articles, however they came in."""
        digest = hashlib.blake2b(digest_size=16)
        rows = self._connection.execute("SELECT id, title, fingerprint FROM articles ORDER BY id")
        for row in rows:
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()

    def size(self) -> tuple[int, int]:
        """Return the number of articles and of passages."""
        query = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"

        def read() -> tuple[int, int]:
            articles, passages = self._connection.execute(query).fetchone()
            return int(articles), int(passages)

        found: tuple[int, int] = self._cache.counted("size", self.generation, read)
        return found

    def count_after(self, number: int) -> int:
        """Return how many passages have a higher number."""
        if not number:
            return self.size()[1]
        query = "SELECT count(*) FROM passages WHERE number > ?"
        return int(self._connection.execute(query, (number,)).fetchone()[0])

    def characters(self) -> int:
        """Return how many characters the passages have together."""
        query = "SELECT coalesce(sum(end - start), 0) FROM passages"
        return int(self._connection.execute(query).fetchone()[0])

    def last_number(self) -> int:
        """Return the highest passage number, 0 when there is none."""
        return int(self._connection.execute("SELECT max(number) FROM passages").fetchone()[0] or 0)

    def vectors_after(self, number: int, dimension: int) -> tuple[Numbers, Vectors]:
        """Return numbers (n,) and vectors (n, d) of the passages with a higher number."""
        rows = self._connection.execute(
            "SELECT number, vector FROM passages WHERE number > ? ORDER BY number", (number,)
        ).fetchall()
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        return numbers, _stacked([row[1] for row in rows], dimension)

    def vector_batches(
        self, number: int, dimension: int, size: int = 10_000
    ) -> Iterator[tuple[Numbers, Vectors]]:
        """Yield what `vectors_after` returns, `size` passages at a time."""
        rows = self._connection.execute(
            "SELECT number, vector FROM passages WHERE number > ? ORDER BY number", (number,)
        )
        while batch := rows.fetchmany(size):
            numbers = np.array([row[0] for row in batch], dtype=np.int64)
            yield numbers, _stacked([row[1] for row in batch], dimension)

    def outlines(self, numbers: Sequence[int], dimension: int) -> dict[int, Outline]:
        """Return what is needed of passages before they are read, by number, if they exist."""
        found: dict[int, Outline] = {}
        for start in range(0, len(numbers), _BATCH):
            batch = [int(number) for number in numbers[start : start + _BATCH]]
            rows = self._connection.execute(
                "SELECT number, article, vector FROM passages "
                f"WHERE number IN ({', '.join('?' * len(batch))})",
                batch,
            ).fetchall()
            vectors = _stacked([row[2] for row in rows], dimension)
            found.update(
                (number, Outline(owner, vector))
                for (number, owner, _), vector in zip(rows, vectors, strict=True)
            )
        return found

    def any_copies(self, articles: Collection[int]) -> bool:
        """Tell whether two of these articles (row numbers) are near-duplicates."""
        marks = ", ".join("?" * len(articles))
        rows = self._connection.execute(
            f"SELECT 1 FROM copies WHERE article IN ({marks}) AND other IN ({marks}) LIMIT 1",
            [*articles, *articles],
        )
        return rows.fetchone() is not None

    def sentence_sample(self, number: int, most: int, dimension: int) -> Vectors:
        """Return vectors (s, d) of sentences from passages beyond a number, evenly spread."""
        found = []
        for place in np.linspace(number, self.last_number(), most + 1, dtype=np.int64)[:-1]:
            row = self._connection.execute(
                "SELECT sentence_vectors FROM passages WHERE number > ? ORDER BY number LIMIT 1",
                (int(place),),
            ).fetchone()
            if isinstance(row[0], bytes) and len(row[0]) >= 2 * dimension:
                found.append(np.frombuffer(row[0][: 2 * dimension], dtype=np.float16))
        rows = np.array(found, dtype=np.float32).reshape(-1, dimension)
        return np.nan_to_num(rows, posinf=0.0, neginf=0.0)

    def first_and_last_vectors(
        self, after: int, last: int, most: int, dimension: int
    ) -> tuple[Numbers, Vectors]:
        """Return up to `most` vectors from each end of the passages beyond `after` up to `last`."""
        found: dict[int, bytes] = {}
        for order in ("ASC", "DESC"):
            found.update(
                self._connection.execute(
                    "SELECT number, vector FROM passages WHERE number > ? AND number <= ? "
                    f"ORDER BY number {order} LIMIT ?",
                    (after, last, most),
                ).fetchall()
            )
        return np.array(list(found), dtype=np.int64), _stacked(list(found.values()), dimension)

    def words_after(self, number: int) -> Iterator[WordsRow]:
        """Yield the terms of the passages with a higher number."""
        rows = self._connection.execute(
            "SELECT number, article, start, end FROM passages WHERE number > ? ORDER BY number",
            (number,),
        )
        for passage, owner, start, end in rows:
            article = self._article_by_number(owner)
            places = isinstance(start, int) and isinstance(end, int)
            if article is None or not places:  # never shown, but counted, as its vectors are
                yield WordsRow(passage, [], [], [])
                continue
            language = article.language
            yield WordsRow(
                passage,
                terms(article.text[start:end], language),
                terms(article.title, language),
                terms(" ".join(article.heading_trail(start)), language),
            )


def _stacked(stored: Sequence[object], dimension: int) -> Vectors:
    """Return stored vectors as rows (n, d); a damaged one as zeros: its passage is never shown.

    One that is not finite would stop FAISS, and spoil the order of all others; one far too long
    would spoil what 8 bits are spread over.
    """
    size = 4 * dimension
    whole = (raw if isinstance(raw, bytes) and len(raw) == size else bytes(size) for raw in stored)
    rows = np.frombuffer(b"".join(whole), dtype=np.float32).reshape(-1, dimension)
    unit = np.einsum("ij,ij->i", rows, rows) < _TOO_LONG  # quicker than isfinite; false for NaN
    return rows if unit.all() else np.where(unit[:, None], rows, np.float32(0))
