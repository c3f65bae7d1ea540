"""Which articles are near-duplicates: found when an article comes in, kept as pairs.

    text ─▶ signature ─▶ bands shared with others ─▶ candidates ─▶ their shingles ─▶ pairs

Everything is part of the transaction that brings the article. The bands are an indexed table, so
that one article more costs the same few look-ups however many there are. What counts as a copy is
decided in `index.signatures`; what a question makes of it in `qa.duplicates`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from index.signatures import Values, bands_of, estimate, likeness, shingles_of, signature_of

_BATCH = 500
_MOST_IN_BAND = 256
_MOST_COPIES = 64
"""Pairs of one article with earlier ones; a thousand prints of one page are no million pairs."""
_MOST_COMPARED = 256
"""Texts that one article is compared with, the most alike by their signatures first."""
_MOST_CHARACTERS = 4_000_000
"""Characters of all these texts together, about a second's work: hundreds of huge pages that are
alike would otherwise hold up an ingest for minutes."""
_LEAST_ESTIMATE = 0.1
"""Below this, the shingles are not looked at: the least alike of copies have .23, give or take .04
in an estimate."""


class Copies(NamedTuple):
    """What is known of an article's likeness to earlier ones: row numbers, and containment.

    `crowded` tells that there were too many to look at all of them; then there may be more.
    """

    pairs: dict[int, float]
    crowded: bool


class CopyGroup(NamedTuple):
    """Articles that are linked by likeness: ids, newest first, and for each the highest likeness
    to another of them. `crowded`: there may be more pairs than were looked at."""

    ids: tuple[str, ...]
    similarity: tuple[float, ...]
    crowded: bool


def record_copies(connection: sqlite3.Connection, number: int, text: str) -> int:
    """Keep signature, bands and pairs of the article in that row; part of the caller's transaction.

    Returns how many near-duplicates of it were found.
    """
    shingles = shingles_of(text)
    values = signature_of(shingles)
    found = copies_before(connection, number, shingles, values)
    connection.execute(
        "INSERT INTO signatures VALUES (?, ?, ?)", (number, values.tobytes(), found.crowded)
    )
    connection.executemany(
        "INSERT INTO bands VALUES (?, ?)", [(key, number) for key in bands_of(values)]
    )
    connection.executemany(
        "INSERT INTO copies VALUES (?, ?, ?)",
        [(number, other, similarity) for other, similarity in found.pairs.items()],
    )
    return len(found.pairs)


def copies_before(
    connection: sqlite3.Connection, number: int, shingles: frozenset[str], values: Values
) -> Copies:
    """Return the near-duplicates of an article among those in rows before its own."""
    near, crowded = _candidates(connection, number, values)
    pairs: dict[int, float] = {}
    room = _MOST_CHARACTERS
    for other in near:
        if len(pairs) == _MOST_COPIES or room <= 0:
            return Copies(pairs, crowded=True)
        (text,) = connection.execute(
            "SELECT text FROM articles WHERE number = ?", (other,)
        ).fetchone()
        room -= len(text)
        found = likeness(shingles, shingles_of(text))
        if found.are_copies:
            pairs[other] = found.containment
    return Copies(pairs, crowded)


def _candidates(
    connection: sqlite3.Connection, number: int, values: Values
) -> tuple[list[int], bool]:
    """Return earlier rows that share a band, the most alike first; and whether a band had more."""
    shared: set[int] = set()
    crowded = False
    for key in bands_of(values):
        rows = connection.execute(
            "SELECT article FROM bands WHERE key = ? AND article < ? ORDER BY article DESC LIMIT ?",
            (key, number, _MOST_IN_BAND + 1),
        ).fetchall()
        crowded |= len(rows) > _MOST_IN_BAND
        shared.update(chain.from_iterable(rows[:_MOST_IN_BAND]))
    signatures = _signatures(connection, list(shared))
    alike = {other: estimate(values, signature) for other, signature in signatures.items()}
    near = [other for other, share in alike.items() if share >= _LEAST_ESTIMATE]
    near.sort(key=lambda other: (-alike[other], -other))
    return near[:_MOST_COMPARED], crowded or len(near) > _MOST_COMPARED


def _signatures(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Values]:
    found: dict[int, Values] = {}
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        rows = connection.execute(
            "SELECT article, minhash FROM signatures "
            f"WHERE article IN ({', '.join('?' * len(batch))})",
            batch,
        )
        found.update((number, np.frombuffer(raw, dtype="<u4")) for number, raw in rows)
    return found


def copies_among(connection: sqlite3.Connection, ids: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs of near-duplicates among the articles named, each in both orders."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        "SELECT a.id, b.id FROM copies JOIN articles a ON a.number = copies.article "
        f"JOIN articles b ON b.number = copies.other WHERE a.id IN ({marks}) AND b.id IN ({marks})",
        [*ids, *ids],
    )
    return frozenset(pair for a, b in rows for pair in ((a, b), (b, a)))


def copy_groups(connection: sqlite3.Connection) -> list[CopyGroup]:
    """Return all groups of near-duplicates, those with the newest article first.

    Articles belong together when one is a copy of the other, or both of a third.
    """
    best: dict[int, float] = {}
    leader: dict[int, int] = {}
    for article, other, similarity in connection.execute("SELECT * FROM copies"):
        for each in (article, other):
            best[each] = max(best.get(each, 0.0), similarity)
            leader.setdefault(each, each)
        leader[_root(leader, article)] = _root(leader, other)
    groups: dict[int, list[tuple[str, str, int, bool]]] = {}
    for number, *known in connection.execute(
        "SELECT number, coalesce(published, ''), id, crowded FROM articles "
        "JOIN signatures ON article = number ORDER BY 2 DESC, 3"
    ):
        if number in leader:
            published, name, crowded = known
            member = (published, name, number, bool(crowded))
            groups.setdefault(_root(leader, number), []).append(member)
    return [
        CopyGroup(
            tuple(name for _, name, _, _ in group),
            tuple(best[number] for _, _, number, _ in group),
            any(crowded for *_, crowded in group),
        )
        for group in groups.values()
    ]


def _root(leader: dict[int, int], number: int) -> int:
    """Return who stands for a group, and shorten the way there."""
    way = []
    while leader[number] != number:
        way.append(number)
        number = leader[number]
    leader.update(dict.fromkeys(way, number))
    return number
