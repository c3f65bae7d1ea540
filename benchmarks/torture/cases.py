"""Numbered cases, run in a process of their own that is started again whenever it dies.

A harness gives a function from a case's number to a `Verdict`; everything a case does follows
from the seed and the number, so that `--only N` has it again. This file knows nothing of what is
damaged: it hands out numbers, turns a dead or stuck process into a bad verdict, and counts.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parent.parent.parent
_EVERY_SECONDS = 20.0


class Verdict(NamedTuple):
    """What became of a case: what was done, how it ended, and what was bad (empty: nothing)."""

    number: int
    kind: str
    outcome: str
    bad: str = ""


Run = Callable[[int], Verdict]


def options(doc: str | None, cases: int) -> argparse.ArgumentParser:
    """Return a parser with what every harness takes."""
    parser = argparse.ArgumentParser(description=(doc or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=cases, help="how many to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, metavar="N", help="only the case of this number")
    parser.add_argument("--serve", type=int, nargs=2, help=argparse.SUPPRESS)
    return parser


def serve(run: Run, first: int, last: int) -> None:
    """Run cases `first` to `last` (not included) and print each verdict as a line of JSON."""
    sys.stdout.write("\n")  # ready: from here the clock of the first case runs
    sys.stdout.flush()
    for number in range(first, last):
        sys.stdout.write(json.dumps(run(number)) + "\n")
        sys.stdout.flush()


def watched(
    module: str, parsed: argparse.Namespace, seconds: float, more: Sequence[str] = ()
) -> Iterator[Verdict]:
    """Yield the verdict of every case asked for; `seconds` is what one may take at most.

    `more` are arguments that the process gets as well.
    """
    first, last = 0, parsed.cases
    if parsed.only is not None:
        first, last = parsed.only, parsed.only + 1
    while first < last:
        with tempfile.TemporaryFile() as said:
            command = [sys.executable, "-m", module, "--seed", str(parsed.seed)]
            process = subprocess.Popen(
                [*command, *more, "--serve", str(first), str(last)],
                cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
                stdout=subprocess.PIPE, stderr=said, bufsize=0,
            )  # fmt: skip
            for verdict in _verdicts(process, seconds):
                yield verdict
                first = verdict.number + 1
            process.kill()
            status = process.wait()
            if first < last:
                yield Verdict(first, "?", "crash", f"the process ended ({status}): {_tail(said)}")
                first += 1


def _verdicts(process: subprocess.Popen[bytes], seconds: float) -> Iterator[Verdict]:
    """Yield what a process says, until it ends or says nothing for too long."""
    if process.stdout is None:
        return
    held = b""
    with selectors.DefaultSelector() as selector, process.stdout:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(seconds):
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                return
            *lines, held = (held + part).split(b"\n")
            yield from (Verdict(*json.loads(line)) for line in lines if line)


def _tail(said: IO[bytes]) -> str:
    said.seek(0)
    return " ".join(said.read().decode("utf-8", "replace").split())[-400:]


def counted(verdicts: Iterator[Verdict], total: int) -> int:
    """Print progress, every bad case, and the count; return 1 if anything was bad."""
    outcomes, kinds, bad = Counter[str](), Counter[str](), 0
    started = shown = time.monotonic()
    for done, verdict in enumerate(verdicts, 1):
        outcomes[verdict.outcome] += 1
        kinds[verdict.kind] += 1
        if verdict.bad:
            bad += 1
            print(f"BAD --only {verdict.number} ({verdict.kind}): {verdict.bad}", flush=True)
        if time.monotonic() - shown > _EVERY_SECONDS:
            shown = time.monotonic()
            rate = done / (shown - started) * 60
            print(f"{done:,}/{total:,} cases, {rate:,.0f} a minute, {bad} bad", flush=True)
    print("kinds: " + ", ".join(f"{n:,} {kind}" for kind, n in sorted(kinds.items())))
    print("outcomes: " + ", ".join(f"{n:,} {what}" for what, n in sorted(outcomes.items())))
    return total_line(outcomes.total(), "cases", started, bad)


def total_line(cases: int, noun: str, started: float, bad: int) -> int:
    """Print the last line of every harness here; return the exit code.

    `started` is when it began, by `time.monotonic`. `benchmarks.torture` reads this line.
    """
    print(f"{cases:,} {noun} tried in {time.monotonic() - started:,.0f} s, {bad:,} bad", flush=True)
    return 1 if bad else 0
