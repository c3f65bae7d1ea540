"""Places with little room: a tmpfs or an ext4 file system filled by another file, or a limit."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = ("tmpfs", "ext4", "limit")
_MEGABYTES = 24


class Room:
    """A folder, and how much room commands have in it."""

    def __init__(self, place: Path, *, limit: bool) -> None:
        self._place = place
        self._limit = limit
        self._ballast = place.parent / "ballast" if limit else place / "ballast"

    def free(self) -> int:
        """Return how many bytes are free."""
        found = os.statvfs(self._place)
        return found.f_bavail * found.f_frsize

    def used_since(self, free: int) -> int:
        """Return how many bytes were taken since so many were free; or how long a file is."""
        if not self._limit:
            return free - self.free()
        most = 0
        with suppress(FileNotFoundError):  # a temporary one, gone meanwhile
            for path in self._place.rglob("*"):
                most = max(most, path.stat().st_size)
        return most

    def leave(self, size: int) -> int | None:
        """Leave so many bytes of room; return the limit that a process must be given instead."""
        if self._limit:
            return size
        self.make_room()
        with self._ballast.open("wb") as file, suppress(OSError):  # it is full before the end
            os.posix_fallocate(file.fileno(), 0, max(1, self.free() - size))
        return None

    def make_room(self) -> None:
        """Take away what fills the place."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def room(kind: str, home: Path) -> Iterator[Room]:
    """Make an empty place `home`/disk of one of the `KINDS`, for as long as it is needed.

    Raises:
        OSError, CalledProcessError: this machine does not let us.
    """
    place = home / "disk"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    if kind == "limit":
        yield Room(place, limit=True)
        return
    if kind == "ext4":
        options = ["-o", "loop", str(new_image(home / "image"))]
    else:
        options = ["-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "quoth"]
    with mounted(options, place):
        yield Room(place, limit=False)


def possible(kind: str, home: Path) -> bool:
    """Tell whether this machine lets us make such a place."""
    try:
        with room(kind, home):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def new_image(image: Path) -> Path:
    """Make a file with an empty ext4 file system in it."""
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(_MEGABYTES << 20)
    options = ["-b", "4096", "-m", "0", "-E", "nodiscard,lazy_itable_init=0"]
    run("mkfs.ext4", "-q", *options, str(image))
    return image


@contextmanager
def mounted(options: list[str], place: Path) -> Iterator[Path]:
    """Mount something on a folder, by the options of `mount`, and unmount it in the end.

    What an error has left open is closed first, or else cut loose.
    """
    place.mkdir(exist_ok=True)
    run("mount", *options, str(place))
    try:
        yield place
    finally:
        gc.collect()
        if subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode:
            run("umount", "-l", str(place))


def run(*command: str) -> None:
    """Run a program.

    Raises:
        CalledProcessError: it failed; what it said is in `stderr`.
    """
    subprocess.run(command, check=True, capture_output=True, text=True)
