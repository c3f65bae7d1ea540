"""What must hold after a kill, and after the run that follows it: the oracle of `kill_ingest`.

The oracle trusts the database alone and looks at every passage in it; the derived indexes are
judged by whether questions through them give what that exhaustive look gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from corpus.errors import LibraryDamaged
from index import derived
from index.encoder import Encoder
from index.join import Hit
from index.library import Library
from index.schema import DATABASE, connect
from index.snapshot import Snapshot
from index.verify_copies import copies_findings
from index.view import View
from index.words import FieldWeights
from qa.archive import Archive
from qa.as_json import reply_json

EVERYTHING = 100_000
QUESTIONS = (
    "How many lorries does the ferry of harbour 7 carry?",
    "When does the ferry leave harbour 12?",
    "What does the council of harbour 31 pay?",
    "Who runs harbour 0?",
    "How much was the subsidy in 1999?",
    "lighthouse keeper of harbour 45",
    "harbour 63",
    "zeppelin",
)
_OURS = re.compile(
    r"library\.sqlite(-wal|-shm)?|manifest(-\d+)?\.json|writer\.lock|meaning-\d+\.faiss|words-\d+"
)

Held = dict[str, tuple[str, tuple[tuple[int, int, bytes], ...]]]
"""Articles by id: fingerprint, and its passages' spans and vectors; only passages whose hash
is right count."""


class Told(NamedTuple):
    """What a killed run had reported: articles done (id → fingerprint), articles removed."""

    done: dict[str, str]
    gone: set[str]

    @classmethod
    def from_log(cls, log: Path) -> Told:
        """Read the log of `benchmarks.kill_child`; a line counts once it is whole."""
        done: dict[str, str] = {}
        gone: set[str] = set()
        for line in log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else ():
            kind, _, rest = line.partition(" ")
            name, _, fingerprint = rest.partition(" ")
            if kind == "done":
                done[name] = fingerprint
            elif kind == "gone":
                gone.add(name)
        return cls(done, gone)


def held(folder: Path) -> Held:
    """Return all that a library holds; nothing if there is none yet."""
    if not (folder / DATABASE).exists():
        return {}
    library = Library.open(folder)
    with library.snapshot() as snapshot:
        found = {info.id: _whole(snapshot, info.id) for info in snapshot.articles()}
    library.close()
    return found


def _whole(snapshot: Snapshot, name: str) -> tuple[str, tuple[tuple[int, int, bytes], ...]]:
    try:
        article = snapshot.article(name)
    except LibraryDamaged:
        article = None
    stored = snapshot.passages(snapshot.passage_numbers(name)).values()
    rows = tuple((*item.passage.span, item.vector.tobytes()) for item in stored)
    return (article.fingerprint if article else "", rows)


def after_kill(folder: Path, told: Told, old: Held, new: Held, encoder: Encoder) -> list[str]:
    """Return what is wrong with a library whose writer was killed."""
    now = held(folder)
    wrong = [f"{name}: reported done, not held" for name in told.done if now.get(name) != new[name]]
    wrong += [f"{name}: reported removed, still held" for name in told.gone if name in now]
    for name in sorted({*old, *new, *now}):
        if now.get(name) not in (old.get(name), new.get(name)):
            wrong.append(f"{name}: neither wholly old nor wholly new")
    if (folder / DATABASE).exists():
        wrong += derived_mismatches(folder, encoder)
        with closing(connect(folder)) as connection:
            wrong += [str(finding) for finding in copies_findings(connection)]
    return wrong


def derived_mismatches(folder: Path, encoder: Encoder) -> Iterator[str]:
    """Yield questions whose hits are not those of an exhaustive look at the database."""
    library = Library.open(folder)
    fields = FieldWeights()
    with library.snapshot() as snapshot:
        numbers, vectors = snapshot.vectors_after(0, encoder.dimension)
        fresh = View.over([derived.build(snapshot, encoder.dimension)], encoder.dimension)
    for question in QUESTIONS:
        found = library.find(question, encoder, candidates=EVERYTHING, fields=fields)
        scores = vectors @ encoder.encode_question(question)[0]
        exact = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
        if not _same(found.by_meaning, exact):
            yield f"{question!r}: by meaning not as by brute force"
        matching = {number for number, _ in fresh.by_words(found.terms, EVERYTHING, fields)}
        if {hit.stored.number for hit in found.by_words} != matching:
            yield f"{question!r}: by words not as by brute force"
    library.close()


def _same(hits: Sequence[Hit], exact: dict[int, float]) -> bool:
    """Tell whether hits are all passages there are, best first, with their exact scores."""
    scores = [hit.score for hit in hits]
    return (
        {hit.stored.number for hit in hits} == set(exact)
        and scores == sorted(scores, reverse=True)
        and np.allclose([exact[hit.stored.number] for hit in hits], scores, atol=1e-5)
    )


def answers(folder: Path, encoder: Encoder) -> list[dict[str, Any]]:
    """Return the replies to all questions as `quoth ask --json` prints them, less the time.

    When an article was captured is all in which two ingests of the same sources may differ.
    """
    archive = Archive(Library.open(folder), encoder)
    replies = [reply_json(archive.ask(question)) for question in QUESTIONS]
    archive.close()
    for reply in replies:
        for extract in [*reply["extracts"], *reply.get("nearest", ())]:
            for article in (extract["article"], *extract["also_in"]):
                del article["captured"]
    return replies


def _copies(folder: Path) -> frozenset[tuple[str, str]]:
    """Return all pairs of near-duplicates a library knows."""
    library = Library.open(folder)
    with library.snapshot() as snapshot:
        pairs = snapshot.copies_among([info.id for info in snapshot.articles()])
    library.close()
    return pairs


def after_completion(folder: Path, reference: Path, encoder: Encoder) -> list[str]:
    """Return what differs from an undisturbed library once the next run is through."""
    wrong = []
    undisturbed, replies = _undisturbed(reference, encoder)
    if held(folder) != undisturbed:
        wrong.append("holds other articles or passages than an undisturbed library")
    if _copies(folder) != _copies(reference):
        wrong.append("knows other near-duplicates than an undisturbed library")
    if answers(folder, encoder) != replies:
        wrong.append("answers differ from those of an undisturbed library")
    return wrong + left_over(folder)


_UNDISTURBED: dict[Path, tuple[Held, list[dict[str, Any]]]] = {}


def _undisturbed(reference: Path, encoder: Encoder) -> tuple[Held, list[dict[str, Any]]]:
    """Return what a library that never changes again holds and answers."""
    if reference not in _UNDISTURBED:
        _UNDISTURBED[reference] = held(reference), answers(reference, encoder)
    return _UNDISTURBED[reference]


def left_over(folder: Path) -> list[str]:
    """Return the files of a library that no run needs any more."""
    wrong = []
    files = {name for each in derived.read_chain(folder) for name in (*each.files, each.name)}
    for path in sorted(folder.iterdir()):
        derived_file = path.name.startswith(("meaning-", "words-", "manifest"))
        if not _OURS.fullmatch(path.name) or (derived_file and path.name not in files):
            wrong.append(f"{path.name} was left over")
    return wrong
