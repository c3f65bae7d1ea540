"""`python -m benchmarks.torture` runs harnesses one after another and ends with a table."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from benchmarks.torture import __main__ as together
from benchmarks.torture.__main__ import HARNESSES, Harness


def told(monkeypatch: pytest.MonkeyPatch, code: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run one harness that is this piece of Python; return the row of the table."""
    monkeypatch.setitem(HARNESSES, "power", Harness("benchmarks", "", ""))
    popen = subprocess.Popen

    def started(_: list[str], **more: Any) -> Any:
        return popen([sys.executable, "-c", code], **more)

    monkeypatch.setattr(together.subprocess, "Popen", started)
    monkeypatch.setattr(together.sys, "argv", ["torture", "--short", "--only", "power"])
    ended = together.main()
    return f"{ended}: {' '.join(capsys.readouterr().out.splitlines()[-1].split()[:-1])}"


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("print('1,200 cases tried in 3 s, 0 bad')", "0: power 1,200 cases 0"),
        ("print('7 cuts tried in 3 s, 2 bad'); exit(1)", "1: power 7 cuts 2"),
        ("print('0 cuts tried in 0 s, 0 bad')", "0: power not possible here"),
        ("print('5 cases tried in 3 s, 0 bad'); exit(9)", "1: power broke off exit 9"),
        ("print('5 cases'); raise ValueError", "1: power broke off exit 1"),
    ],
)
def test_each_harness_has_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: str, row: str
) -> None:
    assert told(monkeypatch, code, capsys) == row
