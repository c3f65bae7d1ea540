"""The derived indexes on disk: built from the database, stamped, and never trusted.

A library folder holds segments, of which most have one: `meaning-<generation>.faiss`,
`words-<generation>/` and their manifest, which is renamed into place last; it names both with
their SHA-256, the settings and the passages they cover. Loading checks all of it; whatever does
not agree means the files are ignored and built again from the database, which is the only truth.

Up to `WHOLE_MOST` passages every publication is of everything. Beyond, only what is new becomes a
segment, together with the segments before it that are no larger than a few times that: so sizes
fall from one to the next, there are few of them, and a passage is indexed again some times at most
(the log-structured merge of O'Neil et al., 1996, as Lucene does it, too).
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.clusters import DEFAULT_RECALL
from index.durable import (
    TEMPORARY_SUFFIX,
    durable_write,
    fsync_folder,
    fsync_tree,
    sha256_of,
    sha256_of_tree,
    storage_error,
)
from index.manifest import MANIFEST, Manifest, read_chain, read_manifest
from index.meaning import Meaning
from index.snapshot import Snapshot
from index.words import Words

__all__ = [
    "MANIFEST", "Manifest", "Segment", "build", "is_current", "load", "needed_bytes", "publish",
    "read_chain", "read_manifest", "sweep",
]  # fmt: skip

WHOLE_MOST = 5_000
"""Passages up to which everything is built again: a second or two."""
GROWTH = 3
"""A segment stays as it is when what comes after it has less than one in `GROWTH` of its size."""
DEAD_MOST = 0.2
"""Share of passages covered but gone since, from which on everything is built again."""

_PROBES = 4
_SAMPLE = 200
_WORDS_BYTES_PER_CHARACTER = 0.5
_log = logging.getLogger("quoth.index")


@dataclass(frozen=True)
class Segment:
    """Both indexes over the passages beyond `after` up to `last`, in memory.

    `published` is the manifest it was read by, if it was.
    """

    generation: int
    last: int
    meaning: Meaning
    words: Words
    after: int = 0
    published: Manifest | None = None

    def __len__(self) -> int:
        return len(self.meaning)


def build(
    snapshot: Snapshot,
    dimension: int,
    words_folder: Path | None = None,
    after: int = 0,
    recall: float = DEFAULT_RECALL,
) -> Segment:
    """Build both indexes over what comes after a passage; the words in a folder or in memory."""
    meaning = Meaning.gather(
        lambda: snapshot.vector_batches(after, dimension),
        snapshot.count_after(after),
        lambda: snapshot.sentence_sample(after, _SAMPLE, dimension),
        dimension,
        recall,
    )
    words = Words.build(snapshot.words_after(after), words_folder)
    return Segment(snapshot.generation, snapshot.last_number(), meaning, words, after)


def needed_bytes(snapshot: Snapshot, dimension: int) -> int:
    """Return about how many bytes the indexes of a library take on disk."""
    vectors = snapshot.size()[1] * (4 * dimension + 8)
    return vectors + int(_WORDS_BYTES_PER_CHARACTER * snapshot.characters())


def publish(
    folder: Path,
    snapshot: Snapshot,
    settings: str,
    dimension: int,
    check: Callable[[], None] = lambda: None,
    *,
    erasing: bool = False,
) -> None:
    """Write both indexes and the manifest; the writer's lock must be held.

    `check` raises if `folder` is no longer the library's: to build takes a while, and nothing of
    it may count in another one. With `erasing` no segment stays that holds a passage that is gone.

    Raises:
        StorageError: the disk is full; what was published before stays in force.
        LibraryError: the folder may not be written.
    """
    try:
        kept = _kept(folder, snapshot, settings, erasing=erasing)
        after = kept[-1].last if kept else 0
        if not kept or snapshot.last_number() > after:
            kept += (_publish(folder, snapshot, settings, dimension, check, after),)
        sweep(folder, keep=kept)
    except OSError as error:
        needed = needed_bytes(snapshot, dimension)
        raise storage_error(folder, error, needed_bytes=needed) from error


def _kept(
    folder: Path, snapshot: Snapshot, settings: str, *, erasing: bool
) -> tuple[Manifest, ...]:
    """Return the published segments that stay as they are; see `publish`."""
    held, chain = snapshot.size()[1], list(_usable(folder, snapshot, settings))
    if held <= WHOLE_MOST or not chain:
        return ()
    newer = snapshot.count_after(chain[-1].last)
    covered = sum(each.count for each in chain)
    if covered - (held - newer) > DEAD_MOST * covered:
        return ()
    if erasing:
        still = [_holds_nothing_else(each, snapshot) for each in chain]
        while False in still[: len(chain)]:
            newer += chain.pop().count
    while chain and chain[-1].count < GROWTH * newer:
        newer += chain.pop().count
    whole = [_is_whole(folder, each) for each in chain]
    return tuple(chain[: whole.index(False)] if False in whole else chain)


def _usable(folder: Path, snapshot: Snapshot, settings: str) -> tuple[Manifest, ...]:
    chain = read_chain(folder)
    fits = chain and chain[0].settings == settings
    return chain if fits and chain[-1].generation <= snapshot.generation else ()


def _holds_nothing_else(manifest: Manifest, snapshot: Snapshot) -> bool:
    """Tell whether the database still has every passage of a segment: numbers are never reused."""
    held = snapshot.count_after(manifest.after) - snapshot.count_after(manifest.last)
    return held == manifest.count


def _is_whole(folder: Path, manifest: Manifest) -> bool:
    """Tell whether both files have the hashes of the manifest."""
    try:
        return (
            sha256_of(folder / manifest.meaning) == manifest.meaning_sha256
            and sha256_of_tree(folder / manifest.words) == manifest.words_sha256
        )
    except OSError:
        return False


def _publish(
    folder: Path,
    snapshot: Snapshot,
    settings: str,
    dimension: int,
    check: Callable[[], None],
    after: int,
) -> Manifest:
    """Write one segment, which begins after a passage, and its manifest."""
    generation = snapshot.generation
    words_folder = folder / f"words-{generation}"
    unfinished = folder / (words_folder.name + TEMPORARY_SUFFIX)
    for leftover in (unfinished, words_folder):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        segment = build(snapshot, dimension, unfinished, after)
        fsync_tree(unfinished)
        words_hash = sha256_of_tree(unfinished)
        check()
        unfinished.rename(words_folder)
        fsync_folder(folder)
    except ValueError as error:  # tantivy's writer died, or says so of a full disk
        shutil.rmtree(unfinished, ignore_errors=True)
        raise OSError(str(error)) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    meaning_name = f"meaning-{generation}.faiss"
    meaning_hash = durable_write(folder / meaning_name, segment.meaning.write)
    manifest = Manifest(
        generation, settings, segment.last, len(segment),
        meaning_name, meaning_hash, words_folder.name, words_hash, after,
    )  # fmt: skip
    try:
        check()
    except BaseException:
        shutil.rmtree(words_folder, ignore_errors=True)
        (folder / meaning_name).unlink(missing_ok=True)
        raise
    durable_write(folder / manifest.name, lambda file: file.write(manifest.to_bytes()))
    return manifest


def is_current(folder: Path, snapshot: Snapshot, settings: str) -> bool:
    """Tell whether what is published is whole and covers exactly the passages there are.

    Numbers only grow and are never used twice, so the highest one and the count tell. A large
    library's may cover some that are gone.
    """
    chain, held = _usable(folder, snapshot, settings), snapshot.size()[1]
    if not chain or chain[-1].last != snapshot.last_number():
        return False
    covered = sum(each.count for each in chain)
    dead = covered - held
    if dead and (dead < 0 or held <= WHOLE_MOST or dead > DEAD_MOST * covered):
        return False
    return all(_is_whole(folder, each) for each in chain)


def sweep(folder: Path, keep: Sequence[Manifest]) -> None:
    """Remove what older generations and stopped writers left; the writer's lock must be held."""
    kept = {name for each in keep for name in (*each.files, each.name)} | {MANIFEST}
    for path in folder.iterdir():
        derived = path.name.startswith(("meaning-", "words-", "manifest-"))
        if derived and path.name not in kept and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif (derived and path.name not in kept) or path.name == MANIFEST + TEMPORARY_SUFFIX:
            path.unlink(missing_ok=True)


def load(
    folder: Path,
    snapshot: Snapshot,
    settings: str,
    dimension: int,
    held: Sequence[Segment] = (),
    recall: float = DEFAULT_RECALL,
) -> tuple[Segment, ...]:
    """Return the published segments as far as every check passes; else build one in memory.

    Those that are `held` already are not read again.
    """
    segments: list[Segment] = []
    known = {each.published: each for each in held if each.published}
    for manifest in read_chain(folder):
        segment, problem = known.get(manifest), ""
        if segment is None:
            try:
                segment, problem = _load_checked(
                    folder, manifest, snapshot, settings, dimension, recall
                )
            except (OSError, RuntimeError, ValueError, TypeError) as error:
                problem = str(error).splitlines()[0] if str(error) else "unreadable"
        if segment is None:
            _log.warning("indexes of generation %s not used (%s)", manifest.generation, problem)
            break
        segments.append(segment)
    return tuple(segments) or (build(snapshot, dimension, recall=recall),)


def _load_checked(
    folder: Path, manifest: Manifest, snapshot: Snapshot, settings: str, dimension: int,
    recall: float,
) -> tuple[Segment | None, str]:  # fmt: skip
    """Check hashes, settings, counts and a few vectors; return the segment or the first problem."""
    if manifest.settings != settings or manifest.generation > snapshot.generation:
        return None, "made for other settings or a later generation"
    if sha256_of(folder / manifest.meaning) != manifest.meaning_sha256:
        return None, f"{manifest.meaning} is damaged"
    if sha256_of_tree(folder / manifest.words) != manifest.words_sha256:
        return None, f"{manifest.words} is damaged"
    meaning = Meaning.read(folder / manifest.meaning, recall)
    words = Words.open(folder / manifest.words)
    if meaning.dimension != dimension or not len(meaning) == len(words) == manifest.count:
        return None, "counts or dimension disagree"
    if meaning.last != manifest.last:  # else newer passages would be left out, or found twice
        return None, "the highest number disagrees"
    if not _probes_agree(meaning, snapshot, manifest, dimension):
        return None, "vectors disagree with the database"
    return (
        Segment(manifest.generation, manifest.last, meaning, words, manifest.after, manifest),
        "",
    )


def _probes_agree(meaning: Meaning, snapshot: Snapshot, manifest: Manifest, dimension: int) -> bool:
    """Look a few passages up that the database still has, and compare their vectors."""
    numbers, vectors = snapshot.first_and_last_vectors(
        manifest.after, manifest.last, _PROBES, dimension
    )
    return meaning.finds_itself(list(numbers), vectors)
