"""Between records and rows of Milvus: articles, passages, and the terms for its BM25.

An article lies as the JSON of the same sealed row that a library folder keeps, hash and all, in
pieces that Milvus takes; its other columns are only for lists and filters. Of a passage the same
bytes are hashed as in a folder (`index.rows.passage_hash`), and compared before it is shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from corpus.article import Article
from index.facts import Facts
from index.milvus import filtering
from index.milvus.client import Row
from index.milvus.collections import LONGEST, STAND_IN, WORDS, count_field
from index.milvus.copies import Signed
from index.rows import EncodedChunk, StoredPassage, article_of, article_row, passage_hash
from index.rows import stored_passage as checked_passage
from index.seal import row_hash
from index.terms import terms

PIECE = LONGEST // 4
"""Characters of a piece of text: not one takes more than four bytes."""
_LONGEST_TERM = 60
LISTED = (
    "key",
    "id",
    "title",
    "source",
    "author",
    "published",
    "language",
    "characters",
    "passages",
)
"""Fields of an article that a list shows."""
SHOWN = ("number", "article", "version", "start", "stop", "vector", "places", "sentence_vectors",
         "hash")  # fmt: skip
"""Fields of a passage that are needed to show it."""
COPIED = (*SHOWN, *WORDS, *map(count_field, WORDS))
"""Fields of a passage that stay when only what is known of its article changes."""


class Owned(NamedTuple):
    """Which passage of which version of which article (by its key) a row is."""

    number: int
    article: str
    version: int


def article_record(article: Article, file: str, chunks: int, version: int, minhash: bytes) -> Row:
    """Return the row of an article; its passages are those of the same version."""
    values = article_row(article, file)
    return {
        "key": key_of(article.id),
        "id": article.id,
        "version": version,
        "file": key_of(file),
        "title": _cut(article.title),
        "source": _cut(article.source),
        "author": _cut(article.author or ""),
        "published": _cut(article.published or ""),
        "captured": article.captured or "",
        "fingerprint": article.fingerprint,
        "minhash": base64.b64encode(minhash).decode(),
        "record": pieces(json.dumps(values, ensure_ascii=False)),
        "hash": row_hash(values).hex(),
        "characters": len(article.text),
        "passages": chunks,
        "stand_in": STAND_IN,
        **filtering.columns(facts_of(article)),
    }


def article_from(row: Row) -> tuple[Article, str] | None:
    """Return the article of a row and the file it came from; None when it fails its hash."""
    try:
        values = json.loads("".join(row["record"]))
        if row_hash(values).hex() != row["hash"]:
            return None
        return article_of(values), str(values[-1])
    except (ValueError, TypeError, IndexError):
        return None


def passage_record(article: Article, item: EncodedChunk, version: int) -> Row:
    """Return the row of a passage of an article's version."""
    passage, span = item.chunk.passage, item.chunk.passage.span
    places = (np.array(item.chunk.sentences, dtype=np.int32).reshape(-1, 2) - span.start).tobytes()
    vector, halves = item.vector.tobytes(), item.sentence_vectors.astype(np.float16)
    digest = passage_hash(passage.text, vector, places, halves.tobytes())
    language = article.language
    texts = (passage.text, article.title, " ".join(article.heading_trail(span.start)))
    words = [coded(terms(text, language)) for text in texts]
    return {
        "number": number_of(article.id, version, span.start),
        "article": key_of(article.id),
        "version": version,
        "start": span.start,
        "stop": span.end,
        "vector": item.vector.tolist(),
        "places": base64.b64encode(places).decode(),
        "sentence_vectors": [base64.b64encode(row.tobytes()).decode() for row in halves],
        "hash": digest.hex(),
        **dict(zip(WORDS, words, strict=True)),
        **{count_field(n): len(w.split()) for n, w in zip(WORDS, words, strict=True)},
        **filtering.columns(facts_of(article)),
    }


def renewed(row: Row, article: Article, version: int) -> Row:
    """Return the row of the same passage under another version, of which only the facts differ."""
    number = number_of(article.id, version, int(row["start"]))
    kept = {name: row[name] for name in COPIED}
    moved = {"number": number, "version": version}
    return {**kept, **moved, **filtering.columns(facts_of(article))}


def passage_from(article: Article, row: Row) -> StoredPassage | None:
    """Return the passage of a row; None when it fails its hash: such a one is never shown."""
    try:
        places = base64.b64decode(row["places"], validate=True)
        halves = b"".join(base64.b64decode(v, validate=True) for v in row["sentence_vectors"])
        vector = np.array(row["vector"], dtype=np.float32).tobytes()
        values: list[Any] = [int(row["number"]), int(row["start"]), int(row["stop"])]
        return checked_passage(
            article, [*values, vector, places, halves, bytes.fromhex(row["hash"])]
        )
    except (ValueError, TypeError):
        return None


def owned(row: Row) -> Owned:
    """Return whose passage a row is."""
    return Owned(int(row["number"]), str(row["article"]), int(row["version"]))


def facts_of(article: Article) -> Facts:
    """Return what filters look at."""
    return Facts(article.author, article.published, article.source, article.language)


def signed_of(row: Row) -> Signed:
    """Return an article's signature, by which its near-duplicates are found."""
    values = np.frombuffer(base64.b64decode(row["minhash"]), dtype="<u4")
    return Signed(str(row["id"]), str(row["published"]), values)


def number_of(article_id: str, version: int, start: int) -> int:
    """Return a passage's number: 63 bits of a hash, so that no counter is shared by writers.

    Two of a billion passages have the same one in about one archive of 18 (n² / 2⁶⁴); then one
    of the two is not found.
    """
    whole = f"{version} {start} {article_id}".encode()
    digest = hashlib.blake2b(whole, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def key_of(name: str) -> str:
    """Return an article's id, or a file's address, as a short key, whatever characters it has.

    Milvus' own paging puts keys into expressions as they are: a quote in one would end it.
    """
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def pieces(text: str) -> list[str]:
    """Cut a text into pieces that Milvus takes; joined they are the text.

    >>> pieces("")
    []
    """
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def coded(found: Sequence[str]) -> str:
    """Return terms so that Milvus' `standard` analyzer counts each as one: plain letters, digits.

    >>> coded(["dairi", "1.5", "北京"])
    'dairi x312e35 xe58c97e4baac'
    """
    whole = " ".join(_plain(term) for term in found)
    return whole if len(whole) <= LONGEST else whole[:LONGEST].rpartition(" ")[0]


def _plain(term: str) -> str:
    raw = term.encode()
    if len(raw) > _LONGEST_TERM // 2:
        return f"x{hashlib.blake2b(raw, digest_size=16).hexdigest()}"
    if term.isascii() and term.isalnum() and term == term.lower():
        return term
    return f"x{raw.hex()}"


def _cut(text: str) -> str:
    """Return what Milvus takes of a text that is only listed; the record has all of it."""
    return text[:PIECE]
