"""Parsing without the sandbox, for harnesses that are about what comes after it.

To start the sandbox takes seconds of processor time, most of a short ingest: kills at random
moments would seldom meet the writing. `benchmarks.torture.sources` is about the sandbox itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from corpus.assemble import assemble_all
from corpus.formats import parse
from corpus.load import Limits, ParsedFile, SourceFile
from index import ingest


def parse_here() -> None:
    """Let ingests of this process parse their files in it."""
    vars(ingest)["read_files"] = _read_files


def _read_files(
    files: Iterable[SourceFile], *, limits: Limits | None = None, workers: int = 1
) -> Iterator[ParsedFile]:
    """Do as `corpus.load.read_files` does, with files that are not hostile."""
    del limits, workers
    for file in files:
        data = file.path.read_bytes()
        raws, problems = parse(data, file.path.suffix.lower(), file.address)
        articles, more = assemble_all(raws, file.address)
        digest = hashlib.sha256(data).hexdigest()
        yield ParsedFile(file, digest, tuple(articles), (*problems, *more))
