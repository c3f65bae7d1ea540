"""How long `quoth ask` takes from nothing to the answer: whole processes over the sample articles.

    python -m benchmarks.start [--runs 7]

The library and the compiled encoder are made first and not counted. Each run is a new process;
`--help` is measured beside it, and asking with PyTorch. The seconds of the processor are those of
the process itself: what a machine with nothing else to do comes near to. What is imported by
`quoth ask` and counts as heavy is named, so that it cannot creep in.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Container, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

QUESTION = "How long is the probation period?"
_ROOT = Path(__file__).parent.parent
_HEAVY = ("torch", "transformers", "sentence_transformers", "gradio", "sklearn", "scipy")


class Run(NamedTuple):
    """Of one process: seconds by the clock, seconds of the processor, most memory at once in MB."""

    wall: float
    cpu: float
    megabytes: float


def main() -> None:
    """Measure, and print medians and ranges."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="quoth-start-") as temporary:
        library = ["--library", str(Path(temporary) / "library")]
        run_quoth("ingest", "--sample", *library)
        _print("quoth --help", [run_quoth("--help") for _ in range(options.runs)])
        asked = [run_quoth("ask", QUESTION, *library) for _ in range(options.runs)]
        _print("quoth ask", asked)
        plain = ["--reader", "none", *library]
        asked = [run_quoth("ask", QUESTION, *plain) for _ in range(options.runs)]
        _print("quoth ask --reader none", asked)
        print(f"heavy imports of quoth ask: {_heavy('ask', QUESTION, *library) or 'none'}")
        # Under a file no cache can be made: so PyTorch encodes, as it did before there was one.
        os.environ["XDG_CACHE_HOME"] = str(Path(temporary) / "library" / "library.sqlite")
        asked = [run_quoth("ask", QUESTION, *library) for _ in range(options.runs)]
        _print("quoth ask, PyTorch", asked)


def run_quoth(*arguments: str, codes: Container[int] = (0,)) -> Run:
    """Run one command in a process of its own, which must end with one of `codes`."""
    started = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=_ROOT,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    wall = perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def _heavy(*arguments: str) -> str:
    code = (
        "import sys, app; app.main(sys.argv[2:])\n"
        "print(*(n for n in sys.argv[1].split(',') if n in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ",".join(_HEAVY), *arguments],
        check=True, capture_output=True, text=True, cwd=_ROOT, env=os.environ,
    )  # fmt: skip
    return done.stderr.strip()


def _print(name: str, runs: Sequence[Run]) -> None:
    wall, cpu = sorted(run.wall for run in runs), [run.cpu for run in runs]
    memory = max(run.megabytes for run in runs)
    print(
        f"  {name:<24} {median(wall):5.2f} s by the clock ({wall[0]:.2f} … {wall[-1]:.2f}), "
        f"{median(cpu):5.2f} s of the processor, {memory:.0f} MB, {len(runs)} runs"
    )


if __name__ == "__main__":
    main()
