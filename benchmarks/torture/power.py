"""Cut the power at every moment: a file is whole and old or whole and new, replies are right.

    python -m benchmarks.torture.power [--states 60] [--rounds 3] [--seed 0]

`durable_write` replaces a file, and the indexes of a library are published, while
`benchmarks.torture.forgetful` keeps what may be lost. After a cut at each boundary, in every
combination of what may be lost (or a sample of `--states`), the file must be one of the two, and
each library must answer as brute force over its database does; the next ingest must leave it whole
and with no file left over.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.kill_check import derived_mismatches, left_over
from benchmarks.kill_ingest import write_articles
from benchmarks.torture.cases import total_line
from benchmarks.torture.forgetful import Recorder, Tree, crashes, lay_out
from corpus.errors import QuothError
from index import derived, schema
from index.durable import durable_write
from index.ingest import ingest
from index.snapshot import Snapshot
from tests.conftest import FakeEncoder

OLD, NEW = b"the old file. " * 900, b"the new file! " * 2_500
_DATABASE = (schema.DATABASE, "writer.lock")


def not_derived(name: str) -> bool:
    """Tell whether a file of a library is no part of its derived indexes."""
    return name.startswith(_DATABASE)


def cut_writes(
    home: Path, chance: random.Random, most: int, *, old: bytes | None, forget_fsync: bool = False
) -> Iterator[tuple[str, str | None]]:
    """Yield, for each state after each cut of `durable_write`, where it was and what is wrong."""
    folder = home / "file"
    folder.mkdir(parents=True)
    if old is not None:
        (folder / "data").write_bytes(old)
    recorder = Recorder(folder, forget_fsync=forget_fsync)
    with recorder:
        durable_write(folder / "data", lambda file: [file.write(part) for part in _parts(NEW)])
    for number, moment in enumerate(recorder.moments):
        for tree in crashes(moment, chance, most):
            found = tree.get("data")
            bad = None if found in (old, NEW) else f"holds {found!r:.40}"
            if moment is recorder.moments[-1] and found != NEW:
                bad = "was reported written, and is not"
            yield f"durable_write before {number}, {moment.name}", bad


def _parts(data: bytes) -> Iterator[bytes]:
    yield from (data[start : start + 9_000] for start in range(0, len(data), 9_000))


class Publishing:
    """A library that has moved on since its indexes were published, ready to publish again."""

    def __init__(self, home: Path, encoder: FakeEncoder) -> None:
        self.encoder = encoder
        self.articles, self.library = home / "articles", home / "library"
        write_articles(self.articles, new=False)
        ingest([self.articles], self.library, encoder)
        before = home / "before"
        shutil.copytree(self.library, before)
        write_articles(self.articles, new=True)
        ingest([self.articles], self.library, encoder)
        for path in self.library.iterdir():  # the new database beside the old indexes
            if not not_derived(path.name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in before.iterdir():
            if not not_derived(path.name):
                (shutil.copytree if path.is_dir() else shutil.copy)(path, self.library / path.name)

    def recorded(self, *, forget_fsync: bool = False) -> Recorder:
        """Publish, and return what was seen of it."""
        recorder = Recorder(self.library, forget_fsync=forget_fsync, ignored=not_derived)
        with closing(schema.connect(self.library)) as connection:
            settings = schema.settings_of(connection)
            connection.execute("BEGIN")
            snapshot = Snapshot(connection)
            with recorder:
                derived.publish(self.library, snapshot, settings.to_json(), settings.dimension)
        return recorder

    def wrong_after(self, tree: Tree, place: Path, *, completed: bool) -> str | None:
        """Return what is wrong with the library in such a state of the disk, if anything is."""
        shutil.rmtree(place, ignore_errors=True)
        lay_out(tree, place)
        shutil.copy(self.library / schema.DATABASE, place)
        try:
            wrong = list(derived_mismatches(place, self.encoder))
            if completed and not wrong:
                ingest([self.articles], place, self.encoder)
                wrong = [*left_over(place), *derived_mismatches(place, self.encoder)]
        except (QuothError, OSError, ValueError, RuntimeError) as error:
            return f"{type(error).__name__}: {error}"
        return wrong[0] if wrong else None


def cut_publishing(
    home: Path, chance: random.Random, most: int, *, every: int = 10, forget_fsync: bool = False
) -> Iterator[tuple[str, str | None]]:
    """Yield, for each state after each cut of `publish`, where it was and what is wrong.

    After each `every`th cut the next ingest is run as well, and judged.
    """
    case, count = Publishing(home, FakeEncoder()), 0
    for number, moment in enumerate(case.recorded(forget_fsync=forget_fsync).moments):
        for tree in crashes(moment, chance, most):
            count += 1
            wrong = case.wrong_after(tree, home / "cut", completed=count % every == 0)
            yield f"publish before {number}, {moment.name}", wrong


Cuts = Callable[[Path], Iterator[tuple[str, str | None]]]


def kinds(chance: random.Random, most: int) -> dict[str, Cuts]:
    """Return all that is cut, by name."""
    return {
        "a file replaced": lambda home: cut_writes(home, chance, 10 * most, old=OLD),
        "a file made": lambda home: cut_writes(home, chance, 10 * most, old=None),
        "indexes published": lambda home: cut_publishing(home, chance, most),
    }


def main() -> int:
    """Cut everything so many times; 1 if anything was found that must not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--states", type=int, default=60, help="at most so many at a boundary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance, states, boundaries = random.Random(options.seed), Counter[str](), set[str]()
    bad: list[str] = []
    started = time.monotonic()
    for number in range(options.rounds):
        for name, cuts in kinds(chance, options.states).items():
            home = Path(tempfile.mkdtemp(prefix="quoth-power-"))
            for where, wrong in cuts(home):
                states[name] += 1
                boundaries.add(f"{name}, {where}")
                bad += [f"{where}: {wrong}"] if wrong else []
            shutil.rmtree(home)
            print(f"round {number + 1}: {name}: {states[name]} states so far", flush=True)
    print("".join(f"BAD {what}\n" for what in bad[:30]), end="")
    kinds_told = ", ".join(f"{n} of {name}" for name, n in states.items())
    print(f"states at {len(boundaries)} boundaries: {kinds_told}")
    return total_line(states.total(), "states", started, len(bad))


if __name__ == "__main__":
    raise SystemExit(main())
