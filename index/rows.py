"""Between records and rows: articles, passages with their vectors, and the hash that guards them.

SQLite has no page checksums: flipped bits in stored text or vectors pass all its own checks.
Each passage therefore carries a hash of its words and vectors, compared before it is shown.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corpus.article import Article, Passage, Section, Span
from corpus.chunk import Chunk
from index.encoder import Vectors

ARTICLE_COLUMNS = "id, title, text, source, author, published, language, sections, pages, captured"
SEALED_COLUMNS = f"{ARTICLE_COLUMNS}, fingerprint, file"
"""What the hash of an article's row covers, in this order."""
_ROW_BYTES = 200
"""About what a row takes beside its text and vectors."""


class EncodedChunk(NamedTuple):
    """A chunk with its vector (float32, `(d,)`) and its sentences' (float32, `(s, d)`)."""

    chunk: Chunk
    vector: Vectors
    sentence_vectors: Vectors


class StoredPassage(NamedTuple):
    """A passage as read from the library, with all that the finders and highlighter need."""

    number: int
    passage: Passage
    vector: Vectors
    sentences: tuple[Span, ...]
    sentence_vectors: Vectors


def article_row(article: Article, file: str) -> tuple[str | None, ...]:
    """Return the values of an article in the order of `SEALED_COLUMNS`."""
    sections = [[s.heading.start, s.heading.end, s.level] for s in article.sections]
    return (
        article.id, article.title, article.text, article.source, article.author,
        article.published, article.language, json.dumps(sections), json.dumps(article.pages),
        article.captured, article.fingerprint, file,
    )  # fmt: skip


def article_of(row: Sequence[str]) -> Article:
    """Read an article from the columns of `ARTICLE_COLUMNS`; any after them are not looked at."""
    name, title, text, source, author, published, language, sections, pages, captured = row[:10]
    return Article(
        name, title, text, source, author, published, language,
        tuple(Section(Span(start, end), level) for start, end, level in json.loads(sections)),
        tuple(json.loads(pages)), captured,
    )  # fmt: skip


def insert_passage(connection: sqlite3.Connection, article: int, item: EncodedChunk) -> None:
    """Insert one passage of the article with that number; part of the caller's transaction."""
    span = item.chunk.passage.span
    places = np.array(item.chunk.sentences, dtype=np.int32) - span.start
    vector, halves = item.vector.tobytes(), item.sentence_vectors.astype(np.float16).tobytes()
    digest = passage_hash(item.chunk.passage.text, vector, places.tobytes(), halves)
    connection.execute(
        "INSERT INTO passages (article, start, end, vector, sentences, sentence_vectors, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (article, span.start, span.end, vector, places.tobytes(), halves, digest),
    )


def stored_bytes(article: Article, chunks: Sequence[EncodedChunk]) -> int:
    """Return about how many bytes an article takes in the database."""
    vectors = sum(item.vector.nbytes + item.sentence_vectors.nbytes // 2 for item in chunks)
    return _ROW_BYTES * (1 + len(chunks)) + len(article.text.encode()) + vectors


def passage_hash(text: str, vector: bytes, sentences: bytes, sentence_vectors: bytes) -> bytes:
    """Return the 16-byte BLAKE2b over a passage's words, vector and sentences."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (text.encode(), vector, sentences, sentence_vectors):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def stored_passage(article: Article, row: Sequence[object]) -> StoredPassage | None:
    """Read a passage from `(number, start, end, vector, sentences, sentence_vectors, hash)`.

    Returns None when its hash does not match: such a passage is never shown.
    """
    number, start, end, vector, sentences, halves, digest = row
    if not (isinstance(vector, bytes) and isinstance(sentences, bytes)):
        return None
    if not (isinstance(number, int) and isinstance(start, int) and isinstance(end, int)):
        return None
    if not isinstance(halves, bytes):
        return None
    span = Span(start, end)
    if passage_hash(span.of(article.text), vector, sentences, halves) != digest:
        return None
    places = (np.frombuffer(sentences, dtype=np.int32).reshape(-1, 2) + start).tolist()
    whole = np.frombuffer(vector, dtype=np.float32)
    rows = np.frombuffer(halves, dtype=np.float16).astype(np.float32)
    return StoredPassage(
        number,
        Passage(article, span, article.heading_trail(start)),
        whole,
        tuple(map(Span._make, places)),
        rows.reshape(-1, len(whole)),
    )
