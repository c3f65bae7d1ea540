"""Finding on public questions: Success@1, Success@5 and MRR@10 over pooled paragraphs.

    python -m benchmarks.retrieval DATA [--library DIR] [--questions 1200] [--sets a,b]
                                       [--seed 0] [--skip N]

DATA is a folder of SQuAD-format files. Both rows come from the same run: `min-max` ranks the same
candidates by min-max scaled cosine and BM25 with α = .3, `Quoth` is the order a reply has. The
difference is tested question by question (paired randomisation, 10,000 draws).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pool import Asked, Paragraphs, build, questions
from qa.archive import Archive
from qa.evaluate.statistics import bootstrap_means, percentile_interval, randomisation_test
from qa.read import RuleReader
from qa.trace import Candidate, Trace

SETS = ("amazon", "reddit", "squad2", "xquad.en")
Ranks = NDArray[np.int64]
"""Rank of the gold paragraph for each question, 0 when it was not found; int64, shape `(q,)`."""


def main() -> None:
    """Build the pool if need be, ask, and print the table."""
    options = _options()
    build(options.data, options.library)
    archive = Archive.open(options.library, reader=RuleReader())
    with archive.library.snapshot() as snapshot:
        paragraphs = Paragraphs(snapshot)
    ranks: dict[str, dict[str, Ranks]] = {"min-max": {}, "Quoth": {}}
    for name in options.sets.split(","):
        drawn = questions(options.data / f"{name}.json", options.questions, options.seed)
        asked = drawn[options.skip :]
        base, ours = _ranks(archive, paragraphs, asked)
        ranks["min-max"][name], ranks["Quoth"][name] = base, ours
        _print_row("min-max", name, base)
        _print_row("Quoth", name, ours)
    _print_differences(ranks)
    if options.json:
        raw = {row: {k: v.tolist() for k, v in sets.items()} for row, sets in ranks.items()}
        options.json.write_text(json.dumps(raw), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of SQuAD-format files")
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--questions", type=int, default=1200)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--skip", type=int, default=0, metavar="N",
        help="leave out the first N drawn; the weights were chosen on 500 (of seed 0)",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, help="write the ranks")
    return parser.parse_args()


def _ranks(archive: Archive, paragraphs: Paragraphs, asked: Sequence[Asked]) -> tuple[Ranks, Ranks]:
    base, ours = [], []
    for item in asked:
        _, trace = archive.ask_traced(item.question, k=5)
        base.append(_rank(_min_max(trace), paragraphs, item.paragraph))
        ours.append(_rank(trace.candidates, paragraphs, item.paragraph))
    return np.array(base), np.array(ours)


def _rank(order: Sequence[Candidate], paragraphs: Paragraphs, gold: str) -> int:
    """Return the gold's rank among distinct paragraphs."""
    distinct = dict.fromkeys(paragraphs.of(candidate.passage) for candidate in order)
    return next((rank for rank, text in enumerate(distinct, 1) if text in gold), 0)


def _min_max(trace: Trace, alpha: float = 0.3) -> list[Candidate]:
    """Return the candidates in the order of min-max fusion, as most hybrid searches do it."""
    meaning = {c.number: c.meaning or 0.0 for c in trace.candidates if c.meaning_rank}
    words = {c.number: c.words or 0.0 for c in trace.candidates if c.words_rank}

    def scaled(scores: dict[int, float], number: int) -> float:
        low, high = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        return (scores.get(number, low) - low) / (high - low) if high > low else 0.0

    def score(c: Candidate) -> float:
        return alpha * scaled(meaning, c.number) + (1 - alpha) * scaled(words, c.number)

    return sorted(trace.candidates, key=lambda c: (-score(c), c.number))


def _measures(ranks: Ranks) -> dict[str, NDArray[np.float64]]:
    """Return the value of each measure for each question."""
    reciprocal = np.where((ranks > 0) & (ranks <= 10), 1 / np.maximum(ranks, 1), 0.0)
    return {
        "Success@1": (ranks == 1).astype(float),
        "Success@5": ((ranks > 0) & (ranks <= 5)).astype(float),
        "MRR@10": reciprocal,
    }


def _print_row(row: str, name: str, ranks: Ranks) -> None:
    cells = []
    for measure, values in _measures(ranks).items():
        low, high = percentile_interval(bootstrap_means(values[:, None]))
        cells.append(f"{measure} {values.mean():.3f} [{low[0]:.3f}, {high[0]:.3f}]")
    print(f"{name:14} {row:8} n={len(ranks)}  " + "  ".join(cells), flush=True)


def _print_differences(ranks: dict[str, dict[str, Ranks]]) -> None:
    print("\nQuoth minus min-max, all sets together (mean of the sets' means):")
    ours = {name: _measures(r) for name, r in ranks["Quoth"].items()}
    base = {name: _measures(r) for name, r in ranks["min-max"].items()}
    for measure in ("Success@1", "Success@5", "MRR@10"):
        gains = {name: (ours[name][measure] - base[name][measure]) for name in ours}
        mean = np.mean([gain.mean() for gain in gains.values()])
        together = np.concatenate(list(gains.values()))
        p = randomisation_test(together[:, None])[0]
        each = "  ".join(f"{name} {gain.mean():+.3f}" for name, gain in gains.items())
        print(f"  {measure}: {mean:+.3f}  p = {p:.4f}   ({each})")


if __name__ == "__main__":
    main()
