"""An archive with something done around each question; everything else is passed straight on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from index.filters import NO_FILTERS, Filters
from qa.answer import Reply
from web.turns import Serves


class Asked(NamedTuple):
    """All that decides what is replied: two that are equal have the same reply."""

    kind: Literal["ask", "search"]
    question: str
    history: tuple[str, ...]
    k: int
    filters: Filters


class Wrapped(ABC):
    """An archive whose questions go through `around`.

    `web.limits`, `web.metrics` and `web.recent` say how.
    """

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
    def around(self, put: Callable[[], Reply], asked: Asked) -> Reply:
        """Put one question, by calling `put`, and return the reply; `asked` says which."""

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
            lambda: self._archive.ask(question, history=history, k=k, filters=filters),
            Asked("ask", question, tuple(history), k, filters),
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
            lambda: self._archive.search(question, history=history, k=k, filters=filters),
            Asked("search", question, tuple(history), k, filters),
        )
