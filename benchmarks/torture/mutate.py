"""Hostile variants of a seed file: of its bytes, of its text, of its structure.

Every variant follows from the dice it is given. Sizes stay small (at most a few megabytes): what
is looked for is work or memory out of proportion, not large files.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Callable
from random import Random

from benchmarks.torture import hurt
from benchmarks.torture.structure import STRUCTURES

_TOKENS = re.compile(rb"[<>\[\]{}(),:;|\"'#*`_=\\&-]|\n|\w+")
_NASTY = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80",
    "\u202e\u2066".encode(), "\u2028\u2029\x85".encode(), "\u0301".encode() * 300, b"\x1b[2J",
    "e\u0301\u0323".encode() * 50, "\U0001f468\u200d\U0001f469".encode() * 20, b"\\ud800",
    b"&#xD800;",
    b"&#0;", b"&#x110000;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml encoding='utf-7'?>",
    b"---\n",
    b"```", b"|", b"\t", b"\r", b"\x0c", b"%", b"{{", b"NaN", b"1e999", b"-" * 70, b"9" * 5_000,
    "２０２３-０１-１７".encode(), "\ufdfa".encode() * 40, b" " * 3_000,
)  # fmt: skip
_CODECS = (
    "utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1", "cp1252", "shift_jis", "gb18030", "koi8_r",
    "iso2022_jp", "cp037", "unicode_escape", "idna", "punycode",
)  # fmt: skip
_MOST_BYTES = 3_000_000


def mutated(dice: Random, kind: str, seed: bytes) -> tuple[str, bytes]:
    """Return what was done to a seed of that kind, and the hostile file."""
    name, data = _mutated(dice, kind, seed)
    if dice.random() < 0.15:
        again = dice.choice((_bytes, _spliced, _repeated))
        more, data = again(dice, data)
        name = f"{name}+{more}"
    return name, data[:_MOST_BYTES]


def _mutated(dice: Random, kind: str, seed: bytes) -> tuple[str, bytes]:
    ways: list[Callable[[Random, bytes], tuple[str, bytes]]] = [
        _bytes,
        _spliced,
        _repeated,
        _recoded,
    ]
    special = STRUCTURES[kind]
    if kind == "docx":
        ways += [_in_the_zip] * 3
    elif kind == "pdf":
        ways += [_number_changed] * 3
    if dice.random() < 0.35:
        structure = dice.choice(special)
        return structure.__name__.strip("_"), structure(dice, seed)
    return dice.choice(ways)(dice, seed)


def _bytes(dice: Random, data: bytes) -> tuple[str, bytes]:
    way = dice.choice(hurt.WAYS)
    return way.__name__, way(dice, data)


def _spliced(dice: Random, data: bytes) -> tuple[str, bytes]:
    """Put something nasty in at a few places, or instead of a token."""
    for _ in range(dice.choice((1, 1, 3, 10))):
        spans = [match.span() for match in _TOKENS.finditer(data[:200_000])]
        start, end = dice.choice(spans) if spans else (0, 0)
        keep = dice.random() < 0.5
        data = data[:start] + dice.choice(_NASTY) + data[start if keep else end :]
    return "spliced", data


def _repeated(dice: Random, data: bytes) -> tuple[str, bytes]:
    """Repeat a stretch between two tokens up to thousands of times."""
    spans = [match.span() for match in _TOKENS.finditer(data[:200_000])]
    if len(spans) < 2:
        return "repeated", data * 3
    start = dice.choice(spans)[0]
    size = dice.choice((1, 2, 5, 20, 200))
    part = data[start : start + size]
    times = min(dice.choice((2, 50, 1_000, 100_000)), 500_000 // len(part))
    return "repeated", data[:start] + part * times + data[start:]


def _recoded(dice: Random, data: bytes) -> tuple[str, bytes]:
    """Write text in another encoding, declared or not, or declare another one."""
    name = dice.choice(_CODECS)
    text = data.decode("utf-8", "replace")
    if dice.random() < 0.4:
        return "declared", text.replace('charset="utf-8"', f'charset="{name}"').encode()
    try:
        return "recoded", codecs.encode(text, name, "replace")
    except (UnicodeError, LookupError):
        return "recoded", text.encode("utf-16-be")


def _number_changed(dice: Random, data: bytes) -> tuple[str, bytes]:
    """Let a number of a PDF lie: a length, a count, an offset, a size of type."""
    spans = [match.span() for match in re.finditer(rb"\d+", data)]
    for _ in range(dice.choice((1, 1, 2, 5))):
        start, end = dice.choice(spans)
        lie = dice.choice((b"0", b"-1", b"1", b"99999999999", b"2147483647", b"1e9", b"7", b"4"))
        data = data[:start] + lie + data[end:]
        spans = [match.span() for match in re.finditer(rb"\d+", data)]
    return "lying number", data


def _in_the_zip(dice: Random, data: bytes) -> tuple[str, bytes]:
    """Unpack a DOCX, change one part, and pack it again."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = dice.choice([*parts, "word/document.xml", "word/document.xml", "docProps/core.xml"])
    way = dice.choice((_bytes, _spliced, _repeated))
    what, parts[name] = way(dice, parts[name])
    if dice.random() < 0.1:
        del parts[dice.choice(list(parts))]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return f"part {what}", out.getvalue()
