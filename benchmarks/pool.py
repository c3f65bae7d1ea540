"""The pool that finding is measured on: every paragraph of some SQuAD-format files in one library.

A paragraph that stands in several files counts once; its text is its name.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cli.ingest import sample_folders
from cli.progress import ProgressLine
from corpus.article import Passage
from corpus.clean import clean_text
from index.ingest import ingest
from index.progress import IngestRules
from index.sentence_encoder import SentenceEncoder
from index.store import Reads
from qa.archive import Archive


class Asked(NamedTuple):
    """An answerable question, its paragraph, and the answers people gave."""

    question: str
    paragraph: str
    answers: tuple[str, ...]


def build(data: Path, folder: Path, context: str = "trail") -> None:
    """Ingest every file of `data` into the library in `folder`; costs nothing when it is there."""
    progress = ProgressLine()
    rules = IngestRules(context=context)
    report = ingest([data], folder, SentenceEncoder(), rules=rules, watch=progress)
    progress.close()
    print(f"{folder}: {report.added} added, {report.unchanged} unchanged, {report.problems}")


def questions(file: Path, most: int | None, seed: int) -> list[Asked]:
    """Return the answerable questions of one file, `most` of them drawn with a seed."""
    data = json.loads(file.read_text(encoding="utf-8"))["data"]
    found = [
        Asked(item["question"], clean_text(paragraph["context"]), _answers(item))
        for article in data
        for paragraph in article["paragraphs"]
        for item in paragraph["qas"]
        if item["answers"] and not item.get("is_impossible")
    ]
    random.Random(seed).shuffle(found)
    return found[:most]


def _answers(item: dict[str, list[dict[str, str]]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(answer["text"] for answer in item["answers"]))


class Paragraphs:
    """Says in which paragraph a passage lies, by the middle of the passage."""

    def __init__(self, snapshot: Reads) -> None:
        self._starts: dict[str, list[int]] = {}
        for info in snapshot.articles():
            article = snapshot.article(info.id)
            if article is None:
                continue
            starts, position = [], 0
            for block in article.text.split("\n\n"):
                starts.append(position)
                position += len(block) + 2
            self._starts[info.id] = starts

    def of(self, passage: Passage) -> str:
        """Return the text of the blank-line-separated block around the passage's middle."""
        text, starts = passage.article.text, self._starts[passage.article.id]
        middle = (passage.span.start + passage.span.end) // 2
        number = bisect_right(starts, middle) - 1
        end = starts[number + 1] - 2 if number + 1 < len(starts) else len(text)
        return text[starts[number] : end]

    def lies_in(self, passage: Passage, gold: str) -> bool:
        """Tell whether the passage lies in the paragraph whose text is `gold`."""
        return self.of(passage) in gold


class Pair(NamedTuple):
    """A question, and whether a passage holds its answer."""

    question: str
    answers: Callable[[Passage], bool]


def public_pairs(
    archive: Archive, data: Path, sets: Sequence[str], most: int
) -> Iterator[tuple[str, list[Pair]]]:
    """Yield, for each set, questions judged by the gold paragraph."""
    with archive.library.snapshot() as snapshot:
        paragraphs = Paragraphs(snapshot)
    for name in sets:
        yield (
            name,
            [
                Pair(item.question, partial(paragraphs.lies_in, gold=item.paragraph))
                for item in questions(data / f"{name}.json", most, seed=1)
            ],
        )


def build_sample(folder: Path) -> None:
    """Ingest the sample articles into the library in `folder`."""
    ingest(sample_folders(), folder, SentenceEncoder())


def sample_pairs() -> list[Pair]:
    """Return the answerable sample questions that stand alone, judged by the gold quote."""
    text = (sample_folders()[0].parent / "questions.jsonl").read_text(encoding="utf-8")
    items = [json.loads(line) for line in text.splitlines()]
    return [
        Pair(item["question"], partial(_quotes, golds=tuple(item["answers"])))
        for item in items
        if item["answers"] and not item.get("history")
    ]


def _quotes(passage: Passage, golds: Sequence[str]) -> bool:
    return any(gold in passage.text for gold in golds)
