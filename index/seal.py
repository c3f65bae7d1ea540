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


_LINE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=repr)


def row_hash(values: Sequence[object]) -> bytes:
    """Return the 16-byte BLAKE2b over the values of a row: texts, numbers, nulls.

    A value of any other type, or a text that is no text, gives a hash that no sound row has.
    """
    return hashlib.blake2b(_LINE.encode(values).encode(), digest_size=16).digest()


def seal_meta(connection: sqlite3.Connection) -> None:
    """Renew the hash over all remembered values; part of the caller's transaction."""
    _, computed = _seals(connection)
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SEAL, computed))


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Tell whether all remembered values are those that were sealed."""
    kept, computed = _seals(connection)
    return kept == [computed]


def _seals(connection: sqlite3.Connection) -> tuple[list[object], str]:
    """Return the hash that is kept, and the one that the values have now.

    One statement reads both: between two, a writer's commit could part them.
    """
    rows = connection.execute("SELECT key, value FROM meta ORDER BY key").fetchall()
    kept = [value for key, value in rows if key == SEAL]
    return kept, row_hash([[key, value] for key, value in rows if key != SEAL]).hex()
