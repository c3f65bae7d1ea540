"""A library of as many passages as wanted, made of the real ones of another library.

    python -m benchmarks.large_library --library build-pool --passages 100000 --out build-large/100k

The real articles come first, as they are. Then articles are made of real sentences put together
anew: each passage takes the place of a real one, of which a part of the sentences stays, and its
vector is that one's moved by noise (cosine about .9). Nothing is encoded, so that a million
passages take minutes. The text is nonsense; sizes, vocabulary and the density of vectors are not.
The same seed gives the same library; one that is there already is added to.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus.article import Article, Passage, Span
from corpus.chunk import Chunk
from index import derived, schema
from index.library import Library
from index.rows import EncodedChunk, StoredPassage
from index.snapshot import Snapshot
from index.writer import Writer, writer_lock

_PASSAGES = 10
"""Passages of an article that is made."""
_NOISE = 0.5
"""Length of what is added to a unit vector before it is scaled again."""
_STAY = 0.4
"""Share of sentences that stay in their passage."""
_YEARS = range(1990, 2026)


class Real(NamedTuple):
    """What there is: articles with their passages, and every sentence with its vector."""

    articles: list[tuple[Article, list[StoredPassage]]]
    sentences: list[tuple[str, bytes]]
    dimension: int


def read(folder: Path) -> Real:
    """Read the articles, passages and sentences of a library."""
    library = Library.open(folder)
    articles: list[tuple[Article, list[StoredPassage]]] = []
    with library.snapshot() as snapshot:
        for info in snapshot.articles():
            stored = list(snapshot.passages(snapshot.passage_numbers(info.id)).values())
            if stored:
                articles.append((stored[0].passage.article, stored))
    library.close()
    sentences = [
        (span.of(one.passage.article.text), vector.astype(np.float16).tobytes())
        for _, stored in articles
        for one in stored
        for span, vector in zip(one.sentences, one.sentence_vectors, strict=True)
    ]
    return Real(articles, sentences, library.settings.dimension)


def made(real: Real, number: int) -> tuple[Article, list[EncodedChunk]]:
    """Return the made article of this number; each number gives the same one always."""
    dice = random.Random(number)
    noise = np.random.default_rng(number)
    text, spans, places = "", [], []
    for _ in range(_PASSAGES):
        _, stored = dice.choice(real.articles)
        seed = dice.choice(stored)
        begin, inside, vectors = len(text), [], []
        for at, span in enumerate(seed.sentences):
            words, halves = span.of(seed.passage.article.text), seed.sentence_vectors[at]
            if dice.random() > _STAY:
                words, raw = dice.choice(real.sentences)
                halves = np.frombuffer(raw, dtype=np.float16).astype(np.float32)
            inside.append(Span(len(text), len(text) + len(words)))
            vectors.append(halves)
            text += words + " "
        text = text[:-1]
        spans.append((Span(begin, len(text)), tuple(inside)))
        moved = seed.vector + noise.standard_normal(real.dimension) * _NOISE / real.dimension**0.5
        places.append((moved / np.linalg.norm(moved), np.array(vectors)))
        text += "\n\n"
    article = Article(
        f"made-{number}", text.split(". ")[0][:80].strip() or "Untitled", text.strip(),
        f"made/{number}.md", f"Writer {dice.randrange(500)}",
        f"{dice.choice(_YEARS)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}", "en",
    )  # fmt: skip
    return article, [
        EncodedChunk(Chunk(Passage(article, span, ()), inside), vector.astype(np.float32), halves)
        for (span, inside), (vector, halves) in zip(spans, places, strict=True)
    ]


def _again(article: Article, stored: list[StoredPassage]) -> tuple[Article, list[EncodedChunk]]:
    chunks = [
        EncodedChunk(Chunk(one.passage, one.sentences), one.vector, one.sentence_vectors)
        for one in stored
    ]
    return replace(article, captured=None), chunks


def articles(real: Real) -> Iterator[tuple[Article, list[EncodedChunk]]]:
    """Yield the real articles, then made ones without end."""
    for article, stored in real.articles:
        yield _again(article, stored)
    number = 0
    while True:
        yield made(real, number)
        number += 1


def fill(real: Real, source: Path, out: Path, passages: int) -> None:
    """Bring the library in `out` to that many passages, and publish its indexes."""
    library = Library.open(source)
    settings = library.settings
    library.close()
    out.mkdir(parents=True, exist_ok=True)
    with writer_lock(out) as place:
        if not (out / schema.DATABASE).exists():
            schema.create(out, settings)
        writer = Writer(out, place)
        writer.connection.execute("PRAGMA synchronous = OFF")
        writer.connection.execute("PRAGMA cache_size = -200000")
        _put(writer, real, passages)
        started = time.monotonic()
        writer.connection.execute("BEGIN")
        snapshot = Snapshot(writer.connection)
        if not derived.is_current(out, snapshot, settings.to_json()):
            derived.publish(out, snapshot, settings.to_json(), settings.dimension)
        writer.connection.execute("ROLLBACK")
        print(f"published in {time.monotonic() - started:.0f} s")
        writer.close()


def _put(writer: Writer, real: Real, passages: int) -> None:
    held = Snapshot(writer.connection).size()
    started, there, count = time.monotonic(), held[1], 0
    for article, chunks in articles(real):
        if there >= passages:
            break
        count += 1
        if count <= held[0]:
            continue
        writer.put(article, f"{article.id}.md", chunks)
        there += len(chunks)
        if count % 1_000 == 0:
            rate = (there - held[1]) / (time.monotonic() - started)
            print(f"{there:,} passages, {rate:.0f} a second", flush=True)


def main() -> None:
    """Read, make, publish."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--library", type=Path, required=True, help="where the real passages are")
    parser.add_argument("--passages", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    fill(read(options.library), options.library, options.out, options.passages)
    size = sqlite3.connect(options.out / schema.DATABASE).execute("SELECT count(*) FROM passages")
    files = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{size.fetchone()[0]:,} passages, {files / 1e6:,.0f} MB in {options.out}")


if __name__ == "__main__":
    main()
