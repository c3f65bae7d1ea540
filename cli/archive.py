"""The archive that the options of a command mean: its folder, encoder, reader, time to read."""

from __future__ import annotations

from argparse import Namespace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.archive import Archive


def archive_of(options: Namespace, folder: Path | None = None) -> Archive:
    """Open the library in `folder` (default: the one that is named), ready for questions."""
    from qa.archive import Archive
    from qa.reader.choose import reader_for

    limit = inf if options.read_ms is None else float(options.read_ms)
    reader = reader_for(options.reader, reranker=options.reranker, milliseconds=limit)
    return Archive.open(
        folder or options.library, encoder=options.encoder, reader=reader, recall=options.recall
    )
