"""Measures what each file of an ingest costs, from outside: the children are not asked.

How long the ingest waits for a file to be parsed, and how long it then is busy with what the file
held; processor time and peak memory of the child processes, read from Linux's /proc. Children that
a file kills are seen as of the last look.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from unittest.mock import patch

from corpus.sandbox import Job, Outcome, Sandbox

_LOOK_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one file cost: seconds the ingest waited for it, and was busy with what it held (to
    split, encode and store it); the child's processor seconds, its peak memory.

    A file is parsed while the ingest is busy with the one before, and encoded in one batch with
    its neighbours.
    """

    waited_seconds: float = 0.0
    busy_seconds: float = 0.0
    processor_seconds: float = 0.0
    memory_bytes: int = 0


class Meter:
    """Watches an ingest; `costs` holds the cost of each file by its address."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}
        self._now = Cost()
        self._busy = (self._now, monotonic())
        self._used: dict[str, float] = {}
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look at the children again and again while the block runs, and at the clock."""
        thread = threading.Thread(target=self._look_on, daemon=True)
        thread.start()
        run = Sandbox.run

        def timed(sandbox: Sandbox, jobs: Iterable[Job]) -> Iterator[Outcome]:
            listed = list(jobs)
            return self._timed(listed, run(sandbox, listed))

        try:
            with patch.object(Sandbox, "run", timed):
                yield
            cost, given = self._busy
            cost.busy_seconds = monotonic() - given  # nobody asked for one more after the last
        finally:
            self._over.set()
            thread.join()

    def _timed(self, jobs: list[Job], outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for job in jobs:
            asked = monotonic()
            outcome = next(outcomes)
            self._look()
            cost, self._now = self._now, Cost()
            given = monotonic()
            cost.waited_seconds = given - asked
            self.costs[job.address] = cost
            self._busy = cost, given
            yield outcome
            cost.busy_seconds = monotonic() - given

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        cost = self._now
        for child in _children():
            with suppress(OSError, ValueError, IndexError):
                used = _processor_seconds(child)
                cost.processor_seconds += used - self._used.get(child, 0.0)
                self._used[child] = used
                cost.memory_bytes = max(cost.memory_bytes, _peak(child))


def _children() -> list[str]:
    """Return the numbers of this process's children."""
    found: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += (task / "children").read_text(encoding="ascii").split()
    return found


def _processor_seconds(process: str) -> float:
    stat = Path("/proc", process, "stat").read_text(encoding="utf-8", errors="replace")
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak(process: str) -> int:
    """Return the most memory a child has held, in bytes; 0 of one that is only a copy of this.

    Between fork and exec it still is, with all the memory of this process.
    """
    own, its = (Path("/proc", each, "cmdline").read_bytes() for each in ("self", process))
    if own == its:
        return 0
    status = Path("/proc", process, "status").read_text(encoding="utf-8", errors="replace")
    # One that has just ended has no such line.
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
