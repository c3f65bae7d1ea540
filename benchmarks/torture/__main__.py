"""Run all harnesses one after another, and print a table of what was tried and what was bad.

    python -m benchmarks.torture [--short] [--only NAME] [--seed 0]

`--short` takes minutes, and tries of everything a little; without it all takes some hours. A
harness that this machine does not allow (no root, no `/dev/fuse`, no atheris) is named as such.
The exit code is 1 if anything was bad, or a harness broke off.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from typing import NamedTuple

from benchmarks.torture.cases import ROOT

_TOTAL = re.compile(r"([\d,]+) ([a-z]+) tried in [\d,]+ s, ([\d,]+) bad")
_CANNOT_RUN = 3


class Harness(NamedTuple):
    """A program, and its options for all of it and for a little."""

    module: str
    full: str
    short: str
    seeded: bool = True


HARNESSES = {
    "kill": Harness("benchmarks.kill_ingest", "--kills 500 --named 500", "--kills 6 --named 6"),
    "power": Harness("benchmarks.torture.power", "", "--states 5 --rounds 1"),
    "images": Harness("benchmarks.torture.images", "", "--cuts 6 --runs 2"),
    "full": Harness("benchmarks.torture.full", "", "--levels 6"),
    "crowd": Harness("benchmarks.torture.crowd", "", "--rounds 3"),
    "vanished": Harness("benchmarks.torture.vanished", "", "--cases 6"),
    "changing": Harness("benchmarks.torture.changing", "", "--questions 500"),
    "derived": Harness("benchmarks.torture.derived", "", "--cases 200"),
    "database": Harness("benchmarks.torture.database", "", "--cases 50"),
    "payloads": Harness("benchmarks.torture.payloads", "", "--every 50 --policy on", seeded=False),
    "sources": Harness("benchmarks.torture.sources", "", "--cases 100"),
    "fuzz": Harness("benchmarks.torture.fuzz", "", "--seconds 60"),
}


class Row(NamedTuple):
    """A row of the table."""

    name: str
    cases: str
    bad: str
    seconds: float
    is_bad: bool


def run(name: str, seed: int, *, short: bool) -> Row:
    """Run one harness, passing on what it prints."""
    harness = HARNESSES[name]
    options = (harness.short if short else harness.full).split()
    command = [sys.executable, "-m", harness.module, *options]
    command += ["--seed", str(seed)] if harness.seeded else []
    print(f"\n{name}: {' '.join(command[1:])}", flush=True)
    started, last = time.monotonic(), ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    seconds = time.monotonic() - started
    total = _TOTAL.fullmatch(last)
    if process.returncode == _CANNOT_RUN or (total and total[1] == "0"):
        return Row(name, "not possible here", "", seconds, is_bad=False)
    if total is None or process.returncode not in {0, 1}:
        return Row(name, "broke off", f"exit {process.returncode}", seconds, is_bad=True)
    return Row(name, f"{total[1]} {total[2]}", total[3], seconds, is_bad=process.returncode == 1)


def main() -> int:
    """Run all, or those that are named; 1 if anything was bad."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--short", action="store_true", help="only a little of each")
    parser.add_argument("--only", action="append", choices=HARNESSES, metavar="NAME",
                        help=f"one of {', '.join(HARNESSES)}; may be given again")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = options.only or list(HARNESSES)
    rows = [run(name, options.seed, short=options.short) for name in names]
    print(f"\n{'name':<10} {'cases':>20} {'bad':>8} {'seconds':>8}")
    for row in rows:
        print(f"{row.name:<10} {row.cases:>20} {row.bad:>8} {row.seconds:>8,.0f}")
    return 1 if any(row.is_bad for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
