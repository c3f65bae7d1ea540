"""An archive in Milvus, for reading and asking: what `qa` and the commands ask of a store.

Changing one is `index.milvus.writing`; what is and is not promised beside a library folder is in
`docs/milvus.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

from corpus.errors import LibraryDamaged, LibraryMismatch, NotALibrary
from index.encoder import Encoder
from index.facets import Facets, Unknown, check_codes, facets_of, unknown_in
from index.facts import Facts
from index.filters import NO_FILTERS, Filters
from index.join import Shortlist
from index.library import Found
from index.milvus.address import Address
from index.milvus.cache import ArticleCache
from index.milvus.client import Client
from index.milvus.collections import KINDS
from index.milvus.filtering import expression
from index.milvus.joining import Join, Question
from index.milvus.reading import Reading
from index.milvus.search import Searches
from index.milvus.statistics import Statistics
from index.schema import Settings
from index.terms import question_terms
from index.words import FieldWeights

SCHEMA = "1"
"""Of the collections; kept under the key `schema`."""
MOST_COUNTED = 1_000_000
"""Articles up to which what there is for each filter is counted; each of them is read for it."""


class MilvusStore:
    """An open archive in Milvus. Safe to use from several threads."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.settings = settings_in(client)
        self._cache = ArticleCache()
        self._searches = Searches(client)
        self._statistics = Statistics(client)
        self._facts: tuple[int, tuple[Facts, ...]] | None = None
        self._lock = Lock()

    @classmethod
    def open(cls, address: Address) -> MilvusStore:
        """Open the archive at an address.

        Raises:
            NotALibrary: Milvus holds no archive of that name.
            LibraryMismatch: another version of Quoth made it.
            LibraryError: Milvus cannot be reached, or its client is not installed.
        """
        client = Client(address, bounded=address.bounded)
        try:
            return cls(client)
        except BaseException:
            client.close()
            raise

    @property
    def name(self) -> str:
        """What people call it: its address."""
        return str(self.client.address)

    def watch(self) -> None:
        """Nothing is loaded here: Milvus itself keeps its indexes ready."""

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        """Give what reads; there is no transaction, see `index.milvus.reading`."""
        yield Reading(self.client, self._cache)

    def check_encoder(self, encoder: Encoder) -> None:
        """Refuse an encoder other than the one this archive was built with.

        Raises:
            LibraryMismatch: names both.
        """
        held = self.settings
        wanted = (encoder.fingerprint, encoder.dimension)
        if wanted != (held.encoder_fingerprint, held.dimension):
            raise LibraryMismatch(
                f"{self.name} was built with encoder {held.encoder!r} "
                f"({held.encoder_fingerprint[:8]}, {held.dimension} dimensions), not "
                f"{encoder.name!r} ({encoder.fingerprint[:8]}, {encoder.dimension}); ask without "
                "--encoder, or build another archive under another name"
            )

    def fingerprint(self) -> str:
        """Return a digest of the articles and of the settings that shaped what is stored."""
        with self.snapshot() as reading:
            whole = f"{self.settings.to_json()} {reading.fingerprint()}".encode()
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
        """Return the best `candidates` passages by meaning and by words, or a shortlist of them.

        Filters are applied by Milvus before it ranks: a narrow one still fills the list.
        """
        started = perf_counter()
        vector = encoder.encode_question(question)
        encoded = perf_counter()
        with self.snapshot() as reading:
            numbers = self._statistics.at(reading.generation)
            terms = tuple(question_terms(question, reading.languages()))
            only = expression(filters)
            admitted = self.client.count("articles", only) if filters else None
            search = self._searches
            found = Join(reading).hits(
                lambda k: search.by_meaning(vector, k, only),
                lambda k: search.by_words(terms, k, fields, only, numbers),
                candidates, Question(vector, terms, numbers), shortlist,
            )  # fmt: skip
        seconds = {"encode": encoded - started, "find": perf_counter() - encoded}
        hits = found.by_meaning, found.by_words
        return Found(vector, terms, numbers, *hits, seconds, admitted, found.copies, found.is_short)

    def facets(self, filters: Filters = NO_FILTERS) -> Facets:
        """Count what the articles (that `filters` let through) hold for each filter.

        Of more than `MOST_COUNTED` articles only how many there are.
        """
        facts = self._all_facts()
        if facts is None:
            count = self.client.count("articles", expression(filters))
            return Facets(count, 0, None, None, (), (), (), ())
        return facets_of(each for each in facts if filters.admits(each))

    def check_filters(self, filters: Filters) -> None:
        """Refuse filters that cannot be meant.

        Raises:
            FilterError: a language is no code; the codes that are held are named.
        """
        if filters.languages:
            check_codes(filters, self.facets())

    def unknown(self, filters: Filters) -> tuple[Unknown, ...]:
        """Return the values of `filters` that no article has, each with what is near to it."""
        facts = self._all_facts()
        return () if facts is None else unknown_in(filters, facts)

    def _all_facts(self) -> tuple[Facts, ...] | None:
        """Return what filters look at of each article, read once for each generation."""
        with self._lock, self.snapshot() as reading:
            generation = reading.generation
            if self._facts is None or self._facts[0] != generation:
                if self.client.count("articles") > MOST_COUNTED:
                    return None
                self._facts = (generation, tuple(reading.facts()))
            return self._facts[1]


def settings_in(client: Client) -> Settings:
    """Return what shaped the archive behind a connection.

    Raises:
        NotALibrary: there is none.
        LibraryMismatch: another version of Quoth made it.
        LibraryDamaged: its settings cannot be read.
    """
    with client.explained():
        there = client.milvus.has_collection(client.collection("meta"))
    reading = Reading(client)
    if there:
        client.load(KINDS)
    found = reading.meta("settings") if there else None
    if found is None:
        raise NotALibrary(
            f"{client.address} holds no archive; make one with: quoth ingest FOLDER --store "
            f"{client.address}"
        )
    schema = reading.meta("schema")
    if schema != SCHEMA:
        raise LibraryMismatch(
            f"{client.address} was written with schema {schema}, this version reads schema "
            f"{SCHEMA}; ingest the sources into an archive of another name"
        )
    try:
        return Settings.from_json(found)
    except (ValueError, TypeError, KeyError) as error:
        raise LibraryDamaged(
            f"{client.address}: its settings cannot be read ({error}); ingest the sources into an "
            "archive of another name"
        ) from error
