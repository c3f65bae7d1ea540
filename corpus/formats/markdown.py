"""Markdown: headings, paragraphs, lists and tables, with the markup taken off.

The text of a block is what a reader of the rendered page would see. Raw HTML keeps its text and
loses its tags; images, comments, scripts and styles go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.boilerplate import trim_end
from corpus.formats.decode import decode
from corpus.formats.front_matter import split_front_matter
from corpus.formats.raw import (
    BAD_DATE,
    Block,
    Parsed,
    RawArticle,
    iso_date,
    name_as_title,
    web_address,
)
from corpus.problem import Problem

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"(</?[A-Za-z][^<>]*>)")
_HIDES = re.compile(r"<(/?)(script|style)\b", re.I)
_LIKE_A_DATE = re.compile(r"\d{4}-\d|\d{1,4}[./-]\d{1,2}[./-]\d", re.ASCII)


def parse(data: bytes, name: str) -> Parsed:
    """Read one article from Markdown.

    >>> page = b"---\\nauthor: Ann Lee\\n---\\n# Leave\\n\\n*Thirty* days."
    >>> article = parse(page, "leave.md").articles[0]
    >>> article.title, article.author, [block.text for block in article.blocks]
    ('Leave', 'Ann Lee', ['Leave', 'Thirty days.'])

    Raises:
        Unreadable: the bytes are not text.
    """
    about, body, problems = split_front_matter(decode(data), name)
    blocks = list(_blocks(_markdown().parse(body)))
    kept, dropped = trim_end([block.text for block in blocks])
    headings = sorted((block for block in blocks if block.level), key=lambda block: block.level)
    date = _first(about, "date", "published", "created")
    published = iso_date(date)
    if isinstance(date, str) and _LIKE_A_DATE.match(date) and not published:
        problems = [*problems, Problem(name, f"{date[:40]!r} {BAD_DATE}")]
    title = _text(about, "title") or (headings[0].text if headings else name_as_title(name))
    article = RawArticle(
        title=title,
        blocks=tuple(blocks[:kept]),
        url=web_address(_text(about, "url", "source", "link", "canonical_url")),
        author=_text(about, "author", "authors", "byline"),
        published=published,
        language=_text(about, "lang", "language"),
        dropped=dropped,
    )
    return Parsed([article], problems)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _first(about: Mapping[str, Any], *names: str) -> Any:
    """Return the first field of these names that is set."""
    return next((about[name] for name in names if about.get(name)), None)


def _text(about: Mapping[str, Any], *names: str) -> str | None:
    """Return the first field of these names as text; a list of names is joined with commas."""
    value = _first(about, *names)
    if isinstance(value, list):
        return ", ".join(item for item in value if isinstance(item, str)) or None
    return value if isinstance(value, str) else None


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """Turn block tokens into headings and bodies; a whole list or table is one body block."""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = position + 1
        if token.type == "heading_open":
            yield Block(_inline(tokens[position + 1]), level=int(token.tag[1]))
            end = position + 3
        elif token.type in ("bullet_list_open", "ordered_list_open", "table_open"):
            end = _closing(tokens, position) + 1
            lines = _table if token.type == "table_open" else _list_lines
            yield Block("\n".join(lines(tokens[position:end])))
        elif token.type in ("inline", "fence", "code_block", "html_block"):
            yield Block(_inline(token))
        position = end


def _closing(tokens: Sequence[Token], start: int) -> int:
    """Return the index of the token that closes the one at `start`."""
    level, kind = tokens[start].level, tokens[start].type.replace("_open", "_close")
    return next(
        i
        for i in range(start + 1, len(tokens))
        if tokens[i].level == level and tokens[i].type == kind
    )


def _list_lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Give each item of a list a line with its mark; nested items are indented."""
    depth, mark = 0, ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else "- "
        elif text := _inline(token):
            yield f"{'  ' * (depth - 1)}{mark or '  '}{text}"
            mark = ""


def _table(tokens: Sequence[Token]) -> Iterator[str]:
    """Give each row of a table a line, its cells parted by bars."""
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(_inline(token))
        elif token.type == "tr_close":
            yield " | ".join(cells)
            cells = []


def _inline(token: Token) -> str:
    """Return the visible text of an inline, code or HTML token; other tokens have none."""
    if token.type == "html_block":
        pieces = _TAG.split(_COMMENT.sub("", token.content))  # text and tags by turns
        return _shown((piece, bool(at % 2)) for at, piece in enumerate(pieces))
    if token.type in ("fence", "code_block"):
        return token.content
    if token.type != "inline":
        return ""
    blanks = {"softbreak": " ", "hardbreak": "\n"}
    return _shown(
        (blanks.get(child.type, child.content), child.type == "html_inline")
        for child in token.children or ()
        if child.type in ("text", "code_inline", "html_inline", *blanks)
    )


def _shown(pieces: Iterable[tuple[str, bool]]) -> str:
    """Join pieces, of each of which is told whether it is HTML, without the HTML.

    What stands between the tags of a script or a style goes, too, but only if both are there: who
    writes of a <script> without closing it has lost nothing.
    """
    parts: list[str] = []
    opened: dict[str, int] = {}
    for text, is_html in pieces:
        tag = _HIDES.match(text) if is_html else None
        name = tag[2].lower() if tag else ""
        if tag and tag[1] and name in opened:
            del parts[opened[name] :]
            names = list(opened)
            opened = {each: opened[each] for each in names[: names.index(name)]}
        elif tag and not tag[1]:
            opened.setdefault(name, len(parts))
        elif not is_html:
            parts.append(text)
    return "".join(parts).strip()
