"""Kill an ingest again and again: nothing that was reported done may ever be lost.

    python -m benchmarks.kill_ingest [--kills 50] [--named N] [--seed 0] [--real] [--keep]

Each trial ingests sixty generated articles in a process of its own, into an empty folder or over
a library of their older state (parsed without the sandbox, which would take most of the time), and
ends that process with SIGKILL: at a random moment of the run,
or at a named step, which is right before or after an fsync, rename, unlink or commit, or before a
statement of SQL. By default these are all around fsync, rename and unlink; with `--named N` they
are N drawn by the seed from all steps of both scenarios. A thousand kills, half and half:

    python -m benchmarks.kill_ingest --kills 500 --named 500

Then the library is judged as
it lies there (`benchmarks.kill_check`), the same ingest is run once more, and the result must
equal an undisturbed library, to the byte of every vector, with no file left over.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from benchmarks.kill_check import Held, Told, after_completion, after_kill, held
from benchmarks.kill_child import Order, encoder_for, small_batches, start
from benchmarks.torture.cases import total_line
from benchmarks.torture.parsing import parse_here
from index.encoder import Encoder
from index.ingest import ingest

ARTICLES = 60
SCENARIOS = ("fresh", "update")
_COMMITS = {"put", "forget", "sql"}


def write_articles(folder: Path, *, new: bool) -> None:
    """Write the generated articles; `new` changes every third, drops six and adds five."""
    folder.mkdir(exist_ok=True)
    for number in range(ARTICLES + (5 if new else 0)):
        path = folder / f"harbour-{number:02}.{('txt', 'md')[number % 2]}"
        if new and number % 10 == 9:
            path.unlink(missing_ok=True)
        elif not new or number % 3 == 0 or number >= ARTICLES:
            path.write_text(_article(number, 2 if new else 1), encoding="utf-8")


def _article(number: int, version: int) -> str:
    lines = [
        f"# Harbour {number}" if number % 2 else f"Harbour {number}",
        f"The ferry of harbour {number} carries {number * 7 + version} lorries a night. It leaves "
        f"at {number % 24:02}:{(number * version) % 60:02}, whatever the weather.",
        f"The council of harbour {number} pays {number * 1000 + version} crowns a year. "
        f"The lighthouse keeper of harbour {number} has counted every crossing since 1999. "
        * (1 + number % 4),
    ]
    return "\n\n".join(lines) + "\n"


class Case(NamedTuple):
    """A scenario made ready: where it starts, where it must end, and how long it takes."""

    name: str
    start: Path | None
    reference: Path
    old: Held
    new: Held
    seconds: float
    steps: tuple[str, ...]


class Bench:
    """The articles, the undisturbed libraries, and the trials over them."""

    def __init__(self, home: Path, *, real: bool = False) -> None:
        small_batches()
        parse_here()
        self.home = home
        self._real = real
        self._encoder: Encoder = encoder_for(real=real)
        self.articles = home / "articles"
        write_articles(self.articles, new=False)
        before = home / "before"
        ingest([self.articles], before, self._encoder)
        write_articles(self.articles, new=True)
        self.cases = {name: self._case(name, before) for name in SCENARIOS}

    def _case(self, name: str, before: Path) -> Case:
        """Run a scenario undisturbed, in a process like those that are killed later."""
        start = before if name == "update" else None
        reference, names = self.home / f"reference-{name}", self.home / f"steps-{name}"
        if start:
            shutil.copytree(start, reference)
        process = self._started(Order(self.articles, reference, self._log(reference), steps=names))
        begun = time.perf_counter()
        process.join()
        if process.exitcode:
            raise RuntimeError(f"the undisturbed ingest ended with {process.exitcode}")
        seconds = time.perf_counter() - begun
        steps = tuple(names.read_text(encoding="utf-8").splitlines())
        old = held(start) if start else {}
        return Case(name, start, reference, old, held(reference), seconds, steps)

    def _started(self, order: Order) -> BaseProcess:
        """Start the child and wait until it is about to ingest."""
        order.log.unlink(missing_ok=True)
        process = start(order._replace(real=self._real))
        while process.is_alive() and not (order.log.exists() and order.log.stat().st_size):
            time.sleep(0.002)
        return process

    @staticmethod
    def _log(library: Path) -> Path:
        return library.with_name(library.name + ".log")

    def trial(self, case: Case, *, after: float | None = None, step: int | None = None) -> Trial:
        """Kill one ingest after so many seconds or at a step, judge, complete, judge again."""
        library = self.home / "victim"
        shutil.rmtree(library, ignore_errors=True)
        if case.start:
            shutil.copytree(case.start, library)
        order = Order(self.articles, library, self._log(library), die_at=step)
        process = self._started(order)
        begun = time.perf_counter()
        if after is not None:
            time.sleep(after)
            process.kill()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        seconds = time.perf_counter() - begun
        told = Told.from_log(order.log)
        wrong = after_kill(library, told, case.old, case.new, self._encoder)
        ingest([self.articles], library, self._encoder)
        wrong += after_completion(library, case.reference, self._encoder)
        return Trial(killed, len(told.done), seconds, wrong)

    def random_trials(self, name: str, chance: random.Random) -> Iterator[Trial]:
        """Yield trials at random moments, until one was killed before it ended by itself.

        How long a run takes depends on what else the machine does; one that ended early is
        judged like the others, and tells how late a kill may come.
        """
        while True:
            case = self.cases[name]
            result = self.trial(case, after=chance.uniform(0, case.seconds))
            yield result
            if result.killed:
                return
            self.cases[name] = case._replace(seconds=min(case.seconds, result.seconds))


class Trial(NamedTuple):
    """What came of one kill: articles reported done before it, how long the run lived, and
    what was found wrong."""

    killed: bool
    done: int
    seconds: float
    wrong: list[str]


def named_steps(case: Case) -> list[int]:
    """Return the numbers of all steps but those around commits, which are many and alike."""
    numbered = (step.split(" ") for step in case.steps)
    return [int(number) for number, _, name, *_ in numbered if name not in _COMMITS]


def drawn_steps(bench: Bench, number: int, chance: random.Random) -> list[tuple[str, int]]:
    """Return `number` steps of both scenarios; none twice before each was there once."""
    steps = [(name, n + 1) for name, case in bench.cases.items() for n in range(len(case.steps))]
    rounds, rest = divmod(number, len(steps))
    return sorted(steps * rounds + chance.sample(steps, rest))


def main() -> int:
    """Run the trials and print what came of them; 1 if anything was lost, wrong or left over."""
    options = _options()
    home = Path(tempfile.mkdtemp(prefix="quoth-kill-"))
    chance, counts, wrong = random.Random(options.seed), Counter[str](), list[str]()
    started, trials, bad = time.monotonic(), 0, 0
    bench = Bench(home, real=options.real)
    for where, kind, result in _trials(bench, options, chance):
        counts[f"killed at a {kind}" if result.killed else "ended before their kill"] += 1
        counts["articles reported done before a kill"] += result.done * result.killed
        wrong += [f"{where}: {what}" for what in result.wrong]
        trials, bad = trials + 1, bad + bool(result.wrong)
        end = "killed" if result.killed else "ended"
        print(f"{where}: {end} after {result.seconds:.2f} s, {result.done} done, "
              f"{len(result.wrong)} wrong", flush=True)  # fmt: skip
    print("".join(f"BAD {what}\n" for what in wrong[:30]), end="")
    steps = sum(len(case.steps) for case in bench.cases.values())
    told = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
    print(f"{steps} steps in both scenarios; runs: {told}; {len(wrong)} lost, wrong or left over")
    if not options.keep:
        shutil.rmtree(home)
    return total_line(trials, "kills", started, bad)


def _trials(
    bench: Bench, options: argparse.Namespace, chance: random.Random
) -> Iterator[tuple[str, str, Trial]]:
    """Yield all trials asked for, each with where it was killed and what kind of place that is."""
    for number in range(options.kills):
        name = SCENARIOS[number % 2]
        for result in bench.random_trials(name, chance):
            yield f"{name} at random", "random moment", result
    steps = [(name, step) for name in SCENARIOS for step in named_steps(bench.cases[name])]
    if options.named is not None:
        steps = drawn_steps(bench, options.named, chance)
    for name, step in steps:
        case = bench.cases[name]
        yield f"{name} at step {case.steps[step - 1]}", "step", bench.trial(case, step=step)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="real kills at random moments")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true", help="the packaged encoder, not the fake")
    parser.add_argument("--named", type=int, metavar="N", help="kills at N steps drawn by the seed")
    parser.add_argument("--keep", action="store_true", help="keep the libraries")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
