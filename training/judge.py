"""Judge the chain on sets the reader was not trained on: order, marks, abstaining.

    python -m training.judge FILE.jsonl… [--keep FILE]

The files come from `training.readings`. Weights that judge a set are fitted on the other sets
alone. 95 % intervals by bootstrap over questions, p by paired randomisation. What --keep writes,
`python -m benchmarks.calibration DATA --keep FILE` splits, to see whether a promise is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from corpus.article import Span
from qa.answer import Highlight
from qa.calibrate.views import Seen
from qa.calibrate.views import View as Way
from qa.evaluate.judge import RIGHT_AMONG
from qa.evaluate.squad_metrics import best_scores
from qa.evaluate.statistics import bootstrap_means, percentile_interval, randomisation_test
from qa.evidence import SentenceEvidence
from qa.reader.marks import marked
from qa.reader.passages import Reading
from qa.reader.spans import ScoredSpan
from qa.reader.weigh import AnswerWeights, RankWeights, facts, rank, sigmoid
from training.weigh import (
    READ,
    Lines,
    Matrix,
    View,
    fit_answers,
    fit_ranks,
    read_lines,
    seen_of,
    views,
)

Row = Mapping[str, Any]


def main() -> None:
    """Judge each set with weights fitted on the others."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, help="write confidences, and whether each is right")
    options = parser.parse_args()
    sets = read_lines(options.files)
    gains, kept = [], {}
    for name, lines in sets.items():
        if name.endswith("!"):
            continue
        ranks, answers = fitted_without(sets, name)
        print(f"\n{name}: {len(lines)} questions; weights of the others: {ranks}")
        gains.append(_judge_order(lines, ranks))
        _judge_marks(lines, ranks)
        without = sets.get(f"{name}!", [])
        _judge_abstaining(lines, without, ranks, answers)
        kept[name] = [asdict(seen(line, ranks, answers)) for line in (*lines, *without)]
    every = np.concatenate(gains)[:, None]
    mean = np.mean([gain.mean() for gain in gains])
    print(f"\nall sets: Success@1 {mean:+.3f}, p = {randomisation_test(every)[0]:.4f}")
    if options.keep:
        options.keep.write_text(json.dumps(kept), encoding="utf-8")


def seen(line: Row, ranks: RankWeights, answers: AnswerWeights) -> Seen:
    """Return a question as a calibration sees it: the chance given, and whether it is right."""
    ways = []
    for number, view in enumerate(views(line)):
        first = ordered(view.rows, ranks)[:RIGHT_AMONG]
        right = bool(line["answers"]) and any(row["gold"] for row in first)
        chance = sigmoid(log_odds(view, ranks, answers))
        ways.append(Way(chance, right and not number, left_out=bool(number)))
    return Seen(line["question"], bool(line["answers"]), tuple(ways))


def fitted_without(sets: Mapping[str, Lines], name: str) -> tuple[RankWeights, AnswerWeights]:
    """Return weights fitted on the sets that share no article with `name`."""
    wikipedia = {"squad2", "squad2!", "xquad.en"}
    kin = wikipedia if name in wikipedia else {name, f"{name}!"}
    others = {other: lines for other, lines in sets.items() if other not in kin} or dict(sets)
    ranks = fit_ranks(others)
    return ranks, fit_answers(others, ranks)


def ordered(rows: Sequence[Row], ranks: RankWeights) -> list[Row]:
    """Return the passages as the reader orders them."""
    return sorted(rows, key=lambda row: -rank(seen_of(row), ranks))


def _judge_order(lines: Lines, ranks: RankWeights) -> Matrix:
    table = []
    for line in lines:
        shown = line["read"][:READ]
        order = ordered(shown, ranks)
        table.append([_first(shown, 1), _first(order, 1), _first(shown, 5), _first(order, 5)])
    values = np.array(table, dtype=np.float64)
    for at, label in enumerate(("found, @1", "read, @1", "found, @5", "read, @5")):
        print(f"  Success {label:<10} {interval(values[:, at])}")
    gain: Matrix = values[:, 1] - values[:, 0]
    print(
        f"  Success@1 gained   {gain.mean():+.3f}  p = {randomisation_test(gain[:, None])[0]:.4f}"
    )
    return gain


def _first(rows: Sequence[Row], k: int) -> float:
    return float(any(row["gold"] for row in rows[:k]))


def marks_of(row: Row) -> tuple[Highlight, ...]:
    """Return the marks of a passage, as the archive would make them."""
    # The sentence's score was kept whole: as cosine and as share it comes out as it was.
    sentences = [SentenceEvidence(Span(a, b), s, 0.0, s) for a, b, s in row["sentences"]]
    spans = tuple(ScoredSpan(Span(a, b), odds) for a, b, odds in row["spans"])
    return marked(row["passage"], sentences, Reading(row["relevance"], spans))


def _judge_marks(lines: Lines, ranks: RankWeights) -> None:
    """Print how often the lit words hold the answer: in gold passages, in the reply."""
    given, replies, words = [], [], []
    for line in lines:
        order = ordered(line["read"][:READ], ranks)
        gold = next((r for r in order if r["gold"] and _lies_in(r["passage"], line)), None)
        if gold is not None:
            given.append(float(_lit(gold, line, "sentence")))
            words.append(best_scores(_strongest(gold), line["answers"])[1])
        lit = [r["gold"] and _lit(r, line, "sentence") for r in order[:3]]
        replies.append([float(any(lit[:1])), float(any(lit))])
    values = np.array(replies)
    print(f"  sentence lit is right, answering passage given  {interval(np.array(given))}")
    print(f"  F1 of the words marked in it                    {interval(np.array(words))}")
    print(f"  answer in the lit words of the first extract    {interval(values[:, 0])}")
    print(f"  … of the first three                            {interval(values[:, 1])}")


def _lies_in(text: str, line: Row) -> bool:
    return any(answer in text for answer in line["answers"])


def _lit(row: Row, line: Row, kind: str) -> bool:
    lit = [mark.span.of(row["passage"]) for mark in marks_of(row) if mark.kind == kind]
    return any(answer in text for answer in line["answers"] for text in lit)


def _strongest(row: Row) -> str:
    words = [mark for mark in marks_of(row) if mark.kind == "answer"]
    return max(words, key=lambda m: m.score).span.of(row["passage"]) if words else ""


def _judge_abstaining(
    lines: Lines, without: Lines, ranks: RankWeights, answers: AnswerWeights
) -> None:
    """Print how well the chance of an answer tells questions apart that have one."""
    kept = [views(line) for line in lines]
    there = [found[0] for found in kept if found[0].answers]
    asked = [found[0] for found in kept]
    removed = [found[1] for found in kept if len(found) > 1]
    pairs = {"answer there | article removed": (there, removed),
             "asked at all  | article removed": (asked, removed)}  # fmt: skip
    if without:
        pairs["answer there | none in the archive"] = (there, [views(x)[0] for x in without])
    for label, (good, bad) in pairs.items():
        scores = np.array([log_odds(view, ranks, answers) for view in (*good, *bad)])
        labels = np.array([1.0] * len(good) + [0.0] * len(bad))
        print(f"  AUROC, {label:<35} {auroc(scores, labels)}")


def log_odds(view: View, ranks: RankWeights, weights: AnswerWeights) -> float:
    """Return the log-odds that the passages of a view hold an answer."""
    found = facts([seen_of(row) for row in view.rows], view.rules, ranks)
    return float(weights.bias + sum(getattr(weights, n) * x for n, x in found._asdict().items()))


def interval(values: Matrix) -> str:
    """Return a mean with its 95 % interval."""
    low, high = percentile_interval(bootstrap_means(values[:, None]))
    return f"{values.mean():.3f} [{low[0]:.3f}, {high[0]:.3f}]"


def auroc(scores: Matrix, labels: Matrix, draws: int = 400) -> str:
    """Return the area under the ROC curve with its 95 % interval."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        picks = rng.integers(len(scores), size=len(scores))
        found.append(roc_auc_score(labels[picks], scores[picks]))
    low, high = np.percentile(found, [2.5, 97.5])
    return f"{roc_auc_score(labels, scores):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
