"""`quoth backup`, `restore` and `upgrade`: a library as one file, and back, and up to date.

How it is done safely is in `index.backup`; here the progress is shown, and where things are.
"""

from __future__ import annotations

from argparse import Namespace

from cli.progress import CountLine


def run_backup(options: Namespace) -> int:
    """Write a backup and say where it is; returns 0."""
    from index.backup import backup

    progress = CountLine("pages")
    try:
        size = backup(options.library, options.file, force=options.force, watch=progress)
    finally:
        progress.close()
    print(f"{options.file}: {size / 1e6:,.1f} MB, verified; put it back with: "
          f"quoth restore {options.file}")  # fmt: skip
    return 0


def run_restore(options: Namespace) -> int:
    """Put a backup back and say what became of the old library; returns 0."""
    from index.backup import restore
    from index.library import Library

    progress = CountLine("pages")
    try:
        kept = restore(options.file, options.library, force=options.force, watch=progress)
    finally:
        progress.close()
    library = Library.open(options.library)
    try:
        with library.snapshot() as snapshot:
            articles, passages = snapshot.size()
    finally:
        library.close()
    print(f"{options.library}: {articles} articles, {passages} passages, from {options.file}")
    if kept is not None:
        print(f"the library that was there is kept as {kept}; remove it when you are sure")
    return 0


def run_upgrade(options: Namespace) -> int:
    """Bring a library up to date and say what was done; returns 0."""
    from index.upgrade import upgrade

    schemas = upgrade(options.library)
    if schemas is None:
        print(f"{options.library} is up to date")
    else:
        print(f"{options.library}: from schema {schemas[0]} to {schemas[1]}; nothing was encoded "
              "again, and nothing is lost")  # fmt: skip
    return 0
