"""Replies on their way between processes: none the less for going lean."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

import pytest

from corpus.article import Article, Passage, Section, Span
from qa.answer import Abstention, Answer, Copy, Extract, Highlight, Reply
from web.lean import LONG, lean, whole

BOOK = Article(
    "book", "Book", "b" * LONG, "book.pdf", "A. Uthor", "2023-01-17", "en",
    (Section(Span(3, 9), 1),), (0, 700), "2026-01-17T08:30:00Z",
)  # fmt: skip
NOTE = Article("note", "Note", "n" * (LONG - 1), "note.md")
SECOND = replace(BOOK, id="second", text="s" * (3 * LONG))
HELD = {article.id: article for article in (BOOK, NOTE, SECOND)}


def extract(article: Article, *copies: Article) -> Extract:
    also_in = tuple(Copy(Passage(copy, Span(1, 5)), same_words=True) for copy in copies)
    mark = Highlight(Span(2, 4), "answer", 0.5)
    return Extract(Passage(article, Span(1, 9), ("Heading",)), (mark,), 0.75, also_in)


REPLIES: dict[str, Reply] = {
    "answer": Answer("q", "q", (extract(BOOK), extract(NOTE, SECOND), extract(BOOK, NOTE)), 0.75),
    "abstention": Abstention("q", "q", "below_bar", (extract(SECOND, BOOK), extract(NOTE)), 0.125),
    "short": Answer("q", "q", (extract(NOTE),), 0.75),
    "empty": Abstention("q", "q", "no_match"),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_arrives_as_it_was(reply: Reply) -> None:
    assert whole(lean(reply), HELD.get) == reply


def test_long_texts_are_named_and_the_others_carried() -> None:
    sent = lean(REPLIES["answer"])
    assert sent.texts == {"book": BOOK.fingerprint, "second": SECOND.fingerprint}
    carried = ForkingPickler.dumps(sent)
    assert NOTE.text.encode() in bytes(carried)
    assert len(carried) < LONG + 5_000


def test_what_is_carried_is_not_looked_up() -> None:
    def nothing(article_id: str) -> Article:
        raise AssertionError(article_id)

    assert whole(lean(REPLIES["short"]), nothing) == REPLIES["short"]


def test_the_articles_are_those_that_are_held() -> None:
    reply = whole(lean(REPLIES["answer"]), HELD.get)
    assert isinstance(reply, Answer)
    first, second, third = reply.extracts
    assert first.passage.article is third.passage.article is BOOK
    assert second.also_in[0].article is SECOND


@pytest.mark.parametrize(
    "now",
    [
        None,
        replace(BOOK, text="B" + BOOK.text[1:]),
        replace(BOOK, title="Another"),
        replace(BOOK, sections=()),
        replace(BOOK, captured="2026-01-18T08:30:00Z"),
    ],
    ids=["gone", "text", "title", "sections", "captured"],
)
def test_an_article_that_is_another_one_now_is_not_taken(now: Article | None) -> None:
    held = {**HELD, "book": now}
    assert whole(lean(REPLIES["answer"]), held.get) is None
    assert whole(lean(REPLIES["abstention"]), held.get) is None
