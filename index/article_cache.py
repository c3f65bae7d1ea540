"""Articles that were read lately, and what was counted in the latest generation of a library."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from corpus.article import Article
from index.rows import SEALED_COLUMNS, article_of
from index.seal import row_hash

MOST_ARTICLES = 512
MOST_CHARACTERS = 8_000_000
"""Of all articles held together: 8 to 32 MB. The latest is held, however long it is."""


class ArticleCache:
    """Articles by row number. A row never changes (a refresh makes a new one): none goes stale.

    Beside them, what was counted in the latest generation, so that no question counts again.
    """

    def __init__(self, most: int = MOST_ARTICLES, characters: int = MOST_CHARACTERS) -> None:
        self._held: OrderedDict[int, Article | None] = OrderedDict()
        self._most = most
        self._most_characters = characters
        self._characters = 0
        self._lock = Lock()
        self._counted: tuple[int, dict[str, Any]] = (-1, {})

    def counted(self, name: str, generation: int, count: Callable[[], Any]) -> Any:
        """Return what `count` gives, called once in a generation while that is the latest."""
        with self._lock:
            newest, held = self._counted
            if generation == newest and name in held:
                return held[name]
        value = count()
        with self._lock:
            newest, held = self._counted
            if generation >= newest:
                before = held if generation == newest else {}
                self._counted = generation, before | {name: value}
        return value

    def get(self, connection: sqlite3.Connection, number: int) -> Article | None:
        """Return the article of a row, read at most once while it is held.

        Returns None when the row does not match its hash, or a damaged passage names one that
        is not there: such an article is never shown.
        """
        with self._lock:
            if number in self._held:
                self._held.move_to_end(number)
                return self._held[number]
        row = connection.execute(
            f"SELECT {SEALED_COLUMNS}, hash FROM articles WHERE number = ?", (number,)
        ).fetchone()
        sound = row is not None and row_hash(row[:-1]) == row[-1]
        article = article_of(row) if sound else None
        with self._lock:
            self._hold(number, article)
        return article

    def _hold(self, number: int, article: Article | None) -> None:
        """Keep what was read, and let go of what was not asked for longest; the lock is held."""
        if number in self._held:  # another thread was quicker
            return
        self._held[number] = article
        self._characters += length_of(article)
        while len(self._held) > 1 and self._is_full():
            self._characters -= length_of(self._held.popitem(last=False)[1])

    def _is_full(self) -> bool:
        return len(self._held) > self._most or self._characters > self._most_characters


def length_of(article: Article | None) -> int:
    """Return the characters of an article's text; a damaged one, None, has none."""
    return len(article.text) if article is not None else 0
