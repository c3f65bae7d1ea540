"""Every article and every passage against its hash, its spans and the shape of its vectors.

One article is in memory at a time. Nothing is read through the code that answers questions, which
passes over what is damaged: here each value is looked at by itself, and whatever it is, the next
row is looked at too.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from corpus.article import Article, Span
from index.finding import Finding
from index.rows import SEALED_COLUMNS, article_of, passage_hash
from index.seal import row_hash
from index.writer import FILE_COLUMNS

Watch = Callable[[int, int], None]
"""Called with how many articles are done, and how many there are."""

_PASSAGE = "number, start, end, vector, sentences, sentence_vectors, hash"
_WHOLE, _HALF = 1e-3, 1e-2  # how far a float32 and a float16 row may be from unit length


class _Row(NamedTuple):
    """A passage as stored; any field may turn out to be of another type."""

    number: int
    start: int
    end: int
    vector: bytes
    sentences: bytes
    sentence_vectors: bytes
    hash: bytes


def row_findings(
    connection: sqlite3.Connection, dimension: int | None, watch: Watch
) -> Iterator[Finding]:
    """Yield what is wrong with articles and passages; without `dimension`, lengths are not judged.

    Raises:
        sqlite3.DatabaseError: the table of articles cannot be read to its end.
    """
    total = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    rows = connection.execute(
        f"SELECT number, hash, {SEALED_COLUMNS} FROM articles ORDER BY number"
    )
    for done, (number, digest, *row) in enumerate(rows, 1):
        yield from _article(connection, number, digest, row, dimension)
        watch(done, total)
    for address, digest, *values in connection.execute(
        f"SELECT address, hash, {FILE_COLUMNS} FROM files ORDER BY number"
    ):
        if row_hash(values) != digest:
            yield Finding(f"file {address!r:.80}", "what is known of it does not match its hash")


def _article(
    connection: sqlite3.Connection, number: int, digest: bytes, row: Sequence[Any],
    dimension: int | None,
) -> Iterator[Finding]:  # fmt: skip
    where, text, fingerprint = f"article {row[0]}", row[2], row[-2]
    if not isinstance(text, str):
        yield Finding(where, "its text is no text")
        return
    if hashlib.blake2b(text.encode(), digest_size=16).hexdigest() != fingerprint:
        yield Finding(where, f"its text does not match its fingerprint ({fingerprint})")
    elif row_hash(row) != digest:
        yield Finding(where, "what is known of it (title, source, date …) does not match its hash")
    try:
        article = article_of(row)
        wrong = _bad_places(article)
    except (ValueError, TypeError) as error:
        yield Finding(where, f"its headings or pages cannot be read ({error})")
        return
    if wrong:
        yield Finding(where, wrong)
        return
    try:
        yield from _passages(connection, number, article, dimension)
    except sqlite3.DatabaseError as error:
        yield Finding(where, f"its passages cannot be read ({error})")


def _bad_places(article: Article) -> str | None:
    """Say what is wrong with the places of headings and pages, if anything is."""
    headings = [section.heading for section in article.sections]
    if not all(_is_inside(heading, len(article.text)) for heading in headings):
        return "a heading lies outside its text"
    if not all(_is_inside(Span(0, page), len(article.text)) for page in article.pages):
        return "a page begins outside its text"
    return None


def _is_inside(span: Span, length: int) -> bool:
    """Tell whether the span lies in a text of that length, and is one of numbers at all."""
    return all(isinstance(end, int) for end in span) and 0 <= span.start <= span.end <= length


def _passages(
    connection: sqlite3.Connection, number: int, article: Article, dimension: int | None
) -> Iterator[Finding]:
    """Check each passage of an article, then that together they hold every word of it once."""
    rows = connection.execute(
        f"SELECT {_PASSAGE} FROM passages WHERE article = ? ORDER BY start, number", (number,)
    )
    spans = []
    for row in rows:
        passage = _Row(*row)
        span = Span(passage.start, passage.end)
        where = f"article {article.id}, passage {passage.number}"
        if _is_inside(span, len(article.text)) and span.start < span.end:
            spans.append(span)
            what = _bad_passage(span.of(article.text), passage, dimension)
        else:
            what = f"its span {span.start!r:.20}-{span.end!r:.20} lies outside the article"
        if what:
            yield Finding(where, what)
    yield from _coverage(article, spans)


def _bad_passage(text: str, row: _Row, dimension: int | None) -> str | None:
    """Say what is wrong with a passage, if anything is; its span was found right."""
    blobs = (row.vector, row.sentences, row.sentence_vectors)
    if not all(isinstance(blob, bytes) for blob in blobs):
        return "its vectors are no vectors"
    if passage_hash(text, *blobs) != row.hash:
        return "its words or vectors do not match their hash"
    count, odd = divmod(len(row.sentences), 8)
    if odd or not _are_inside(np.frombuffer(row.sentences, dtype=np.int32), len(text)):
        return "a sentence lies outside it"
    if dimension is None:
        return None
    return _bad_vectors(
        np.frombuffer(row.vector, dtype=np.uint8), "float32", (1, dimension), _WHOLE
    ) or _bad_vectors(
        np.frombuffer(row.sentence_vectors, dtype=np.uint8), "float16", (count, dimension), _HALF
    )


def _are_inside(places: np.ndarray[tuple[int], np.dtype[np.int32]], length: int) -> bool:
    """Tell whether (start, end, start, end, …) are spans of a text of that length."""
    pairs = places.reshape(-1, 2)
    ordered = pairs[:, 0] < pairs[:, 1]
    return bool((ordered & (pairs[:, 0] >= 0) & (pairs[:, 1] <= length)).all())


def _bad_vectors(
    raw: np.ndarray[tuple[int], np.dtype[np.uint8]], kind: str, shape: tuple[int, int],
    tolerance: float,
) -> str | None:  # fmt: skip
    """Say what is wrong with vectors of that shape; a row of zeros is a text without a word."""
    name = "its vector" if kind == "float32" else "a vector of its sentences"
    size = shape[0] * shape[1] * np.dtype(kind).itemsize
    if len(raw) != size:
        return f"{name} has {len(raw)} bytes, not {size}"
    rows = raw.view(kind).reshape(shape).astype(np.float64)
    if not np.isfinite(rows).all():
        return f"{name} is not finite"
    lengths = np.linalg.norm(rows, axis=1)
    if ((lengths > 0) & (np.abs(lengths - 1) > tolerance)).any():
        return f"{name} is not of unit length"
    return None


def _coverage(article: Article, passages: Sequence[Span]) -> Iterator[Finding]:
    """Find words that stand in no passage, and passages that share words."""
    where, at = f"article {article.id}", 0
    for before, after in pairwise(passages):
        if before.overlaps(after):
            yield Finding(where, f"two passages share the characters from {after.start} on")
    end = Span(len(article.text), len(article.text))
    headings = [section.heading for section in article.sections]
    for span in [*sorted([*passages, *headings]), end]:
        if re.search(r"\w", article.text[at : span.start]):
            yield Finding(where, f"its words from {at} to {span.start} stand in no passage")
        at = max(at, span.end)
