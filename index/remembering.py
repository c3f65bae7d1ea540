"""An encoder that remembers: no passage is encoded twice, whatever library it goes into.

    ~/.cache/quoth/vectors/1-<encoder's fingerprint>.sqlite

A passage is known by a hash of all that the encoder sees of it: context, words, and where its
sentences are. So an article that moved, a new version of which most stayed, or another library of
the same articles costs only what is new. Each row carries a hash of its own. It is a cache: it may
be deleted at any time, is never larger than it may be (the oldest rows go first), and whatever is
wrong with it means encoding again, which one line says.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from corpus.article import Span
from corpus.problem import reason_of
from index.compiled import cache_home, check_owner
from index.encoder import Encoded, Encoder, PassageInput, Vectors

FORMAT = 1
DEFAULT_MEGABYTES = 500
"""Some 35,000 passages."""

_BUSY_SECONDS = 5.0
_TABLE = """
CREATE TABLE IF NOT EXISTS vectors (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, rows BLOB NOT NULL, hash BLOB NOT NULL
)
"""
_BATCH = 500
_KEEP = 0.75
"""Share of the rows that stays when there is no more room."""
_log = logging.getLogger("quoth.index")


class RememberingEncoder:
    """An encoder that looks up what was encoded before; a context that is left when all is in.

    `known` counts the passages that needed no encoding. With 0 `megabytes` it remembers nothing.
    """

    def __init__(self, encoder: Encoder, megabytes: int, folder: Path | None = None) -> None:
        self._encoder = encoder
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension, self.max_tokens = encoder.dimension, encoder.max_tokens
        self.known = 0
        self._most = megabytes * 1_000_000
        self._connection: sqlite3.Connection | None = None
        if megabytes:
            with self._or_without():
                self._connection = self._opened(folder or cache_home().with_name("vectors"))

    def __enter__(self) -> RememberingEncoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        return self._encoder.count(texts)

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`."""
        return self._encoder.spans(text)

    def encode_question(self, question: str) -> Vectors:
        """Encode one question; shape `(1, d)`."""
        return self._encoder.encode_question(question)

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode the passages that are not known; return all, in the order given."""
        keys = [_key(item) for item in inputs]
        rows = self._looked_up(keys, [len(item.sentences) for item in inputs])
        new = [at for at, key in enumerate(keys) if key not in rows]
        if new:
            encoded = self._encoder.encode_passages([inputs[at] for at in new])
            made = {
                keys[at]: np.concatenate([encoded.passages[n : n + 1], encoded.sentences[n]])
                for n, at in enumerate(new)
            }
            self._keep(made)
            rows |= made
        self.known += len(inputs) - len(new)
        whole = [rows[key] for key in keys]
        passages = np.array([each[0] for each in whole], dtype=np.float32)
        return Encoded(passages.reshape(-1, self.dimension), [each[1:] for each in whole])

    def close(self) -> None:
        """Make room, and close the cache."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with self._or_without():
            self._make_room(connection)
        connection.close()

    def _opened(self, folder: Path) -> sqlite3.Connection:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_owner(folder)
        connection = sqlite3.connect(
            _file(folder, self.fingerprint), isolation_level=None, timeout=_BUSY_SECONDS,
            check_same_thread=False,
        )  # fmt: skip
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # what a crash takes is encoded again
        connection.execute(_TABLE)
        return connection

    def _looked_up(self, keys: Sequence[bytes], sentences: Sequence[int]) -> dict[bytes, Vectors]:
        """Return the vectors (1 + sentences, d) of passages that are known, by key."""
        found: dict[bytes, Vectors] = {}
        expected = dict(zip(keys, sentences, strict=True))
        with self._or_without():
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                query = f"SELECT key, rows, hash FROM vectors WHERE key IN ({marks})"
                for key, data, digest in self._execute(query, batch):
                    size = 4 * self.dimension * (1 + expected[key])
                    if len(data) == size and _hash(key, data) == digest:
                        rows = np.frombuffer(data, dtype=np.float32)
                        if np.isfinite(rows).all():  # earlier versions kept whatever came
                            found[key] = rows.reshape(-1, self.dimension)
        return found

    def _keep(self, made: dict[bytes, Vectors]) -> None:
        """Remember vectors; not those that are no numbers, which the next try may get right."""
        with self._or_without():
            rows = [
                (key, rows.astype(np.float32).tobytes())
                for key, rows in made.items()
                if np.isfinite(rows).all()
            ]
            self._execute("BEGIN IMMEDIATE")
            if self._connection is not None:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vectors (key, rows, hash) VALUES (?, ?, ?)",
                    [(key, data, _hash(key, data)) for key, data in rows],
                )
            self._execute("COMMIT")

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Let the oldest rows go when the file is larger than it may be."""
        pages, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size")
        )
        if pages * size <= self._most:
            return
        (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
        stay = int(_KEEP * count * self._most / (pages * size))
        connection.execute(
            "DELETE FROM vectors WHERE number NOT IN "
            "(SELECT number FROM vectors ORDER BY number DESC LIMIT ?)",
            (stay,),
        )
        connection.execute("VACUUM")

    def _execute(self, query: str, values: Sequence[bytes] = ()) -> list[tuple[bytes, ...]]:
        if self._connection is None:
            return []
        return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        """Go on without the cache when something is wrong with it; say so once."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            _log.warning("encoded passages are not remembered (%s)", reason_of(error))
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()


def forget(fingerprint: str, inputs: Sequence[PassageInput], folder: Path | None = None) -> int:
    """Let the vectors of passages go that an encoder's cache may hold; return how many there were.

    Raises:
        OSError: the cache cannot be written; nothing was forgotten.
    """
    path = _file(folder or cache_home().with_name("vectors"), fingerprint)
    if not path.is_file():
        return 0
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
        with closing(connection):
            connection.execute("PRAGMA secure_delete = ON")
            gone = sum(
                connection.execute("DELETE FROM vectors WHERE key = ?", (_key(item),)).rowcount
                for item in inputs
            )
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise OSError(errno.EIO, reason_of(error), str(path)) from error
    return gone


def _file(folder: Path, fingerprint: str) -> Path:
    name = hashlib.blake2b(fingerprint.encode(), digest_size=16).hexdigest()
    return folder / f"{FORMAT}-{name}.sqlite"


def _key(item: PassageInput) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    spans = ",".join(f"{span.start}-{span.end}" for span in item.sentences)
    for part in (item.context, item.text, spans):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.digest()


def _hash(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16, key=key).digest()
