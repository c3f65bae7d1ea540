"""Read SQuAD 1.1 and 2.0 JSON (Rajpurkar et al., 2016, 2018) with its own articles.

Each SQuAD article becomes one `Article` whose text is its paragraphs, cleaned, with a blank line
between them. A gold keeps its paragraph and the span inside it, so that the right occurrence of
"1917" is scored and not another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.article import Article, Span, article_id
from corpus.clean import clean_text
from corpus.errors import TestSetError
from qa.evaluate.fields import Record, as_record, list_field, parse_json, read_text, text_field
from qa.evaluate.locate import nearest
from qa.evaluate.testset import Gold, Question, TestSet


def read_squad(path: Path) -> TestSet:
    """Read a SQuAD file; impossible questions have no golds but remember their paragraph."""
    text = read_text(path)
    if not text.strip():
        raise TestSetError(f"{path}: the file is empty; give a SQuAD JSON file or a .jsonl")
    record = parse_json(text, str(path))
    if not isinstance(record, dict) or not isinstance(record.get("data"), list):
        raise TestSetError(
            f"{path}: no SQuAD file (no “data” list at the top); our own format is .jsonl"
        )
    questions: list[Question] = []
    articles: list[Article] = []
    for number, value in enumerate(record["data"]):
        where = f"{path} data[{number}]"
        entry = as_record(value, where)
        article, paragraphs = _article(entry, where, f"{path.stem}/{entry.get('title') or number}")
        articles.append(article)
        for context, cleaned, spot in paragraphs:
            questions.extend(_questions(context, cleaned, spot, article.id))
    return TestSet(path.stem, "squad", tuple(questions), tuple(articles))


Paragraph = tuple[Record, str, str]
"""A paragraph's record, its cleaned context, and where it stands in the file."""


def _article(entry: Record, where: str, address: str) -> tuple[Article, list[Paragraph]]:
    paragraphs: list[Paragraph] = []
    for number, value in enumerate(list_field(entry, "paragraphs", where)):
        spot = f"{where}.paragraphs[{number}]"
        record = as_record(value, spot)
        paragraphs.append((record, clean_text(text_field(record, "context", spot)), spot))
    title = str(entry.get("title") or address).replace("_", " ")
    text = "\n\n".join(cleaned for _, cleaned, _ in paragraphs)
    return Article(article_id(address), title, text, address), paragraphs


def _questions(record: Record, cleaned: str, spot: str, article: str) -> Iterator[Question]:
    context = str(record["context"])
    for number, value in enumerate(list_field(record, "qas", spot)):
        where = f"{spot}.qas[{number}]"
        qa = as_record(value, where)
        answers = [] if qa.get("is_impossible") is True else list_field(qa, "answers", where)
        yield Question(
            id=text_field(qa, "id", where),
            text=text_field(qa, "question", where),
            golds=tuple(_gold(answer, context, cleaned, where, article) for answer in answers),
            where=where,
            article=article,
            paragraph=cleaned,
        )


def _gold(value: Any, context: str, cleaned: str, where: str, article: str) -> Gold:
    """Carry an answer's offset over into the cleaned paragraph.

    Cleaning may have moved it, so the occurrence nearest to the cleaned length of what stands
    before it is taken.
    """
    answer = as_record(value, where)
    quote = text_field(answer, "text", where)
    start = answer.get("answer_start")
    if not isinstance(start, int) or isinstance(start, bool):
        raise TestSetError(f"{where}: “answer_start” must be a number, found {start!r:.40}")
    if cleaned == context and context.startswith(quote, start):
        return Gold(article, quote, Span(start, start + len(quote)))
    span = nearest(quote, cleaned, len(clean_text(context[:start])))
    if span is None:
        raise TestSetError(f"{where}: the answer “{quote:.60}” does not occur in its paragraph")
    return Gold(article, quote, span)
