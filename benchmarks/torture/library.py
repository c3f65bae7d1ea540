"""A small library to be damaged, and what it must say: brute force over its database.

Sixteen articles of several kinds (headings, authors, dates, a PDF with pages) in two states, so
that derived files of two generations exist. Nothing here damages anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from corpus.load import find_files
from index.ingest import Run, ingest
from index.library import Found, Library
from index.progress import IngestRules
from index.snapshot import Snapshot
from index.terms import question_terms
from index.words import FieldWeights
from index.writer import Writer, writer_lock
from qa.archive import Archive
from qa.as_json import reply_json
from qa.rules import AskRules
from tests.conftest import FakeEncoder
from tests.tiny_pdf import column, tiny_pdf

EVERYTHING = 10_000
FIELDS = FieldWeights()
QUESTIONS = (
    "How many lorries does the ferry of harbour 7 carry?",
    "When does the ferry leave harbour 12?",
    "What does the council of harbour 5 pay?",
    "lighthouse keeper subsidy",
)
_ARTICLES = 16

Hits = list[tuple[int, float]]
"""Passage numbers and scores, best first."""


def write_articles(folder: Path, *, new: bool) -> None:
    """Write the articles; `new` changes every fourth one and adds four."""
    folder.mkdir(exist_ok=True)
    for number in range(_ARTICLES + 4 * new):
        if not new or number % 4 == 0 or number >= _ARTICLES:
            suffix = ("txt", "md", "pdf")[number % 10 % 3]
            path = folder / f"harbour-{number:02}.{suffix}"
            path.write_bytes(_article(number, 2 if new else 1, suffix))


def _article(number: int, version: int, suffix: str) -> bytes:
    carries = f"The ferry of harbour {number} carries {number * 7 + version} lorries a night."
    leaves = f"It leaves harbour {number} at {number % 24:02}:{number * version % 60:02}."
    pays = f"The council of harbour {number} pays a subsidy of {number * 1000 + version} crowns."
    keeper = f"The lighthouse keeper of harbour {number} has counted since {1950 + number}."
    if suffix == "pdf":
        info = {"Title": f"Harbour {number}", "Author": "Ann Lee", "CreationDate": "D:20230117"}
        return tiny_pdf([column(carries, leaves), column(pays, keeper)], info)
    body = f"## Ferry\n\n{carries} {leaves}\n\n## Council\n\n{pays}\n\n{keeper}\n"
    if suffix == "md":
        about = f"title: Harbour {number}\nauthor: Tomasz Wilk {number}\ndate: 2023-05-12"
        source = f"source: https://example.org/harbour/{number}"
        return f"---\n{about}\n{source}\nlang: en\n---\n\n{body}".encode()
    return f"Harbour {number}\n\n{body.replace('## ', '')}".encode()


class States(NamedTuple):
    """Two whole libraries: `old`, and `new`, which the next ingest made of it."""

    old: Path
    new: Path


def build(home: Path) -> States:
    """Make both states under `home`."""
    states = States(home / "old", home / "new")
    write_articles(home / "articles", new=False)
    ingest([home / "articles"], states.old, FakeEncoder())
    shutil.copytree(states.old, states.new)
    write_articles(home / "articles", new=True)
    ingest([home / "articles"], states.new, FakeEncoder())
    return states


def build_with_wal(home: Path) -> list[Path]:
    """Make three libraries: a whole one, and two as a killed writer leaves them, with a WAL.

    The first of those two died before it published its indexes, the second after.
    """
    states = build(home)
    unpublished, published = home / "unpublished", home / "published"
    folder = home / "writing"
    shutil.copytree(states.old, folder)
    with writer_lock(folder):
        run = Run(folder, FakeEncoder(), IngestRules(), lambda _: None)
        run.all_of(find_files([home / "articles"])[0], [(home / "articles").resolve()])
        shutil.copytree(folder, unpublished)
        close = Writer.close

        def copied(writer: Writer) -> None:
            shutil.copytree(folder, published)
            close(writer)

        with mock.patch.object(Writer, "close", copied):
            run.close()
    for dead in (unpublished, published):
        (dead / "library.sqlite-shm").unlink(missing_ok=True)
    return [states.new, unpublished, published]


def archive_of(folder: Path) -> Archive:
    """Open a library with the fake encoder and no bar, so that every reply shows extracts."""
    return Archive(Library.open(folder), FakeEncoder(), rules=AskRules(bar=0.0))


def reply(archive: Archive, question: int) -> dict[str, Any]:
    """Return the reply to one of the questions as `quoth ask --json` prints it."""
    return reply_json(archive.ask(QUESTIONS[question]))


def hits(archive: Archive, question: int) -> tuple[Hits, Hits]:
    """Return all hits by meaning and by words for one of the questions; scores to six digits."""
    found = archive.library.find(
        QUESTIONS[question], archive.encoder, candidates=EVERYTHING, fields=FIELDS
    )
    return _numbered(found, "by_meaning"), _numbered(found, "by_words")


def _numbered(found: Found, name: str) -> Hits:
    return [(hit.stored.number, round(hit.score, 6)) for hit in getattr(found, name)]


def brute_force(snapshot: Snapshot) -> Iterator[tuple[dict[int, float], set[int]]]:
    """Yield for each question the cosine of every passage, and the passages that share a term."""
    encoder = FakeEncoder()
    numbers, vectors = snapshot.vectors_after(0, encoder.dimension)
    rows = list(snapshot.words_after(0))
    for question in QUESTIONS:
        scores = vectors @ encoder.encode_question(question)[0]
        wanted = set(question_terms(question, snapshot.languages()))
        sharing = {row.number for row in rows if wanted & {*row.text, *row.title, *row.heading}}
        yield dict(zip(numbers.tolist(), scores.tolist(), strict=True)), sharing


def difference(found: tuple[Hits, Hits], exact: tuple[dict[int, float], set[int]]) -> str:
    """Return how hits differ from brute force; nothing if they do not."""
    (by_meaning, by_words), (cosines, sharing) = found, exact
    scores = [score for _, score in by_meaning]
    numbers = [number for number, _ in by_meaning]
    if sorted(numbers) != sorted(cosines) or scores != sorted(scores, reverse=True):
        return "by meaning not all passages, best first"
    if not np.allclose([cosines[number] for number in numbers], scores, atol=1e-5):
        return "by meaning other scores"
    if sorted(number for number, _ in by_words) != sorted(sharing):
        return "by words other passages"
    return ""
