"""Remove articles, from everything a library holds, and say what was taken from where.

What encoders remember goes first. The rows go in one transaction, and from then on no reply has
them. Then the derived indexes are published anew, and the write-ahead log is emptied: what was
removed is overwritten on the disk (`secure_delete`), not only forgotten. If that is cut short, the
next change of the library does it (`index.publishing`). Backups are other files, and stay as they
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from corpus.chunk import Chunk
from corpus.errors import SourceError, StorageError
from index import derived, schema
from index.pending import passage_input
from index.publishing import publish_if_behind
from index.remembering import forget
from index.rows import StoredPassage
from index.snapshot import ArticleInfo, Snapshot
from index.writer import Writer, writer_lock


class Receipt(NamedTuple):
    """What was removed: the articles as they were listed, and what went with them.

    `sentences` counts the sentence vectors. `indexes` names the derived files that held them and
    are gone; `log_emptied` is False while a reader still needs the old pages: the next change of
    the library empties the log.
    """

    articles: tuple[ArticleInfo, ...]
    passages: int
    sentences: int
    indexes: tuple[str, ...]
    generation: int
    log_emptied: bool


def remove(folder: Path, ids: Sequence[str]) -> Receipt:
    """Remove the articles with these ids, all or none.

    Of one whose removal was cut short, what is left is removed; the receipt does not list it.

    Raises:
        SourceError: one of them is not there; nothing was removed.
        LibraryError: the library is busy, damaged, or cannot be written.
    """
    wanted = tuple(dict.fromkeys(ids))
    with writer_lock(folder) as place, closing(Writer(folder, place)) as writer:
        found = [(name, Snapshot(writer.connection).listed(name)) for name in wanted]
        held = {name: info for name, info in found if info is not None}
        cut_short = writer.erasing()
        unknown = [name for name in wanted if name not in held and name not in cut_short]
        if unknown:
            raise SourceError(
                f"no article has the id {unknown[0]!r}; nothing was removed; list them with: "
                "quoth articles"
            )
        passages, sentences = _held(writer, wanted)
        snapshot = Snapshot(writer.connection)
        numbers = [n for name in wanted for n in snapshot.passage_numbers(name)]
        _forget(writer, list(snapshot.passages(numbers).values()))
        writer.remove(wanted)
        old = _derived_files(folder)
        try:
            emptied = publish_if_behind(folder, writer)
        except (OSError, StorageError) as error:
            raise StorageError(
                f"{', '.join(wanted)}: removed from the database and from every reply, but the "
                f"old indexes are still there: {error}"
            ) from error
        generation = schema.generation_of(writer.connection)
    now = _derived_files(folder)
    indexes = tuple(name for name in old if name not in now)
    articles = tuple(held.values())
    return Receipt(articles, passages, sentences, indexes, generation, emptied)


def _held(writer: Writer, ids: Sequence[str]) -> tuple[int, int]:
    """Count the passages and the sentence vectors of some articles."""
    passages = sentences = 0
    for name in ids:
        row = writer.connection.execute(
            "SELECT count(*), coalesce(sum(length(p.sentences)), 0) FROM passages p "
            "JOIN articles a ON a.number = p.article WHERE a.id = ?",
            (name,),
        ).fetchone()
        passages, sentences = passages + row[0], sentences + row[1] // 8
    return passages, sentences


def _forget(writer: Writer, stored: Sequence[StoredPassage]) -> None:
    """Take what was removed out of what encoders remember, too.

    Raises:
        StorageError: that cannot be written.
    """
    settings = schema.settings_of(writer.connection)
    inputs = [passage_input(Chunk(one.passage, one.sentences), settings.context) for one in stored]
    try:
        forget(settings.encoder_fingerprint, inputs)
    except OSError as error:
        raise StorageError(
            f"nothing was removed: what encoders remember cannot be changed ({error}); delete "
            f"{error.filename}, then run the same command again"
        ) from error


def _derived_files(folder: Path) -> tuple[str, ...]:
    return tuple(name for each in derived.read_chain(folder) for name in each.files)
