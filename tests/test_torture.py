"""Short forms of `benchmarks.torture`: damage and hostile files by the dozen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def tortured(module: str, *options: str) -> tuple[int, str]:
    """Run one of them; return its exit code and its last line."""
    command = [sys.executable, "-m", f"benchmarks.torture.{module}", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240)
    return done.returncode, (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]


@pytest.mark.parametrize(("module", "cases"), [("derived", 100), ("database", 40), ("sources", 20)])
def test_nothing_wrong_is_answered_and_nothing_ends_a_run(module: str, cases: int) -> None:
    code, last = tortured(module, "--cases", str(cases), "--seed", "11")
    assert (code, last.endswith(", 0 bad")) == (0, True), last
    assert last.startswith(f"{cases} cases tried")
