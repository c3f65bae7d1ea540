"""One turn of one system: an ingest in a process of its own, and questions to another.

Everything is timed from outside, by the same clock for all. Results are judged here too, since
texts need not be kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from benchmarks.peers.adapters.protocol import USERS
from benchmarks.peers.child import AdapterError, Child
from benchmarks.peers.corpus import Question
from benchmarks.peers.judge import rank_of

K = 5
"""Results asked for."""


class Ingest(NamedTuple):
    """One ingest. Seconds of the clock and of the processor are from command to reply.

    `whole` is from the start of the process to its end, loading included; `peak` and `disk` are
    bytes.
    """

    chunks: int
    seconds: float
    cpu: float
    whole: float
    peak: int
    disk: int


class Serve(NamedTuple):
    """One turn of questions; all times in seconds.

    `cold` is from the start of the process to the first answer; `one` and `many` are the times of
    each question with one user and with `USERS` at once, and `many_seconds` what all of the latter
    took together. `cpu` is seconds of the processor a question, one user. `ranks` are those of the
    gold paragraphs (0: not found, or an error); the peaks are bytes.
    """

    cold: float
    one: tuple[float, ...]
    many: tuple[float, ...]
    many_seconds: float
    cpu: float
    ranks: tuple[int, ...]
    errors: int
    peak_one: int
    peak_many: int


def ingest_once(command: Sequence[str], articles: Path, library: Path, log: Path) -> Ingest:
    """Index the articles into `library`, which is emptied first.

    Raises:
        AdapterError: the system could not.
    """
    shutil.rmtree(library, ignore_errors=True)
    started = perf_counter()
    with Child(command, log) as child:
        child.call("prepare")
        cpu, begun = child.cpu(), perf_counter()
        chunks = child.call("ingest", articles=str(articles), library=str(library))["chunks"]
        seconds, cpu, peak = perf_counter() - begun, child.cpu() - cpu, child.peak()
    return Ingest(chunks, seconds, cpu, perf_counter() - started, peak, size_of(library))


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def serve_once(
    command: Sequence[str], library: Path, asked: Sequence[Question], warm: Sequence[Question],
    log: Path,
) -> Serve:  # fmt: skip
    """Start cold, then ask every question by one user and once more by many.

    Raises:
        AdapterError: the system could not be started, or did not answer the first question.
    """
    started = perf_counter()
    with Child(command, log) as child:
        child.call("load", library=str(library))
        child.call("ask", question=warm[0].text, k=K)
        cold = perf_counter() - started
        for item in warm:
            _asked(child, item)
        cpu = child.cpu()
        one = [_asked(child, item) for item in asked]
        cpu, peak_one = (child.cpu() - cpu) / len(asked), child.peak()
        with ThreadPoolExecutor(USERS) as users:
            list(users.map(lambda item: _asked(child, item), [*warm, *warm]))
            begun = perf_counter()
            many = list(users.map(lambda item: _asked(child, item), asked))
            many_seconds = perf_counter() - begun
        peak_many = child.peak()
    return Serve(
        cold, _times(one), _times(many), many_seconds, cpu,
        tuple(rank or 0 for _, rank in one), sum(rank is None for _, rank in one + many),
        peak_one, peak_many,
    )  # fmt: skip


def _asked(child: Child, item: Question) -> tuple[float, int | None]:
    """Return the seconds until the reply, and the gold's rank in it; None for an error."""
    begun = perf_counter()
    try:
        texts = child.call("ask", question=item.text, k=K)["texts"]
    except AdapterError:
        return perf_counter() - begun, None
    return perf_counter() - begun, rank_of(texts, item.gold)


def _times(asked: Sequence[tuple[float, int | None]]) -> tuple[float, ...]:
    return tuple(seconds for seconds, _ in asked)
