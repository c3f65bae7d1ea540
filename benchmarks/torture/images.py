"""Cut the power of a disk with ext4 on it while an ingest runs: what was reported done is whole.

    python -m benchmarks.torture.images [--cuts 100] [--runs 4] [--without-fsync] [--keep]

The ingest of `benchmarks.kill_child` runs on an ext4 file system on a loop device on a disk that
logs every write and flush (`benchmarks.torture.disk`). For each cut the disk is built as it may be
after a random event of the log: all that was flushed, and of the later writes all, none or some.
That image is mounted (ext4 replays its journal), checked by fsck, and judged like a killed run: by
`benchmarks.kill_check`, before and after the next ingest. Needs root, FUSE and loop devices.
What it does not model: disks that lose what they flushed, or damage what was not being written.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.kill_check import Told, after_completion, after_kill
from benchmarks.kill_child import Order, start
from benchmarks.kill_ingest import SCENARIOS, Bench
from benchmarks.torture import disk
from benchmarks.torture.cases import total_line
from benchmarks.torture.rooms import mounted, new_image
from corpus.errors import QuothError
from index.ingest import ingest
from tests.conftest import FakeEncoder

_MEGABYTES = 24
_COMMANDS = ("mkfs.ext4", "fsck.ext4", "mount", "umount", "losetup")


class Recording(NamedTuple):
    """An ingest on a logged disk: the disk before it, all events, and what was reported done."""

    scenario: str
    image: bytes
    events: list[disk.Event]
    told: bytes


class Cut(NamedTuple):
    """A cut: how many articles were reported done before it, and what was found wrong."""

    done: int
    wrong: list[str]


def is_possible(home: Path) -> str | None:
    """Return why this machine cannot do it, or None if it can."""
    missing = [name for name in _COMMANDS if shutil.which(name) is None]
    if missing:
        return f"{missing[0]} is missing"
    place = home / "try"
    try:
        (place / "fuse").mkdir(parents=True)
        image = new_image(place / "image")
        with disk.recorded(image, place / "fuse", place / "log", place / "told") as served:
            disk.wait_for(served)
            with mounted(["-o", "loop", str(served)], place / "disk") as there:
                (there / "x").write_bytes(b"x")
    except (OSError, subprocess.CalledProcessError) as error:
        return " ".join(str(getattr(error, "stderr", "") or error).split())
    return None


class Cuts:
    """Records ingests on disks, cuts them, and judges what is left."""

    def __init__(self, bench: Bench) -> None:
        self._home = bench.home / "images"
        self._home.mkdir()
        self._bench = bench
        self._encoder = FakeEncoder()

    def record(self, scenario: str, *, without_fsync: bool = False) -> Recording:
        """Run one ingest undisturbed on a logged disk."""
        place = self._home / "recording"
        shutil.rmtree(place, ignore_errors=True)
        (place / "fuse").mkdir(parents=True)
        image, case = new_image(place / "image"), self._bench.cases[scenario]
        with mounted(["-o", "loop", str(image)], place / "disk") as there:
            if case.start:
                shutil.copytree(case.start, there / "library")
        log, told = place / "events", place / "told"
        with disk.recorded(image, place / "fuse", log, told) as served:
            disk.wait_for(served)
            with mounted(["-o", "loop", str(served)], place / "disk") as there:
                order = Order(self._bench.articles, there / "library", told)
                process = start(order._replace(without_fsync=without_fsync))
                process.join()
        if process.exitcode:
            raise RuntimeError(f"the ingest on the disk ended with {process.exitcode}")
        return Recording(scenario, image.read_bytes(), disk.events(log), told.read_bytes())

    def cut(self, recording: Recording, chance: random.Random) -> Cut:
        """Cut the power at a random event, and judge."""
        running = [n for n, event in enumerate(recording.events) if event.told]
        number = chance.choice(running)
        place = self._home / "cut"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        image, log = place / "image", place / "told"
        log.write_bytes(recording.told[: recording.events[number].told])
        image.write_bytes(disk.cut(recording.image, recording.events[:number], chance))
        told = Told.from_log(log)
        try:
            with mounted(["-o", "loop", str(image)], place / "disk"):
                pass  # ext4 replays its journal
            subprocess.run(["fsck.ext4", "-fn", image], check=True, capture_output=True, text=True)
            with mounted(["-o", "loop", str(image)], place / "disk") as there:
                return Cut(len(told.done), self._wrong(recording, there / "library", told))
        except subprocess.CalledProcessError as error:
            return Cut(len(told.done), [f"{error.cmd[0]}: {error.stdout} {error.stderr}"])

    def _wrong(self, recording: Recording, library: Path, told: Told) -> list[str]:
        case = self._bench.cases[recording.scenario]
        try:
            wrong = after_kill(library, told, case.old, case.new, self._encoder)
            ingest([self._bench.articles], library, self._encoder)
            return wrong + after_completion(library, case.reference, self._encoder)
        except (QuothError, OSError, ValueError, RuntimeError) as error:
            return [f"{type(error).__name__}: {error}"]


def main() -> int:
    """Cut so many times; 1 if anything was lost, wrong or left over."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--runs", type=int, default=4, help="ingests that are recorded")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-fsync", action="store_true", help="to see the harness fail")
    parser.add_argument("--keep", action="store_true", help="keep the last image")
    options = parser.parse_args()
    home, chance = Path(tempfile.mkdtemp(prefix="quoth-images-")), random.Random(options.seed)
    started, reason = time.monotonic(), is_possible(home)
    if reason:
        print(f"not possible here: {reason}")
        shutil.rmtree(home, ignore_errors=True)
        return total_line(0, "cuts", started, 0)
    cuts, done, bad = Cuts(Bench(home)), 0, 0
    for run in range(options.runs):
        name = SCENARIOS[run % 2]
        recording = cuts.record(name, without_fsync=options.without_fsync)
        flushes = sum(event.data is None for event in recording.events)
        print(f"{name}: {len(recording.events)} events, {flushes} of them flushes", flush=True)
        for number in range(run, options.cuts, options.runs):
            found = cuts.cut(recording, chance)
            done += found.done
            bad += bool(found.wrong)
            where = f"{name}, cut {number}"
            print(f"{where}: {found.done} done", flush=True)
            print("".join(f"BAD {where}: {what}\n" for what in found.wrong[:5]), end="")
    print(f"{done:,} articles had been reported done before the cuts")
    if not options.keep:
        shutil.rmtree(home)
    return total_line(options.cuts, "cuts", started, bad)


if __name__ == "__main__":
    raise SystemExit(main())
