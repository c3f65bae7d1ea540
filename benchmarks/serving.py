"""`quoth serve` asked over HTTP by one and then by many: rates, times, memory.

    python -m benchmarks.serving --library DIR --testset FILE [--users 16] [--seconds 60]
                                 [-- --workers 2 --reader none]

What stands after `--` is given to `quoth serve`, a process of its own. One visitor asks for half a
minute, then `--users` at once, each the next question when the last is answered; who is told to
come back waits a second. `--recent 0` is always given: no reply comes from memory. The memory is
that of the server and the processes it started: each one's resident part, shared pages counted
once (PSS), looked at every half second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.visitors import Server, ask_all, ask_once, free_port, questions_of, summary

_START_SECONDS = 120
_ALONE_SECONDS = 30.0
_LOOK_SECONDS = 0.5


def main() -> None:
    """Serve, ask, look; print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--testset", type=Path, required=True)
    parser.add_argument("--users", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("options", nargs="*", help="given to quoth serve; write -- before them")
    options = parser.parse_args()
    with serving(options.library, "--recent", "0", *options.options) as (server, process):
        asked = questions_of(server, options.testset)
        memory = Memory(process)
        with memory.watched():
            print(f"memory: {memory.now():.0f} MB after one question")
            for users, seconds in ((1, _ALONE_SECONDS), (options.users, options.seconds)):
                outcomes = ask_all(server, asked, users, seconds)
                print(f"users: {users}, {seconds:g} s")
                print("\n".join(summary(outcomes, seconds)), flush=True)
        print(f"memory: {memory.most:.0f} MB at most")


@contextmanager
def serving(library: Path, *options: str) -> Iterator[tuple[Server, int]]:
    """Run `quoth serve` over a library; gives its address and process."""
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--library", str(library), "--port", str(port),
               "--questions-per-minute", "0", *options]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = Server(f"http://127.0.0.1:{port}")
    try:
        give_up = time.monotonic() + _START_SECONDS
        while ask_once(server, "Does it answer?")[0] != "200":
            if process.poll() is not None or time.monotonic() > give_up:
                raise SystemExit("quoth serve did not start")
            time.sleep(0.5)
        yield server, process.pid
    finally:
        process.terminate()
        process.wait()


class Memory:
    """What a process and those it started hold of the memory, in MB."""

    def __init__(self, process: int) -> None:
        self._process = process
        self.most = 0.0

    def now(self) -> float:
        """Return what they hold now."""
        return sum(map(_share, _with_children(self._process)))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the most that is seen meanwhile."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_LOOK_SECONDS):
                self.most = max(self.most, self.now())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _with_children(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(children).split():
            yield from _with_children(int(child))


def _share(process: int) -> float:
    lines: Sequence[str] = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def _read(file: Path) -> str:
    """Return what the system says, or nothing of a process that has ended."""
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


if __name__ == "__main__":
    main()
