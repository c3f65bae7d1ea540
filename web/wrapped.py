"""An archive with something done around each question; everything else is passed straight on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from index.filters import NO_FILTERS, Filters
from qa.answer import Reply
from web.turns import Serves


class Wrapped(ABC):
    """An archive whose questions go through `around`; `web.limits` and `web.metrics` say how."""

    def __init__(self, archive: Serves) -> None:
        self._archive = archive
        self.article = archive.article
        self.articles = archive.articles
        self.examples = archive.examples
        self.facets = archive.facets
        self.size = archive.size

    @property
    def generation(self) -> object:
        """Counts the changes of the archive, or its size where it does not count them."""
        return getattr(self._archive, "generation", None) or self._archive.size()

    @abstractmethod
    def around(self, put: Callable[[], Reply]) -> Reply:
        """Put one question, by calling `put`, and return the reply."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Ask the archive."""
        return self.around(
            lambda: self._archive.ask(question, history=history, k=k, filters=filters)
        )

    def search(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 10,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Search the archive."""
        return self.around(
            lambda: self._archive.search(question, history=history, k=k, filters=filters)
        )
