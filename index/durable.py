"""Writing a file so that after a crash it is either whole and old, or whole and new.

The order is: write beside, flush, fsync the file, rename into place, fsync the folder. A rename
without the fsyncs leaves a zero-length file after a power cut on ext4. What it does not do: it
makes no promise about several files together; that is what the manifest in `index.derived` is for.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from corpus.errors import LibraryError, StorageError

TEMPORARY_SUFFIX = ".tmp"
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def storage_error(folder: Path, error: OSError) -> LibraryError:
    """Return what a person needs to know of a failed write under `folder`, in one line."""
    reason = error.strerror or str(error)
    if error.errno in _FORBIDDEN:
        return LibraryError(
            f"{folder} may not be written ({reason}); change its permissions, or name another "
            "folder: --library DIR"
        )
    return StorageError(
        f"{folder} cannot be written ({reason}{_room(folder)}); what was reported done is kept; "
        "make room or mend the disk, then run the same command again"
    )


def _room(folder: Path) -> str:
    """Say how much room is left where `folder` is."""
    try:
        free = shutil.disk_usage(folder if folder.exists() else folder.absolute().parent).free
    except OSError:
        return ""
    return f"; {free / 1e6:,.1f} MB free"


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


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_tree(folder: Path) -> str:
    """Return one SHA-256 over the names and bytes of a folder's files, in sorted order.

    Hidden files are left out: they are locks that opening the folder may touch.
    """
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("[!.]*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{sha256_of(file)}\0".encode())
    return digest.hexdigest()
