"""Where a library may live: made in a new or empty folder, and never with other settings.

Filling it is `index.ingest`; the tables are `index.schema`.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from corpus.errors import LibraryMismatch, NotALibrary
from index import schema
from index.encoder import Encoder
from index.progress import IngestRules
from index.writer import LOCK

TOKENS = "tokens.json"
"""The hashes of the API tokens; written by `web.tokens`, no part of a backup."""

FEEDBACK = "feedback.sqlite"
"""The votes of visitors; written by `index.feedback`, no part of a backup either."""


def open_or_create(folder: Path, encoder: Encoder, rules: IngestRules) -> None:
    """Make the library if there is none, else check that it was built the same way.

    Raises:
        LibraryMismatch: something that shapes its content was another; both values are named.
    """
    wanted = schema.Settings(
        encoder.name, encoder.fingerprint, encoder.dimension, rules.chunk, rules.context
    )
    remove_unfinished(folder)
    if not (folder / schema.DATABASE).exists():
        schema.create(folder, wanted)
        return
    connection = schema.connect(folder)
    found = schema.settings_of(connection)
    connection.close()
    for field in fields(schema.Settings):
        name = field.name
        old, new = getattr(found, name), getattr(wanted, name)
        if old != new and name != "encoder":  # an encoder is known by its fingerprint
            raise LibraryMismatch(
                f"{folder} was built with {name} {old!r} (encoder {found.encoder!r}), not {new!r} "
                f"(encoder {wanted.encoder!r}); use the old setting, or ingest into a new library "
                "with --library NEW"
            )


def usable(folder: Path) -> Path:
    """Refuse a folder that holds other things: a library is not mixed into someone's files."""
    if folder.is_file():
        raise NotALibrary(f"{folder} is a file; name a folder: --library FOLDER")
    ours = {LOCK, TOKENS, FEEDBACK}
    if folder.is_dir() and not (folder / schema.DATABASE).exists():
        others = sorted(
            path.name
            for path in folder.iterdir()
            if path.name not in ours and not path.name.startswith(schema.UNFINISHED)
        )
        # Asked again: a first ingest beside us may have made the library while we looked.
        if others and not (folder / schema.DATABASE).exists():
            raise NotALibrary(
                f"{folder} holds no library but other files ({others[0]} …); "
                "name a new or empty folder: --library FOLDER"
            )
    return folder


def remove_unfinished(folder: Path) -> None:
    """Remove what a process left that died while it made a database; under the writer's lock."""
    for path in folder.glob(schema.UNFINISHED + "*"):
        path.unlink(missing_ok=True)
