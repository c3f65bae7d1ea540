"""Slow connections by the thousand, while others ask: how do the others fare?

    quoth serve --questions-per-minute 0 &
    python -m benchmarks.loris [--address http://127.0.0.1:7860] [--sockets 1000] [--users 2]
                               [--seconds 60] [--testset TESTSET] [--token TOKEN]

The others ask for a third of the time by themselves, then beside the slow ones. A slow one says
nothing, or sends its headers or its body a byte at a time; whoever is cut off comes again. Exit
code 1 if any of the others was refused or cut off.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.visitors import Server, ask_all, questions_of, summary

_BYTE_SECONDS = 3.0
"""Between one byte and the next."""

_HEAD = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\n"
_OPENINGS = {
    "silent": b"",
    "slow headers": _HEAD + b"X-A: ",
    "slow body": _HEAD + b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n",
}


@dataclass
class Swarm:
    """The slow ones: how many are connected, and how often they were cut off."""

    host: str
    port: int
    size: int
    stopping: bool = False
    connected: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Come, and come again, until it is told to stop."""
        asyncio.run(self._all())

    async def _all(self) -> None:
        kinds = list(_OPENINGS)
        async with asyncio.TaskGroup() as group:
            for number in range(self.size):
                group.create_task(self._one(kinds[number % len(kinds)], number / self.size))

    async def _one(self, kind: str, delay: float) -> None:
        await asyncio.sleep(delay * _BYTE_SECONDS)
        while not self.stopping:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                self.connected[kind] += 1
                try:
                    await self._dawdle(kind, reader, writer)
                finally:
                    self.connected[kind] -= 1
                    self.cut_off[kind] += not self.stopping
                    writer.close()
            await asyncio.sleep(0.2)

    async def _dawdle(
        self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send a byte now and then, until the server hangs up."""
        writer.write(_OPENINGS[kind])
        while not self.stopping:
            try:
                if not await asyncio.wait_for(reader.read(1_000), _BYTE_SECONDS):
                    return
            except TimeoutError:
                writer.write(b"a" if kind != "silent" else b"")


def main() -> int:
    """Ask alone, ask beside the slow ones, and print how both went."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--users", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--testset", type=Path)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    server = Server(options.address, options.token)
    asked = questions_of(server, options.testset)
    _allow_files(options.sockets + 200)
    alone, beside = options.seconds / 3, options.seconds * 2 / 3
    print(f"{options.users} users alone, for {alone:g} s")
    before = ask_all(server, asked, options.users, alone)
    print("\n".join(summary(before, alone)))
    parts = urlsplit(options.address)
    swarm = Swarm(parts.hostname or "127.0.0.1", parts.port or 80, options.sockets)
    thread = threading.Thread(target=swarm.run)
    thread.start()
    during = ask_all(server, asked, options.users, beside)
    held = dict(swarm.connected)
    swarm.stopping = True
    thread.join()
    print(f"the same users beside {options.sockets} slow connections, for {beside:g} s")
    print(f"connected in the end: {held}; cut off: {dict(swarm.cut_off)}")
    print("\n".join(summary(during, beside)))
    return int(any(outcome.kind != "200" for outcome in during))


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


if __name__ == "__main__":
    raise SystemExit(main())
