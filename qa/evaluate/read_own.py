"""Read our own test sets: JSONL, and CSV with named columns.

JSONL, one question a line:

    {"question": "…", "answers": ["a quote", …], "article": "id, source or title",
     "id": "…", "history": ["an earlier question", …]}

Only `question` is needed; no answers means that the archive should abstain. CSV has the columns
`question`, `answer`, `article` and, if wanted, `id`; rows with one id are answers to one question.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from corpus.clean import clean_text
from corpus.errors import TestSetError
from qa.evaluate.fields import (
    Record,
    json_lines,
    list_field,
    optional_text,
    read_text,
    text_field,
)
from qa.evaluate.testset import Gold, Question, TestSet

CSV_FIELD_LIMIT = 10_000_000
"""Longest CSV cell in characters; the module's own default is 131,072."""


def read_jsonl(path: Path) -> TestSet:
    """Read a JSONL test set; see the module's docstring for its fields."""
    questions = tuple(_question(record, where) for where, record in json_lines(path))
    return TestSet(path.stem, "jsonl", questions)


def _question(record: Record, where: str) -> Question:
    if "question" not in record:
        known = ", ".join(list(record)[:6]) or "nothing"
        raise TestSetError(f"{where}: no “question” (found: {known}); is this a test set?")
    article = optional_text(record, "article", where) or None
    name = optional_text(record, "id", where)
    return Question(
        id=name or f"line-{where.rpartition(':')[2]}",
        text=text_field(record, "question", where),
        golds=tuple(Gold(article, clean_text(quote)) for quote in _answers(record, where)),
        where=where,
        history=tuple(_texts(record, "history", where)),
        article=article,
    )


def _answers(record: Record, where: str) -> list[str]:
    """Return the quotes; a lone `answer` is accepted, as people write it."""
    if "answers" in record and isinstance(record["answers"], str):
        return [record["answers"]]
    if "answers" not in record and "answer" in record:
        quote = optional_text(record, "answer", where)
        return [quote] if quote and quote.strip() else []
    return _texts(record, "answers", where)


def _texts(record: Record, name: str, where: str) -> list[str]:
    values = list_field(record, name, where)
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise TestSetError(f"{where}: “{name}” must hold non-empty texts, found {value!r:.40}")
    return values


def read_csv(path: Path) -> TestSet:
    """Read a CSV (or TSV) test set; the separator is the one that splits the header best."""
    text = read_text(path)
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    csv.field_size_limit(CSV_FIELD_LIMIT)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = _columns(reader, path)
    if "question" not in columns:
        raise TestSetError(
            f"{path}:1: no column “question” (found: {', '.join(columns)[:80] or 'nothing'}); "
            "name the columns question, answer, article"
        )
    reader.fieldnames = columns
    merged: dict[str, Question] = {}
    try:
        for row in reader:
            _merge(merged, row, f"{path}:{reader.line_num}")
    except csv.Error as error:
        raise TestSetError(f"{path}:{reader.line_num}: broken CSV ({error}); mend it") from None
    return TestSet(path.stem, "csv", tuple(merged.values()))


def _columns(reader: csv.DictReader[str], path: Path) -> list[str]:
    try:
        return [(name or "").strip().lower() for name in reader.fieldnames or []]
    except csv.Error as error:
        raise TestSetError(f"{path}:1: broken CSV ({error}); mend it") from None


def _merge(merged: dict[str, Question], row: Record, where: str) -> None:
    """Add one CSV row: a new question, or one more answer to the question of the same id."""
    if not any(value for value in row.values()):
        return
    if None in row:
        raise TestSetError(f"{where}: more cells than columns; quote cells that hold separators")
    fields = {name: (value or "").strip() or None for name, value in row.items()}
    question = _question(fields, where)
    earlier = merged.get(question.id)
    if earlier is None:
        merged[question.id] = question
        return
    if earlier.text != question.text:
        raise TestSetError(
            f"{where}: id “{question.id}” was used before at {earlier.where} for another question"
        )
    golds = earlier.golds + question.golds
    merged[question.id] = Question(
        earlier.id, earlier.text, golds, earlier.where, earlier.history, earlier.article
    )
