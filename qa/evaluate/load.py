"""Load a test set from a path: which reader fits, and what is said when none does.

The readers themselves are `read_own`, `read_squad` and `read_beir`; whether the set fits a
library is judged by `check`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from corpus.errors import TestSetError
from qa.evaluate.read_beir import read_beir
from qa.evaluate.read_own import read_csv, read_jsonl
from qa.evaluate.read_squad import read_squad
from qa.evaluate.testset import Question, TestSet

READERS = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_squad,
}


def load_testset(path: Path) -> TestSet:
    """Read the test set at `path`: JSONL, CSV, a SQuAD JSON file or a BEIR folder.

    Raises `TestSetError` with file and line when it cannot be read, holds no question or uses
    an id twice.
    """
    if not path.exists():
        raise TestSetError(f"{path}: no such file or folder; check the path of the test set")
    if path.is_dir():
        testset = read_beir(path)
    else:
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            raise TestSetError(
                f"{path}: unknown format “{path.suffix}”; use .jsonl, .csv, "
                "SQuAD's .json or a BEIR folder"
            )
        testset = reader(path)
    if not testset.questions:
        raise TestSetError(f"{path}: holds no question; see docs/evaluate.md for the formats")
    _refuse_repeated_ids(testset.questions)
    return testset


def _refuse_repeated_ids(questions: Iterable[Question]) -> None:
    """An id names a row of the report, so it can be used once only."""
    seen: dict[str, str] = {}
    for question in questions:
        if question.id in seen:
            raise TestSetError(
                f"{question.where}: id “{question.id}” was used before at {seen[question.id]}; "
                "give each question its own id"
            )
        seen[question.id] = question.where
