"""Read a BEIR folder (Thakur et al., 2021): `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`.

Golds are whole articles with a judged grade, without quotes. Only queries that are judged in
the chosen qrels file (test.tsv, or the only one there) are questions.
"""

from __future__ import annotations

import re
from pathlib import Path

from corpus.article import Article, article_id
from corpus.clean import clean_text
from corpus.errors import TestSetError
from qa.evaluate.fields import json_lines, optional_text, read_text, text_field
from qa.evaluate.testset import Gold, Question, TestSet

Judgements = dict[str, list[tuple[str, int]]]
"""Query id → the (document id, grade) judged relevant for it, in file order."""

_GRADE = re.compile(r"-?\d{1,9}")


def read_beir(folder: Path) -> TestSet:
    """Read the BEIR data set in `folder`; `Article.source` is `folder name/document id`."""
    for name in ("corpus.jsonl", "queries.jsonl", "qrels"):
        if not (folder / name).exists():
            raise TestSetError(
                f"{folder}: no “{name}”; a BEIR folder holds corpus.jsonl, queries.jsonl, qrels/"
            )
    articles = _articles(folder)
    path = _qrels_file(folder / "qrels")
    judged, lines = _judgements(path)
    texts = {
        text_field(record, "_id", where): text_field(record, "text", where)
        for where, record in json_lines(folder / "queries.jsonl")
    }
    for query in judged:
        if query not in texts:
            raise TestSetError(
                f"{lines[query]}: query “{query}” is not in queries.jsonl; "
                "the qrels belong to another set"
            )
    questions = tuple(
        Question(query, texts[query], _golds(folder, documents), lines[query])
        for query, documents in judged.items()
    )
    return TestSet(folder.name, "beir", questions, articles)


def _golds(folder: Path, documents: list[tuple[str, int]]) -> tuple[Gold, ...]:
    return tuple(
        Gold(article_id(f"{folder.name}/{document}"), "", grade=grade)
        for document, grade in documents
    )


def _articles(folder: Path) -> tuple[Article, ...]:
    """Read the corpus; a document without a body is its title, so that it can still be found."""
    articles = []
    for where, record in json_lines(folder / "corpus.jsonl"):
        document = text_field(record, "_id", where)
        title = (optional_text(record, "title", where) or "").strip()
        body = clean_text(optional_text(record, "text", where) or "")
        address = f"{folder.name}/{document}"
        articles.append(Article(article_id(address), title or document, body or title, address))
    return tuple(articles)


def _qrels_file(folder: Path) -> Path:
    files = sorted(folder.glob("*.tsv"))
    chosen = [path for path in files if path.name == "test.tsv"] or files
    if len(chosen) != 1:
        found = ", ".join(path.name for path in files) or "no .tsv file"
        raise TestSetError(f"{folder}: found {found}; keep one, or name the one to use test.tsv")
    return chosen[0]


def _judgements(path: Path) -> tuple[Judgements, dict[str, str]]:
    """Return the relevant documents of each query, and the line where the query first stands."""
    judged: Judgements = {}
    lines: dict[str, str] = {}
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        cells = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and cells[-1].strip() == "score"):
            continue
        where = f"{path}:{number}"
        if len(cells) != 3 or not _GRADE.fullmatch(cells[2].strip()):
            raise TestSetError(f"{where}: expected “query-id<TAB>corpus-id<TAB>grade”")
        if int(cells[2]) > 0:
            judged.setdefault(cells[0], []).append((cells[1], int(cells[2])))
            lines.setdefault(cells[0], where)
    return judged, lines
