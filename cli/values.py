"""Values that options take as text: a port, a share, a number; each says what it may be."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path


def text(given: str) -> str:
    """Return what was typed, if it is text: it may come from a shell or a file of any encoding.

    What is not can be neither stored nor looked for, nor be the name of a library's folder.
    """
    bad = next((each for each in given if each == "\0" or "\ud800" <= each <= "\udfff"), None)
    if bad is not None:
        what = "a NUL character" if bad == "\0" else f"the byte 0x{ord(bad) & 0xFF:x}, no UTF-8"
        raise ArgumentTypeError(f"it holds {what}; give (or rename) it as UTF-8 text")
    return given


def named_path(given: str) -> Path:
    """Read the path of a file whose name is kept in what is made of it."""
    return Path(text(given))


def port(text: str) -> int:
    """Read a port's number."""
    number = positive(text)
    if number > 65_535:
        raise ArgumentTypeError(f"{text!r} is no port; ports end at 65535")
    return number


def share(text: str) -> float:
    """Read a share between 0 and 1, such as "5%" or "0.05"; "5" alone could mean either."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"{text!r} is no share between 0 and 1; write 5% or 0.05")
    return value


def recall(text: str) -> float:
    """Read a share above 0 and up to 1: all of them, which is 100%."""
    return 1.0 if text.strip() in {"1", "1.0", "100%"} else share(text)


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    number = int(text) if text.strip().isdecimal() and len(text) < 20 else 0
    if number < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def count(text: str) -> int:
    """Read a whole number, 0 included."""
    return 0 if text.strip() == "0" else positive(text)


def at_most(most: int, text: str) -> int:
    """Read a whole number from 1 to `most`."""
    number = positive(text)
    if number > most:
        raise ArgumentTypeError(f"{text!r} is too many; {most:,} are the most")
    return number
