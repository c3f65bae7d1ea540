"""Writing a file so that after a crash it is either whole and old, or whole and new.

The order is: write beside, flush, fsync the file, rename into place, fsync the folder. A rename
without the fsyncs leaves a zero-length file after a power cut on ext4. What it does not do: it
makes no promise about several files together; that is what the manifest in `index.derived` is for.
A file that is long in the making, and not by us, gets a folder of its own for that (`own_place`).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from corpus.errors import LibraryError, StorageError

TEMPORARY_SUFFIX = ".tmp"
Place = tuple[int, int]
"""Which file it is, whatever its name: its device and its number there."""
_PLACE, _OWNED = "quoth-unfinished-", "quoth-owner.lock"
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_PLACE = {errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_LIMITED = {errno.EIO, errno.EFBIG}


def storage_error(folder: Path, error: OSError, *, needed_bytes: int | None = None) -> LibraryError:
    """Return what a person needs to know of a failed write under `folder`, in one line.

    `needed_bytes` is about how much was to be written, where that is known.
    """
    reason = error.strerror or str(error)
    if error.errno in _FORBIDDEN:
        return LibraryError(
            f"{folder} may not be written ({reason}); change its permissions, or name another "
            "folder: --library DIR"
        )
    if error.errno in _NO_PLACE:
        return LibraryError(
            f"{folder} can be no folder ({reason}); name another one: --library DIR"
        )
    told = f"{reason}{_needed(needed_bytes)}{_room(folder)}"
    # SQLite says the same of a full disk, a failing one, and a limit.
    cure = ", or lift the limit on the size of files (ulimit -f)" * (error.errno in _LIMITED)
    return StorageError(
        f"{folder} cannot be written ({told}); what was reported done is kept; "
        f"make room or mend the disk{cure}, then run the same command again"
    )


def _needed(needed_bytes: int | None) -> str:
    return f"; about {_megabytes(needed_bytes)} needed" if needed_bytes else ""


def _megabytes(size: int) -> str:
    """Return bytes as people say them; what is little is not nothing.

    >>> _megabytes(2_345_678), _megabytes(20_000)
    ('2.3 MB', '0.02 MB')
    """
    return f"{size / 1e6:,.{1 if size >= 1e5 or not size else 2}f} MB"


def _room(folder: Path) -> str:
    """Say how much room is left where `folder` is."""
    try:
        free = shutil.disk_usage(folder if folder.exists() else folder.absolute().parent).free
    except OSError:
        return ""
    return f"; {_megabytes(free)} free"


class HashingWriter:
    """A binary file that hashes what passes through it; `write` raises on a short write."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write all of `data` and return its length."""
        view = memoryview(data)
        self._digest.update(view)
        done = 0
        while done < len(view):
            done += self._file.write(view[done:])
        return done

    def hexdigest(self) -> str:
        """Return the SHA-256 of what was written so far."""
        return self._digest.hexdigest()


def durable_write(
    path: Path, produce: Callable[[HashingWriter], object], *, mode: int | None = None
) -> str:
    """Replace `path` with what `produce` writes and return its SHA-256.

    With a `mode`, the file has these permissions from its first byte; else the usual ones.

    Raises:
        OSError: the disk is full or the folder not writable; `path` is then as it was.
    """
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        with temporary.open("wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            writer = HashingWriter(file)
            produce(writer)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)
    return writer.hexdigest()


@contextmanager
def own_place(folder: Path) -> Iterator[Path]:
    """Give a new folder inside `folder` that nobody else writes to, and remove it at the end.

    What is made there can be renamed into `folder`. Places that killed processes left behind there
    are removed, too: those whose lock nobody holds.

    Raises:
        OSError: the folder cannot be written.
    """
    for left in folder.glob(f"{_PLACE}*{TEMPORARY_SUFFIX}/{_OWNED}"):
        with suppress(OSError), left.open("r+b") as lock:  # somebody's, who works there or else
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)
    with TemporaryDirectory(prefix=_PLACE, suffix=TEMPORARY_SUFFIX, dir=folder) as made:
        place = Path(made)
        with (place / "new").open("wb") as lock:
            with suppress(OSError):  # where there are no locks, what is left behind stays
                fcntl.flock(lock, fcntl.LOCK_EX)
                (place / "new").rename(place / _OWNED)  # held before it can be seen
            yield place


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; all of them survive a power cut."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        fsync_folder(made.parent)


def fsync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Fsync every file of a folder that another library wrote, then the folder itself."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    fsync_folder(folder)


def place_of(path: Path) -> Place | None:
    """Return which file stands at a path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read, or is no file; a pipe or a device would never end.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_tree(folder: Path) -> str:
    """Return one SHA-256 over the names and bytes of a folder's files, in sorted order.

    Hidden files are left out: they are locks that opening the folder may touch.

    Raises:
        OSError: something in it cannot be read, or is neither a file nor a folder.
    """
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        if not file.is_file():
            raise OSError(errno.EINVAL, "is no regular file", str(file))
        if file.name.startswith("."):
            continue
        digest.update(f"{file.relative_to(folder).as_posix()}\0{sha256_of(file)}\0".encode())
    return digest.hexdigest()
