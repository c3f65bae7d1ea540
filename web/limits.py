"""How much: questions a minute, requests open at once, questions answered at once.

Three small counters that know nothing of HTTP, and each of bounded memory. `web.door` asks the
first two about every request; `Admitted` puts the third in front of the archive itself, so that it
holds for the page and the API alike, and nobody who sends or reads slowly keeps a place.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from corpus.errors import ServerBusy
from qa.answer import Reply
from web.policy import MOST_AT_ONCE
from web.turns import Serves
from web.wrapped import Asked, Wrapped

BURST = 20
"""Questions that may come in one go, however few a minute are allowed."""

RETRY_SECONDS = 5
"""What a busy server asks to wait."""

PATIENCE_SECONDS = 1.5
"""In how long a question should be answered, waiting included; 2 s is what is promised."""

_CALLERS = 10_000
_WEIGHT_OF_LAST = 0.1


class Rate:
    """A token bucket for each caller, kept as one number: when it would be full again (GCRA).

    See https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm. At most 10,000 callers are
    remembered; the one not seen for longest is forgotten first, and starts with a full bucket.
    """

    def __init__(
        self,
        per_minute: int,
        burst: int = BURST,
        *,
        remember: int = _CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 60 / per_minute if per_minute else 0.0
        self._slack = self._gap * (burst - 1)
        self._remember = remember
        self._clock = clock
        self._full: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full)

    def wait(self, caller: Hashable) -> int:
        """Count one question; return 0 if it may be asked, else after how many seconds."""
        if not self._gap:
            return 0
        now = self._clock()
        full = max(self._full.get(caller, now), now)
        if full - now > self._slack + 1e-9:
            return math.ceil(full - now - self._slack)
        self._full[caller] = full + self._gap
        self._full.move_to_end(caller)
        if len(self._full) > self._remember:
            self._full.popitem(last=False)
        return 0


class Crowd:
    """How many requests are being answered, in all and for each caller; used in the event loop."""

    def __init__(self, most: int = 1_000, most_each: int = 256) -> None:
        self._most = most
        self._most_each = most_each
        self._inside: Counter[Hashable] = Counter()

    @contextmanager
    def place(self, caller: Hashable) -> Iterator[bool]:
        """Hold a place while a request is answered; yields False if there is none."""
        free = self._inside.total() < self._most and self._inside[caller] < self._most_each
        if not free:
            yield False
            return
        self._inside[caller] += 1
        try:
            yield True
        finally:
            self._inside[caller] -= 1
            if not self._inside[caller]:
                del self._inside[caller]


class Gate:
    """Lets `at_once` threads through, keeps a short line waiting, and turns the rest away.

    The line is as long as its end can expect to be done within `patience` seconds, going by what
    the last ones took: better be told at once to come back than be answered too late. Whoever
    need not wait goes through, however long it takes.
    """

    def __init__(
        self,
        at_once: int,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._most = at_once + min(8 * at_once, max(MOST_AT_ONCE - at_once, 0))
        self._patience = patience
        self._clock = clock
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._inside = 0
        self._usual_seconds = 0.0
        self._spread_seconds = 0.0

    def is_full(self) -> bool:
        """Tell whether whoever came now would be done too late."""
        before = self._inside - self._at_once + 1  # who must be done before there is a turn
        wait = before * self._usual_seconds / self._at_once
        return self._inside >= self._most or (before > 0 and wait > self._longest_wait())

    @contextmanager
    def through(self) -> Iterator[None]:
        """Do work behind the gate.

        Raises:
            ServerBusy: the line is full, or did not move in time.
        """
        with self._lock:
            if self.is_full():
                raise _busy()
            self._inside += 1
        try:
            if not self._free.acquire(timeout=self._longest_wait()):
                raise _busy()
            began = self._clock()
            try:
                yield
            finally:
                self._free.release()
                self._took(self._clock() - began)
        finally:
            with self._lock:
                self._inside -= 1

    def _longest_wait(self) -> float:
        """Return what is left of the time when even a slow answer is to be done within it."""
        slow = self._usual_seconds + 2 * self._spread_seconds
        return max(self._patience - slow, 0.0)

    def _took(self, seconds: float) -> None:
        """Note a time: its running mean and mean deviation, as RFC 6298 keeps those of a line."""
        with self._lock:
            off = seconds - self._usual_seconds
            self._spread_seconds += (abs(off) - self._spread_seconds) * _WEIGHT_OF_LAST
            self._usual_seconds += off * _WEIGHT_OF_LAST


class Admitted(Wrapped):
    """An archive behind a gate: what costs time waits for its turn, the rest goes straight on."""

    def __init__(self, archive: Serves, gate: Gate) -> None:
        super().__init__(archive)
        self._gate = gate

    def around(self, put: Callable[[], Reply], _: Asked) -> Reply:
        """Put the question in its turn; raise `ServerBusy` when there is no turn to be had."""
        with self._gate.through():
            return put()


def _busy() -> ServerBusy:
    return ServerBusy(
        "Many questions are being answered just now; ask again in a few seconds, please."
    )
