"""A disk that writes down all that is done to it: one file served by FUSE, for a loop device.

Each write and each flush that reaches the device is logged in order with its bytes, as
dm-log-writes does it. `cut` builds what a power failure may leave at any place of the log: what was
flushed, and of the writes since then all, none or some, the last one perhaps in part. Linux only,
as root.
"""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import random
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ, _WRITE, _STATFS = 1, 2, 3, 14, 15, 16, 17
_RELEASE, _FSYNC, _FLUSH, _INIT, _INTERRUPT, _BATCH_FORGET = 18, 20, 25, 26, 36, 42
_ROOT, _FILE = 1, 2
_MOST_BYTES = 1 << 17
_SECTOR = 512
_EVENT = struct.Struct("<cQQQ")
NAME = "disk"


class Event(NamedTuple):
    """A write (bytes at an offset) or a flush (None), and the length of the log of what was
    reported done when it arrived."""

    offset: int
    data: bytes | None
    told: int


class Server:
    """Answers the kernel's requests for one file, held in memory; see `fuse(4)`."""

    def __init__(self, image: Path, log: IO[bytes], told: Path) -> None:
        self._data = bytearray(image.read_bytes())
        self._log = log
        self._told = told

    def run(self, descriptor: int) -> None:
        """Serve until it is unmounted."""
        while True:
            try:
                request = os.read(descriptor, _MOST_BYTES + 4_096)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                if error.errno in {errno.EINTR, errno.ENOENT, errno.EAGAIN}:
                    continue
                raise
            _, code, unique, node = struct.unpack_from("<IIQQ", request)
            if code in {_FORGET, _BATCH_FORGET, _INTERRUPT}:
                continue
            failed, reply = self._reply(code, node, request[40:])
            head = struct.pack("<IiQ", 16 + len(reply), -failed, unique)
            with suppress(FileNotFoundError):  # the request was given up meanwhile
                os.write(descriptor, head + reply)

    def _reply(self, code: int, node: int, body: bytes) -> tuple[int, bytes]:
        if code == _INIT:
            _, minor, ahead = struct.unpack_from("<III", body)
            return 0, struct.pack("<IIIIHHIIHHIIH22x", 7, min(minor, 31), ahead, 1 << 5, 12, 9,
                                  _MOST_BYTES, 1, 32, 0, 0, 0, 0)  # fmt: skip
        if code == _LOOKUP:
            if body.rstrip(b"\0") != NAME.encode():
                return errno.ENOENT, b""
            return 0, struct.pack("<QQQQII", _FILE, 0, 60, 60, 0, 0) + self._attributes(_FILE)
        if code == _GETATTR:
            return 0, struct.pack("<QII", 60, 0, 0) + self._attributes(node)
        if code == _OPEN:
            return 0, struct.pack("<QIi", 1, 0, 0)
        if code == _STATFS:
            return 0, struct.pack(
                "<QQQQQIIII24x", 1 << 20, 1 << 19, 1 << 19, 9, 9, 4096, 255, 4096, 0
            )
        return self._data_reply(code, body)

    def _data_reply(self, code: int, body: bytes) -> tuple[int, bytes]:
        if code in {_RELEASE, _FLUSH}:
            return 0, b""
        if code == _FSYNC:
            self._note(b"F", 0, b"")
            return 0, b""
        if code not in {_READ, _WRITE}:
            return errno.ENOSYS, b""
        _, offset, size = struct.unpack_from("<QQI", body)
        if code == _READ:
            return 0, bytes(self._data[offset : offset + size])
        data = body[40 : 40 + size]
        self._note(b"W", offset, data)
        self._data[offset : offset + size] = data
        return 0, struct.pack("<II", size, 0)

    def _note(self, kind: bytes, offset: int, data: bytes) -> None:
        told = self._told.stat().st_size if self._told.exists() else 0
        self._log.write(_EVENT.pack(kind, offset, len(data), told) + data)

    def _attributes(self, node: int) -> bytes:
        size = len(self._data) if node == _FILE else 0
        mode = stat.S_IFREG | 0o600 if node == _FILE else stat.S_IFDIR | 0o700
        blocks = size // _SECTOR
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, blocks, 0, 0, 0, 0, 0, 0,
                           mode, 1, 0, 0, 0, 4_096, 0)  # fmt: skip


@contextmanager
def recorded(image: Path, place: Path, log: Path, told: Path) -> Iterator[Path]:
    """Serve `image` as a file in the folder `place`, and log what is done to it.

    `told` is the file that grows as things are reported done. The image itself stays as it is.

    Raises:
        OSError: this machine does not let us mount it.
    """
    descriptor = os.open("/dev/fuse", os.O_RDWR)
    try:
        _mount(place, descriptor)
    except OSError:
        os.close(descriptor)
        raise
    # A process of its own: what waits for the disk must never keep the disk from answering.
    server = multiprocessing.get_context("fork").Process(
        target=_serve, args=(image, log, told, descriptor)
    )
    server.start()
    os.close(descriptor)
    try:
        yield place / NAME
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(place), 0)
        server.join(20)
        if server.is_alive():
            ctypes.CDLL(None).umount2(os.fsencode(place), 2)
            server.kill()
            server.join()


def _mount(place: Path, descriptor: int) -> None:
    options = f"fd={descriptor},rootmode=40000,user_id=0,group_id=0".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"quoth", os.fsencode(place), b"fuse", 6, options):  # nosuid, nodev
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(place))


def _serve(image: Path, log: Path, told: Path, descriptor: int) -> None:
    with log.open("wb") as file:
        Server(image, file, told).run(descriptor)


def events(log: Path) -> list[Event]:
    """Read the log of a disk."""
    found, data, place = [], log.read_bytes(), 0
    while place < len(data):
        kind, offset, size, told = _EVENT.unpack_from(data, place)
        place += _EVENT.size
        found.append(Event(offset, data[place : place + size] if kind == b"W" else None, told))
        place += size
    return found


def cut(image: bytes, done: list[Event], chance: random.Random) -> bytes:
    """Return what may be left of a disk after these events; see the module."""
    disk = bytearray(image)
    flushed = max((n for n, event in enumerate(done) if event.data is None), default=-1)
    kept = chance.choice((0.0, 0.5, 1.0))
    for number, event in enumerate(done):
        data = event.data
        if data is None or (number > flushed and chance.random() >= kept):
            continue
        if number == len(done) - 1 and number > flushed and chance.random() < 0.5:
            data = data[: _SECTOR * chance.randrange(len(data) // _SECTOR + 1)]
        disk[event.offset : event.offset + len(data)] = data
    return bytes(disk)


def wait_for(path: Path, seconds: float = 10.0) -> None:
    """Wait until a file is there.

    Raises:
        OSError: it does not come.
    """
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise OSError(errno.ETIMEDOUT, "is not served", str(path))
        time.sleep(0.01)
