"""Plain text: find the title and the paragraphs in text that people typed or pasted.

Three layouts occur and are told apart for each file as a whole: one paragraph a line (pasted from
a page), hard-wrapped lines (mail, old texts), and short lines that are meant as they stand.
Pasted boilerplate at the end is left to `corpus.boilerplate`.
"""

from __future__ import annotations

import re

from corpus.boilerplate import trim_end
from corpus.clean import clean_text
from corpus.formats.decode import decode
from corpus.formats.raw import Block, Parsed, RawArticle, name_as_title

_LONGEST_TITLE_LINE = 120
_TITLE_WIDTH = 80
_WRAP_WIDTHS = range(50, 101)
_LONG_LINE = 100
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s")


def parse(data: bytes, name: str) -> Parsed:
    """Read one article from plain text.

    >>> article = parse(b"Night ferry\\n\\nIt left late.\\n", "ferry.txt").articles[0]
    >>> article.title, article.blocks[0].text
    ('Night ferry', 'It left late.')

    Raises:
        Unreadable: the bytes are not text.
    """
    text = clean_text(decode(data))
    title, body = _split_title(text, name)
    paragraphs = split_paragraphs(body)
    kept, dropped = trim_end(paragraphs, teasers=True)
    blocks = tuple(Block(paragraph) for paragraph in paragraphs[:kept])
    return Parsed([RawArticle(title, blocks, dropped=dropped)], [])


def split_paragraphs(text: str) -> list[str]:
    r"""Split clean text into paragraphs, by the layout its lines show.

    >>> split_paragraphs("One.\n\nTwo.")
    ['One.', 'Two.']
    """
    lines = [line for line in text.split("\n") if line]
    if is_wrapped(lines):
        return [_unwrap(part) for part in text.split("\n\n")]
    if sum(map(len, lines)) > _LONG_LINE * len(lines):
        return lines
    return text.split("\n\n")


def is_wrapped(lines: list[str]) -> bool:
    """Tell whether lines were broken at a fixed width: many, none too long, most nearly full.

    >>> is_wrapped(["a line of text that somebody broke at some fixed column, say 70"] * 5)
    True
    >>> is_wrapped(["Roses are red,", "violets are blue,"] * 5)
    False
    """
    if len(lines) < 4:
        return False
    width = max(map(len, lines))
    full = sum(len(line) > width * 0.75 for line in lines)
    return width in _WRAP_WIDTHS and full >= 0.6 * len(lines)


def _unwrap(paragraph: str) -> str:
    """Join the lines of a hard-wrapped paragraph; list items keep their own lines."""
    joined: list[str] = []
    for line in paragraph.split("\n"):
        if joined and not _LIST_ITEM.match(line):
            joined[-1] = f"{joined[-1]} {line.strip()}"
        else:
            joined.append(line)
    return "\n".join(joined)


def _split_title(text: str, name: str) -> tuple[str, str]:
    """Return the title and the body; a title that stands alone is not left in the body."""
    first, _, rest = text.partition("\n")
    if len(first) <= _LONGEST_TITLE_LINE and rest.startswith("\n") and rest.strip():
        return first.strip(), rest.strip()
    from_name = name_as_title(name)
    # A file name of several words ("two-koreas-and-the-war") is a title; "doc17" is not.
    if len(re.findall(r"[^\W\d_]{2,}", from_name)) >= 3:
        return from_name, text
    return _shortened(first) or from_name, text


def _shortened(line: str) -> str:
    """Return the start of a line, cut at a word, for use as a title."""
    line = line.strip()
    if len(line) <= _TITLE_WIDTH:
        return line
    cut = line[:_TITLE_WIDTH].rsplit(" ", 1)[0].rstrip(" ,;:–-")
    return f"{cut}…"
