"""One of many processes that ingest into one library at the same moment; see `crowd`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import NamedTuple

import app
from benchmarks.kill_child import tell_of_commits
from benchmarks.torture.full_child import stand_alone
from index import ingest, writer


class Part(NamedTuple):
    """What one of the crowd does: its articles, the library of all, its log and its output, and
    how many seconds after the others it starts."""

    articles: Path
    library: Path
    log: Path
    output: Path
    delay: float


def run(part: Part, barrier: Barrier) -> None:
    """Wait for the others, ingest as `quoth ingest` does, and end with its exit code.

    The log has `locked` and `released` with the clock's nanoseconds (the same clock for all
    processes), and between them what was reported done.
    """
    stand_alone(part.output)
    log = os.open(part.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
    tell_of_commits(log)
    lock = writer.writer_lock

    @contextmanager
    def told(folder: Path) -> Iterator[None]:
        with lock(folder):
            os.write(log, f"locked {time.monotonic_ns()}\n".encode())
            try:
                yield
            finally:
                os.write(log, f"released {time.monotonic_ns()}\n".encode())

    vars(ingest)["writer_lock"] = told
    barrier.wait()
    time.sleep(part.delay)
    os._exit(app.main(["ingest", str(part.articles), "--library", str(part.library)]))
