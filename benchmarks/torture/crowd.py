"""Start twenty ingests of one library at once, fifty times: one writes at a time, the rest say so.

    python -m benchmarks.torture.crowd [--rounds 50] [--processes 20] [--seed 0]

Each process has a folder of its own, changed from round to round, and waits for the others before
it starts; in every other round they start within a second, so that several get their turn. Those
that got the lock must end with 0 and never hold it at the same time; the others must end with 4,
with one line that names one of the crowd, and have written nothing. After each round the library
must hold exactly what was reported done, and `verify` must find nothing. In every tenth round
there is no library yet.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.kill_check import derived_mismatches, held
from benchmarks.kill_child import forkserver
from benchmarks.torture.cases import total_line
from benchmarks.torture.crowd_child import Part, run
from benchmarks.torture.full_child import said
from corpus.errors import LibraryBusy
from index.verify import verify
from tests.conftest import FakeEncoder

_ARTICLES, _FRESH_EVERY = 3, 10
_SPREAD_SECONDS = 1.0
_LINE = re.compile(
    r"quoth: \S+ is being written by (?:process (\d+) since [-\d]+ [:\d]+|another process); "
    r"wait for it, or stop it, and try again"
)


class Ended(NamedTuple):
    """One of the crowd: its process, exit code, what it said, and its log's lines, in words."""

    process: int
    code: int
    said: str
    log: list[list[str]]

    @property
    def held_lock(self) -> tuple[int, int] | None:
        """From when to when it held the lock, in nanoseconds; None if it never did."""
        times = {words[0]: int(words[1]) for words in self.log if len(words) == 2}
        return (times["locked"], times["released"]) if "locked" in times else None


class Crowd:
    """A library, what it must hold, and those that rush at it."""

    def __init__(self, home: Path, processes: int) -> None:
        self.library = home / "library"
        self.counts = Counter[str]()
        self._home = home
        self._processes = processes
        self._expected: dict[str, str] = {}

    def round(self, number: int, chance: random.Random) -> list[str]:
        """Let them all loose once, and return what is wrong."""
        if number % _FRESH_EVERY == 0:
            shutil.rmtree(self.library, ignore_errors=True)
            self._expected = {}
        ended = self._all_at_once(number, chance)
        wrong = [*self._judged(ended)]
        now = {name: rows[0] for name, rows in held(self.library).items()}
        if now != self._expected:
            wrong.append(f"holds {len(now)} articles, not the {len(self._expected)} reported done")
        wrong += [f"verify: {found.where}: {found.what}" for found in verify(self.library)]
        return wrong + list(derived_mismatches(self.library, FakeEncoder()))

    def _all_at_once(self, number: int, chance: random.Random) -> list[Ended]:
        server = forkserver("benchmarks.torture.crowd_child", "index.words")
        barrier = server.Barrier(self._processes)
        parts = [self._part(place, number, chance) for place in range(self._processes)]
        started = [server.Process(target=run, args=(part, barrier)) for part in parts]
        for process in started:
            process.start()
        for process in started:
            process.join()
        return [
            Ended(process.pid or 0, process.exitcode or 0,
                  said(part.output),
                  [line.split() for line in part.log.read_text(encoding="utf-8").splitlines()])
            for part, process in zip(parts, started, strict=True)
        ]  # fmt: skip

    def _part(self, place: int, number: int, chance: random.Random) -> Part:
        """Write the articles of one process: some are new in this round, some are as they were."""
        folder = self._home / f"desk-{place:02}"
        folder.mkdir(exist_ok=True)
        for article in range(_ARTICLES):
            path = folder / f"note-{article}.txt"
            if chance.random() < 0.5 or not path.exists():
                what = f"Desk {place} wrote in round {number} of {chance.randrange(1_000)} lorries."
                path.write_text(f"Note {article} of desk {place}\n\n{what}\n", encoding="utf-8")
        log, output = self._home / f"log-{place}", self._home / f"output-{place}"
        delay = chance.uniform(0, _SPREAD_SECONDS) if number % 2 else 0.0
        return Part(folder, self.library, log, output, delay)

    def _judged(self, ended: list[Ended]) -> Iterator[str]:
        """Yield what is wrong with how they ended; note what they reported done."""
        writers = sorted(
            (one for one in ended if one.held_lock), key=lambda one: one.held_lock or 0
        )
        self.counts["wrote"] += len(writers)
        self.counts["said who writes"] += len(ended) - len(writers)
        if not writers:
            yield "nobody wrote"
        for before, after in pairwise(writer.held_lock or (0, 0) for writer in writers):
            if after[0] < before[1]:
                yield f"two held the lock, for {before[1] - after[0]} ns"
        for one in ended:
            yield from self._one(one, {other.process for other in ended})
        for writer in writers:
            done = [words for words in writer.log if words[0] == "done"]
            self._expected.update((name, fingerprint) for _, name, fingerprint in done)
            self.counts["articles reported done"] += len(done)

    def _one(self, one: Ended, crowd: set[int]) -> Iterator[str]:
        if one.held_lock:
            if one.code:
                yield f"held the lock and ended with {one.code}: {one.said[-300:]}"
            return
        line = _LINE.fullmatch(one.said)
        if one.code != LibraryBusy.exit_code or line is None:
            yield f"did not get the lock and ended with {one.code}: {one.said[-300:]}"
        elif line[1] is None:
            self.counts["of these without its name"] += 1
        elif int(line[1]) not in crowd - {one.process}:
            yield f"names process {line[1]}, which is none of the crowd"
        if any(words[0] in {"done", "gone"} for words in one.log):
            yield "wrote without the lock"


def main() -> int:
    """Run the rounds; 1 if anything was lost, wrong, or written by two at once."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home, chance = Path(tempfile.mkdtemp(prefix="quoth-crowd-")), random.Random(options.seed)
    started, bad = time.monotonic(), 0
    crowd = Crowd(home, options.processes)
    for number in range(options.rounds):
        wrong = crowd.round(number, chance)
        bad += bool(wrong)
        print("".join(f"BAD round {number}: {what}\n" for what in wrong[:5]), end="")
        if number % 10 == 9:
            print(f"{number + 1} rounds, {bad} bad", flush=True)
    print(f"{options.rounds * options.processes:,} processes: "
          + ", ".join(f"{n:,} {what}" for what, n in crowd.counts.items()))  # fmt: skip
    shutil.rmtree(home)
    return total_line(options.rounds, "rounds", started, bad)


if __name__ == "__main__":
    raise SystemExit(main())
