"""What must hold of every article and its passages, whatever file they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from corpus.article import Article, Span
from corpus.clean import clean_text
from corpus.formats.raw import iso_date
from corpus.wire import article_from_json, article_to_json, frame, unframe

_LONGEST_TITLE = 300


def broken(article: Article) -> Iterator[str]:
    """Yield the promises that an article breaks."""
    text = article.text
    if clean_text(text) != text or not text:
        yield "its text is not clean"
    if not article.title.strip() or len(article.title) > _LONGEST_TITLE or "\n" in article.title:
        yield f"its title is {article.title!r:.60}"
    if article.published is not None and not (
        article.published.isascii() and iso_date(article.published) == article.published
    ):
        yield f"its date is {article.published!r:.60}"
    headings = [section.heading for section in article.sections]
    if any(not 0 <= span.start < span.end <= len(text) for span in headings):
        yield "a heading lies outside its text"
    if any(before.end > after.start for before, after in pairwise(headings)):
        yield "its headings are not in order"
    if any("\n" in span.of(text) or span.of(text) != span.of(text).strip() for span in headings):
        yield "a heading is no line"
    if list(article.pages) != sorted(article.pages) or any(
        not 0 <= page <= len(text) for page in article.pages
    ):
        yield "its pages are not in order inside its text"
    sent = article_from_json(unframe(frame(article_to_json(article))[8:]))
    if sent != replace(article, captured=None):
        yield "it does not come through the pipe as it was sent"


def not_a_partition(article: Article, passages: Sequence[Span]) -> Iterator[str]:
    """Yield where passages do not hold every character but blanks and headings exactly once.

    A heading with nothing under it may be a passage, too.
    """
    text, at = article.text, 0
    for span in passages:
        if not 0 <= span.start < span.end <= len(text):
            yield f"a passage {span} lies outside the text"
        elif span.start < at:
            yield f"passages overlap at {span.start}"
        elif span.of(text) != span.of(text).strip():
            yield f"the passage at {span.start} has blanks at its ends"
        at = max(at, span.end)
    covered = bytearray(len(text))
    for span in [*passages, *(section.heading for section in article.sections)]:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    lost = next((n for n, done in enumerate(covered) if not done and not text[n].isspace()), None)
    if lost is not None:
        yield f"the character at {lost} ({text[lost]!r}) is in no passage"
