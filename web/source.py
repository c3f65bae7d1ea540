"""The article page: the whole stored text, the passage shaded, the quoted words marked.

The text is cut into blocks at its blank lines and shown as plain escaped text; a block is a
heading where the article says so. All the blanks between blocks are kept, so the page's text is
the stored text. It works without script: `#hl` scrolls to the mark. Which article, and whether
the offsets are still true, is checked here; nothing is searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from corpus.article import Article, Span
from web.links import host_of, original_url
from web.marks import Layer, Point, escape, marked_up
from web.words import Words

_GAP = re.compile(r"\s*\n\s*\n\s*|\s+\Z|\A\s+")
_THEMES = ("light", "dark")


def article_html(article: Article, query: Mapping[str, str], words: Words) -> str:
    """Return the page of an article; `query` holds the offsets, as the address gave them."""
    mark = _span(query, "s", "e", article.text)
    passage = _span(query, "ps", "pe", article.text)
    stale = query.get("v", "") not in ("", article.fingerprint[:8])
    if stale:
        mark = passage = None
    note = f'<p class="q-stale" role="status">{escape(words.changed)}</p>' if stale else ""
    body = "".join(_blocks(article, mark, passage, words))
    return _page(
        article.title or article.id,
        f'<article dir="auto">{_head(article, mark, words)}{note}'
        f'<div class="q-text">{body}</div></article>',
        query.get("theme", ""),
        article.language or words.language,
    )


def missing_html(query: Mapping[str, str], words: Words) -> str:
    """Return the page for an article that is not there."""
    return notice_page(words.missing, words.missing_more, query.get("theme", ""), words)


def notice_page(title: str, more: str, theme: str, words: Words) -> str:
    """Return a page that says why there is nothing to see, with the way back."""
    body = (
        f"<article><h1>{escape(title)}</h1><p>{escape(more)}</p>"
        f'<p><a href="../">{escape(words.back)}</a></p></article>'
    )
    return _page(title, body, theme, words.language)


def text_html(article: Article, mark: Span | None, passage: Span | None, words: Words) -> str:
    """Return only the article's text as HTML: strip the tags, unescape, and it is the text."""
    return "".join(_blocks(article, mark, passage, words))


def _page(title: str, body: str, theme: str, language: str) -> str:
    look = f' class="{theme}"' if theme in _THEMES else ""
    return (
        f'<!doctype html><html lang="{escape(language)}"{look}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="stylesheet" href="../q-static/base.css">'
        '<link rel="stylesheet" href="../q-static/article.css"></head>'
        f'<body class="q-page"><main>{body}</main></body></html>'
    )


def _head(article: Article, mark: Span | None, words: Words) -> str:
    by = [f'<span dir="auto">{escape(article.author)}</span>'] if article.author else []
    if article.published:
        date = escape(words.date(article.published))
        by.append(f'<time datetime="{escape(article.published)}">{date}</time>')
    url = original_url(article, mark or Span(0, 0))
    host = escape(host_of(article.source))
    opens = escape(words.original_title.format(host=host_of(article.source)))
    by.append(
        f'<a href="{escape(url)}" title="{opens}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{host}</a>'
        if url
        else f"<span>{host}</span>"
    )
    return (
        f'<header><h1 dir="auto">{escape(article.title or article.id)}</h1>'
        f'<p class="q-by">{" <span>·</span> ".join(by)}</p></header>'
    )


def _blocks(
    article: Article, mark: Span | None, passage: Span | None, words: Words
) -> Iterator[str]:
    """Yield the text as blocks with the gaps between them: nothing left out, nothing added."""
    points = [Point(at, _page_tag(n, words)) for n, at in enumerate(article.pages, 1)]
    levels = {section.heading.start: section.level for section in article.sections}
    anchor = ' id="hl" tabindex="-1"'
    for span, is_gap in _parts(article):
        if is_gap:
            yield marked_up(article.text, span, (), points)
            continue
        layers = [Layer(passage, '<span class="q-in">', "</span>")] if passage else []
        if mark and mark.overlaps(span):
            # Outermost, so that it is opened once in a block; the id stands only in the first.
            layers.insert(0, Layer(mark, f'<mark class="q-answer"{anchor}>', "</mark>"))
            anchor = ""
        tag, classes = _tag(article, span, levels.get(span.start))
        classes += " q-near" if passage and passage.overlaps(span) else ""
        look = f' class="{classes.strip()}"' if classes else ""
        html = marked_up(article.text, span, layers, points)
        yield f'<{tag} dir="auto"{look}>{html}</{tag}>'


def _tag(article: Article, span: Span, level: int | None) -> tuple[str, str]:
    """Return a block's element and class; a heading that repeats the title is not shown twice."""
    if level is None:
        return "p", ""
    double = span.start < 200 and span.of(article.text).split() == article.title.split()
    return f"h{min(max(level, 1) + 1, 6)}", "q-double" if double else ""


def _page_tag(n: int, words: Words) -> str:
    label = escape(words.page.format(n=n))
    return (
        f'<span class="q-leaf" role="separator" aria-label="{label}" data-label="{label}"></span>'
    )


def _parts(article: Article) -> Iterator[tuple[Span, bool]]:
    """Yield the partition of the text into blocks (False) and the gaps between them (True)."""
    text, at = article.text, 0
    for gap in _edges(article):
        if gap.start > at:
            yield Span(at, gap.start), False
        if gap.end > gap.start:
            yield gap, True
        at = gap.end
    if at < len(text):
        yield Span(at, len(text)), False


def _edges(article: Article) -> list[Span]:
    """Return the gaps in order: blank lines, and the line ends round a heading."""
    text = article.text
    gaps = {match.start(): Span(*match.span()) for match in _GAP.finditer(text) if match.group()}
    for section in article.sections:
        for at in (section.heading.start, section.heading.end):
            gap = _blank_round(text, at)
            gaps.setdefault(gap.start, gap)
    ordered: list[Span] = []
    for gap in sorted(gaps.values()):
        if not ordered or gap.start >= ordered[-1].end:
            ordered.append(gap)
    return ordered


def _blank_round(text: str, at: int) -> Span:
    start = end = at
    while start > 0 and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    return Span(start, end)


def _span(query: Mapping[str, str], start: str, end: str, text: str) -> Span | None:
    """Return the span two parameters name, or None if they name no slice of the text."""
    values = query.get(start, ""), query.get(end, "")
    if not all(value.isascii() and value.isdigit() and len(value) < 10 for value in values):
        return None
    span = Span(int(values[0]), int(values[1]))
    return span if span.start < span.end <= len(text) else None
