"""Verify an archive in Milvus: every article and passage against its hash; nothing is changed.

Milvus looks after its own files. What is checked here is what came out of them: that each article
is as it was put, that it has all its passages, and that each of those is sound. Passages of no
article in force (a killed writer leaves some) are not shown and are no finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from index.finding import Finding
from index.milvus.client import Client, Row, quoted
from index.milvus.records import SHOWN, article_from, passage_from
from index.verify_rows import Watch

_FIELDS = ("key", "id", "version", "record", "hash", "passages")
_AGAIN = "put it again: quoth ingest --bring-back its file"


def verify(client: Client, watch: Watch | None = None) -> Iterator[Finding]:
    """Yield what is wrong, one finding a problem.

    Raises:
        LibraryError: Milvus cannot be reached.
    """
    total = client.count("articles")
    for number, listed in enumerate(client.every("articles", "", ["key"]), 1):
        # One at a time: a thousand of them may be more than Milvus gives at once.
        for row in client.query("articles", f"key == {quoted(str(listed['key']))}", _FIELDS):
            yield from _article(client, row)
        if watch is not None:
            watch(number, total)


def _article(client: Client, row: Row) -> Iterator[Finding]:
    place = f"article {row['id']}"
    whole = article_from(row)
    if whole is None:
        yield Finding(place, "is not as it was put; it is not shown", _AGAIN)
        return
    expression = f"article == {quoted(str(row['key']))} and version == {int(row['version'])}"
    sound = damaged = 0
    for each in client.every("passages", expression, SHOWN):
        if passage_from(whole[0], each) is None:
            damaged += 1
        else:
            sound += 1
    if damaged:
        yield Finding(place, f"{damaged} of its passages are not as they were put", _AGAIN)
    missing = int(row["passages"]) - sound - damaged
    if missing:
        what = f"{missing} of its passages are missing"
        yield Finding(place, what if missing > 0 else f"has {-missing} passages too many", _AGAIN)
