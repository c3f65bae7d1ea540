"""The four collections of an archive, and how they are made.

    NAME_articles   one row an article: the commit point of everything that is changed
    NAME_passages   one row a passage: vectors, terms for Milvus' BM25, and what filters look at
    NAME_files      what was ingested from where, so that unchanged files cost nothing
    NAME_meta       settings, remembered values, generations, languages

Milvus takes texts of up to 65,535 bytes: longer ones lie in an array, in pieces. It wants a vector
in every collection; where there is none to keep, two numbers stand in. Rows are made and read in
`index.milvus.records`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus.errors import LibraryError
from index import bm25
from index.milvus.address import Address
from index.milvus.client import Client

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient

KINDS = ("articles", "passages", "files", "meta")
LONGEST = 65_535
"""Bytes of a text."""
VALUE_BYTES = 1_024
"""Bytes of a value that a filter may ask for."""
MOST_VALUES = 4_096
"""Values of an array."""
WORDS = ("words", "title_words", "heading_words")
"""Fields with the terms of a passage, of its title and of its headings, for BM25."""
KEY_BYTES = 64
"""Bytes of a key that is a hash in hex."""
ARRAYS = ("authors", "hosts", "paths")
"""Fields with several values, that filters ask."""
_FILTERED = ("first_day", "last_day", "language", *ARRAYS)
_ASKED = {
    "articles": ("file", *_FILTERED),
    "passages": ("article", *_FILTERED),
    "files": ("file", "root", "shard"),
    "meta": (),
}
"""Fields that are asked by their values, and so have an index."""
STAND_IN = [1.0, 0.0]
"""The vector of a row that has none."""


def count_field(words: str) -> str:
    """Return the field that says how many terms a field with terms has."""
    return f"{words}_count"


def make(client: Client, dimension: int) -> None:
    """Make those collections and indexes that are not there yet; others may be at it, too.

    Raises:
        LibraryError: Milvus cannot be reached, or refuses.
    """
    for kind in KINDS:
        name, milvus = client.collection(kind), client.milvus
        with client.explained():
            if not milvus.has_collection(name):
                _create(client, name, _schema(milvus, kind, dimension))
            held = set(milvus.list_indexes(name))
            for field, known in _indexes(kind, client.address).items():
                if field not in held:
                    indexes = milvus.prepare_index_params()
                    indexes.add_index(field, index_name=field, **known)
                    # Nobody waits for an index over nothing; loading waits if it must.
                    milvus.create_index(name, indexes, sync=False)
    client.load(KINDS)


def _create(client: Client, name: str, schema: CollectionSchema) -> None:
    try:
        with client.explained():
            client.milvus.create_collection(name, schema=schema, consistency_level="Strong")
    except LibraryError:
        if not client.milvus.has_collection(name):  # else another process was first
            raise


def _schema(milvus: MilvusClient, kind: str, dimension: int) -> CollectionSchema:
    schema = milvus.create_schema(auto_id=False, enable_dynamic_field=False)
    if kind == "passages":
        _passages(schema, dimension)
    else:
        {"articles": _articles, "files": _files, "meta": _meta}[kind](schema)
        _vector(schema, "stand_in", len(STAND_IN))
    return schema


def _indexes(kind: str, address: Address) -> dict[str, dict[str, Any]]:
    """Return what is known of each index, by its field."""
    # Milvus Lite has no index over arrays; it looks at each row that is left.
    asked = [name for name in _ASKED[kind] if not address.lite or name not in ARRAYS]
    found: dict[str, dict[str, Any]] = {name: {"index_type": "INVERTED"} for name in asked}
    if kind != "passages":
        return found | {"stand_in": {"index_type": "FLAT", "metric_type": "IP"}}
    usual = "FLAT" if address.lite else "AUTOINDEX"
    found["vector"] = {"index_type": address.index or usual, "metric_type": "IP"}
    words = {
        "index_type": "SPARSE_INVERTED_INDEX",
        "metric_type": "BM25",
        "params": {"bm25_k1": bm25.K1, "bm25_b": bm25.B},
    }
    return found | {f"{name}_bm25": words for name in WORDS}


def _articles(schema: CollectionSchema) -> None:
    _text(schema, "key", KEY_BYTES, key=True)
    for name in ("id", "title", "source", "author", "published", "captured", "minhash", "hash"):
        _text(schema, name)
    _text(schema, "file", KEY_BYTES)
    _text(schema, "fingerprint", KEY_BYTES)
    _texts(schema, "record", LONGEST, mapped=True)
    for name in ("version", "characters", "passages"):
        _number(schema, name)
    _filtered(schema)


def _passages(schema: CollectionSchema, dimension: int) -> None:
    from pymilvus import DataType, Function, FunctionType

    _number(schema, "number", key=True)
    _text(schema, "article", KEY_BYTES)
    for name in ("version", "start", "stop"):
        _number(schema, name)
    _vector(schema, "vector", dimension)
    _text(schema, "places", mapped=True)
    _texts(schema, "sentence_vectors", LONGEST, mapped=True)
    _text(schema, "hash", KEY_BYTES)
    for name in WORDS:
        schema.add_field(
            name, DataType.VARCHAR, max_length=LONGEST, enable_analyzer=True,
            enable_match=True, analyzer_params={"type": "standard"}, mmap_enabled=True,
        )  # fmt: skip
        _number(schema, count_field(name))
        schema.add_field(f"{name}_bm25", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(f"{name}_to_bm25", FunctionType.BM25, [name], [f"{name}_bm25"])
        )
    _filtered(schema)


def _files(schema: CollectionSchema) -> None:
    _text(schema, "key", 2 * KEY_BYTES, key=True)
    _text(schema, "file", KEY_BYTES)
    for name in ("shard", "root", "address", "digest", "problems"):
        _text(schema, name)
    for name in ("size", "mtime_ns"):
        _number(schema, name)


def _meta(schema: CollectionSchema) -> None:
    _text(schema, "key", 256, key=True)
    _text(schema, "kind", 64)
    _text(schema, "value")


def _filtered(schema: CollectionSchema) -> None:
    """Add what filters look at; `index.milvus.filtering` fills and asks it."""
    _number(schema, "first_day")
    _number(schema, "last_day")
    _text(schema, "language", 64)
    for name in ARRAYS:
        _texts(schema, name, VALUE_BYTES)


def _text(
    schema: CollectionSchema,
    name: str,
    most: int = LONGEST,
    *,
    key: bool = False,
    mapped: bool = False,
) -> None:
    """Add a text; Milvus keeps `mapped` ones on its disks, and in memory what is asked for."""
    from pymilvus import DataType

    more = {"mmap_enabled": True} if mapped else {}
    schema.add_field(name, DataType.VARCHAR, max_length=most, is_primary=key, **more)


def _texts(schema: CollectionSchema, name: str, most: int, *, mapped: bool = False) -> None:
    from pymilvus import DataType

    more = {"mmap_enabled": True} if mapped else {}
    schema.add_field(
        name, DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=MOST_VALUES,
        max_length=most, **more,
    )  # fmt: skip


def _number(schema: CollectionSchema, name: str, *, key: bool = False) -> None:
    from pymilvus import DataType

    schema.add_field(name, DataType.INT64, is_primary=key)


def _vector(schema: CollectionSchema, name: str, dimension: int) -> None:
    from pymilvus import DataType

    schema.add_field(name, DataType.FLOAT_VECTOR, dim=dimension)
