"""How many bytes a passage takes in Milvus, by field: what `docs/milvus.md` multiplies.

    python -m benchmarks.milvus_size [FILE ...]

Without files, the sample articles. Rows are made as an ingest makes them, and nothing is sent:
texts count their bytes, numbers eight, a vector four a dimension. What Milvus' indexes take on top
is in its own documentation.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.ingest import sample_folders
from corpus.chunk import ChunkRules, split
from corpus.load import find_files, read_files
from index.milvus.collections import WORDS
from index.milvus.records import article_record, passage_record
from index.pending import Waiting, encoded
from index.sentence_encoder import SentenceEncoder
from index.signatures import shingles_of, signature_of

_ARTICLE = "article, shared by its passages"


def main() -> None:
    """Encode, make rows, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    files, _ = find_files(parser.parse_args().files or sample_folders())
    encoder = SentenceEncoder()
    articles = [article for parsed in read_files(files) for article in parsed.articles]
    waiting = [Waiting(a, "f", split(a, encoder, ChunkRules()), "added") for a in articles]
    total: Counter[str] = Counter()
    passages = 0
    for item, chunks in encoded(waiting, encoder, "trail", lambda _: None):
        signature = signature_of(shingles_of(item.article.text)).tobytes()
        row = article_record(item.article, item.file, len(chunks), 1, signature)
        total[_ARTICLE] += sum(_by_field(row).values())
        for chunk in chunks:
            passages += 1
            for name, size in _by_field(passage_record(item.article, chunk, 1)).items():
                total[_group(name)] += size
    print(f"{len(articles)} articles, {passages} passages, {encoder.dimension} dimensions")
    for name, size in total.most_common():
        print(f"{size / passages:8.0f}  {name}")
    print(f"{sum(total.values()) / passages:8.0f}  bytes a passage")


def _by_field(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: _bytes_of(value, name) for name, value in row.items()}


def _bytes_of(value: Any, name: str) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list):
        size = 4 if name == "vector" else 8
        return sum(len(v.encode()) if isinstance(v, str) else size for v in value)
    return 8


def _group(name: str) -> str:
    if name in ("vector", "sentence_vectors"):
        return name
    return "terms" if name in WORDS else "the rest"


if __name__ == "__main__":
    main()
