"""One parser per kind of file, and `parse`, which picks the parser by the file's suffix.

A parser takes bytes and gives `RawArticle`s; it opens no files, cleans nothing and keeps no state.
It runs in the child process (`corpus.child`), under a clock, and its library is imported only when
a file of its kind turns up.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from corpus.formats.raw import Block, NoArticles, Parsed, RawArticle, Unreadable
from corpus.problem import Problem

__all__ = ["SUFFIXES", "Block", "Parsed", "RawArticle", "Unreadable", "parse"]

_MODULES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".text": "plain",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "records",
    ".ndjson": "records",
    ".json": "records",
    ".csv": "records",
    ".tsv": "records",
}

SUFFIXES = frozenset(_MODULES)
"""The suffixes that can be read, in lower case, with their dot."""

Parser = Callable[[bytes, str], Parsed]


def parse(data: bytes, suffix: str, name: str) -> tuple[list[RawArticle], list[Problem]]:
    """Parse the bytes of a file called `name` into articles and problems.

    >>> articles, problems = parse(b"# Leave\\n\\nTwenty days.", ".md", "handbook/leave.md")
    >>> articles[0].title, [block.text for block in articles[0].blocks], problems
    ('Leave', ['Leave', 'Twenty days.'], [])

    Raises:
        KeyError: `suffix` is not one of `SUFFIXES`.
    """
    module = import_module(f"corpus.formats.{_MODULES[suffix.lower()]}")
    parser: Parser = module.parse
    if not data.strip():
        return [], [Problem(name, "empty file; put text into it or remove it")]
    try:
        articles, problems = parser(data, name)
    except Unreadable as error:
        return [], [Problem(name, str(error))]
    except NoArticles:
        return [], []
    if not articles and not problems:  # such as a table with nothing under its header
        problems = [Problem(name, "holds no articles; put some into it or remove it")]
    return articles, problems
