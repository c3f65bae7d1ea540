"""What is stored of near-duplicates, against the texts: signatures, their bands, and the pairs.

None of it has a hash: all of it is made again and compared. It is looked at only where articles
are sound, and pairs only where signatures are, so that one damage is told once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from index.copies import copies_before
from index.finding import Finding
from index.signatures import bands_of, likeness, shingles_of, signature_of

_TEXTS = "SELECT number, id, text FROM articles ORDER BY number"


def copies_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield what is stored of near-duplicates and is not what the texts give.

    Raises:
        sqlite3.DatabaseError: a table cannot be read to its end.
    """
    sound = True
    for number, name, text in connection.execute(_TEXTS):
        for what in _bad_signature(connection, number, text):
            sound = False
            yield Finding(f"article {name}", what)
    if not sound:
        return
    for number, name, text in connection.execute(_TEXTS):
        for what in _bad_pairs(connection, number, text):
            yield Finding(f"article {name}", what)


def _bad_signature(connection: sqlite3.Connection, number: int, text: str) -> Iterator[str]:
    values = signature_of(shingles_of(text))
    stored = connection.execute("SELECT minhash FROM signatures WHERE article = ?", (number,))
    if stored.fetchone() != (values.tobytes(),):
        yield "its signature is not that of its text"
    keys = connection.execute("SELECT key FROM bands WHERE article = ? ORDER BY key", (number,))
    if [key for (key,) in keys] != sorted(bands_of(values)):
        yield "the bands of its signature are not those of its text"


def _bad_pairs(connection: sqlite3.Connection, number: int, text: str) -> Iterator[str]:
    """Compare the pairs with earlier articles; of a crowded article some may be missing."""
    shingles = shingles_of(text)
    found = copies_before(connection, number, shingles, signature_of(shingles))
    (crowded,) = connection.execute(
        "SELECT crowded FROM signatures WHERE article = ?", (number,)
    ).fetchone()
    rows = connection.execute(
        "SELECT other, similarity, text, id FROM copies JOIN articles ON number = other "
        "WHERE article = ? ORDER BY other",
        (number,),
    )
    stored: set[int] = set()
    for other, similarity, copy, name in rows:
        stored.add(other)
        alike = likeness(shingles, shingles_of(copy))
        if not (other < number and alike.are_copies and alike.containment == similarity):
            yield f"it is not the copy of {name} that it is said to be"
    if not crowded and (found.crowded or not found.pairs.keys() <= stored):
        yield "a copy of it is not remembered as one"
