"""`Worker`: one child process that parses files, as the parent sees it.

Knows the protocol and the clock of one job; which job goes to which worker, and what becomes of a
file whose worker died, is decided in `corpus.sandbox`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.wire import PREFIX_BYTES, WireError, frame, unframe, write_all

_START_SECONDS = 60.0
_FRAME_SLACK_BYTES = 16_000_000
_JSON_BYTES_PER_CHARACTER = 12  # an emoji, escaped as two surrogates
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from corpus.child import main; main(sys.argv[2], int(sys.argv[3]))"
)


@dataclass(frozen=True)
class Limits:
    """What one file may cost; beyond that it is given up and reported."""

    max_bytes: int = 50_000_000
    max_seconds: float = 20.0
    max_memory_bytes: int = 1_000_000_000
    max_chars: int = 20_000_000


@dataclass(frozen=True)
class Job:
    """A file to be parsed: where it lies, and the address its articles and problems carry."""

    path: Path
    address: str


class Worker:
    """One child process, and when its present job must be done."""

    def __init__(self, parser: str, limits: Limits) -> None:
        memory = str(limits.max_memory_bytes)
        path = [str(Path(entry).resolve()) for entry in sys.path]
        # -I: neither the environment nor the current folder can put other code in the way.
        # A session of its own: Ctrl-C reaches the parent alone, which then ends its children.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _BOOT, json.dumps(path), parser, memory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self.limits = limits
        self.digest = ""
        self._received = bytearray()
        self._replying = False
        self.deadline = time.monotonic() + _START_SECONDS

    @classmethod
    def started(cls, parser: str, limits: Limits) -> Worker:
        """Start a child and wait until it says that it is ready.

        Raises:
            SourceError: it cannot be started, or ends at once.
        """
        try:
            worker = cls(parser, limits)
        except OSError as error:
            raise SourceError(f"cannot start the process that reads files: {error}") from None
        ready = None
        try:
            with suppress(EOFError, WireError):
                while ready is None and readable([worker]):
                    ready = worker.receive()
        finally:
            status = None if ready else worker.end()
        if ready is None:
            raise SourceError(
                f"the process that reads files does not start (exit {status}); "
                "is the memory limit too low, or the installation incomplete?"
            )
        return worker

    @property
    def output(self) -> int:
        """The descriptor on which replies arrive."""
        if self.process.stdout is None:
            raise SourceError("the reading process has no output pipe")
        return self.process.stdout.fileno()

    def start(self, job: Job) -> None:
        """Hand a job to the child and start the clock."""
        request = {
            "path": str(job.path.resolve()),
            "suffix": job.path.suffix.lower(),
            "address": job.address,
            "max_seconds": self.limits.max_seconds,
            "max_bytes": self.limits.max_bytes,
            "max_chars": self.limits.max_chars,
        }
        self.digest, self._replying = "", False
        self.deadline = time.monotonic() + self.limits.max_seconds
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):  # died meanwhile; its output ends, which tells
                write_all(self.process.stdin.fileno(), frame(request))

    def receive(self) -> dict[str, Any] | None:
        """Read what has arrived; return the reply once it is whole.

        Raises:
            EOFError: the child is gone.
            WireError: it sent nonsense, or more than any file may give.
        """
        part = os.read(self.output, 1 << 20)
        if not part:
            raise EOFError
        self._received += part
        message = self._next_message()
        if message is not None and message.keys() == {"digest"}:
            self.digest = str(message["digest"])
            message = self._next_message()
        if self._received and not self._replying:
            # The parsing is over; from here the clock is for the transfer, which also waits for
            # us while the caller is busy with an earlier file.
            self._replying = True
            self.deadline = time.monotonic() + self.limits.max_seconds
        return message

    def _next_message(self) -> dict[str, Any] | None:
        """Take the first message out of what was received, if it is whole."""
        size = int.from_bytes(self._received[:PREFIX_BYTES], "big")
        if len(self._received) < PREFIX_BYTES:
            return None
        if size > self.limits.max_chars * _JSON_BYTES_PER_CHARACTER + _FRAME_SLACK_BYTES:
            raise WireError("too long a reply")
        if len(self._received) < PREFIX_BYTES + size:
            return None
        body = bytes(self._received[PREFIX_BYTES : PREFIX_BYTES + size])
        del self._received[: PREFIX_BYTES + size]
        return unframe(body)

    def end(self) -> int:
        """Kill the child if it lives; return its exit status (a signal's number, negated)."""
        self.process.poll()  # one that died by itself keeps the status of its death
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return self.process.wait()


def readable(workers: Sequence[Worker]) -> list[Worker]:
    """Wait until a worker has sent something or the first deadline is over."""
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            selector.register(worker.output, selectors.EVENT_READ, worker)
        rest = min(worker.deadline for worker in workers) - time.monotonic()
        return [key.data for key, _ in selector.select(max(0.0, rest))]
