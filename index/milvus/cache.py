"""Articles that were read from Milvus, kept so that no question reads them again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from corpus.article import Article


class ArticleCache:
    """Articles by id and version; a version never changes, so that none goes stale."""

    def __init__(self, most: int = 512) -> None:
        self._held: OrderedDict[tuple[str, int], Article | None] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, key: tuple[str, int]) -> tuple[bool, Article | None]:
        """Return whether it is held, and the article; None for one that is damaged."""
        with self._lock:
            if key not in self._held:
                return False, None
            self._held.move_to_end(key)
            return True, self._held[key]

    def put(self, key: tuple[str, int], article: Article | None) -> None:
        """Hold an article."""
        with self._lock:
            self._held[key] = article
            while len(self._held) > self._most:
                self._held.popitem(last=False)
