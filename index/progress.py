"""The rules of an ingest, its report, and its progress: what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from corpus.chunk import ChunkRules
from corpus.load import Limits, Problem, SourceFile
from index.shard import WHOLE, Shard


@dataclass
class IngestReport:
    """What an ingest did; counts articles, and only what is committed, unless it says otherwise.

    `copies` counts those of the added and changed that are near-duplicates of an earlier one.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    copies: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Articles that are in the library after this run and were seen by it."""
        return self.added + self.changed + self.unchanged


@dataclass(frozen=True)
class Progress:
    """Where an ingest stands. `fraction` (0…1) is of the bytes to read, encoding included."""

    files_done: int
    files: int
    passages: int
    fraction: float
    seconds: float
    name: str


Watcher = Callable[[Progress], None]


@dataclass(frozen=True)
class IngestRules:
    """How to ingest. `allow_removals` lets more than half of a folder's files be gone; of all
    articles only those of `shard` are put or removed. `bring_back` reads every file anew, and takes
    in again what was removed by name."""

    limits: Limits = field(default_factory=Limits)
    chunk: ChunkRules = field(default_factory=ChunkRules)
    context: str = "trail"
    allow_removals: bool = False
    bring_back: bool = False
    shard: Shard = WHOLE


class Clock:
    """Tells the watcher how far a run is, in bytes read and passages encoded."""

    def __init__(self, watch: Watcher, report: IngestReport) -> None:
        self._watch = watch
        self._report = report
        self._started = perf_counter()
        self._files = self._done = self._bytes = self._read = self._safe = self._batch = 0
        self._name = ""

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self._started

    def start(self, changed: Sequence[SourceFile], files: int) -> None:
        """Say what there is to do."""
        self._files, self._done = files, files - len(changed)
        self._bytes = sum(file.size for file in changed)
        self._tell(0, 0)

    def reading(self, file: SourceFile) -> None:
        """Say that a file has been read."""
        self._done += 1
        self._read += file.size
        self._name = file.address
        self._tell(0, 0)

    def encoding(self, passages: int) -> None:
        """Say that so many passages are about to be encoded."""
        self._batch = passages

    def encoded(self, passages: int) -> None:
        """Say how many of them are."""
        self._tell(passages, passages / max(1, self._batch))

    def flushed(self) -> None:
        """Say that all that was read is committed."""
        self._safe = self._read
        self._tell(0, 0)

    def _tell(self, passages: int, share: float) -> None:
        reached = self._safe + share * (self._read - self._safe)
        self._watch(
            Progress(
                self._done,
                self._files,
                self._report.passages + passages,
                reached / self._bytes if self._bytes else 1.0,
                self.seconds,
                self._name,
            )
        )
