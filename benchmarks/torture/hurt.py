"""Ways to damage bytes, as disks, crashes and careless hands do. Shared by all harnesses here."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

PAGE = 4_096
Hurt = Callable[[Random, bytes], bytes]


def _place(dice: Random, data: bytes) -> int:
    """Return a place: anywhere, near the beginning, near the end, or at a border of a page."""
    if not data:
        return 0
    anywhere = dice.randrange(len(data))
    near = min(dice.randrange(64), len(data) - 1)
    return dice.choice((anywhere, anywhere, near, len(data) - 1 - near, anywhere // PAGE * PAGE))


def cut(dice: Random, data: bytes) -> bytes:
    """Keep only what stands before a place."""
    return data[: _place(dice, data)]


def flip(dice: Random, data: bytes) -> bytes:
    """Flip one bit."""
    return flip_at(data, _place(dice, data), dice.randrange(8))


def flip_at(data: bytes, place: int, bit: int) -> bytes:
    """Flip the bit of that number (0…7) in the byte at `place`."""
    changed = bytearray(data)
    if changed:
        changed[place] ^= 1 << bit
    return bytes(changed)


def flips(dice: Random, data: bytes) -> bytes:
    """Flip up to twenty bits."""
    for _ in range(dice.randint(2, 20)):
        data = flip(dice, data)
    return data


def zero_page(dice: Random, data: bytes) -> bytes:
    """Fill a page, or a sector, with zeros."""
    size = dice.choice((PAGE, 512, 64))
    start = _place(dice, data) // size * size
    return _over(data, start, bytes(size))


def zero_tail(dice: Random, data: bytes) -> bytes:
    """Fill everything from a place on with zeros: what a power cut leaves."""
    start = _place(dice, data)
    return data[:start] + bytes(len(data) - start)


def garbage_block(dice: Random, data: bytes) -> bytes:
    """Write random bytes over a stretch."""
    return _over(data, _place(dice, data), dice.randbytes(dice.choice((1, 4, 8, 64, 512))))


def garbage(dice: Random, data: bytes) -> bytes:
    """Replace everything by random bytes of about the same length."""
    return dice.randbytes(max(0, len(data) + dice.choice((-1, 0, 0, 1, 100))))


def emptied(_dice: Random, _data: bytes) -> bytes:
    """Leave nothing."""
    return b""


def zeroed(_dice: Random, data: bytes) -> bytes:
    """Leave the length, and zeros."""
    return bytes(len(data))


def doubled(dice: Random, data: bytes) -> bytes:
    """Write a stretch twice."""
    start, size = _place(dice, data), dice.choice((1, 4, 16, 512, PAGE))
    return data[: start + size] + data[start:]


def dropped(dice: Random, data: bytes) -> bytes:
    """Leave a stretch out."""
    start = _place(dice, data)
    return data[:start] + data[start + dice.choice((1, 4, 16, 512)) :]


def swapped(dice: Random, data: bytes) -> bytes:
    """Let two stretches change places."""
    size = dice.choice((4, 16, 64, 512))
    a, b = sorted((_place(dice, data), _place(dice, data)))
    if b - a < size or b + size > len(data):
        return flip(dice, data)
    middle = data[a + size : b]
    return data[:a] + data[b : b + size] + middle + data[a : a + size] + data[b + size :]


def appended(dice: Random, data: bytes) -> bytes:
    """Add bytes at the end."""
    return data + dice.choice((b"\0", b"\n", bytes(512), dice.randbytes(64), data[:512]))


def _over(data: bytes, start: int, block: bytes) -> bytes:
    """Write `block` over the bytes at `start`; the length stays."""
    return (data[:start] + block + data[start + len(block) :])[: len(data)]


WAYS: tuple[Hurt, ...] = (
    cut, cut, flip, flip, flip, flips, zero_page, zero_tail, garbage_block, garbage, emptied,
    zeroed, doubled, dropped, swapped, appended,
)  # fmt: skip
"""What is drawn from; what happens more often on real disks stands more than once."""
