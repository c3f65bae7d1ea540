"""Quoth side by side with txtai, Haystack and LlamaIndex, in one run.

    python -m benchmarks.peers DATA [--sets xquad.en,squad2,amazon,reddit] [--passages 2000]
                               [--questions 300] [--rounds 3] [--only quoth,txtai] [--seed 0]
                               [--cache build-peers] [--results FILE] [--short]

DATA is a folder of SQuAD-format files. All systems get the same articles, encoder (the packaged
all-MiniLM-L6-v2) and questions; each peer runs in an environment of its own, which is made the
first time, offline. In every round the systems take turns, each round in another order, so that
whatever else the machine does hurts all of them alike. Tables go to benchmarks/RESULTS.md, with
`--short` (3 minutes) or `--only` into the cache instead; all figures as JSON into the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.child import ROOT, AdapterError, Child
from benchmarks.peers.corpus import Corpus, build
from benchmarks.peers.measure import Ingest, Serve, ingest_once, serve_once
from benchmarks.peers.report import Run, markdown, put
from benchmarks.peers.systems import SYSTEMS, System, chosen

SETS = "xquad.en,squad2,amazon,reddit"
_WARM = 10


def main() -> int:
    """Measure and write; 1 if a system could not be measured."""
    options = _options()
    systems = chosen(options.only.split(",") if options.only else list(SYSTEMS))
    cache: Path = options.cache
    cache.mkdir(parents=True, exist_ok=True)
    corpus = build(
        options.data, cache / "articles", options.sets.split(","),
        options.passages, options.questions + _WARM, options.seed,
    )  # fmt: skip
    print(f"{corpus.size} paragraphs {corpus.paragraphs}, {len(corpus.questions)} questions")
    turns = Turns(systems, corpus, cache, options.rounds)
    begun = _load()
    try:
        for number in range(options.rounds):
            turns.round(number)
    except AdapterError as error:
        print(f"broke off: {error}", file=sys.stderr)
        return 1
    run = turns.run(_about(options, corpus, begun))
    (cache / "results.json").write_text(json.dumps(_plain(run), indent=1), encoding="utf-8")
    section = markdown(run)
    put(options.results or (cache / "RESULTS.md"), section)
    print(section)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of SQuAD-format files")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help=f"some of {', '.join(SYSTEMS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path("build-peers"))
    parser.add_argument("--results", type=Path, help="the file that gets the tables")
    parser.add_argument("--short", action="store_true", help="a little of each, one round")
    options = parser.parse_args()
    if options.short:
        options.passages, options.questions, options.rounds = 100, 24, 1
    elif not options.only:
        options.results = options.results or ROOT / "benchmarks" / "RESULTS.md"
    options.cache = options.cache.absolute()
    return options


class Turns:
    """The systems taking turns, and what came of it."""

    def __init__(self, systems: Sequence[System], corpus: Corpus, cache: Path, rounds: int) -> None:
        self._systems, self._corpus, self._cache = systems, corpus, cache
        asked, self._warm = corpus.questions[:-_WARM], corpus.questions[-_WARM:]
        self._slices = [asked[number::rounds] for number in range(rounds)]
        self._ingests: dict[str, list[Ingest]] = {}
        self._serves: dict[str, list[Serve]] = {}
        self._commands = {system.name: system.command(cache) for system in systems}
        for system in systems:
            with Child(self._commands[system.name], self._log(system)) as child:
                child.call("prepare")  # compiled, and its files read once, before any clock runs

    def round(self, number: int) -> None:
        """Let each system ingest all articles, then each answer this round's questions."""
        at = number % len(self._systems)
        order = [*self._systems[at:], *self._systems[:at]]
        for system in order:
            if system.indexed_by == system.name:
                self._ingest(number, system)
        for system in order:
            self._serve(number, system)

    def run(self, about: Sequence[str]) -> Run:
        """Return what has been measured."""
        sets = tuple(item.set for part in self._slices for item in part)
        return Run(tuple(about), self._corpus.size, sets, self._ingests, self._serves)

    def _ingest(self, number: int, system: System) -> None:
        turn = ingest_once(
            self._commands[system.name], self._corpus.folder, self._library(system.name),
            self._log(system),
        )  # fmt: skip
        self._ingests.setdefault(system.name, []).append(turn)
        _tell(number, system, f"{self._corpus.size / turn.seconds:.1f} passages/s")

    def _serve(self, number: int, system: System) -> None:
        turn = serve_once(
            self._commands[system.name], self._library(system.indexed_by),
            self._slices[number], self._warm, self._log(system),
        )  # fmt: skip
        self._serves.setdefault(system.name, []).append(turn)
        mean = 1000 * sum(turn.one) / len(turn.one)
        _tell(number, system, f"cold {turn.cold:.2f} s, {mean:.0f} ms each, {turn.errors} errors")

    def _library(self, name: str) -> Path:
        return self._cache / "libraries" / name

    def _log(self, system: System) -> Path:
        return self._cache / f"{system.name}.log"


def _tell(number: int, system: System, what: str) -> None:
    now = datetime.now(UTC).strftime("%H:%M:%S")
    print(f"{now} round {number + 1}  {system.title:<30} {what}", flush=True)


def _about(options: argparse.Namespace, corpus: Corpus, begun: str) -> list[str]:
    """Return the lines that say what was measured, where and when."""
    command = " ".join(["python -m benchmarks.peers DATA", *_given(options)])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{count} of {name}" for name, count in corpus.paragraphs.items())
    asked = len(corpus.questions) - _WARM
    return [
        f"`{command}`, {datetime.now(UTC):%d %B %Y}",
        f"{corpus.size:,} paragraphs ({parts}), {asked} questions, {options.rounds} rounds",
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; processes waiting for a core "
        f"at the start {begun}, at the end {_load()}",
    ]


def _given(options: argparse.Namespace) -> list[str]:
    if options.short:
        return ["--short"]
    names = ("sets", "passages", "questions", "rounds", "seed")
    given = [f"--{name} {getattr(options, name)}" for name in names]
    return given + ([f"--only {options.only}"] if options.only else [])


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _plain(run: Run) -> dict[str, Any]:
    whole = run._asdict()
    for part in ("ingests", "serves"):
        whole[part] = {name: [turn._asdict() for turn in of] for name, of in whole[part].items()}
    return whole


if __name__ == "__main__":
    raise SystemExit(main())
