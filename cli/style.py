"""Colours and widths for the terminal; plain when the output is not one."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO


class Style:
    """Wraps text in ANSI codes, or leaves it alone (`NO_COLOR`, pipes, dumb terminals)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        stream = stream or sys.stdout
        self.on = (
            stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        )
        self.width = min(shutil.get_terminal_size((88, 24)).columns, 100)

    def _wrap(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.on and text else text

    def bold(self, text: str) -> str:
        """For titles."""
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        """For what stands beside."""
        return self._wrap("2", text)

    def sentence(self, text: str) -> str:
        """For a lit sentence."""
        return self._wrap("33", text)

    def answer(self, text: str) -> str:
        """For the answering words. Without colours they stand in brackets."""
        return self._wrap("1;30;43", text) if self.on else f"[{text}]"

    def warn(self, text: str) -> str:
        """For problems."""
        return self._wrap("31", text)
