"""A process that asks, in several threads, while articles change; it writes all replies down.

It opens the archive as a server does: once, with the thread that watches for new indexes
(`index.loading`). One more thread asks for each new article, as soon as it is told of its commit.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.torture.changing_writer import AUTHORS, HARBOURS
from index import loading
from index.filters import NO_FILTERS, Filters
from index.library import Library
from index.words import FieldWeights
from qa.answer import Answer
from qa.archive import Archive
from qa.as_json import article_json, reply_json
from qa.rules import AskRules
from tests.conftest import FakeEncoder

THREADS = 3
_EVERYTHING = 100_000
_MOST_TAIL = 60
_POLL_SECONDS = 0.002
_PATIENCE_SECONDS = 30.0


class Task(NamedTuple):
    """What one process asks: of what seed, and where it writes replies.

    It asks `questions`, and goes on until `changes` were made beside them: on a slow machine few
    would be, and replies that nothing came between prove nothing.
    """

    home: Path
    questions: int
    seed: int
    replies: Path
    changes: int = 0


def ask_all(task: Task) -> None:
    """Ask all questions."""
    vars(loading)["MOST_TAIL"] = _MOST_TAIL  # so that indexes are built beside the questions, too
    archive = Archive(
        Library.open(task.home / "library"), FakeEncoder(), rules=AskRules(bar=0.0)
    )  # fmt: skip
    archive.library.watch()
    reader = _Reader(archive, task)
    threads = [threading.Thread(target=reader.ask, args=(n,)) for n in range(THREADS)]
    probe = threading.Thread(target=reader.ask_for_new)
    for thread in [*threads, probe]:
        thread.start()
    for thread in threads:
        thread.join()
    reader.over.set()
    probe.join()
    archive.close()


class _Reader:
    """Shared by the threads of one process."""

    def __init__(self, archive: Archive, task: Task) -> None:
        self.over = threading.Event()
        self._archive = archive
        self._task = task
        self._left = task.questions
        self._give_up = time.monotonic() + _PATIENCE_SECONDS
        self._lock = threading.Lock()
        self._file = task.replies.open("w", encoding="utf-8", buffering=1)

    def ask(self, thread: int) -> None:
        """Ask until the questions of this process are used up."""
        chance = random.Random(f"{self._task.seed} {thread}")
        while self._taken():
            kind = chance.choices(("plain", "follow-up", "author", "everything"), (5, 2, 2, 1))[0]
            self._one(kind, chance.randrange(HARBOURS), chance)

    def _taken(self) -> bool:
        with self._lock:
            self._left -= 1
            left = self._left >= 0
        return left or (self._task.changes > self._made() and time.monotonic() < self._give_up)

    def _made(self) -> int:
        """Return how many changes there were since the first articles were put in."""
        return (self._task.home / "changes").read_bytes().count(b"\n") - HARBOURS

    def _one(self, kind: str, harbour: int, chance: random.Random) -> None:
        question = f"How many lorries does the ferry of harbour {harbour} carry a night?"
        filters, history = NO_FILTERS, []
        if kind == "author":
            filters = Filters(authors=(chance.choice(AUTHORS),))
        elif kind == "follow-up":
            question, history = "And what does the council pay?", [question]
        started = time.monotonic_ns()
        if kind == "everything":
            said: Any = self._everything(question)
        else:
            reply = self._archive.ask(question, history=history, k=8, filters=filters)
            said = reply_json(reply)
        self._note({"kind": kind, "started": started, "ended": time.monotonic_ns(), "said": said,
                    "authors": filters.authors})  # fmt: skip

    def _everything(self, question: str) -> list[list[Any]]:
        """Return what the finders find if all is wanted: each passage's article, and its place."""
        encoder, fields = self._archive.encoder, FieldWeights()
        found = self._archive.library.find(
            question, encoder, candidates=_EVERYTHING, fields=fields
        )  # fmt: skip
        passages = [hit.stored.passage for hit in found.by_meaning]
        return [[article_json(item.article), *item.span] for item in passages]

    def ask_for_new(self) -> None:
        """Ask for each new article until a reply shows it; note when it did, and which did."""
        for word, committed in self._news():
            tries, shown = 0, False
            give_up = time.monotonic() + _PATIENCE_SECONDS
            while not shown and time.monotonic() < give_up:
                tries += 1
                reply = self._archive.ask(f"When did {word} cross the strait?")
                seen = reply.extracts if isinstance(reply, Answer) else reply.nearest
                shown = any(f" {word} " in each.passage.text for each in seen)
            delay = time.monotonic_ns() - committed
            self._note({"kind": "new", "shown": shown, "tries": tries, "delay": delay})

    def _news(self) -> Iterator[tuple[str, int]]:
        """Yield the word that only a new article has, and when it was committed.

        What was committed while the one before was being asked for is passed over.
        """
        with (self._task.home / "changes").open(encoding="utf-8") as log:
            log.seek(0, 2)
            held = ""
            while not self.over.is_set():
                held += log.read()
                *lines, held = held.split("\n")
                news = [entry for line in lines for entry in _new_articles(json.loads(line))]
                yield from news[-1:]
                time.sleep(_POLL_SECONDS)

    def _note(self, record: dict[str, Any]) -> None:
        line = json.dumps(record) + "\n"
        with self._lock:
            self._file.write(line)


def _new_articles(entry: dict[str, Any]) -> Iterator[tuple[str, int]]:
    for article in filter(None, entry["changes"].values()):
        if article["title"].startswith("Zebra "):
            yield article["title"].replace("Zebra ", "zebra"), entry["after"]
