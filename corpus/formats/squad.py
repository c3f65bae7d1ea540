"""SQuAD's JSON: each entry of `data` is one article, its paragraphs joined by a blank line.

Contexts are handed on verbatim: gold answers are offsets into them, so nothing is trimmed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpus.formats.raw import Block, Parsed, RawArticle, Unreadable
from corpus.problem import Problem


def parse_squad(data: Mapping[str, Any], name: str) -> Parsed:
    """Read the articles of an already decoded SQuAD file.

    >>> entry = {"title": "Night_ferry", "paragraphs": [{"context": "It left."}]}
    >>> article = parse_squad({"data": [entry]}, "dev.json").articles[0]
    >>> article.title, article.key, article.blocks[0].text
    ('Night ferry', 'Night_ferry', 'It left.')

    Raises:
        Unreadable: `data` is no list.
    """
    entries = data.get("data")
    if not isinstance(entries, list):
        raise Unreadable('its "data" is no list; expected SQuAD\'s articles or a list of records')
    articles: list[RawArticle] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries, start=1):
        blocks = _contexts(entry)
        if not blocks:
            problems.append(Problem(name, f"article {number} has no paragraphs with a context"))
            continue
        title = entry.get("title")
        key = title if isinstance(title, str) and title.strip() else str(number)
        readable = key.replace("_", " ") if key is title else None
        articles.append(RawArticle(readable, blocks, key=key))
    return Parsed(articles, problems)


def _contexts(entry: Any) -> tuple[Block, ...]:
    """Return the contexts of one entry, or nothing if it is not shaped like one."""
    paragraphs = entry.get("paragraphs") if isinstance(entry, dict) else None
    if not isinstance(paragraphs, list):
        return ()
    contexts = [p.get("context") for p in paragraphs if isinstance(p, dict)]
    return tuple(Block(text) for text in contexts if isinstance(text, str) and text.strip())
