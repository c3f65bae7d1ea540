"""Replies to questions asked lately, so that the same question twice costs one answer.

A reply counts for as long as the archive has not changed, and for ten minutes at most: one that
was read in a hurry, when many asked, shall not stay. A reply holds its articles whole: what they
hold together is bounded, too. When the same is asked while it is being answered, whoever asks
second waits for that answer. Nothing is written anywhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Event, Lock
from typing import NamedTuple

from qa.answer import Answer, Reply
from web.turns import Serves
from web.wrapped import Asked, Wrapped

MOST_SECONDS = 600.0
MOST_CHARACTERS = 8_000_000
"""Of the articles of all replies together: 8 to 32 MB. A longer reply is not kept."""

_WAIT_SECONDS = 2.0
"""How long to wait for somebody else's answer before asking oneself."""


class _Kept(NamedTuple):
    generation: object
    since: float
    reply: Reply
    characters: int


class Recent(Wrapped):
    """An archive that remembers its latest replies. Safe to use from several threads."""

    def __init__(
        self, archive: Serves, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(archive)
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._generation: object = None
        self._kept: OrderedDict[Asked, _Kept] = OrderedDict()
        self._under_way: dict[Asked, Event] = {}

    def around(self, put: Callable[[], Reply], asked: Asked) -> Reply:
        """Return the reply that is remembered, else put the question and remember its reply."""
        if not self._most:
            return put()
        generation = self.generation
        with self._lock:
            if generation != self._generation:
                self._generation = generation
                self._kept.clear()
            known = self._known(asked, generation)
            other = self._under_way.get(asked)
            mine = Event()
            if known is None and other is None:
                self._under_way[asked] = mine
        if known is not None:
            return known
        if other is not None:
            other.wait(_WAIT_SECONDS)
            with self._lock:
                known = self._known(asked, generation)
            return put() if known is None else known
        try:
            reply = put()
            # The generation was read before: the reply may know a newer one, never lack this.
            self._keep(asked, _Kept(generation, self._clock(), reply, _held(reply)))
            return reply
        finally:
            with self._lock:
                del self._under_way[asked]
            mine.set()

    def _known(self, key: Asked, generation: object) -> Reply | None:
        """Return what is kept, if it still counts; the lock is held."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.generation != generation or self._clock() - kept.since > MOST_SECONDS:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept.reply

    def _keep(self, key: Asked, kept: _Kept) -> None:
        """Keep a reply if the archive is still as it was, and let go of the oldest."""
        if kept.characters > MOST_CHARACTERS:
            return
        with self._lock:
            if kept.generation != self._generation:
                return
            self._kept[key] = kept
            while len(self._kept) > self._most or self._characters() > MOST_CHARACTERS:
                self._kept.popitem(last=False)

    def _characters(self) -> int:
        return sum(kept.characters for kept in self._kept.values())


def _held(reply: Reply) -> int:
    """Return how many characters the articles of a reply have."""
    extracts = reply.extracts if isinstance(reply, Answer) else reply.nearest
    passages = [extract.passage for extract in extracts]
    passages += [copy.passage for extract in extracts for copy in extract.also_in]
    texts = {passage.article.id: len(passage.article.text) for passage in passages}
    return sum(texts.values())
