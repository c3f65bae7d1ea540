"""The archive that the options of a command mean: its folder, encoder, reader, time to read."""

from __future__ import annotations

from argparse import Namespace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from cli.store import store_of

if TYPE_CHECKING:
    from qa.archive import Archive


def archive_of(options: Namespace, folder: Path | None = None) -> Archive:
    """Open the store or library that is named, or the library in `folder`, ready for questions."""
    from qa.archive import Archive
    from qa.reader.choose import reader_for

    limit = inf if options.read_ms is None else float(options.read_ms)
    reader = reader_for(options.reader, reranker=options.reranker, milliseconds=limit)
    if folder is None:
        return Archive.over(store_of(options), encoder=options.encoder, reader=reader)
    return Archive.open(folder, encoder=options.encoder, reader=reader, recall=options.recall)
