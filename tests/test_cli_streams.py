"""What a command does when its output, its input or Ctrl-C is not as usual; real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli_tools import Quoth, ready

ROOT = Path(__file__).parent.parent
TITLE = "Die Fähre 夜 \N{SHIP}"


@pytest.fixture
def home(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Path:
    quoth: Quoth = ready(monkeypatch, capsys, tmp_path)
    (tmp_path / "ferry.md").write_text(f"---\ntitle: {TITLE}\n---\n\nIt carries 41 lorries.\n")
    assert quoth("ingest", "ferry.md").code == 0
    return tmp_path


def shell(line: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which `quoth` is the command line."""
    script = f'quoth() {{ "{sys.executable}" -m app "$@"; }}\n{line}'
    there = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(["sh", "-c", script], cwd=cwd, env=there, capture_output=True, timeout=60)


def test_a_closed_output_is_a_way_to_nowhere(home: Path) -> None:
    for line in ("quoth articles >&-", "quoth articles >&- 2>&- <&-", "quoth settings >&-"):
        result = shell(line, home)
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert json.loads(shell("quoth articles --json", home).stdout)[0]["title"] == TITLE


def test_a_closed_input_is_an_empty_one(home: Path) -> None:
    result = shell("quoth proof - <&-", home)
    assert result.returncode == 13
    assert result.stderr.startswith(b"quoth: standard input: not valid JSON (Expecting value")
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_the_output_cannot_say_is_escaped_and_json_stays_json(
    home: Path, encoding: str
) -> None:
    listed = shell("quoth articles", home, PYTHONIOENCODING=encoding)
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert b"\\u591c \\ud83d\\udea2" in listed.stdout
    printed = shell("quoth articles --json", home, PYTHONIOENCODING=encoding)
    assert json.loads(printed.stdout.decode(encoding))[0]["title"] == TITLE


@pytest.mark.parametrize("option", ["--help", "--version", "ask --help"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_help_that_cannot_be_written_is_told(tmp_path: Path, option: str) -> None:
    result = shell(f"quoth {option} >/dev/full", tmp_path)
    assert result.returncode == 9
    assert result.stderr.startswith(b"quoth: the output cannot be read or written (No space left")
    assert result.stderr.count(b"\n") == 1
    assert shell(f"quoth {option} >/dev/full 2>/dev/full", tmp_path).returncode == 9


def test_ctrl_c_while_it_starts_leaves_no_trace(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "class Stopped:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'cli.parser':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stopped())\n"
        "import app\n"
        "sys.exit(app.main(['articles']))"
    )
    there = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=there, capture_output=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (130, b"stopped\n")
