"""The tables of a run in Markdown: medians over its rounds, and ratios to Quoth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np

from benchmarks.peers.adapters.protocol import USERS
from benchmarks.peers.judge import Share, success
from benchmarks.peers.measure import Ingest, Serve
from benchmarks.peers.systems import CUT, OURS, SYSTEMS, System, versions

BEGIN, END = "<!-- benchmarks.peers: begin -->", "<!-- benchmarks.peers: end -->"
_MB = 1_000_000
_Turn = TypeVar("_Turn")


class Run(NamedTuple):
    """What was measured: for each system, its turns in order.

    `sets` names the set of each question, in the order of all ranks of a system's turns.
    """

    about: tuple[str, ...]
    paragraphs: int
    sets: tuple[str, ...]
    ingests: Mapping[str, Sequence[Ingest]]
    serves: Mapping[str, Sequence[Serve]]


Row = tuple[str, ...]


def markdown(run: Run) -> str:
    """Return the whole section, between its marks."""
    systems = [system for name, system in SYSTEMS.items() if name in run.serves]
    indexed = [system for system in systems if system.name in run.ingests]
    parts = [
        BEGIN,
        "## Beside txtai, Haystack and LlamaIndex",
        "\n".join(f"- {line}" for line in run.about),
        "### Finding", _FINDING, _finding(run, systems),
        "### Ingest", _INGEST, _ingest(run, indexed),
        "### Asking", _ASKING, _asking(run, systems),
        "### How each was used", "\n".join(_used(systems)),
        END,
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def put(file: Path, section: str) -> None:
    """Put the section into a file in place of the one that a former run left, or at its end."""
    title = "# Results\n\nWritten by the commands that each section names.\n\n"
    text = file.read_text(encoding="utf-8") if file.exists() else title
    before, begin, rest = text.partition(BEGIN)
    after = rest.partition(END)[2].lstrip("\n") if begin else ""
    file.write_text(before.rstrip("\n") + "\n\n" + section + (after and "\n" + after), "utf-8")


_FINDING = (
    "Share of questions whose gold paragraph is the first result, or among the first five. A "
    "result counts when its text contains the gold paragraph or lies in it. 95 % intervals by "
    "Wilson."
)
_INGEST = (
    "Encoder loaded beforehand, from the command to the index on disk. The rate counts the "
    "paragraphs that all were given, however they were cut. `whole` is the process from start to "
    "end. Disk is without the encoder. In brackets: times Quoth's figure."
)
_ASKING = (
    "Cold start is from the start of the process to its first answer, files in the cache of the "
    f"system. Then one user, and {USERS} at once, each asking again when answered. Times are "
    "medians over the rounds. In brackets: times Quoth's figure."
)


def _finding(run: Run, systems: Sequence[System]) -> str:
    names = list(dict.fromkeys(run.sets))
    head = ("", "Success@1", "Success@5", *(f"{name} @1 / @5" for name in names))
    rows = []
    for system in systems:
        ranks = [rank for serve in run.serves[system.name] for rank in serve.ranks]
        each = [
            [rank for rank, of in zip(ranks, run.sets, strict=True) if of == name] for name in names
        ]
        shares = [f"{success(own, 1).value:.3f} / {success(own, 5).value:.3f}" for own in each]
        rows.append((system.title, _share(success(ranks, 1)), _share(success(ranks, 5)), *shares))
    return table(head, rows)


def _share(share: Share) -> str:
    return f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"


def _ingest(run: Run, systems: Sequence[System]) -> str:
    head = ("", "passages/s", "CPU s for 1,000", "whole, s", "peak memory, MB", "disk, MB",
            "chunks")  # fmt: skip
    measures: list[tuple[Callable[[Ingest], float], str]] = [
        (lambda turn: run.paragraphs / turn.seconds, ".1f"),
        (lambda turn: 1000 * turn.cpu / run.paragraphs, ".1f"),
        (lambda turn: turn.whole, ".1f"),
        (lambda turn: turn.peak / _MB, ".0f"),
        (lambda turn: turn.disk / _MB, ".1f"),
    ]
    rows = [
        (*row, f"{run.ingests[system.name][0].chunks:,}")
        for system, row in zip(systems, _compared(run.ingests, systems, measures), strict=True)
    ]
    return table(head, rows)


def _asking(run: Run, systems: Sequence[System]) -> str:
    head = ("", "cold start, s", "p50, ms", "p95, ms", "CPU ms each", f"p50 of {USERS}, ms",
            f"p95 of {USERS}, ms", f"answers/s of {USERS}", "errors", "memory, MB",
            f"memory of {USERS}, MB")  # fmt: skip
    measures: list[tuple[Callable[[Serve], float], str]] = [
        (lambda turn: turn.cold, ".2f"),
        (lambda turn: _at(turn.one, 50), ".1f"),
        (lambda turn: _at(turn.one, 95), ".1f"),
        (lambda turn: 1000 * turn.cpu, ".1f"),
        (lambda turn: _at(turn.many, 50), ".0f"),
        (lambda turn: _at(turn.many, 95), ".0f"),
        (lambda turn: len(turn.many) / turn.many_seconds, ".1f"),
        (lambda turn: turn.peak_one / _MB, ".0f"),
        (lambda turn: turn.peak_many / _MB, ".0f"),
    ]
    rows = []
    for system, row in zip(systems, _compared(run.serves, systems, measures), strict=True):
        errors = sum(serve.errors for serve in run.serves[system.name])
        rows.append((*row[:-2], str(errors), *row[-2:]))
    return table(head, rows)


def _at(seconds: Sequence[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return float(np.percentile(seconds, percent)) * 1000


def _compared(
    turns: Mapping[str, Sequence[_Turn]],
    systems: Sequence[System],
    measures: Sequence[tuple[Callable[[_Turn], float], str]],
) -> Iterable[Row]:
    """Yield each system's title and the median of each measure, with its ratio to Quoth's."""
    for system in systems:
        cells = [system.title]
        for measure, form in measures:
            value = median(measure(turn) for turn in turns[system.name])
            cells.append(format(value, form) + _ratio(turns, system, measure, value))
        yield tuple(cells)


def _ratio(
    turns: Mapping[str, Sequence[_Turn]],
    system: System,
    measure: Callable[[_Turn], float],
    value: float,
) -> str:
    if system.name == OURS or OURS not in turns:
        return ""
    return f" ({value / median(measure(turn) for turn in turns[OURS]):.2f})"


def _used(systems: Sequence[System]) -> Iterable[str]:
    adapters = dict.fromkeys(system.adapter for system in systems)
    titles = {system.adapter: system.title for system in reversed(systems)}
    for adapter in adapters:
        yield f"- **{titles[adapter]}** ({versions(adapter)}): {CUT[adapter]}."


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
