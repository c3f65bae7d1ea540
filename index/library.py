"""A library: a folder with one database, what is derived from it, and questions put to it.

`Library.open` reads; changing a library is `index.ingest`. Any number of readers may run beside
one writer; each question sees one snapshot. Ranking, highlighting and deciding are `qa`'s part.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import NamedTuple

from corpus.errors import LibraryError, LibraryMismatch, LibraryMoved
from index import schema
from index.article_cache import ArticleCache
from index.catalogue import Catalogue
from index.clusters import DEFAULT_RECALL
from index.durable import place_of
from index.encoder import Encoder, Vectors
from index.facets import Facets, Unknown, check_codes, unknown_in
from index.filters import NO_FILTERS, Filters
from index.join import Hit, Join, Shortlist, Sought, Weigher
from index.loading import Views
from index.meaning import Numbers
from index.snapshot import Snapshot
from index.terms import question_terms
from index.view import View
from index.words import FieldWeights

DEFAULT_FOLDER = Path("library")


class Found(NamedTuple):
    """What both finders returned for a question, joined in one snapshot.

    `vector` (1, d) and `terms` are the question as the finders saw it; `seconds` is time by stage;
    `admitted` counts the articles that filters let through, if there were any filters.
    `copies` are the pairs of near-duplicates among the articles found, each in both orders.
    `is_short`: a shortlist was made, and what is not on it was found but is not here.
    """

    vector: Vectors
    terms: tuple[str, ...]
    weigher: Weigher
    by_meaning: tuple[Hit, ...]
    by_words: tuple[Hit, ...]
    seconds: dict[str, float]
    admitted: int | None = None
    copies: frozenset[tuple[str, str]] = frozenset()
    is_short: bool = False


class Library:
    """An open library, for reading. Safe to use from several threads."""

    def __init__(self, folder: Path, recall: float = DEFAULT_RECALL) -> None:
        self.folder = folder
        self._pool: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._cache = ArticleCache()
        self._catalogue = Catalogue()
        self._place = place_of(folder / schema.DATABASE)
        first = schema.connect(folder)
        self.settings = schema.settings_of(first)
        self._pool.put(first)
        shape = (self.settings.to_json(), self.settings.dimension)
        self._views = Views(folder, *shape, self.snapshot, recall)

    @classmethod
    def open(cls, folder: Path, recall: float = DEFAULT_RECALL) -> Library:
        """Open the library in `folder`.

        `recall` is the share of the nearest passages that a search by meaning is to find where a
        library is too large to compare them all exactly; 1 compares them all by their vectors in
        8 bits, which may put passages that are nearly alike in another order; see docs/scale.md.

        Raises:
            NotALibrary, LibraryMismatch, LibraryDamaged: see `index.schema.connect`.
        """
        return cls(folder, recall)

    @property
    def name(self) -> str:
        """What people call it: its folder."""
        return str(self.folder)

    def watch(self) -> None:
        """Load the indexes now, and from then on those of each change, before it is asked for."""
        self._views.watch()

    def close(self) -> None:
        """Close all idle connections, and end what loads in the background."""
        self._views.close()
        while True:
            try:
                self._pool.get_nowait().close()
            except Empty:
                return

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open one short read transaction.

        Raises:
            LibraryMoved: another library stands there now, or none: this one may be out of date.
        """
        connection = self._connection()
        try:
            with self._in_place(), schema.explained(self.folder):
                connection.execute("BEGIN")
                yield Snapshot(connection, self._cache)
        finally:
            if connection.in_transaction:  # an error of the disk has ended it already
                connection.execute("ROLLBACK")
            self._pool.put(connection)

    def _connection(self) -> sqlite3.Connection:
        """Return an idle connection, or a new one, to the file that was opened first."""
        with self._in_place():
            try:
                return self._pool.get_nowait()
            except Empty:
                connection = schema.connect(self.folder)
        try:
            self._check_place()  # else it may be one to what has taken the place just now
        except LibraryMoved:
            connection.close()
            raise
        return connection

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Say so if the library is not where it was: before, or when something went wrong."""
        self._check_place()
        try:
            yield
        except LibraryError:
            self._check_place()
            raise

    def _check_place(self) -> None:
        if place_of(self.folder / schema.DATABASE) != self._place:
            raise LibraryMoved(
                f"{self.folder} was moved, removed or replaced while it was open; put it back, or "
                "start quoth again"
            )

    def check_encoder(self, encoder: Encoder) -> None:
        """Refuse an encoder other than the one this library was built with.

        Raises:
            LibraryMismatch: names both encoders and the command that mends it.
        """
        held = self.settings
        old, new = held.encoder_fingerprint[:8], encoder.fingerprint[:8]
        if encoder.fingerprint == held.encoder_fingerprint:
            if encoder.dimension == held.dimension:
                return
            old, new = f"{held.dimension} dimensions", f"{encoder.dimension} dimensions"
        raise LibraryMismatch(
            f"{self.folder} was built with encoder {held.encoder!r} ({old}), not {encoder.name!r} "
            f"({new}); ask without --encoder, or build another library: "
            f"quoth ingest FOLDER --library NEW --encoder {encoder.name}"
        )

    def fingerprint(self) -> str:
        """Return a digest of the articles and of the settings that shaped what is stored."""
        with self.snapshot() as snapshot:
            held = snapshot.fingerprint()
        whole = f"{self.settings.to_json()} {held}".encode()
        return hashlib.blake2b(whole, digest_size=16).hexdigest()

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
        """Return the best `candidates` passages by meaning and by words.

        To read a passage costs more than to find it: with a `shortlist` only the ones chosen are
        read and returned, unless there are near-duplicates among the articles found.

        Those that `filters` leave out are not searched: the list is as long, and every score the
        same, as if they were taken out of a list of everything.
        """
        started = perf_counter()
        vector = encoder.encode_question(question)
        encoded = perf_counter()
        with self.snapshot() as snapshot:
            view = self.view(snapshot)
            terms = tuple(question_terms(question, snapshot.languages()))
            admitted = self._catalogue.admitted(snapshot, filters) if filters else None
            only = None if admitted is None else admitted.numbers
            join = Join(snapshot, view, self.settings.dimension)
            sought = Sought(vector, terms, candidates, fields, only)
            by_meaning, by_words, is_short = join.hits(sought, shortlist)
            names = {hit.stored.passage.article.id for hit in (*by_meaning, *by_words)}
            copies = snapshot.copies_among(sorted(names))
        seconds = {"encode": encoded - started, "find": perf_counter() - encoded}
        articles = None if admitted is None else admitted.articles
        return Found(vector, terms, view, by_meaning, by_words, seconds, articles, copies, is_short)

    def admitted(self, snapshot: Snapshot, filters: Filters) -> Numbers | None:
        """Return the numbers of the passages that `filters` let through, sorted; None for all."""
        return self._catalogue.admitted(snapshot, filters).numbers if filters else None

    def facets(self, filters: Filters = NO_FILTERS) -> Facets:
        """Count what the articles (that `filters` let through) hold for each filter."""
        with self.snapshot() as snapshot:
            return self._catalogue.facets(snapshot, filters)

    def check_filters(self, filters: Filters) -> None:
        """Refuse filters that cannot be meant.

        Raises:
            FilterError: a language is no code; the codes that are held are named.
        """
        if filters.languages:
            check_codes(filters, self.facets())

    def unknown(self, filters: Filters) -> tuple[Unknown, ...]:
        """Return the values of `filters` that no article has, each with what is near to it."""
        with self.snapshot() as snapshot:
            return unknown_in(filters, self._catalogue.facts(snapshot))

    def view(self, snapshot: Snapshot) -> View:
        """Return a view that covers at least what the snapshot holds, shared by all threads."""
        return self._views.fitting(snapshot)
