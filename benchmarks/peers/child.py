"""A system's process seen from outside: commands sent, processor and memory read.

What it costs is read from `/proc` (Linux), over the process and all its descendants; the system is
not asked.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

ROOT = Path(__file__).parent.parent.parent
OFFLINE = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False", "DO_NOT_TRACK": "1", "ANONYMIZED_TELEMETRY": "False",
}  # fmt: skip
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SAMPLE_SECONDS = 0.2


class AdapterError(Exception):
    """The system answered with an error, or its process is gone."""


class Child:
    """A running adapter. `call` may be used from several threads."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        environment = os.environ | OFFLINE | {"PYTHONPATH": str(ROOT)}
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                cwd=ROOT, env=environment, text=True, encoding="utf-8",
            )  # fmt: skip
        self._lock = Lock()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._number = 0
        self._replies_end = False
        self._peak = 0
        self._ended = Event()
        self._threads = [Thread(target=self._listen), Thread(target=self._watch)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send one command and wait for its result.

        Raises:
            AdapterError: it failed there, or the process has ended.
        """
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            self._number += 1
            if self._replies_end:  # its input may still seem open for a moment
                raise self._gone()
            self._waiting[self._number] = future
            with suppress(BrokenPipeError):  # then the replies end too, which all who wait are told
                self._send({"id": self._number, "do": do} | arguments)
        reply = future.result()
        if "error" in reply:
            raise AdapterError(reply["error"])
        result: dict[str, Any] = reply["result"]
        return result

    def cpu(self) -> float:
        """Return the seconds of the processor used so far by it and its descendants."""
        return sum(seconds for seconds, _ in self._used().values())

    def peak(self) -> int:
        """Return the most bytes of memory in use at once so far (resident, descendants added)."""
        self._sample()
        return max(self._peak, high_water(self._process.pid))

    def close(self) -> None:
        """Ask it to end, and wait until it has."""
        with suppress(BrokenPipeError):  # it is gone already
            self._send({"id": 0, "do": "quit"})
        self._process.wait()
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it did not read is still in the buffer
                    pipe.close()

    def _send(self, command: Mapping[str, Any]) -> None:
        if self._process.stdin is None:
            raise AdapterError("its input is closed")
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        """Hand each reply to whoever waits for it; when there are no more, say why to all."""
        try:
            for line in self._process.stdout or ():
                reply = json.loads(line)
                with self._lock:
                    future = self._waiting.pop(reply["id"])
                future.set_result(reply)
        finally:
            with self._lock:
                self._replies_end = True
                for future in self._waiting.values():
                    future.set_exception(self._gone())

    def _gone(self) -> AdapterError:
        tail = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        return AdapterError(f"its process has ended; see {self._log}: {' / '.join(tail)}")

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        self._peak = max(self._peak, sum(resident for _, resident in self._used().values()))

    def _used(self) -> dict[int, tuple[float, int]]:
        return used_by(self._process.pid)


def used_by(root: int) -> dict[int, tuple[float, int]]:
    """Return seconds of the processor and resident bytes of a process and its descendants.

    The seconds of a process include those of its children that have ended.
    """
    parents: dict[int, int] = {}
    used: dict[int, tuple[float, int]] = {}
    for pid in _processes():
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        fields = text.rpartition(")")[2].split()  # from the third on: see proc_pid_stat(5)
        parents[pid] = int(fields[1])
        used[pid] = (sum(map(int, fields[11:15])) / _TICKS, int(fields[21]) * _PAGE)
    return {pid: used[pid] for pid in used if _descends(pid, root, parents)}


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    for _ in parents:  # a number that was given anew meanwhile could lead in a circle
        if pid == root or pid not in parents:
            break
        pid = parents[pid]
    return pid == root


def high_water(pid: int) -> int:
    """Return the most resident bytes a process had at once, 0 if it has ended."""
    try:
        text = Path("/proc", str(pid), "status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else 0
