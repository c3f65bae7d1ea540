"""A progress line for long work: share done, passages per second, time left."""

from __future__ import annotations

import sys
from time import perf_counter

from index.progress import Progress


class _Line:
    """One line of a terminal that is written again and again; elsewhere a line now and then."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = 0.0
        self._shown = False

    def close(self) -> None:
        """Clear the line."""
        if self._live and self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _is_due(self) -> bool:
        """Tell whether it is time to write again: at most ten times a second."""
        now = perf_counter()
        if now - self._last < (0.1 if self._live else 10.0):
            return False
        first, self._last = not self._last, now
        return self._live or not first

    def _write(self, text: str) -> None:
        self._shown = True
        line = f"\r{text}\x1b[K" if self._live else text
        print(line, end="" if self._live else "\n", file=sys.stderr, flush=True)


class ProgressLine(_Line):
    """Shows how far an ingest is."""

    def __call__(self, progress: Progress) -> None:
        """Show where the work stands."""
        if self._is_due():
            rate = progress.passages / progress.seconds if progress.seconds else 0.0
            about = f"{progress.files_done}/{progress.files} files  {progress.passages} passages"
            self._write(_bar(progress.fraction, progress.seconds, f"{about}  {rate:.0f}/s"))


class CountLine(_Line):
    """Shows how many of some things are done."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun
        self._started = perf_counter()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._is_due():
            seconds = perf_counter() - self._started
            self._write(_bar(done / max(1, total), seconds, f"{done}/{total} {self._noun}"))


def _bar(fraction: float, seconds: float, about: str) -> str:
    """Return a bar with the share done, what it is about, and the time left.

    >>> _bar(0.25, 30.0, "1/4 files")
    '██████░░░░░░░░░░░░░░░░░░  25%  1/4 files  1 min 30 s left'
    """
    share = min(1.0, fraction)
    filled = round(share * 24)
    left = f"  {_duration(seconds / share - seconds)} left" if share > 0.01 else ""
    return f"{'█' * filled}{'░' * (24 - filled)} {share:4.0%}  {about}{left}"


def _duration(seconds: float) -> str:
    """Return seconds as people say them.

    >>> _duration(75)
    '1 min 15 s'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
