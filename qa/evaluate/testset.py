"""The nouns of a test set: `Gold`, `Question`, `TestSet`.

Gold answers are quotes or spans of text, never passage numbers, so that splitting the archive
anew never spoils a test set. This file only defines the records; `load` reads them from disk,
`resolve` finds where the golds stand in the articles of a library.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from corpus.article import Article, Span

Format = Literal["jsonl", "csv", "squad", "beir"]
"""Where a test set came from; `squad` and `beir` carry their own articles."""


@dataclass(frozen=True)
class Gold:
    """One right answer: words of an article, or the whole article when `quote` is empty.

    `article` is an id, source or title (None: any article). `span` gives the quote's place in
    `Question.paragraph`, where there is one. `grade` is the judged relevance of a whole article.
    """

    article: str | None
    quote: str
    span: Span | None = None
    grade: int = 1


@dataclass(frozen=True)
class Question:
    """One question of a test set. No golds means that the archive should abstain.

    `where` names the record for people (`set.jsonl:12`). `history` holds the earlier questions
    of the conversation, oldest first. `paragraph` is SQuAD's context, cleaned as articles are;
    for a question without golds it is the paragraph that looks as if it answered.
    """

    id: str
    text: str
    golds: tuple[Gold, ...]
    where: str
    history: tuple[str, ...] = ()
    article: str | None = None
    paragraph: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether an answer is expected."""
        return bool(self.golds)


@dataclass(frozen=True)
class TestSet:
    """Questions with their golds, and the articles they come with (SQuAD, BEIR; else empty)."""

    __test__ = False  # keeps pytest from taking the class for a test

    name: str
    format: Format
    questions: tuple[Question, ...]
    articles: tuple[Article, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Hex digest (BLAKE2b, 16 bytes) of what is asked and expected, wherever the file lies."""
        rows = [
            (question.id, question.text, question.golds, question.history, question.paragraph)
            for question in self.questions
        ]
        golds = [
            (*row[:2], [(g.article, g.quote, g.span, g.grade) for g in row[2]], *row[3:])
            for row in rows
        ]
        canonical = json.dumps(golds, ensure_ascii=False, separators=(",", ":"))
        return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
