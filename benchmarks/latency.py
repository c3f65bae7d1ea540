"""How long a reply takes over the pooled paragraphs, stage by stage.

    python -m benchmarks.latency DATA [--library build-pool] [--questions 300] [--reader none]
                                 [--read-ms 300]

Questions of all sets in turn, one user, the reply rendered as the page shows it. The first twenty
are asked before the clock runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.pool import build, questions
from benchmarks.retrieval import SETS
from qa.archive import Archive
from qa.evaluate.runner import timing
from qa.reader.choose import reader_for
from web.render import reply_html
from web.words import ENGLISH

_WARM_UP = 20


def main() -> None:
    """Ask, and print median, 95th percentile and share of each stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--reader")
    parser.add_argument("--read-ms", type=float, default=300)
    options = parser.parse_args()
    build(options.data, options.library)
    reader = reader_for(options.reader, milliseconds=options.read_ms)
    archive = Archive.open(options.library, reader=reader)
    each = options.questions // len(SETS)
    asked = [questions(options.data / f"{name}.json", each, seed=2) for name in SETS]
    mixed = [item for row in zip(*asked, strict=True) for item in row]
    runs = []
    for number, item in enumerate(mixed[:_WARM_UP] + mixed):
        started = perf_counter()
        reply, trace = archive.ask_traced(item.question)
        read = perf_counter()
        reply_html(reply, ENGLISH)
        done = perf_counter()
        if number >= _WARM_UP:
            stages = {**trace.seconds, "render": done - read, "total": done - started}
            runs.append(stages)
    whole = np.mean([run["total"] for run in runs])
    print(f"{archive.size()[1]} passages, {len(runs)} questions")
    for stage in timing(runs):
        share = stage.mean_ms / 1000 / whole
        times = f"p50 {stage.p50_ms:6.1f} ms  p95 {stage.p95_ms:6.1f} ms"
        print(f"  {stage.stage:<8} {times}  {share:4.0%}")


if __name__ == "__main__":
    main()
