"""Markdown: headings, paragraphs, lists and tables, with the markup taken off; front matter.

The text of a block is what a reader of the rendered page would see. Raw HTML keeps its text and
loses its tags; images and comments go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.boilerplate import trim_end
from corpus.formats.decode import decode
from corpus.formats.raw import Block, Parsed, RawArticle, iso_date, name_as_title, web_address
from corpus.problem import Problem

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BAD_FRONT_MATTER = "front matter is not valid YAML and was left out; mend it between the --- lines"
_LIKE_A_DATE = re.compile(r"\d{4}-\d", re.ASCII)
_BAD_DATE = "is no date and was left out; write it as 2023-01-17"
_NULL = "tag:yaml.org,2002:null"


class _Words(yaml.BaseLoader):
    """Reads every value as the words that stand there, but null as nothing.

    By YAML's own types a title such as 12:30 is the number 750, and "no" is false.
    """


_Words.add_implicit_resolver(_NULL, re.compile(r"\A(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Words.add_constructor(_NULL, lambda *_: None)


def parse(data: bytes, name: str) -> Parsed:
    """Read one article from Markdown.

    >>> page = b"---\\nauthor: Ann Lee\\n---\\n# Leave\\n\\n*Thirty* days."
    >>> article = parse(page, "leave.md").articles[0]
    >>> article.title, article.author, [block.text for block in article.blocks]
    ('Leave', 'Ann Lee', ['Leave', 'Thirty days.'])

    Raises:
        Unreadable: the bytes are not text.
    """
    about, body, problems = _split_front_matter(decode(data), name)
    blocks = list(_blocks(_markdown().parse(body)))
    kept, dropped = trim_end([block.text for block in blocks])
    headings = sorted((block for block in blocks if block.level), key=lambda block: block.level)
    date = _first(about, "date", "published", "created")
    published = iso_date(date)
    if isinstance(date, str) and _LIKE_A_DATE.match(date) and not published:
        problems = [*problems, Problem(name, f"{date[:40]!r} {_BAD_DATE}")]
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


def _split_front_matter(text: str, name: str) -> tuple[dict[str, Any], str, list[Problem]]:
    """Separate YAML front matter from the body; broken front matter is reported and left out."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text, []
    body = text[match.end() :]
    try:
        about = yaml.load(match[1], _Words)  # noqa: S506 – it makes texts, lists and dicts only
    except (yaml.YAMLError, RecursionError):
        return {}, body, [Problem(name, _BAD_FRONT_MATTER)]
    if isinstance(about, dict):
        return {str(key).lower(): value for key, value in about.items()}, body, []
    # "---" around a paragraph is a pair of rulers, not front matter.
    return {}, (text if isinstance(about, str) else body), []


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
        return _TAG.sub("", _COMMENT.sub("", token.content)).strip()
    if token.type in ("fence", "code_block"):
        return token.content
    if token.type != "inline":
        return ""
    parts = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(
        parts.get(child.type, child.content if child.type in ("text", "code_inline") else "")
        for child in token.children or ()
    ).strip()
