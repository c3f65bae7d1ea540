"""Take the library's folder away while it is used: one line, no crash, no half of a new library.

    python -m benchmarks.torture.vanished [--cases 60] [--seed 0]

The folder is renamed, removed, or replaced by another library: while `quoth ingest` writes, after
a random number of articles, or while threads put questions to an open archive that watches for new
indexes, as a server does. The ingest must go through or end with one line; a question must be
refused with one line; nothing may appear in the old place, and nothing change in a library that
took it. A folder that is put back holds all that was reported done, answers again, and the next
ingest goes through.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from benchmarks.kill_check import QUESTIONS, Told, after_completion, after_kill
from benchmarks.kill_ingest import Bench
from benchmarks.torture.cases import total_line
from benchmarks.torture.full_child import Command
from corpus.errors import LibraryError, QuothError
from index.ingest import ingest
from index.library import Library
from index.schema import DATABASE
from qa.answer import Answer
from qa.archive import Archive
from tests.conftest import FakeEncoder

WAYS = ("renamed", "removed", "replaced")
USES = ("ingest", "questions")
_READERS = 3
_LOOK_SECONDS = 1.0
_LINES = re.compile(
    r"quoth: \S+ (was moved, removed or replaced while it was being written; .*"
    r"|cannot be written \(.*\); .*|may not be written \(.*\); .*)"
)


class Vanished:
    """A library that is taken away while it is used."""

    def __init__(self, bench: Bench, *, name: str = "vanished") -> None:
        self._bench = bench
        self._case = bench.cases["update"]
        home = bench.home / name
        home.mkdir()
        self._library, self._away = home / "library", home / "away"
        self._other, self._told, self._output = home / "other", home / "told", home / "output"
        (home / "notes").mkdir()
        (home / "notes" / "note.txt").write_text("A note\n\nZebras crossed the strait in May.\n")
        ingest([home / "notes"], self._other, FakeEncoder())
        self.counts = Counter[str]()

    def case(self, use: str, way: str, chance: random.Random) -> list[str]:
        """Use a fresh copy of the library, take it away, and return what is wrong."""
        for path in (self._library, self._away):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self._case.start or self._case.reference, self._library)
        if use == "ingest":
            return list(self._while_writing(way, chance))
        return list(self._while_asked(way))

    def _take(self, way: str) -> None:
        self._library.rename(self._away)
        if way == "removed":
            shutil.rmtree(self._away)
        elif way == "replaced":
            shutil.copytree(self._other, self._library)

    def _put_back(self, way: str) -> None:
        if way == "replaced":
            shutil.rmtree(self._library)
        self._away.rename(self._library)

    def _old_place(self, way: str) -> Iterator[str]:
        """Yield what stands where nothing should, or is not as it was."""
        if way != "replaced":
            if self._library.exists():
                yield f"a new library was begun: {[path.name for path in self._library.iterdir()]}"
        elif _content(self._library) != _content(self._other):
            yield "the library that took the place was changed"

    def _while_writing(self, way: str, chance: random.Random) -> Iterator[str]:
        line = ("ingest", str(self._bench.articles), "--library", str(self._library))
        command, wait = Command(line, self._told, self._output), chance.randrange(25)
        self._told.unlink(missing_ok=True)
        process = command.begin()
        while process.is_alive() and self._lines() < wait:
            time.sleep(0.0005)
        self._take(way)
        process.join()
        code, said = process.exitcode or 0, command.said()
        self.counts[f"ingests ended with {code}"] += 1
        if code and (code not in {4, 9} or not _LINES.fullmatch(said)):
            yield f"ended with {code}: {said[-300:]}"
        yield from self._old_place(way)
        if way != "removed":
            self._put_back(way)
            encoder, told = FakeEncoder(), Told.from_log(self._told)
            yield from after_kill(
                self._library, told, self._case.old, self._case.new, encoder
            )  # fmt: skip
            ingest([self._bench.articles], self._library, encoder)
            yield from after_completion(self._library, self._case.reference, encoder)

    def _lines(self) -> int:
        return self._told.read_bytes().count(b"\n") if self._told.exists() else 0

    def _while_asked(self, way: str) -> Iterator[str]:
        archive = Archive(Library.open(self._library), FakeEncoder())
        archive.library.watch()
        before = [_titles(archive, question) for question in QUESTIONS]
        asking = _Asking(archive)
        try:
            self._take(way)
            asking.gone.set()
            time.sleep(_LOOK_SECONDS)  # the thread that watches looks, too
        finally:
            yield from asking.ended()
        self.counts["questions asked"] += asking.asked
        self.counts["questions refused"] += asking.refused
        yield from self._old_place(way)
        if way != "removed":
            self._put_back(way)
            if [_titles(archive, question) for question in QUESTIONS] != before:
                yield "answers otherwise when it is back"
        archive.close()


def _content(library: Path) -> dict[str, bytes]:
    """Return what is in a library, less what its readers leave: an index of an empty log."""
    files = {str(path.relative_to(library)): path for path in library.rglob("*") if path.is_file()}
    held = {name: path.read_bytes() for name, path in files.items()}
    if not held.get(f"{DATABASE}-wal"):
        held.pop(f"{DATABASE}-wal", None)
    held.pop(f"{DATABASE}-shm", None)
    return held


def _titles(archive: Archive, question: str) -> list[str]:
    reply = archive.ask(question)
    shown = reply.extracts if isinstance(reply, Answer) else reply.nearest
    return [extract.passage.article.title for extract in shown]


class _Asking:
    """Threads that ask; once the folder is gone, each question begun later must be refused."""

    def __init__(self, archive: Archive) -> None:
        self.gone = threading.Event()
        self.asked = self.refused = 0
        self._wrong: list[str] = []
        self._over = threading.Event()
        self._archive = archive
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask) for _ in range(_READERS)]
        for thread in self._threads:
            thread.start()

    def ended(self) -> list[str]:
        """End the threads; return what was wrong."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self._wrong if self.refused else [*self._wrong, "no question was refused"]

    def _ask(self) -> None:
        questions = cycle(QUESTIONS)
        while not self._over.is_set():
            gone = self.gone.is_set()
            told = _refusal(self._archive.ask, next(questions))
            with self._lock:
                self.asked += 1
                self.refused += told is not None
                if told is None and gone:
                    self._wrong.append("answers from a library that is gone")
                elif told and ("\n" in told or "put it back" not in told):
                    self._wrong.append(told)


def _refusal(ask: Callable[[str], object], question: str) -> str | None:
    """Ask; return the line of a refusal, whatever went wrong, or None."""
    try:
        ask(question)
    except LibraryError as error:
        return str(error)
    except (QuothError, OSError, RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main() -> int:
    """Run the cases; 1 if anything was lost, half-made, or not told in a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home, chance = Path(tempfile.mkdtemp(prefix="quoth-vanished-")), random.Random(options.seed)
    started, bad = time.monotonic(), 0
    vanished = Vanished(Bench(home))
    kinds = [(use, way) for use in USES for way in WAYS]
    for number in range(options.cases):
        use, way = kinds[number % len(kinds)]
        wrong = vanished.case(use, way, chance)
        bad += bool(wrong)
        print("".join(f"BAD {use}, {way}: {what}\n" for what in wrong[:5]), end="", flush=True)
    print(", ".join(f"{n:,} {what}" for what, n in sorted(vanished.counts.items())))
    shutil.rmtree(home)
    return total_line(options.cases, "cases", started, bad)


if __name__ == "__main__":
    raise SystemExit(main())
