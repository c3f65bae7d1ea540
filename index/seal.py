"""Hashes over whole rows, since SQLite has none: a flipped bit in a title or a setting is found.

Articles and files carry the hash of their own row, `meta` one over all of its rows. Passages have
theirs in `index.rows`, which covers their words as well.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence

SEAL = "seal"
"""Under this key `meta` keeps the hash of all its other rows."""


def row_hash(values: Sequence[object]) -> bytes:
    """Return the 16-byte BLAKE2b over the values of a row: texts, numbers, nulls.

    A value of any other type, or a text that is no text, gives a hash that no sound row has.
    """
    whole = json.dumps(values, ensure_ascii=True, separators=(",", ":"), default=repr)
    return hashlib.blake2b(whole.encode(), digest_size=16).digest()


def seal_meta(connection: sqlite3.Connection) -> None:
    """Renew the hash over all remembered values; part of the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SEAL, _meta_hash(connection)))


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Tell whether all remembered values are those that were sealed."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (SEAL,)).fetchone()
    return row is not None and row[0] == _meta_hash(connection)


def _meta_hash(connection: sqlite3.Connection) -> str:
    rows = connection.execute("SELECT key, value FROM meta WHERE key != ? ORDER BY key", (SEAL,))
    return row_hash([list(row) for row in rows]).hex()
