"""Bring an archive in Milvus in step with its sources, put ready articles in, or remove some.

The run is that of a library folder (`index.ingest`), over another writer. Many may run side by
side when each has its own shard; two of the same shard must not, and nothing here stops them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

from corpus.article import Article
from corpus.errors import LibraryMismatch, NotALibrary, SourceError
from corpus.language import guess_language
from corpus.load import find_files
from index.encoder import Encoder
from index.ingest import Run
from index.milvus import collections
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.store import SCHEMA, settings_in
from index.milvus.writing import MilvusWriter
from index.progress import IngestReport, IngestRules, Watcher
from index.remove import Receipt
from index.schema import Settings
from index.shard import WHOLE


def ingest_into(
    sources: Sequence[Path],
    address: Address,
    encoder: Encoder,
    *,
    rules: IngestRules | None = None,
    watch: Watcher | None = None,
) -> IngestReport:
    """Ingest files and folders into the archive at `address`, creating it if need be.

    Raises:
        SourceError: a source does not exist, or most of a folder has vanished.
        LibraryError: Milvus cannot be used, or the archive was built with other settings.
    """
    files, problems = find_files(sources)
    with _run(address, encoder, rules or IngestRules(), watch) as run:
        run.report.problems.extend(problems)
        run.all_of(files, [Path(source).resolve() for source in sources])
    return run.report


def put_into(
    articles: Sequence[Article],
    at: Address,
    encoder: Encoder,
    *,
    address: str,
    rules: IngestRules | None = None,
    watch: Watcher | None = None,
) -> IngestReport:
    """Bring the archive at `at` in step with the articles of `address`; see `index.put`."""
    ready = [
        item if item.language else replace(item, language=guess_language(item.text, None))
        for item in articles
    ]
    with _run(at, encoder, rules or IngestRules(), watch) as run:
        run.these(ready, address)
    return run.report


def remove_from(address: Address, ids: Sequence[str]) -> Receipt:
    """Remove articles with all that was made of them; all of these ids are there, or none goes.

    One of which only passages are left, by a removal that was cut short, is there; it is not among
    the articles of the receipt.

    Raises:
        SourceError: one of them is not there; nothing was removed.
    """
    wanted = tuple(dict.fromkeys(ids))
    with _connected(address) as client:
        settings_in(client)
        writer = MilvusWriter(client, WHOLE)
        held = writer.infos(wanted)
        unknown = [name for name in wanted if name not in held and not any(writer.held([name]))]
        if unknown:
            raise SourceError(
                f"no article has the id {unknown[0]!r}; nothing was removed; list them with: "
                f"quoth articles --store {address}"
            )
        passages, sentences = writer.held(wanted)
        writer.remove(wanted)
        generation = writer.generation
    articles = tuple(held[name] for name in wanted if name in held)
    return Receipt(articles, passages, sentences, (), generation, log_emptied=True)


def remember(address: Address, key: str, value: str) -> None:
    """Remember a value (example questions) with the archive."""
    with _connected(address) as client:
        MilvusWriter(client).remember(key, value)


def encoder_at(address: Address) -> str | None:
    """Return the name of the encoder an archive was built with, None if there is no archive."""
    try:
        with _connected(address) as client:
            return settings_in(client).encoder
    except NotALibrary:
        return None


def open_or_create(client: Client, encoder: Encoder, rules: IngestRules) -> None:
    """Make the archive if there is none, else check that it was built the same way.

    Raises:
        LibraryMismatch: something that shapes its content was another; both values are named.
    """
    wanted = Settings(
        encoder.name, encoder.fingerprint, encoder.dimension, rules.chunk, rules.context
    )
    try:
        settings_in(client)
    except NotALibrary:
        collections.make(client, encoder.dimension)
        writer = MilvusWriter(client, rules.shard)
        writer.remember("settings", wanted.to_json())
        writer.remember("schema", SCHEMA)
    found = settings_in(client)  # read again: another shard may have been first
    for field in fields(Settings):
        name = field.name
        old, new = getattr(found, name), getattr(wanted, name)
        if old != new and name != "encoder":  # an encoder is known by its fingerprint
            raise LibraryMismatch(
                f"{client.address} was built with {name} {old!r} (encoder {found.encoder!r}), not "
                f"{new!r} (encoder {wanted.encoder!r}); use the old setting, or ingest into an "
                "archive of another name"
            )


@contextmanager
def _run(
    address: Address, encoder: Encoder, rules: IngestRules, watch: Watcher | None
) -> Iterator[Run]:
    with _connected(address, create=True) as client:
        open_or_create(client, encoder, rules)
        writer = MilvusWriter(client, rules.shard)
        run = Run(Path(), encoder, rules, watch or (lambda _: None), writer=writer)
        try:
            yield run
        finally:
            run.close()


@contextmanager
def _connected(address: Address, *, create: bool = False) -> Iterator[Client]:
    client = Client(address, create=create)
    try:
        yield client
    finally:
        client.close()
