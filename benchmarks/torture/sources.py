"""Ingest 10,000 hostile files: no run ends, each bad file is named, each good one goes in.

    python -m benchmarks.torture.sources [--cases 10000] [--seed 0] [--only N] [--keep FOLDER]

Files of every format are mutated (`benchmarks.torture.mutate`) and ingested a hundred at a time,
good ones between them, as `quoth ingest` does: parsed in the sandbox, split, encoded (by a fake
encoder) and stored. Bad is: a run that raises; a file that is neither in nor named with its cause
in one line; an article that breaks a promise (`benchmarks.torture.promises`); a good file left
out or altered; a file beyond its limits of time, processor time or memory; an ingest that is busy
with what a file held for more than a hundredth of a second for each article and passage, and ten
seconds. `--keep` writes the files of bad cases there.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.torture.cases import Verdict, counted, options, serve, watched
from benchmarks.torture.meter import Cost, Meter
from benchmarks.torture.mutate import mutated
from benchmarks.torture.promises import broken, not_a_partition
from benchmarks.torture.seeds import seeds
from corpus.load import Limits, Problem
from index.ingest import ingest
from index.library import Library
from index.progress import IngestReport, IngestRules
from index.schema import DATABASE
from tests.conftest import FakeEncoder

LIMITS = Limits(max_seconds=5.0)
_SLACK_SECONDS = 10.0
"""For starting another child, and for a machine that does other things as well."""
_PER_ITEM_SECONDS = 0.01
"""For what the parent does with an article or a passage: splitting, encoding, storing."""
_BATCH, _GOOD_EVERY = 100, 20
_SECONDS = 900.0
_GIVEN_UP = {
    "took more than": "given up by the clock",
    "made its parser crash": "its parser crashed",
    "too much memory": "given up for its memory",
}


def hostile(seed: int, number: int) -> tuple[str, str, bytes]:
    """Return the kind of a case's file, what was done to it, and its bytes."""
    dice = random.Random(f"{seed} {number}")
    kinds = sorted(seeds())
    kind = kinds[number % len(kinds)]
    own = f"https://n{number}.example.org/".encode()  # else files would be the same article
    what, data = mutated(dice, kind, seeds()[kind].replace(b"https://example.org/", own))
    return kind, what, data


class Bench:
    """Ingests batches of hostile files and judges each file."""

    def __init__(self, home: Path, seed: int, last: int, keep: Path | None = None) -> None:
        self._home = home
        self._seed = seed
        self._last = last
        self._keep = keep
        self._ready: dict[int, Verdict] = {}

    def run(self, number: int) -> Verdict:
        """Return the verdict of one file; the first of a batch ingests them all."""
        if number not in self._ready:
            self._ready = {item.number: item for item in self._batch(number)}
        verdict = self._ready[number]
        if verdict.bad and self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
            kind, _, data = hostile(self._seed, number)
            (self._keep / f"{number:06}.{kind}").write_bytes(data)
        return verdict

    def _batch(self, first: int) -> Iterator[Verdict]:
        folder, home = self._home / "files", self._home / "library"
        for old in (folder, home):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir()
        numbers = range(first, min(first + _BATCH, self._last))
        done = {}
        for number in numbers:
            kind, what, data = hostile(self._seed, number)
            done[number] = (f"{number:06}.{kind}", f"{kind} {what}")
            (folder / done[number][0]).write_bytes(data)
            if number % _GOOD_EVERY == 0:
                (folder / f"{number:06}-good.txt").write_text(_good(number), encoding="utf-8")
        meter = Meter()
        with meter.running():
            report = ingest([folder], home, FakeEncoder(), rules=IngestRules(limits=LIMITS))
        judge = _Judge(home, report)
        for number, (name, kind) in done.items():
            outcome, bad = judge.file(f"files/{name}", meter.costs.get(f"files/{name}"))
            if number % _GOOD_EVERY == 0 and not judge.is_in(f"files/{number:06}-good.txt", number):
                bad += "; the good file after it is not in as it was"
            yield Verdict(number, kind.split("+")[0], "bad" if bad else outcome, bad)


def _good(number: int) -> str:
    return f"Harbour {number}\n\nThe ferry of harbour {number} carries {number + 7} lorries."


def _files_of_articles(home: Path) -> list[tuple[str, str]]:
    """Return (id, address of its file) of every article; no question ever asks for that."""
    with closing(sqlite3.connect(home / DATABASE)) as connection:
        return list(connection.execute("SELECT id, file FROM articles ORDER BY id"))


class _Judge:
    """Reads what one ingest stored and reported."""

    def __init__(self, home: Path, report: IngestReport) -> None:
        self._problems: dict[str, list[Problem]] = defaultdict(list)
        for problem in report.problems:
            self._problems[problem.where].append(problem)
        self._wrong: dict[str, list[str]] = {}
        self._texts: dict[str, str] = {}
        self._items: Counter[str] = Counter()
        library = Library.open(home)
        with library.snapshot() as snapshot:
            for name, file in _files_of_articles(home):
                article = snapshot.article(name)
                if article is None:
                    continue
                stored = snapshot.passages(snapshot.passage_numbers(name)).values()
                spans = sorted(item.passage.span for item in stored)
                self._items[file] += 1 + len(spans)
                wrong = [*broken(article), *not_a_partition(article, spans)]
                self._wrong.setdefault(file, []).extend(wrong)
                self._texts[file] = article.text
        library.close()

    def file(self, address: str, cost: Cost | None) -> tuple[str, str]:
        """Return how a hostile file ended, and what is bad about that."""
        problems, wrong = self._problems[address], list(self._wrong.get(address, ()))
        if address not in self._texts and not problems:
            wrong.append("neither in nor named")
        for problem in problems:
            line = str(problem)
            if not line.startswith(address) or not line.isprintable() or len(line) > 1_000:
                wrong.append(f"its line is {line!r:.200}")
            if "could not be parsed (" in line:
                wrong.append(f"an undeclared error: {line!r:.200}")
        if cost and cost.waited_seconds > LIMITS.max_seconds + _SLACK_SECONDS:
            wrong.append(f"was waited for {cost.waited_seconds:.1f} s")
        items = self._items[address]
        if cost and cost.busy_seconds > _SLACK_SECONDS + _PER_ITEM_SECONDS * items:
            wrong.append(f"took {cost.busy_seconds:.1f} s, parsed, for {items} items")
        if cost and cost.processor_seconds > LIMITS.max_seconds + 3:
            wrong.append(f"took {cost.processor_seconds:.1f} s of processor time")
        if cost and cost.memory_bytes > LIMITS.max_memory_bytes:
            wrong.append(f"took {cost.memory_bytes:,} bytes")
        return self._outcome(address), "; ".join(dict.fromkeys(wrong))

    def _outcome(self, address: str) -> str:
        if address in self._texts:
            return "in, parts named" if self._problems[address] else "in"
        said = str(next(iter(self._problems[address]), ""))
        return next((what for key, what in _GIVEN_UP.items() if key in said), "named")

    def is_in(self, address: str, number: int) -> bool:
        """Tell whether a good file is in, word for word."""
        return self._texts.get(address) == _good(number).partition("\n\n")[2]


def main() -> int:
    """Run the cases; 1 if anything was bad."""
    parser = options(__doc__, 10_000)
    parser.add_argument("--keep", type=Path, help="write the files of bad cases there")
    parsed = parser.parse_args()
    if parsed.serve:
        with tempfile.TemporaryDirectory(prefix="quoth-sources-") as home:
            bench = Bench(Path(home), parsed.seed, parsed.serve[1], parsed.keep)
            serve(bench.run, *parsed.serve)
        return 0
    total = 1 if parsed.only is not None else parsed.cases
    more = ["--keep", str(parsed.keep.absolute())] if parsed.keep else []
    return counted(watched("benchmarks.torture.sources", parsed, _SECONDS, more), total)


if __name__ == "__main__":
    raise SystemExit(main())
