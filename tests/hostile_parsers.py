"""Parsers for the sandbox's tests: they run in the child, and do there what bad files make do."""

from __future__ import annotations

import os
import sys
import time

from corpus.formats import Block, RawArticle
from corpus.problem import Problem

Result = tuple[list[RawArticle], list[Problem]]


def by_word(data: bytes, suffix: str, name: str) -> Result:
    """Do what the file's first word says; anything else is an article."""
    word = data.split()[0].decode() if data.split() else ""
    action = {
        "sleep": lambda: time.sleep(60),
        "spin": _spin,
        "bomb": lambda: bytearray(2_000_000_000),
        "crash": lambda: os.abort(),
        "exit": lambda: os._exit(0),
        "raise": lambda: 1 / 0,
        "nest": _nest,
        "print": lambda: (
            print("noise " * 1000, flush=True),
            os.write(1, b"noise"),
            os.write(2, b"x"),
        ),
        "write": lambda: os.write(os.open(name, os.O_CREAT | os.O_WRONLY), b"x"),
        "huge": lambda: None,
    }.get(word)
    if action is not None:
        action()
    text = "x" * 100_000 if word == "huge" else f"{data.decode()} pid {os.getpid()}"
    return [RawArticle(name, (Block(text),))], []


def _spin() -> None:
    while True:
        pass


def _nest() -> None:
    def down(depth: int) -> int:
        return down(depth + 1)

    down(0)


def broken(data: bytes, suffix: str, name: str) -> Result:
    """Never gets this far: importing the module it is named in fails."""
    sys.exit(3)
