"""Finding by words: BM25 in tantivy. The only file that imports tantivy.

Terms are made by `index.terms` and handed over ready, so tantivy only splits at blanks: what it
counts is what the rest of Quoth counts. One thread and a 64 MB heap; larger heaps had their
writer killed. A writer that dies raises, and the index is then built again from the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy

from corpus.errors import LibraryDamaged
from index.meaning import Numbers

_HEAP_BYTES = 64_000_000
FIELDS = ("text", "title", "heading")
_NARROW = 0.01
"""Share of the passages up to which a filter is part of the query; a wider one sifts the hits."""


class WordsRow(NamedTuple):
    """The terms of a passage, and of its article's title and its headings."""

    number: int
    text: list[str]
    title: list[str]
    heading: list[str]


class FieldWeights(NamedTuple):
    """How much a match counts in each field; the text's own weight is 1."""

    title: float = 0.3
    heading: float = 0.3


Boosts = Mapping[tuple[str, str], float]
"""By field and term, what its weight is multiplied with."""


class Words:
    """A tantivy index from passage numbers to terms."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        index.config_reader("manual")
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def build(cls, rows: Iterable[WordsRow], folder: Path | None = None) -> Words:
        """Index rows in `folder`, or in memory.

        Raises:
            ValueError: tantivy's writer died; build again.
        """
        schema = _schema()
        if folder is None:
            index = tantivy.Index(schema)
        else:
            folder.mkdir()  # not those above it: a library that was moved away is not begun anew
            index = tantivy.Index(schema, path=str(folder))
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for row in rows:
            document = tantivy.Document()
            document.add_unsigned("number", row.number)
            for field in FIELDS:
                document.add_text(field, " ".join(getattr(row, field)))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return cls(index)

    @classmethod
    def open(cls, folder: Path) -> Words:
        """Open a folder whose hash was already checked.

        Raises:
            ValueError: tantivy refuses the folder, or fails on it.
        """
        with _no_panic():
            return cls(tantivy.Index.open(str(folder)))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def numbers(self) -> list[int]:
        """Return the numbers of all passages, sorted.

        Raises:
            ValueError: tantivy fails on its files.
        """
        if not len(self):
            return []
        with _no_panic():
            hits = self._searcher.search(tantivy.Query.all_query(), limit=len(self)).hits
            found = self._searcher.fast_field_values("number", [address for _, address in hits])
        return sorted(int(number) for number in found)

    def matching(self, term: str, field: str = "text") -> int:
        """Return in how many passages the term occurs in a field.

        Raises:
            LibraryDamaged: tantivy fails on its files.
        """
        with _searched():
            return int(self._searcher.doc_freq(field, term))

    def search(
        self,
        terms: Sequence[str],
        k: int,
        weights: FieldWeights | None = None,
        only: Numbers | None = None,
        boosts: Boosts | None = None,
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, BM25), best first; ties break by number.

        `boosts` set right the weights of a segment, which knows only its own passages.

        With `only` (sorted), `k` of these are found, with the scores they have without it. Few
        numbers become a clause of the query, which costs by their count. Of many, a share of all
        hits is asked for that should hold `k`, and more if it does not. Over 202,748 passages the
        clause took .9 ms at .1 % of them, 5 at 1 % and 164 at 95 %; sifting 143, 21 and 4
        (`python -m benchmarks.filtered --times 28`).

        Raises:
            LibraryDamaged: tantivy fails on its files.
        """
        if not terms or k < 1 or not len(self) or (only is not None and not len(only)):
            return []
        query = _query(self._index.schema, terms, weights or FieldWeights(), boosts or {})
        if only is None:
            return self._best(query, k)
        if len(only) <= _NARROW * len(self):
            return self._best(_restricted(self._index.schema, query, only), k)
        wanted = min(len(self), 10 + int(1.5 * k * len(self) / len(only)))
        while True:
            found = self._best(query, wanted)
            inside = np.isin([number for number, _ in found], only)
            kept = [pair for pair, stays in zip(found, inside, strict=True) if stays]
            if len(kept) >= k or len(found) < wanted or wanted >= len(self):
                return kept[:k]
            wanted = min(len(self), 4 * wanted)

    def _best(self, query: tantivy.Query, k: int) -> list[tuple[int, float]]:
        with _searched():
            hits = self._searcher.search(query, limit=k).hits
            numbers = self._searcher.fast_field_values("number", [place for _, place in hits])
            found = [
                (int(number), float(score))
                for number, (score, _) in zip(numbers, hits, strict=True)
                if score > 0
            ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


@contextmanager
def _no_panic() -> Iterator[None]:
    """Raise as ValueError what tantivy makes of files damaged although their hash is right.

    Its panics are no `Exception`, and their class cannot be imported: they are told by its name.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError((str(error).splitlines() or ["no reason given"])[0][:100]) from error


@contextmanager
def _searched() -> Iterator[None]:
    """Raise for people what goes wrong in a search: the files were found right when opened."""
    try:
        with _no_panic():
            yield
    except (ValueError, TypeError) as error:  # TypeError: a document without a number
        raise LibraryDamaged(
            f"the index of words cannot be read ({error}), although its hash is right; remove "
            "manifest.json from the library folder, then: quoth ingest FOLDER"
        ) from error


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=False, indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(
            field, stored=False, tokenizer_name="whitespace", index_option="freq"
        )
    return builder.build()


def _query(
    schema: tantivy.Schema, terms: Sequence[str], weights: FieldWeights, boosts: Boosts
) -> tantivy.Query:
    """Any term in any field, each field's score weighed."""
    clauses = []
    for field, weight in (("text", 1.0), ("title", weights.title), ("heading", weights.heading)):
        if weight <= 0:
            continue
        for term in terms:
            query = tantivy.Query.term_query(schema, field, term, index_option="freq")
            boosted = tantivy.Query.boost_query(query, weight * boosts.get((field, term), 1.0))
            clauses.append((tantivy.Occur.Should, boosted))
    return tantivy.Query.boolean_query(clauses)


def _restricted(schema: tantivy.Schema, query: tantivy.Query, only: Numbers) -> tantivy.Query:
    """The query, and one of these numbers, which adds nothing to the score."""
    among = tantivy.Query.term_set_query(schema, "number", only.tolist())
    clauses = [query, tantivy.Query.boost_query(among, 0.0)]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in clauses])
