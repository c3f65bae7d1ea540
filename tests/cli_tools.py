"""Run the command line in this process, with the fake encoder in the place of the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import app
from index import sentence_encoder
from tests.conftest import FakeEncoder


class NamedEncoder(FakeEncoder):
    """The fake under the name it is asked for; another name is another encoder."""

    def __init__(self, name: str = sentence_encoder.DEFAULT_MODEL) -> None:
        super().__init__(name)
        self.name = name


class Result(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output, read as JSON."""
        return json.loads(self.out)


class Quoth:
    """Runs commands as a user would type them, in the folder of the test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], library: Path) -> None:
        self._capsys = capsys
        self.library = library

    def __call__(self, *arguments: object) -> Result:
        """Run one command."""
        self._capsys.readouterr()
        try:
            code = app.main([str(argument) for argument in arguments])
        except SystemExit as stop:  # how argparse ends
            code = int(stop.code or 0)
        return Result(code, *self._capsys.readouterr())


def one_line(result: Result) -> str:
    """Return the one line that an error is; fail if there is another, or a trace."""
    assert result.err.endswith("\n")
    line, *more = result.err.splitlines()
    assert more == []
    assert line.startswith("quoth: ")
    return line


def ready(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Quoth:
    """Return a command line in an empty folder, with the fake encoder and no settings."""
    for name in ("LIBRARY", "ENCODER", "HOST", "PORT"):
        monkeypatch.delenv(f"QUOTH_{name}", raising=False)
    monkeypatch.setattr(sentence_encoder, "SentenceEncoder", NamedEncoder)
    monkeypatch.chdir(home)
    return Quoth(capsys, home / "library")
