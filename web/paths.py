"""Where an article's page is, and what the article is called where it has no title."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from corpus.article import Article, Span
from qa.answer import Extract
from web.links import host_of


def source_path(extract: Extract, mark: Span | None = None) -> str:
    """Return the relative address of the article page, opened at `mark`, or the strongest one.

    `v` is the head of the text's fingerprint, so that a mark is never put into changed text.
    """
    article, passage = extract.passage.article, extract.passage.span
    mark = mark or next((each.span for each in extract.marked()), passage)
    place = {"s": mark.start, "e": mark.end, "ps": passage.start, "pe": passage.end}
    query = urlencode({**place, "v": article.fingerprint[:8]})
    return f"source/{quote(article.id, safe='')}?{query}#hl"


def title_of(article: Article) -> str:
    """Return the title, or failing that something by which people know the article."""
    return article.title or host_of(article.source) or article.id
