"""An hour of asking and ingesting: does a server's memory stay flat, and does anything go wrong?

    python -m benchmarks.soak --library DIR --testset FILE [--minutes 60] [--users 2] [--pause 0.5]

A copy of the library is served by `quoth serve`, a process of its own. Visitors ask the questions
of a test set, with a pause after each. Meanwhile every twenty seconds a few notes beside the
articles are added, changed or removed, and ingested; one of them is asked for by its own words
and must be found. The server's memory (resident, from /proc) is looked at every ten seconds. What
is compared is the median of the sixth that follows the first, for which caches fill, with that of
the last. Exit code 1 on an error, a note that is not found, or growth above `--most-mb`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median

from benchmarks.serving import serving
from benchmarks.visitors import Server, ask_once, questions_of
from index.ingest import ingest
from index.sentence_encoder import SentenceEncoder

_EVERY_SECONDS = 20.0
_LOOK_SECONDS = 10.0
_NOTES = 40


class Notes:
    """A folder of notes that changes all the time, and the library it goes into."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._folder = folder
        self._library = library
        self._encoder = SentenceEncoder()
        self._dice = random.Random(0)
        self.changes = 0
        folder.mkdir()

    def change(self) -> str:
        """Add or change three notes, remove one, ingest; return words only a new one has."""
        word = f"qz{self.changes:05}x"
        for _ in range(3):
            number = self._dice.randrange(_NOTES)
            text = f"Note {number}\n\nThe code word of change {self.changes} is {word}. " + (
                "It was written down at the lock. " * self._dice.randrange(1, 30)
            )
            (self._folder / f"note-{number}.txt").write_text(text, encoding="utf-8")
        (self._folder / f"note-{(number + 7) % _NOTES}.txt").unlink(missing_ok=True)
        ingest([self._folder], self._library, self._encoder)
        self.changes += 1
        return word


class Soak:
    """What is asked of the server, what came of it, and its memory over time (MB)."""

    def __init__(self, server: Server, process: int, asked: list[str]) -> None:
        self._server = server
        self._process = process
        self._asked = asked
        self._over = threading.Event()
        self.kinds: Counter[str] = Counter()
        self.memory: list[float] = []
        self.missed: list[str] = []

    def visitors(self, users: int, pause: float) -> list[threading.Thread]:
        """Start them."""

        def visit(seed: int) -> None:
            dice = random.Random(seed)
            while not self._over.wait(pause):
                self.kinds[ask_once(self._server, dice.choice(self._asked))[0]] += 1

        threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(users)]
        threads.append(threading.Thread(target=self._watch))
        for thread in threads:
            thread.start()
        return threads

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            status = Path(f"/proc/{self._process}/status").read_text(encoding="utf-8")
            kilobytes = next(line.split()[1] for line in status.splitlines() if "VmRSS" in line)
            self.memory.append(int(kilobytes) / 1000)

    def look_for(self, word: str) -> None:
        """Ask for a word that was ingested just now; note it when it is not in the reply."""
        time.sleep(1.0)  # findable within a second
        kind, body = ask_once(self._server, f"What is the code word {word}?", "/api/search")
        self.kinds[kind] += 1
        if word not in json.dumps(body.get("results", []) if body else []):
            self.missed.append(word)

    def end(self) -> None:
        """Let visitors and watch end."""
        self._over.set()

    def growth(self) -> float:
        """Return by how many MB the last sixth's median is above that of the second."""
        sixth = max(1, len(self.memory) // 6)
        return median(self.memory[-sixth:]) - median(self.memory[sixth : 2 * sixth])


def main() -> int:
    """Serve, ask, ingest, look; print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--testset", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--users", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds after each reply")
    parser.add_argument("--most-mb", type=float, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quoth-soak-") as home:
        copy = Path(home) / "library"
        shutil.copytree(options.library, copy)
        notes = Notes(Path(home) / "notes", copy)
        with serving(copy) as (server, process):
            soak = Soak(server, process, questions_of(server, options.testset))
            threads = soak.visitors(options.users, options.pause)
            over = time.monotonic() + 60 * options.minutes
            while time.monotonic() < over:
                soak.look_for(notes.change())
                if notes.changes % 15 == 0:
                    print(f"{notes.changes} changes, {soak.kinds.total()} questions, "
                          f"{soak.memory[-1:]} MB", flush=True)  # fmt: skip
                time.sleep(_EVERY_SECONDS)
            soak.end()
            for thread in threads:
                thread.join()
    others = soak.kinds.total() - soak.kinds["200"]
    memory, growth = soak.memory, soak.growth()
    print(f"{options.minutes:g} minutes, {soak.kinds.total():,} questions, {others} not answered "
          f"({dict(soak.kinds)}), {notes.changes} ingests, {len(soak.missed)} notes not found, "
          f"memory {memory[0]:.0f} to {memory[-1]:.0f} MB, at most {max(memory):.0f}, "
          f"growth {growth:+.1f} MB")  # fmt: skip
    return int(bool(others or soak.missed or growth > options.most_mb))


if __name__ == "__main__":
    raise SystemExit(main())
