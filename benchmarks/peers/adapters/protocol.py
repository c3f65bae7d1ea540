"""How the driver talks to a system: one JSON object a line, commands in, replies out.

    {"id": 1, "do": "prepare"}                                 import, load the encoder
    {"id": 2, "do": "ingest", "articles": DIR, "library": DIR} → {"chunks": n}
    {"id": 1, "do": "load", "library": DIR}                    open what an ingest left on disk
    {"id": 3, "do": "ask", "question": "…", "k": 5}            → {"texts": [best first]}
    {"id": 4, "do": "quit"}

A reply is `{"id": …, "result": {…}}` or `{"id": …, "error": "…"}`. Questions run in a pool of
threads and are answered as they finish; everything else runs by itself. This file and the adapters
beside it use only the standard library and the system they adapt: they run in its environment.
What a system is asked to do, and how long it takes, is the driver's business.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol, TextIO

USERS = 16
"""Questions under way at once, at most."""

CANDIDATES = 10
"""What a peer takes from each of its finders before it joins them, where that is to be set."""


class Paragraph(NamedTuple):
    """A paragraph and the title of its article."""

    name: str
    title: str
    text: str


class System(Protocol):
    """What an adapter does; `ask` is called from several threads at once."""

    def prepare(self) -> None:
        """Import the system and load its encoder."""
        ...

    def ingest(self, articles: Path, library: Path) -> int:
        """Index the files and leave the index on disk; return the number of chunks."""
        ...

    def load(self, library: Path) -> None:
        """Make the index on disk ready for questions."""
        ...

    def ask(self, question: str, k: int) -> list[str]:
        """Return the texts of the `k` best results, best first."""
        ...


def paragraphs(articles: Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of the SQuAD-format files in a folder, by file and place."""
    for file in sorted(articles.glob("*.json")):
        for number, entry in enumerate(json.loads(file.read_text(encoding="utf-8"))["data"]):
            for place, paragraph in enumerate(entry["paragraphs"]):
                title = entry["title"].replace("_", " ")
                yield Paragraph(f"{file.stem}/{number}/{place}", title, paragraph["context"])


def serve(system: System, commands: TextIO | None = None, replies: TextIO | None = None) -> None:
    """Carry out commands until `quit` or the end of the input.

    Without `replies` they go to what was stdout; what libraries print goes to stderr instead.
    """
    out = replies or _own_stdout()
    lock = Lock()

    def reply(number: int, done: Future[dict[str, Any]]) -> None:
        error = done.exception()
        answer = {"result": done.result()} if error is None else {"error": repr(error)}
        with lock:
            out.write(json.dumps({"id": number} | answer) + "\n")
            out.flush()

    with ThreadPoolExecutor(USERS) as pool:
        for line in commands or sys.stdin:
            command = json.loads(line)
            if command["do"] == "quit":
                break
            if command["do"] == "ask":
                future = pool.submit(_ask, system, command)
                future.add_done_callback(partial(reply, command["id"]))
            else:
                reply(command["id"], _carried_out(system, command))


def _ask(system: System, command: dict[str, Any]) -> dict[str, Any]:
    return {"texts": system.ask(command["question"], command["k"])}


def _carried_out(system: System, command: dict[str, Any]) -> Future[dict[str, Any]]:
    """Do it here and now; an error is told and then ends the program, with its traceback."""
    done: Future[dict[str, Any]] = Future()
    if command["do"] == "prepare":
        system.prepare()
        done.set_result({})
    elif command["do"] == "ingest":
        chunks = system.ingest(Path(command["articles"]), Path(command["library"]))
        done.set_result({"chunks": chunks})
    elif command["do"] == "load":
        system.load(Path(command["library"]))
        done.set_result({})
    else:
        done.set_exception(ValueError(f"unknown command {command['do']!r}"))
    return done


def _own_stdout() -> TextIO:
    """Keep stdout for replies, and send whatever else is written there to stderr."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept
