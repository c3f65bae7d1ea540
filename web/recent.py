"""Replies to questions asked lately, so that the same question twice costs one answer.

A reply counts for as long as the archive has not changed, and for ten minutes at most: one that
was read in a hurry, when many asked, shall not stay. When the same is asked while it is being
answered, whoever asks second waits for that answer. Nothing is written anywhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import NamedTuple

from index.filters import NO_FILTERS, Filters
from qa.answer import Reply
from web.turns import Serves
from web.wrapped import Wrapped

MOST_SECONDS = 600.0
_WAIT_SECONDS = 2.0
"""How long to wait for somebody else's answer before asking oneself."""

_Key = tuple[str, str, tuple[str, ...], int, Filters]


class _Kept(NamedTuple):
    generation: object
    since: float
    reply: Reply


class Recent(Wrapped):
    """An archive that remembers its latest replies. Safe to use from several threads."""

    def __init__(
        self, archive: Serves, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(archive)
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._under_way: dict[_Key, Event] = {}

    def around(self, put: Callable[[], Reply]) -> Reply:
        """Put the question; what is remembered was looked up before."""
        return put()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Ask the archive, unless it was asked the same lately."""
        key = ("ask", question, tuple(history), k, filters)
        return self._once(
            key, lambda: self._archive.ask(question, history=history, k=k, filters=filters)
        )

    def search(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 10,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Search the archive, unless it was asked the same lately."""
        key = ("search", question, tuple(history), k, filters)
        return self._once(
            key, lambda: self._archive.search(question, history=history, k=k, filters=filters)
        )

    def _once(self, key: _Key, put: Callable[[], Reply]) -> Reply:
        if not self._most:
            return put()
        generation = self.generation
        with self._lock:
            known = self._known(key, generation)
            other = self._under_way.get(key)
            mine = Event()
            if known is None and other is None:
                self._under_way[key] = mine
        if known is not None:
            return known
        if other is not None:
            other.wait(_WAIT_SECONDS)
            with self._lock:
                known = self._known(key, generation)
            return put() if known is None else known
        try:
            reply = put()
            # The generation was read before: the reply may know a newer one, never lack this.
            self._keep(key, _Kept(generation, self._clock(), reply))
            return reply
        finally:
            with self._lock:
                del self._under_way[key]
            mine.set()

    def _known(self, key: _Key, generation: object) -> Reply | None:
        """Return what is kept, if it still counts; the lock is held."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.generation != generation or self._clock() - kept.since > MOST_SECONDS:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept.reply

    def _keep(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
