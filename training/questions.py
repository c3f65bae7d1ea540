"""Public question sets in SQuAD's format, as the training sees them: paragraphs and questions.

Reads the files as they are; which words a model is shown is `training.examples`' part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpus.article import Span

SETS = ("amazon", "reddit", "squad2", "xquad.en", "policyqa_dev", "policyqa_test")
TITLED = frozenset({"squad2", "xquad.en", "policyqa_dev", "policyqa_test"})
"""Sets whose titles say what an article is about; the others have numbers or none."""
GROUPS = {
    "wikipedia": ("squad2", "xquad.en"),
    "reddit": ("reddit",),
    "amazon-policies": ("amazon", "policyqa_dev", "policyqa_test"),
}
"""What is left out together. squad2 and xquad share articles, the policies' two files a source."""


class Paragraph(NamedTuple):
    """A paragraph, its set, and its article's title (empty where titles say nothing)."""

    set: str
    title: str
    text: str


class Question(NamedTuple):
    """A question, its paragraph, and its answers there; none: the paragraph does not answer."""

    id: str
    text: str
    paragraph: Paragraph
    answers: tuple[Span, ...]


def read_set(data: Path, name: str) -> Iterator[Question]:
    """Yield the questions of one set in the order of its file."""
    for article in json.loads((data / f"{name}.json").read_text(encoding="utf-8"))["data"]:
        title = article.get("title", "").replace("_", " ") if name in TITLED else ""
        for number, block in enumerate(article["paragraphs"]):
            paragraph = Paragraph(name, title, block["context"])
            for item in block["qas"]:
                text = " ".join(item["question"].split())
                place = f"{name}/{article.get('title', '')}/{number}/{item['id']}"
                yield Question(place, text, paragraph, _answers(item, paragraph.text))


def read_sets(data: Path, names: Sequence[str]) -> list[Question]:
    """Return the questions of several sets."""
    return [question for name in names for question in read_set(data, name)]


def _answers(item: dict[str, Any], text: str) -> tuple[Span, ...]:
    """Return the distinct answers, most often given first; a wrong offset is left out."""
    if item.get("is_impossible"):
        return ()
    counted: dict[Span, int] = {}
    for answer in item["answers"]:
        span = Span(answer["answer_start"], answer["answer_start"] + len(answer["text"]))
        if answer["text"] and span.of(text) == answer["text"]:
            counted[span] = counted.get(span, 0) + 1
    return tuple(sorted(counted, key=lambda span: (-counted[span], span)))
