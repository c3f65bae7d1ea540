"""`quoth verify`: is everything in the library as it was written?

What is checked is in `index.verify`. Problems go to standard output, one a line; the progress to
standard error.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli.progress import CountLine
from cli.store import place_of, store_of
from corpus.errors import LibraryError

if TYPE_CHECKING:
    from index.finding import Finding

PROBLEMS = 11
_MOST_IN_JSON = 1_000


def run(options: Namespace) -> int:
    """Verify and print; returns 0 when all is well, else `PROBLEMS`."""
    progress = CountLine("articles")
    kept: list[Finding] = []
    count = 0
    try:
        for finding in _findings(options, progress):
            count += 1
            if not options.json:
                progress.close()
                print(finding, flush=True)
            elif len(kept) < _MOST_IN_JSON:
                kept.append(finding)
    finally:
        progress.close()
    size = (None, None) if count else _size(options)
    if options.json:
        _print_json(place_of(options), size, count, kept)
    elif not count:
        print(f"{place_of(options)}: all is well ({size[0]} articles, {size[1]} passages)")
    return PROBLEMS if count else 0


def _findings(options: Namespace, progress: CountLine) -> Iterator[Finding]:
    if options.store is not None:
        from index.milvus.store import MilvusStore
        from index.milvus.verify import verify as verify_store

        store = MilvusStore.open(options.store)
        try:
            yield from verify_store(store.client, progress)
        finally:
            store.close()
        return
    from index.verify import verify

    yield from verify(options.library, progress)
    yield from _remembered(options.library)


def _remembered(folder: Path) -> Iterator[Finding]:
    """Look whether what `tune` chose can be read; a database that cannot be opened was told."""
    from index.finding import Finding
    from index.library import Library
    from qa.rules import TUNED, AskRules

    try:
        library = Library.open(folder)
    except (LibraryError, ValueError, TypeError, KeyError):
        return
    try:
        with library.snapshot() as snapshot:
            tuned = snapshot.meta(TUNED)
        if tuned:
            AskRules.from_json(tuned)
    except LibraryError as error:
        what, _, cure = str(error).partition("; ")
        yield Finding(str(folder), what, cure)
    finally:
        library.close()


def _size(options: Namespace) -> tuple[int, int]:
    library = store_of(options)
    try:
        with library.snapshot() as snapshot:
            return snapshot.size()
    finally:
        library.close()


def _print_json(
    place: str, size: tuple[int | None, int | None], count: int, kept: list[Finding]
) -> None:
    whole = {
        "library": place,
        "status": "damaged" if count else "well",
        "articles": size[0],
        "passages": size[1],
        "count": count,
        "problems": [asdict(finding) for finding in kept],
    }
    print(json.dumps(whole, ensure_ascii=False, indent=1))
