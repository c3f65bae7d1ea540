"""Processes that answer, for a server that many ask at once.

Most of a question is Python, of which a process runs one thread at a time: sixteen people who ask
one process are answered no faster than one. `Workers` puts each question to one of several
processes that hold the archive open, and leaves this one to the pages. They read the same library;
only questions and replies go between them, through the standard library's pool, and of replies no
more than this process does not have itself (`web.lean`).

A worker ends when the server does, however that ends. One that ends by itself (out of memory, most
likely) takes the pool with it: a new one is made, and what was being asked is asked once more.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock, Thread
from typing import TypeVar

from corpus.article import Article
from corpus.errors import LibraryDamaged, QuothError, ServeError, ServerBusy
from qa.answer import Reply
from qa.archive import Archive
from web.collector import spare_what_is_loaded
from web.lean import Lean, lean, whole
from web.turns import Serves
from web.wrapped import Asked, Wrapped

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

Opens = Callable[[], Archive]
"""Opens the archive; a function by its name, or a `partial` of one, so that it can be sent."""

_AGAIN_SECONDS = 1.0
"""How soon a worker that could not open the archive may try once more."""


class _Process(SpawnProcess):
    """A process that ends when a pool that broke ends it: workers leave SIGTERM to the server."""

    def terminate(self) -> None:
        self.kill()


class _Context(SpawnContext):
    """Starts processes afresh: a fork would take over locks and threads of the server."""

    Process = _Process


class Workers(Wrapped):
    """An archive whose questions are answered in other processes. Safe to use from threads."""

    def __init__(self, archive: Serves, opens: Opens, count: int) -> None:
        """Take `count` processes, each of which opens the archive by `opens` for itself.

        Raises:
            ServeError: this machine does not allow it.
        """
        super().__init__(archive)
        self._opens = opens
        self._count = count
        self._lock = Lock()
        self._pool = self._made()

    def start(self) -> None:
        """Start them all, and wait for the first.

        Raises:
            QuothError: it cannot open the archive, for the reason given.
            ServeError: it ended, or could not be started.
        """
        try:
            first, *_ = [self._pool.submit(_ready) for _ in range(self._count)]
            first.result()
        except BrokenProcessPool as error:
            raise ServeError(
                "The processes that are to answer ended as they began (see above); "
                "is there memory for them? With fewer: quoth serve --workers 1"
            ) from error

    def close(self) -> None:
        """End them; what they are answering is finished first."""
        self._pool.shutdown(cancel_futures=True)

    def around(self, put: Callable[[], Reply], asked: Asked) -> Reply:  # noqa: ARG002
        """Put the question in another process, and a second time if that one ends over it.

        Raises:
            QuothError: as in this process.
            ServerBusy: the second one ended, too.
        """
        reply = whole(self._put(_lean_reply, asked), self._own)
        # None if an article has changed meanwhile: this time all of it comes along.
        return self._put(_reply, asked) if reply is None else reply

    def _own(self, article_id: str) -> Article | None:
        """Return an article as this process has it, if it has it whole."""
        try:
            return self.article(article_id)
        except LibraryDamaged:
            return None

    def _put(self, work: Callable[[Asked], _T], asked: Asked) -> _T:
        pool = self._pool
        try:
            return pool.submit(work, asked).result()
        except BrokenProcessPool:
            pool = self._renewed(pool)
        try:
            return pool.submit(work, asked).result()
        except BrokenProcessPool as error:
            self._renewed(pool)
            raise ServerBusy(
                "What was answering ended before it was done; ask again in a few seconds, please."
            ) from error

    def _made(self) -> ProcessPoolExecutor:
        try:
            return ProcessPoolExecutor(self._count, _Context(), _begin, (self._opens,))
        except (OSError, NotImplementedError) as error:  # no room for semaphores, or none at all
            raise ServeError(
                f"Other processes cannot be used here ({error}); type: quoth serve --workers 1"
            ) from error

    def _renewed(self, broken: ProcessPoolExecutor) -> ProcessPoolExecutor:
        """Return a pool in the place of one that broke; of several who saw it, the first acts."""
        with self._lock:
            if self._pool is broken:
                _log.error("a process that answers ended by itself; all are started anew")
                broken.shutdown(wait=False)
                self._pool = self._made()
            return self._pool


def made_ready(archive: Archive) -> Archive:
    """Load what questions need, and keep up with changes; return the archive.

    Raises:
        LibraryError: the encoder is not the one the library was built with.
    """
    if archive.size()[0]:
        _ = archive.encoder
    archive.library.watch()
    return archive


class _Worker:
    """What a worker process holds: the archive, or why it has none and since when."""

    opens: Opens | None = None
    archive: Archive | None = None
    trouble: QuothError | None = None
    since = 0.0


def _begin(opens: Opens) -> None:
    """Make this process a worker: it leaves stopping to the server, and ends with it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_end_with_server, daemon=True).start()
    _Worker.opens = opens
    _open()
    spare_what_is_loaded()


def _open() -> None:
    """Open the archive, or keep why not: the library may be away for a moment."""
    if _Worker.opens is None:
        return
    try:
        _Worker.archive, _Worker.trouble = made_ready(_Worker.opens()), None
    except QuothError as error:
        _Worker.trouble = error
    _Worker.since = time.monotonic()


def _end_with_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)


def _ready() -> None:
    """Raise what keeps this worker from answering, if anything does."""
    _archive()


def _reply(asked: Asked) -> Reply:
    archive = _archive()
    put = archive.ask if asked.kind == "ask" else archive.search
    return put(asked.question, history=asked.history, k=asked.k, filters=asked.filters)


def _lean_reply(asked: Asked) -> Lean:
    return lean(_reply(asked))


def _archive() -> Archive:
    if _Worker.trouble is not None and time.monotonic() - _Worker.since > _AGAIN_SECONDS:
        _open()
    if _Worker.trouble is not None:
        raise _Worker.trouble
    if _Worker.archive is None:
        raise ServerBusy("Not ready yet; ask again in a few seconds, please.")
    return _Worker.archive
