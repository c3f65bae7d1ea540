"""A share of the articles: those whose id hashes into one of so many parts.

Each article belongs to exactly one part, on any machine and in any run, so that several ingests
of the same sources can work side by side and none touches what is another's.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

MOST_PARTS = 10_000
_TEXT = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


class Shard(NamedTuple):
    """Part `part` (1-based) of `parts`."""

    part: int
    parts: int

    @staticmethod
    def read(text: str) -> Shard:
        """Read a shard as it is typed.

        >>> Shard.read("3/16")
        Shard(part=3, parts=16)

        Raises:
            ValueError: it is none; the message says what one looks like.
        """
        match = _TEXT.fullmatch(text.strip())
        part, parts = map(int, match.groups()) if match else (0, 0)
        if not 1 <= part <= parts <= MOST_PARTS:
            raise ValueError(f"{text!r} is no shard; write 1/16 to 16/16, or another pair like it")
        return Shard(part, parts)

    def has(self, article_id: str) -> bool:
        """Tell whether an article belongs to this part."""
        digest = hashlib.blake2b(article_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little") % self.parts == self.part - 1

    def __str__(self) -> str:
        return f"{self.part}/{self.parts}"


WHOLE = Shard(1, 1)
"""All articles."""
