"""What the rest of Quoth asks of the place where articles are kept, as Protocols.

Two things satisfy them: the embedded `index.library.Library` (a folder), and
`index.milvus.store.MilvusStore` (a cluster, or a file of Milvus Lite). `qa`, `web` and most
commands know no more than this; `Writes` is what an ingest asks of whoever writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from corpus.article import Article
from index.copies import CopyGroup
from index.encoder import Encoder
from index.facets import Facets, Unknown
from index.filters import NO_FILTERS, Filters
from index.join import Shortlist
from index.known import Remembered
from index.library import Found
from index.rows import EncodedChunk, StoredPassage
from index.schema import Settings
from index.snapshot import ArticleInfo
from index.words import FieldWeights
from index.writer import FileRecord


class Reads(Protocol):
    """What can be read of a store; in a library folder all of it at one moment."""

    @property
    def generation(self) -> int:
        """Another number after each change."""
        ...

    def meta(self, key: str) -> str | None:
        """Return a remembered value."""
        ...

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None if there is none."""
        ...

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        ...

    def passage_numbers(self, article_id: str) -> list[int]:
        """Return the numbers of an article's passages, in reading order."""
        ...

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages that still exist and are as they were stored, by number."""
        ...

    def copies_among(self, ids: Sequence[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of near-duplicates among these articles, each in both orders."""
        ...

    def copy_groups(self) -> list[CopyGroup]:
        """Return all groups of near-duplicates."""
        ...

    def languages(self) -> tuple[str | None, ...]:
        """Return the languages of the articles."""
        ...

    def size(self) -> tuple[int, int]:
        """Return the number of articles and of passages."""
        ...


class Store(Protocol):
    """Articles that can be asked. Safe to use from several threads."""

    settings: Settings

    @property
    def name(self) -> str:
        """What people call it: the folder, or the address."""
        ...

    def snapshot(self) -> AbstractContextManager[Reads]:
        """Open it for reading, shortly."""
        ...

    def find(
        self,
        question: str,
        encoder: Encoder,
        *,
        candidates: int,
        fields: FieldWeights,
        filters: Filters = NO_FILTERS,
        shortlist: Shortlist | None = None,
    ) -> Found:
        """Return the best passages by meaning and by words, of those that filters let through.

        With a `shortlist`, those it chooses may be all that is read; then `Found.is_short`.
        """
        ...

    def facets(self, filters: Filters = NO_FILTERS) -> Facets:
        """Count what the articles (that `filters` let through) hold for each filter."""
        ...

    def check_filters(self, filters: Filters) -> None:
        """Raise `FilterError` for filters that cannot be meant."""
        ...

    def unknown(self, filters: Filters) -> tuple[Unknown, ...]:
        """Return the values of `filters` that no article has, each with what is near to it."""
        ...

    def fingerprint(self) -> str:
        """Return a digest of the articles and of the settings that shaped what is stored."""
        ...

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise `LibraryMismatch` for an encoder other than the one this was built with."""
        ...

    def watch(self) -> None:
        """Get ready for questions now, and after each change before it is asked for."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Knows(Protocol):
    """What an ingest asks before it changes anything."""

    def file(self, address: str) -> Remembered | None:
        """Return what is known of a file that was ingested."""
        ...

    def roots(self) -> list[str]:
        """Return the folders that files came from, sorted."""
        ...

    def addresses(self, root: str) -> list[str]:
        """Return the addresses of the files that came from a folder, sorted."""
        ...

    def article_ids(self, address: str) -> list[str]:
        """Return the ids of the articles that came from a file."""
        ...

    def gave_articles(self, address: str) -> bool:
        """Tell whether a file has articles here, whoever put them."""
        ...

    def was_removed(self, article_id: str) -> bool:
        """Tell whether an article was removed by name, and not put since."""
        ...

    def shape(self, article_id: str) -> tuple[str | None, ...] | None:
        """Return fingerprint, title, sections, language, author, published, source, file."""
        ...


class Writes(Protocol):
    """What an ingest asks of the writer of a store; `settle` returns once all of it is kept."""

    @property
    def known(self) -> Knows:
        """What is stored already."""
        ...

    def put(self, article: Article, file: str, chunks: Sequence[EncodedChunk]) -> int:
        """Put an article in the place of the one with its id; return its near-duplicates' count."""
        ...

    def refresh(self, article: Article, file: str) -> None:
        """Update what is known about an article whose passages are unchanged."""
        ...

    def drop(self, ids: Sequence[str]) -> int:
        """Remove articles that their file no longer holds; return how many there were."""
        ...

    def settle(self) -> None:
        """Return once everything that was put is kept."""
        ...

    def remember_file(self, record: FileRecord) -> None:
        """Remember a file as fully ingested."""
        ...

    def forget_file(self, address: str) -> None:
        """Forget a file and remove the articles that came from it."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
