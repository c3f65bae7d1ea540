"""Fuzz the parsers, steered by their coverage: no undeclared error, hang, swelling, broken promise.

    pip install -c constraints.txt '.[fuzz]'
    python -m benchmarks.torture.fuzz [--seconds 1200] [--seed 1] [--out fuzz-findings]

Each kind of file gets an equal share of the time, in a process of its own with limits
(`benchmarks.torture.fuzz_child`); it begins with the seed file of that kind. A process that
hangs, swells or crashes is started again for the rest of its time. OUT then holds an input for
each finding, and its trace. Coverage is seen in Python code alone, not inside lxml or pdfium.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.torture.cases import ROOT, total_line
from benchmarks.torture.seeds import seeds

_PART = "docx.xml"
_GRACE_SECONDS = 120.0
_FEWEST_SECONDS = 3.0


class Ran(NamedTuple):
    """What one process did: its exit status, inputs tried, places of the code reached."""

    status: int
    inputs: int
    covered: int


def fuzzed(kind: str, out: Path, seconds: float, seed: int) -> list[Ran]:
    """Fuzz one kind for so long, starting again after each input that ends the process."""
    runs: list[Ran] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > _FEWEST_SECONDS:
        runs.append(_one(kind, out, int(left), seed + len(runs)))
    return runs


def _one(kind: str, out: Path, seconds: int, seed: int) -> Ran:
    command = [sys.executable, "-m", "benchmarks.torture.fuzz_child"]
    command += [kind, str(out), str(seconds), str(seed)]
    log = out / f"{kind}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        try:
            status = process.wait(seconds + _GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
    text = log.read_text(encoding="utf-8", errors="replace")
    tried = re.findall(r"^#(\d+)", text, re.M) + re.findall(r"executed_units:\s+(\d+)", text)
    covered = [int(number) for number in re.findall(r"cov: (\d+)", text)]
    return Ran(status, max(map(int, tried), default=0), max(covered, default=0))


def main() -> int:
    """Fuzz all kinds; 1 if anything was found, 3 if a process could not run at all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=1_200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--kinds", nargs="*", default=[*seeds(), _PART])
    options = parser.parse_args()
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    before = set(_findings(out))
    inputs, started = 0, time.monotonic()
    for kind in options.kinds:
        runs = fuzzed(kind, out, options.seconds / len(options.kinds), options.seed)
        tried = sum(run.inputs for run in runs)
        if not tried:
            print(f"{kind}: cannot be fuzzed; see {out / f'{kind}.log'}")
            return 3
        inputs += tried
        ended = [run.status for run in runs if run.status]
        print(f"{kind}: {tried:,} inputs, {max(run.covered for run in runs):,} places covered"
              f"{f', processes ended with {ended}' if ended else ''}", flush=True)  # fmt: skip
    found = sorted(set(_findings(out)) - before)
    for path in found:
        print(f"FOUND {path}")
    return total_line(inputs, "inputs", started, len(found))


def _findings(out: Path) -> list[Path]:
    """Return the inputs written down: errors and promises, and what libFuzzer names."""
    kinds = re.compile(r"finding-.*[0-9a-f]{12}|.*-(crash|timeout|oom|leak|slow-unit)-[0-9a-f]+")
    return [path for path in out.iterdir() if kinds.fullmatch(path.name)]


if __name__ == "__main__":
    raise SystemExit(main())
