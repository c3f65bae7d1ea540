"""The library's place: disk, permissions, who holds it, and whether it is whole enough to serve.

Quick looks only; that every word is as it was stored is said by `quoth verify`.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from cli.checkup.finding import Checked, tame
from corpus.errors import NotALibrary, QuothError

_LITTLE_ROOM = 500e6
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}
"""Passages from which looking at each of them takes longer than a person likes to wait."""


def place_checks(folder: Path, host: str, port: int) -> Iterator[Checked]:
    """Yield what is found of the library's folder, its disk, and the address it is served at."""
    yield from _disk(folder)
    yield from _permissions(folder)
    yield from _library(folder)
    yield _address(host, port)


def _disk(folder: Path) -> Iterator[Checked]:
    near = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(near).free
    what = f"{free / 1e9:,.1f} GB free where the library is"
    if free < _LITTLE_ROOM:
        yield Checked("disk", "note", what, "make room: a library takes about 3 KB a passage, "
                      "twice that while it is ingested")  # fmt: skip
    else:
        yield Checked("disk", "fine", what)
    kind = _file_system(near)
    if kind in _NETWORK:
        yield Checked("disk", "problem", f"the library is on a network file system ({kind}), where "
                      "locks and SQLite's WAL mode are not reliable",
                      "keep it on a disk of this machine: --library DIR")  # fmt: skip


def _file_system(folder: Path) -> str:
    """Return the type of the file system a folder is on, "" where that cannot be told."""
    best, kind = "", ""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        point, found = line.split(" ")[1:3]
        point = point.replace("\\040", " ")
        if Path(point) in (folder.resolve(), *folder.resolve().parents) and len(point) > len(best):
            best, kind = point, found
    return kind


def _permissions(folder: Path) -> Iterator[Checked]:
    if not folder.is_dir():
        return
    readable, writable = os.access(folder, os.R_OK | os.X_OK), os.access(folder, os.W_OK)
    if not readable:
        yield Checked("permissions", "problem", f"{tame(folder)} may not be read by this user",
                      "change its permissions, or name another: --library DIR")  # fmt: skip
    elif not writable:
        yield Checked("permissions", "note", "the library may be read, but not written",
                      "ingest as a user who may write there")  # fmt: skip
    elif folder.stat().st_mode & stat.S_IWOTH:
        yield Checked("permissions", "note", "everybody on this machine may change the library",
                      f"chmod o-w {tame(folder)}")  # fmt: skip
    else:
        yield Checked("permissions", "fine", "the library may be read and written")


def _library(folder: Path) -> Iterator[Checked]:
    from index import derived
    from index.library import Library

    try:
        library = Library.open(folder)
    except NotALibrary as error:
        what, _, cure = tame(error).partition("; ")
        yield Checked("library", "note", what, cure)
        return
    except QuothError as error:
        what, _, cure = tame(error).partition("; ")
        yield Checked("library", "problem", what, cure)
        return
    with library.snapshot() as snapshot:
        articles, passages = snapshot.size()
        generation, last = snapshot.generation, snapshot.last_number()
    library.close()
    settings = library.settings
    what = (f"{articles:,} articles, {passages:,} passages, change {generation}, encoder "
            f"{tame(settings.encoder)} ({settings.dimension} numbers)")  # fmt: skip
    yield Checked("library", "fine", what, "" if articles else "fill it: quoth ingest FOLDER")
    chain = derived.read_chain(folder)
    gone = sum(each.count for each in chain) - passages
    whole = passages <= derived.WHOLE_MOST
    behind = not chain or chain[-1].last != last or gone < 0 or (whole and gone > 0)
    if behind and passages:
        yield Checked("indexes", "note", "missing or behind the database; answers are right, but "
                      "each start takes longer", "any ingest publishes them again")  # fmt: skip
    yield _writer(folder)


def _writer(folder: Path) -> Checked:
    """Look the lock up where the system lists it: taking it would be in an ingest's way."""
    from index.writer import LOCK

    try:
        inode = (folder / LOCK).stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
    except OSError:
        return Checked("writer", "fine", "not known")
    held = any(f":{inode} " in line and "FLOCK" in line for line in lines)
    return Checked("writer", "fine", "an ingest is running" if held else "nothing is writing now")


def _address(host: str, port: int) -> Checked:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        try:
            taken = probe.connect_ex((host if host != "0.0.0.0" else "127.0.0.1", port)) == 0  # noqa: S104
        except OSError as error:
            return Checked("address", "note", f"{host} cannot be reached ({error})")
    if taken:
        return Checked("address", "note", f"something already answers at port {port}",
                       f"quoth serve --port {port + 1}")  # fmt: skip
    alone = host in {"127.0.0.1", "localhost", "::1"}
    where = "from this machine only" if alone else "from the network"
    return Checked("address", "fine", f"port {port} is free; the page would be reachable {where}")
