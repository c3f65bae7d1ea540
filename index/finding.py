"""`Finding`: one line about one thing in a library that is not as it should be.

What is looked for is in `index.verify`, `index.verify_rows` and `index.verify_derived`. A file
that could not be read on its way in is another matter: see `corpus.problem`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpus.problem import one_line

RESTORE = "put a backup back: quoth restore FILE --force, or ingest again: --library NEW"
REBUILD = "nothing is lost and it is not used; have it built again: quoth ingest FOLDER"


@dataclass(frozen=True)
class Finding:
    """Where something is wrong, what, and what to type next.

    >>> str(Finding("article ferry-1", "its text has changed", "type: quoth restore FILE"))
    'article ferry-1: its text has changed; type: quoth restore FILE'
    """

    where: str
    what: str
    cure: str = RESTORE

    def __str__(self) -> str:
        return one_line(f"{self.where}: {self.what}; {self.cure}")
