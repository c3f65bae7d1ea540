"""Put ready articles into a library: those a test set or a program brings along.

The same run as an ingest of files (`index.ingest`), without the files: articles are remembered
under one address, the next call under it brings the library in step with what is there then,
and what is unchanged costs no encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.article import Article
from corpus.language import guess_language
from index.encoder import Encoder
from index.home import open_or_create, usable
from index.ingest import Run
from index.progress import IngestReport, IngestRules, Watcher
from index.writer import writer_lock


def put_articles(
    articles: Sequence[Article],
    folder: Path,
    encoder: Encoder,
    *,
    address: str,
    rules: IngestRules | None = None,
    watch: Watcher | None = None,
) -> IngestReport:
    """Bring the library in `folder` in step with the articles of `address`, creating it if need be.

    Articles that came under this address before and are not among `articles` are removed. One
    without a language gets the one its text seems to be in, as articles from files do.

    Raises:
        LibraryError: the library is busy, damaged, or built with other settings.
    """
    rules = rules or IngestRules()
    ready = [
        item if item.language else replace(item, language=guess_language(item.text, None))
        for item in articles
    ]
    with writer_lock(usable(folder)) as place:
        open_or_create(folder, encoder, rules)
        run = Run(folder, encoder, rules, watch or (lambda _: None), place)
        try:
            run.these(ready, address)
        finally:
            run.close()
    return run.report
