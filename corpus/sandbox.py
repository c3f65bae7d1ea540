"""Parse files in child processes with a clock, a memory and a size limit.

Every document parser stalls or swells on some hostile file, so none runs in the process that
holds the library. A child that exceeds its limits or dies is killed and replaced, and its file
becomes a `Problem`. Children are reused. What a child does is in `corpus.child`, how the parent
holds one in `corpus.worker`, what passes between the two in `corpus.wire`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from corpus.article import Article
from corpus.problem import Problem
from corpus.wire import WireError, article_from_json, problem_from_json
from corpus.worker import Job, Limits, Worker, readable

__all__ = ["Job", "Limits", "Outcome", "Sandbox"]


@dataclass(frozen=True)
class Outcome:
    """What came of one job; `digest` (SHA-256 of the bytes) is empty if they were not read."""

    digest: str
    articles: tuple[Article, ...] = ()
    problems: tuple[Problem, ...] = ()
    dropped: tuple[str, ...] = ()


class Sandbox:
    """A few child processes that parse files; use it as a context manager.

    `parser` names the function that runs in the child (`module:function`, called with bytes,
    suffix and name): the seam for parsers of one's own.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 1,
        parser: str = "corpus.formats:parse",
    ) -> None:
        self._limits = limits or Limits()
        self._parser = parser
        self._most = max(1, workers)
        self._idle: list[Worker] = []
        self._busy: dict[Worker, tuple[int, Job]] = {}

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all children."""
        workers = [*self._idle, *self._busy]
        self._idle, self._busy = [], {}
        for worker in workers:
            worker.end()

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job, in the order given, reading ahead a little.

        Raises:
            SourceError: a child process cannot be started at all.
        """
        numbered = enumerate(jobs)
        done: dict[int, Outcome] = {}
        turn = 0
        while True:
            self._fill(numbered, ahead=len(done))
            if turn in done:
                yield done.pop(turn)
                turn += 1
            elif self._busy:
                done.update(self._wait())
            else:
                return

    def _fill(self, jobs: Iterator[tuple[int, Job]], ahead: int) -> None:
        """Give idle workers work, unless many outcomes wait for an earlier one already."""
        while len(self._busy) < self._most and ahead <= self._most:
            numbered = next(jobs, None)
            if numbered is None:
                return
            worker = self._idle.pop() if self._idle else Worker.started(self._parser, self._limits)
            self._busy[worker] = numbered
            worker.start(numbered[1])

    def _wait(self) -> dict[int, Outcome]:
        """Wait until some workers have replied, died or run out of time."""
        outcomes: dict[int, Outcome] = {}
        ready = readable(list(self._busy))
        for worker, (number, job) in list(self._busy.items()):
            if worker in ready:
                outcome = self._received(worker, job)
            elif time.monotonic() >= worker.deadline:
                outcome = self._given_up(worker, job, timed_out=True)
            else:
                continue
            if outcome is not None:
                outcomes[number] = outcome
        return outcomes

    def _received(self, worker: Worker, job: Job) -> Outcome | None:
        """Take what a worker sent; an outcome once its reply is whole or it turns out dead."""
        try:
            reply = worker.receive()
            if reply is None:
                return None
            outcome = _outcome(reply, worker.digest)
        except (EOFError, WireError):
            return self._given_up(worker, job, timed_out=False)
        del self._busy[worker]
        if reply.get("leaving"):
            worker.end()
        else:
            self._idle.append(worker)
        return outcome

    def _given_up(self, worker: Worker, job: Job, *, timed_out: bool) -> Outcome:
        """End a worker and say why its file was given up."""
        del self._busy[worker]
        status = worker.end()
        if timed_out or status == -signal.SIGXCPU:
            seconds = f"{self._limits.max_seconds:g}"
            what = f"took more than {seconds} s to parse and was given up; split it up"
        else:
            what = "made its parser crash and was given up; it may be damaged"
        return Outcome(worker.digest, problems=(Problem(job.address, what),))


def _outcome(reply: dict[str, Any], digest: str) -> Outcome:
    """Check a reply and make it an outcome.

    Raises:
        WireError: it is not shaped like one.
    """
    try:
        return Outcome(
            digest=digest,
            articles=tuple(article_from_json(item) for item in reply["articles"]),
            problems=tuple(problem_from_json(item) for item in reply["problems"]),
            dropped=tuple(str(item) for item in reply["dropped"]),
        )
    except (KeyError, TypeError) as error:
        raise WireError(f"not an outcome: {error!r}") from None
