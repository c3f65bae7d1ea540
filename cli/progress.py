"""A progress line for long work: share done, passages per second, time left."""

from __future__ import annotations

import sys
from time import perf_counter

from index.progress import Progress


class ProgressLine:
    """Rewrites one line of a terminal; elsewhere prints a line now and then."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = 0.0
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        """Show where the work stands, at most ten times a second."""
        now = perf_counter()
        if now - self._last < (0.1 if self._live else 10.0):
            return
        if not self._live and not self._last:
            self._last = now
            return
        self._last = now
        self._shown = True
        print(self._line(progress), end="" if self._live else "\n", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the line."""
        if self._live and self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _line(self, progress: Progress) -> str:
        rate = progress.passages / progress.seconds if progress.seconds else 0.0
        share = min(1.0, progress.fraction)
        left = progress.seconds / share - progress.seconds if share > 0.01 else None
        filled = round(share * 24)
        bar = "█" * filled + "░" * (24 - filled)
        text = (
            f"{bar} {share:4.0%}  {progress.files_done}/{progress.files} files  "
            f"{progress.passages} passages  {rate:.0f}/s"
            + (f"  {_duration(left)} left" if left is not None else "")
        )
        return f"\r{text}\x1b[K" if self._live else text


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
