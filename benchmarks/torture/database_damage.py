"""What is done to the database of a library and to the files SQLite keeps beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.torture import hurt
from index.schema import DATABASE

WAL = DATABASE + "-wal"
_HEADER = 100
_WAL_HEADER, _FRAME_HEADER = 32, 24
_FACTS = re.compile(
    rb"Harbour \d+|Tomasz Wilk \d*|Ann Lee|https://example\.org/harbour/\d+|2023-05-12|2023-01-17"
    rb"|articles/harbour-\d\d\.\w+|harbour-\d\d-[0-9a-f]{8}|\[\[0, \d+, 2\]|\[0, \d+\]"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|[0-9a-f]{32}|generation\d+|{\"chunk\".{200}"
    rb"|crowns|lorries|CREATE [A-Z]{5} [^\0]{10,600}"
)


def damage(dice: Random, folder: Path) -> str:
    """Damage the database in `folder`, its WAL, or what stands beside it; return how."""
    path, wal = folder / DATABASE, folder / WAL
    chance = dice.random()
    if wal.exists() and chance < 0.6:
        return _damage_wal(dice, wal)
    if chance > 0.97:
        (folder / f"{DATABASE}-{dice.choice(('journal', 'shm'))}").write_bytes(
            dice.randbytes(5_000)
        )
        return "planted beside"
    data = path.read_bytes()
    way = dice.choice(("any", "flip", "fact", "fact", "cell", "cell", "header", "page"))
    if way == "any":
        chosen = dice.choice(hurt.WAYS)
        way, changed = chosen.__name__, chosen(dice, data)
    elif way == "flip":
        changed = hurt.flip_at(data, dice.randrange(len(data)), dice.randrange(8))
    elif way == "fact":
        changed = _in_a_fact(dice, data)
    elif way == "cell":
        changed = _in_a_cell(dice, data)
    elif way == "header":
        place = dice.randrange(_HEADER)
        block = dice.choice((bytes(1), dice.randbytes(1), dice.randbytes(4), b"\xff" * 4))
        changed = data[:place] + block + data[place + len(block) :]
    else:
        start = dice.randrange(len(data) // hurt.PAGE) * hurt.PAGE
        changed = data[:start] + bytes(hurt.PAGE) + data[start + hurt.PAGE :]
    path.write_bytes(changed)
    return f"database {way}"


def _in_a_fact(dice: Random, data: bytes) -> bytes:
    """Flip one bit inside a stored title, author, source, date, place, hash or setting."""
    start, end = dice.choice([match.span() for match in _FACTS.finditer(data)])
    return hurt.flip_at(data, dice.randrange(start, end), dice.randrange(8))


def _in_a_cell(dice: Random, data: bytes) -> bytes:
    """Flip one bit where a page says what its cells are, or a cell what its columns are.

    A page begins with 8 or 12 bytes, then two bytes for each cell say where it stands
    (https://www.sqlite.org/fileformat2.html#b_tree_pages).
    """
    start = dice.randrange(len(data) // hurt.PAGE) * hurt.PAGE
    if start and dice.random() < 0.7:
        cells = int.from_bytes(data[start + 3 : start + 5], "big")
        pointer = start + 8 + 2 * dice.randrange(max(1, min(cells, 500)))
        start += int.from_bytes(data[pointer : pointer + 2], "big") % hurt.PAGE
    place = min(start + dice.randrange(20), len(data) - 1)
    return hurt.flip_at(data, place, dice.randrange(8))


def _damage_wal(dice: Random, wal: Path) -> str:
    if dice.random() < 0.2:
        wal.unlink()
        return "wal dropped"
    way = dice.choice(hurt.WAYS)
    wal.write_bytes(way(dice, wal.read_bytes()))
    return f"wal {way.__name__}"


def wal_commits(folder: Path) -> Iterator[bytes | None]:
    """Yield the WAL cut after each of its commits, the latest first; None if there is no WAL.

    A frame is a header of 24 bytes and a page; bytes 4 to 8 of the header are not zero in the
    last frame of a commit (https://www.sqlite.org/fileformat2.html#walformat).
    """
    if not (folder / WAL).exists():
        yield None
        return
    data = (folder / WAL).read_bytes()
    size = _FRAME_HEADER + int.from_bytes(data[8:12], "big")
    starts = range(_WAL_HEADER, len(data) - size + 1, size)
    ends = [start + size for start in starts if any(data[start + 4 : start + 8])]
    yield from (data[:end] for end in reversed([_WAL_HEADER, *ends]))
