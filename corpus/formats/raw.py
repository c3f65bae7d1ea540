"""What a parser hands on: `RawArticle`, made of `Block`s, not yet cleaned or joined.

Parsers know file formats and nothing of offsets; `corpus.assemble` turns a raw article into an
`Article` whose sections and pages are exact spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from corpus.problem import LEFT_OUT, Problem

_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])", re.ASCII)
BAD_DATE = f"is no date and {LEFT_OUT}; write it as 2023-01-17"


class Unreadable(ValueError):
    """The whole file gives no article; the message says why and what to do next.

    It becomes one `Problem`, so the message reads on after the file's name.
    """


class NoArticles(ValueError):
    """The file is none of articles and nobody's mistake; it is passed over without a word."""


@dataclass(frozen=True)
class Block:
    """A heading (`level` 1 to 6) or a piece of body text (`level` 0); may hold newlines.

    `page` is 1-based. A block that `continues` the one before it (a paragraph running over the
    end of a page) is joined to it by a space instead of a blank line.
    """

    text: str
    level: int = 0
    page: int | None = None
    continues: bool = False


@dataclass(frozen=True)
class RawArticle:
    """One article as a parser found it.

    `key` tells the articles of one file apart (an id, a title, or a 1-based number); `line` is
    where the article starts in such a file. `dropped` holds boilerplate that was left out.
    """

    title: str | None
    blocks: tuple[Block, ...]
    url: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    key: str | None = None
    line: int | None = None
    dropped: tuple[str, ...] = ()


class Parsed(NamedTuple):
    """All that one file gave: its articles, and what was wrong with parts of it."""

    articles: list[RawArticle]
    problems: list[Problem]


def iso_date(value: object) -> str | None:
    """Return a date as ISO (`2023-01-17`, `2023-01`, `2023`), or None if `value` is not one.

    >>> iso_date("2023-01-17T10:00:00Z"), iso_date("2023-1-7"), iso_date("2023-13-40")
    ('2023-01-17', '2023-01-07', None)
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    match = _ISO_DATE.match(str(value).strip()) if isinstance(value, str | int | float) else None
    if not match:
        return None
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None
    return "-".join(part.zfill(2) for part in match.groups() if part)


def web_address(value: object) -> str | None:
    """Return `value` if it is an http(s) address of a page, else None.

    >>> web_address("https://example.org/a"), web_address("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    if not isinstance(value, str) or len(value) > 2000:
        return None
    text = value.strip()
    if not text.isprintable() or re.search(r"[\s<>\"]", text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:  # such as "http://[::1"
        return None
    return text if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def name_as_title(name: str) -> str:
    """Return a title made from a file's name.

    >>> name_as_title("news/two-koreas_and the-war.txt")
    'Two koreas and the war'
    """
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = " ".join(re.split(r"[\s_-]+", stem)).strip()
    return words[:1].upper() + words[1:]
