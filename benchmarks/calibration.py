"""Does `quoth calibrate` keep its promise? Fitted on half of public questions, seen on the rest.

    python -m benchmarks.calibration DATA [--library DIR] [--splits 10] [--wrong-answers 10%]
                                     [--sets a,b] [--questions N] [--keep FILE]

DATA is a folder of SQuAD-format files, pooled into one library. Every question is asked once, and
one that has an answer a second time with every passage of the answering paragraph left out (not
the article: reddit is a single one). The replies are then split at random, again and again. With
--keep they are written to FILE, or read from it when it is there, and nothing is asked.

The promise is one about the average over splits; single ones may lie on either side of it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pool import Paragraphs, build
from benchmarks.retrieval import SETS
from benchmarks.splits import labelled, paired, risk_at, split
from cli.progress import CountLine
from cli.values import share
from corpus.article import Passage
from qa.archive import Archive
from qa.calibrate.views import Seen, View, ask_all
from qa.evaluate.check import check
from qa.evaluate.load import load_testset
from qa.evaluate.resolve import Target, touches
from qa.evaluate.statistics import Statistic, Table, bootstrap_statistic, percentile_interval
from qa.evaluate.testset import Question
from qa.read import Reader
from qa.reader.choose import reader_for
from qa.trace import LeavesOut

_COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def main() -> None:
    """Ask, or read what was asked before; then split and print."""
    options = _options()
    if options.keep and options.keep.exists():
        asked = read(options.keep)
    else:
        reader = reader_for(options.reader, milliseconds=inf)
        sets = options.sets.split(",")
        asked = ask(options.data, options.library, sets, options.questions, reader)
        if options.keep:
            options.keep.write_text(json.dumps(_record(asked)), encoding="utf-8")
    print_splits([one for seen in asked.values() for one in seen], options)
    print_auroc(asked)
    print_risk([one for seen in asked.values() for one in seen])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of SQuAD-format files")
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--wrong-answers", type=share, default=0.1, metavar="SHARE")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument(
        "--questions", type=int, default=300, metavar="N",
        help="drawn from each set, with an answer and without",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", metavar="DIR", help="default: Quoth's own; none: by rules")
    parser.add_argument("--keep", type=Path, metavar="FILE")
    return parser.parse_args()


Kept = Mapping[str, Sequence[Seen]]
"""The questions asked, by the name of their set."""


def ask(data: Path, folder: Path, sets: Sequence[str], most: int, reader: Reader) -> Kept:
    """Ask the questions of each set over the pooled library."""
    build(data, folder)
    archive = Archive.open(folder, reader=reader)
    with archive.library.snapshot() as snapshot:
        paragraphs = Paragraphs(snapshot)

    def without(question: Question, target: Target) -> LeavesOut:
        gold = question.paragraph or ""

        def leaves_out(passage: Passage) -> bool:
            return touches(passage, target.places) or paragraphs.lies_in(passage, gold)

        return leaves_out

    asked = {}
    for name in sets:
        testset = load_testset(data / f"{name}.json")
        drawn = replace(testset, questions=draw(testset.questions, most))
        checked = check(drawn, archive)
        progress = CountLine(f"questions of {name}")
        asked[name] = ask_all(archive, checked, without, progress)
        progress.close()
        print(f"{name}: {len(asked[name])} of {len(drawn.questions)} questions asked")
    archive.close()
    return asked


def draw(questions: Sequence[Question], most: int) -> tuple[Question, ...]:
    """Draw `most` questions that have an answer, and as many that have none."""
    drawn = list(questions)
    random.Random(1).shuffle(drawn)
    kinds = ([q for q in drawn if q.answerable is kind][:most] for kind in (True, False))
    return tuple(question for kind in kinds for question in kind)


def print_splits(seen: Sequence[Seen], options: argparse.Namespace) -> None:
    """Print a row for each split, and their mean."""
    promised = options.wrong_answers
    half = len(seen) // 2
    print(f"\npromised {100 * promised:.4g}%; fitted on {half}, seen on {len(seen) - half}")
    print("split     bar   wrong  95 % interval    of answers  answered  there   ece")
    splits = [split(seen, promised, options.seed + n) for n in range(options.splits)]
    for number, one in enumerate(splits, 1):
        found = one.seen
        print(
            f"{number:>5}  {one.bar:.4f}  {found.wrong:6.3f}  {one.low:.3f} – {one.high:.3f}    "
            f"{_figure(found.wrong_among_answers)}     {found.coverage:6.3f}  "
            f"{_figure(found.coverage_answerable)}  {one.error:.3f}  {one.verdict(promised)}"
        )
    risks = np.array([one.seen.wrong for one in splits])
    kept = sum(one.low <= promised for one in splits)
    print(
        f" mean          {risks.mean():6.3f}  (from {risks.min():.3f} to {risks.max():.3f}); in "
        f"{kept} of {len(splits)} splits the promise lies within the interval or above it"
    )


def print_auroc(asked: Kept) -> None:
    """Print how well confidence tells an answer that is there from none, set by set."""
    print("\nAUROC                                        95 % interval        n")
    for name, seen in asked.items():
        pairs = np.array([[v.confidence for v in one.views] for one in seen if len(one.views) == 2])
        _print_auroc(f"{name}: there or left out", pairs.reshape(-1, 2), paired)
        rows = np.array([[one.views[0].confidence, one.answerable] for one in seen])
        if 0 < rows[:, 1].sum() < len(rows):
            _print_auroc(f"{name}: with an answer or without", rows, labelled)


def _print_auroc(label: str, table: Table, statistic: Statistic) -> None:
    if len(table):
        low, high = percentile_interval(bootstrap_statistic(statistic, table))
        figure = f"{statistic(table):.3f}   {low[0]:.3f} – {high[0]:.3f}"
        print(f"  {label:<36} {figure}   {len(table):>6}")


def print_risk(seen: Sequence[Seen]) -> None:
    """Print the share wrong among the surest replies, for the mix and for questions as they are."""
    first = [replace(one, views=one.views[:1]) for one in seen]
    print("\nanswered   wrong among answers, in the mix   as they are")
    for coverage in _COVERAGES:
        mixed, plain = risk_at(seen, coverage), risk_at(first, coverage)
        print(f"  {coverage:6.0%}   {mixed:>22.3f}   {plain:>20.3f}")


def _figure(value: float | None) -> str:
    return "   – " if value is None else f"{value:5.3f}"


def _record(asked: Kept) -> dict[str, list[dict[str, Any]]]:
    return {name: [asdict(one) for one in seen] for name, seen in asked.items()}


def read(file: Path) -> Kept:
    """Read the replies that --keep wrote."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: [
            Seen(one["id"], one["answerable"], tuple(View(**view) for view in one["views"]))
            for one in seen
        ]
        for name, seen in found.items()
    }


if __name__ == "__main__":
    main()
