"""The view that all questions share, and the thread that brings a newer one without delay.

When a writer has published new indexes, or too much has gathered beside the old ones, a thread
loads or builds; questions meanwhile go on with the old view, topped up with what is new, so that
nothing committed is missed. What is in a view and how it is searched is `index.view`'s part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from weakref import WeakMethod

from corpus.errors import QuothError
from index import derived
from index.clusters import DEFAULT_RECALL
from index.snapshot import Snapshot
from index.view import View

MOST_TAIL = 4_096
"""Passages looked at one by one before the indexes are built again in memory."""

_BEAT_SECONDS = 0.5
"""How often a watched library is looked at while nobody asks."""

_CLOSE_SECONDS = 5.0

_KEPT_SECONDS = 5.0
"""How long the view before the last one stays, for questions that began before it went."""

_log = logging.getLogger("quoth.index")

Opened = Callable[[], AbstractContextManager[Snapshot]]


class Views:
    """Gives each snapshot a view that fits it. Safe to use from several threads.

    A view fits if its indexes were made at or before the snapshot: they then lack nothing that the
    snapshot has, but for newer rows, and these are topped up. One made later may lack what was
    removed in between, so the view before it is kept for the questions that still need it.
    """

    def __init__(
        self, folder: Path, settings: str, dimension: int, snapshot: Opened,
        recall: float = DEFAULT_RECALL,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._recall = recall
        self._settings = settings
        self._dimension = dimension
        self._snapshot = WeakMethod(snapshot)  # a library that nobody holds is closed at once
        self._lock = Lock()
        self._view: View | None = None
        self._before: View | None = None
        self._thread: Thread | None = None
        self._wake = Event()
        self._closed = Event()
        self._beat: float | None = None
        self._tried = -1
        self._said = ""

    def fitting(self, snapshot: Snapshot) -> View:
        """Return a view that covers at least what the snapshot holds."""
        with self._lock:
            view = self._view
            if view is None:
                self._view = view = self._first(snapshot)
                return view
            if view.indexed > snapshot.generation:
                return self._earlier(snapshot)
            if view.generation > snapshot.generation:
                return self._exactly(view, snapshot)
            if view.generation < snapshot.generation:
                self._view = view = view.topped_up(snapshot)
                if self._is_behind(view):
                    self._start()
            return view

    def watch(self) -> None:
        """Load now, and look for changes by oneself from then on: no question waits for either."""
        opened = self._snapshot()
        if opened is None:
            return
        with opened() as snapshot:
            self.fitting(snapshot)
        with self._lock:
            self._beat = _BEAT_SECONDS
            self._start()

    def close(self) -> None:
        """End the thread; one that loads is waited for, but not for ever."""
        self._closed.set()
        self._wake.set()
        thread = self._thread
        if thread is not None:
            thread.join(_CLOSE_SECONDS)

    def _first(self, snapshot: Snapshot) -> View:
        view = self._loaded(snapshot)
        if snapshot.count_after(view.last) > MOST_TAIL:
            return self._grown(view, snapshot)
        return view.topped_up(snapshot) if view.generation < snapshot.generation else view

    def _earlier(self, snapshot: Snapshot) -> View:
        """Return a view for a question that began before the last change of indexes."""
        before = self._before
        if before is None or before.indexed > snapshot.generation:
            built = derived.build(snapshot, self._dimension, recall=self._recall)
            return View.over((built,), self._dimension)
        if before.generation > snapshot.generation:
            return self._exactly(before, snapshot)
        if before.generation < snapshot.generation:
            self._before = before = before.topped_up(snapshot)
        return before

    def _exactly(self, view: View, snapshot: Snapshot) -> View:
        """Return a view of just what an earlier snapshot holds.

        The shared one, topped up for a later question, may lack rows that were added and removed
        in between: an article that changed would be in it neither old nor new.
        """
        return View.over(view.segments, self._dimension).topped_up(snapshot)

    def _loaded(self, snapshot: Snapshot) -> View:
        held = self._view.segments if self._view else ()
        shape = (self._settings, self._dimension)
        segments = derived.load(self._folder, snapshot, *shape, held, self._recall)
        return View.over(segments, self._dimension)

    def _grown(self, view: View, snapshot: Snapshot) -> View:
        """Return a view with what has gathered beside the segments as one more of them.

        It takes in those before it that are not much larger, so that they stay few.
        """
        kept, newer = list(view.segments), snapshot.count_after(view.segments[-1].last)
        while kept and len(kept[-1]) < derived.GROWTH * newer:
            newer += len(kept.pop())
        after = kept[-1].last if kept else 0
        built = derived.build(snapshot, self._dimension, after=after, recall=self._recall)
        return View.over((*kept, built), self._dimension)

    def _is_behind(self, view: View) -> bool:
        return len(view.tail.numbers) > MOST_TAIL or self._is_newer(self._published(), view)

    def _is_newer(self, published: int, view: View) -> bool:
        """Tell whether published indexes are worth a look: each is tried once."""
        return published > max(view.indexed, self._tried)

    def _published(self) -> int:
        chain = derived.read_chain(self._folder, log=False)  # looked at again and again
        return chain[-1].generation if chain else -1

    def _start(self) -> None:
        """Have the thread look; the lock is held."""
        self._wake.set()
        if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = Thread(target=self._run, name="quoth-indexes", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set() and self._snapshot() is not None:
            self._wake.clear()
            started = monotonic()
            try:
                self._renew()
                self._said = ""
            except (QuothError, OSError, RuntimeError, ValueError) as error:
                # Questions go on with what there is, and say themselves what is wrong.
                if str(error) != self._said:
                    _log.warning("newer indexes are not used yet (%s)", error)
                self._said = str(error)
            self._rest(monotonic() - started)
            if self._is_done():
                return

    def _is_done(self) -> bool:
        """Tell whether the thread may end: the next question that needs one starts another.

        Waiting for that, it would outlive a library that nobody holds, and hold its indexes.
        """
        with self._lock:
            if self._beat is not None or self._wake.is_set():
                return False
            self._thread = None
            return True

    def _rest(self, worked: float) -> None:
        """Wait for work, and let go of the view that only late questions needed."""
        self._closed.wait(worked)  # a long ingest would otherwise keep one core building all along
        if self._before is not None and not self._wake.wait(_KEPT_SECONDS):
            with self._lock:
                self._before = None
        if self._beat is not None:
            self._wake.wait(self._beat)

    def _renew(self) -> None:
        """Bring the view up to date; whatever takes long happens outside the lock."""
        view, opened = self._view, self._snapshot()
        if view is None or opened is None:
            return
        published = self._published()  # before the snapshot, which is then at least as new
        with opened() as snapshot:
            if self._is_newer(published, view):
                self._tried = published
                view = self._loaded(snapshot)
            elif len(view.tail.numbers) > MOST_TAIL:
                view = self._grown(view, snapshot)
        with opened() as snapshot:  # a new one: the old one may be seconds behind by now
            if view.generation < snapshot.generation:
                view = view.topped_up(snapshot)
        self._take(view)

    def _take(self, new: View) -> None:
        """Share a new view, unless questions have brought the old one further meanwhile."""
        with self._lock:
            old = self._view
            if old is None or new.indexed > old.indexed:
                self._before, self._view = old, new
            elif new.segments == old.segments and new.generation > old.generation:
                self._view = new
