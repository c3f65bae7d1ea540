"""Articles that were read from Milvus, kept so that no question reads them again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from corpus.article import Article
from index.article_cache import MOST_ARTICLES, MOST_CHARACTERS, length_of


class ArticleCache:
    """Articles by id and version; a version never changes, so that none goes stale.

    As many are held, and as long ones, as of a library folder.
    """

    def __init__(self, most: int = MOST_ARTICLES, characters: int = MOST_CHARACTERS) -> None:
        self._held: OrderedDict[tuple[str, int], Article | None] = OrderedDict()
        self._most = most
        self._most_characters = characters
        self._characters = 0
        self._lock = Lock()

    def get(self, key: tuple[str, int]) -> tuple[bool, Article | None]:
        """Return whether it is held, and the article; None for one that is damaged."""
        with self._lock:
            if key not in self._held:
                return False, None
            self._held.move_to_end(key)
            return True, self._held[key]

    def put(self, key: tuple[str, int], article: Article | None) -> None:
        """Hold an article, and let go of what was not asked for longest."""
        with self._lock:
            if key in self._held:  # another thread was quicker
                return
            self._held[key] = article
            self._characters += length_of(article)
            while len(self._held) > 1 and self._is_full():
                self._characters -= length_of(self._held.popitem(last=False)[1])

    def _is_full(self) -> bool:
        return len(self._held) > self._most or self._characters > self._most_characters
