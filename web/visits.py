"""Which event of an open page is its latest: the others must not show anything any more.

A page may ask while its earlier conversation is still coming back, or begin anew while it waits for
a reply. Each event yields whole transcripts; that of the one begun last is to stay.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from threading import Lock

MOST = 10_000
"""Open pages that are told apart; of more, the one that asked longest ago is forgotten."""

_LONGEST_NAME = 64
"""Of a page's name, which its browser makes up, no more is kept."""


class Visits:
    """Open pages and their latest events. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._numbers = count()
        self._latest: OrderedDict[str, int] = OrderedDict()

    def begin(self, page: str | None) -> Callable[[], bool]:
        """Note an event of a page; return what tells whether it still is the page's latest.

        A page without a name has no other events, and one that was forgotten is believed.
        """
        if page is None:
            return lambda: True
        name = page[:_LONGEST_NAME]
        with self._lock:
            number = next(self._numbers)
            self._latest[name] = number
            self._latest.move_to_end(name)
            while len(self._latest) > self._most:
                self._latest.popitem(last=False)
        return lambda: self._latest.get(name, number) == number

    def opened(self, page: str | None) -> Callable[[], bool]:
        """Return what tells whether a page that was just opened has begun nothing yet."""
        return lambda: (page or "")[:_LONGEST_NAME] not in self._latest
