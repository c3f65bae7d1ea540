"""The process that runs out of room: a `quoth` command, with the fake encoder in its place.

Forked like `benchmarks.kill_child`, and telling like that one what it has reported done.
"""

from __future__ import annotations

import os
import resource
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import app
from benchmarks.kill_child import forkserver, small_batches, tell_of_commits
from benchmarks.torture.parsing import parse_here
from index import sentence_encoder
from tests.conftest import FakeEncoder

_PRELOADED = ["benchmarks.torture.full_child", "qa.calibrate.made", "sklearn.isotonic"]


class Command(NamedTuple):
    """A command line, where it says what is done, and where its output goes.

    `most_bytes` limits the size of a file.
    """

    arguments: tuple[str, ...]
    log: Path
    output: Path
    most_bytes: int | None = None

    def run(self) -> int:
        """Run it in a process of its own, and return its exit code."""
        process = self.begin()
        process.join()
        return process.exitcode or 0

    def said(self) -> str:
        """Return what it has printed; see `said`."""
        return said(self.output)

    def begin(self) -> BaseProcess:
        """Start it."""
        server = forkserver(*_PRELOADED)
        process = server.Process(target=_run, args=(self,))
        process.start()
        return process


def said(output: Path) -> str:
    """Return what a command has printed, less the lines that only say how far it is."""
    lines = output.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("█", "░")))


def stand_alone(output: Path) -> None:
    """Let this process be a command: no settings, the fake encoder, its output in a file."""
    for name in ("LIBRARY", "ENCODER"):
        os.environ.pop(f"QUOTH_{name}", None)
    os.environ["QUOTH_READER"] = "none"
    opened = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    parse_here()
    vars(sentence_encoder)["SentenceEncoder"] = lambda *_: FakeEncoder()


def _run(command: Command) -> None:
    stand_alone(command.output)
    log = os.open(command.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    small_batches()
    tell_of_commits(log)
    if command.most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.most_bytes, resource.RLIM_INFINITY))
    os._exit(app.main(command.arguments))
