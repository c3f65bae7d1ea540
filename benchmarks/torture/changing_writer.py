"""The process that changes articles while others ask, and writes down when each change was made.

Each line of its log is one transaction: `before` and `after` in nanoseconds of the clock that all
processes share, and `changes`, from an article's id to all of it, or to null when it is removed.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.kill_child import small_batches
from benchmarks.torture.parsing import parse_here
from corpus.article import Article
from corpus.wire import article_to_json
from index.ingest import ingest
from index.progress import IngestRules
from index.writer import Writer
from tests.conftest import FakeEncoder

HARBOURS = 40
AUTHORS = ("Ann Lee", "Tomasz Wilk")
_KEPT_ZEBRAS = 30


def change_until(home: Path, seed: int) -> None:
    """Change the articles of `home`/articles, again and again, until `home`/stop is there."""
    small_batches()
    parse_here()
    _write_down(home / "changes")
    articles, chance, zebras, batch = home / "articles", random.Random(seed), 0, 0
    articles.mkdir(exist_ok=True)
    for number in range(HARBOURS):
        _harbour(articles, number, 0, chance)
    while batch == 0 or not (home / "stop").exists():
        if batch:
            zebras += _some_changes(articles, zebras, batch, chance)
        ingest([articles], home / "library", FakeEncoder(), rules=IngestRules(allow_removals=True))
        batch += 1
        (home / "ready").touch()
    (home / "batches").write_text(str(batch), encoding="utf-8")


def _some_changes(articles: Path, zebras: int, batch: int, chance: random.Random) -> int:
    """Change, remove or bring back some articles, and add a new one; return how many are new."""
    for number in chance.sample(range(HARBOURS), chance.randint(1, 4)):
        path = articles / f"harbour-{number}.md"
        if path.exists() and chance.random() < 0.3:
            path.unlink()
        else:
            _harbour(articles, number, batch, chance)
    (articles / f"zebra-{zebras - _KEPT_ZEBRAS}.md").unlink(missing_ok=True)
    text = f"# Zebra {zebras}\n\nThe animal zebra{zebras} crossed the strait in May.\n"
    (articles / f"zebra-{zebras}.md").write_text(text, encoding="utf-8")
    return 1


def _harbour(articles: Path, number: int, version: int, chance: random.Random) -> None:
    """Write one article of several passages, each of which says its version.

    Now and then only its author changes.
    """
    path = articles / f"harbour-{number}.md"
    body = path.read_text(encoding="utf-8").split("---\n")[2] if path.exists() else ""
    if not body or chance.random() < 0.8:
        body = f"# Harbour {number}\n\n" + "\n\n".join(
            f"## Part {part} of harbour {number}\n\nEdition {version} of harbour {number} says "
            f"that the ferry carries {version * 10 + part} lorries a night. In edition {version} "
            f"the council pays {version * 1_000 + number} crowns for part {part}."
            for part in range(4)
        )
    facts = f"author: {chance.choice(AUTHORS)}\ndate: 2023-05-{1 + version % 28:02}"
    path.write_text(f"---\n{facts}\n---\n{body}\n", encoding="utf-8")


def _write_down(log: Path) -> None:
    """Log each transaction of this process once it has returned."""
    opened = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def wrap(name: str, changes: Callable[..., dict[str, Any]]) -> None:
        call = getattr(Writer, name)

        def logged(self: Writer, *given: Any) -> Any:
            noted, before = changes(self, *given), time.monotonic_ns()
            result = call(self, *given)
            line = {"before": before, "after": time.monotonic_ns(), "changes": noted}
            os.write(opened, (json.dumps(line) + "\n").encode())
            return result

        setattr(Writer, name, logged)

    def put(_: Writer, article: Article, *_more: Any) -> dict[str, Any]:
        return {article.id: article_to_json(article)}

    def forgotten(writer: Writer, address: str) -> dict[str, Any]:
        rows = writer.connection.execute("SELECT id FROM articles WHERE file = ?", (address,))
        return {name: None for (name,) in rows}

    wrap("put", put)
    wrap("refresh", put)
    wrap("remove", lambda _, ids: dict.fromkeys(ids))
    wrap("forget_file", forgotten)
