"""Fit what finding and reading count: the weights of `qa.reader.weigh`.

    python -m training.weigh FILE.jsonl…

The files come from `training.readings`; in each, the reader was not trained on the set it read.
Questions with an answer are seen as the archive answers them and, some of them, as if the article
that answers were not there. How good the weights are is `training.judge`'s part.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from qa.reader.weigh import AnswerWeights, RankWeights, Seen, clipped, facts

Lines = list[dict[str, Any]]
Matrix = NDArray[np.float64]
READ = 10
"""Passages that are read of a question, in either view."""
_RIDGE = 1e-3


class View(NamedTuple):
    """The passages one view of a question reads, which of them answer, and whether any could."""

    rows: list[dict[str, Any]]
    gold: list[bool]
    answers: bool


def main() -> None:
    """Fit on all files and print what belongs into `qa.reader.weigh`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", type=Path, nargs="+")
    sets = read_lines(parser.parse_args().files)
    ranks = fit_ranks(sets)
    print(ranks)
    print(fit_answers(sets, ranks))


def read_lines(files: Sequence[Path]) -> dict[str, Lines]:
    """Return the lines of all files by set."""
    sets: dict[str, Lines] = {}
    for file in files:
        for text in file.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            sets.setdefault(line["set"], []).append(line)
    return sets


def seen_of(row: Mapping[str, Any]) -> Seen:
    """Return the facts of one passage as the reader's weighing sees them."""
    odds = row["spans"][0][2] if row["spans"] else -20.0
    return Seen(row["fused"], row["sentence"], row["relevance"], odds)


def views(line: Mapping[str, Any]) -> list[View]:
    """Return a question as it is, and as if what answers it were not there."""
    rows = line["read"]
    shown = rows[:READ]
    gold = [bool(row["gold"]) for row in shown]
    if not line["answers"]:
        return [View(shown, [False] * len(shown), False)]
    found = [View(shown, gold, any(gold))]
    if "removed" in line:
        rest = line["removed"][:READ]
        found.append(View(rest, [False] * len(rest), False))
    return found


def fit_ranks(sets: Mapping[str, Lines]) -> RankWeights:
    """Fit the order: the answering passage against the others of its question (softmax).

    Each set weighs the same. The bias is set afterwards, so that a passage's rank is the log-odds
    that it answers.
    """
    tables, shares = [], []
    for lines in sets.values():
        found = [v for line in lines for v in views(line)[:1] if v.answers]
        tables += [(_features(view), np.array(view.gold)) for view in found]
        shares += [1 / max(1, len(found))] * len(found)

    def loss(w: Matrix) -> float:
        total = 0.0
        for (table, gold), share in zip(tables, shares, strict=True):
            logits = table @ w
            top = logits.max()
            every = top + np.log(np.exp(logits - top).sum())
            right = top + np.log(np.exp(logits[gold] - top).sum())
            total += share * float(every - right)
        return total + _RIDGE * float(w @ w)

    w = minimize(loss, np.array([8.0, 0.3, 0.2]), method="L-BFGS-B").x
    rows, labels, weights = [], [], []
    for lines in sets.values():
        every = [v for line in lines for v in views(line)]
        rows += [float(x @ w) for v in every for x in _features(v)]
        labels += [g for v in every for g in v.gold]
        weights += [1 / max(1, len(every))] * sum(len(v.gold) for v in every)
    bias = _bias(np.array(rows), np.array(labels), np.array(weights))
    fused, relevance, odds = (round(float(x), 3) for x in w)
    return RankWeights(fused, relevance, odds, round(bias, 3))


def _bias(values: Matrix, labels: NDArray[np.bool_], weights: Matrix) -> float:
    """Return the shift that makes the mean probability the share of right passages."""

    def loss(b: Matrix) -> float:
        z = values + b[0]
        return float((weights * (np.logaddexp(0, z) - labels * z)).sum())

    return float(minimize(loss, np.array([-4.0])).x[0])


def _features(view: View) -> Matrix:
    """Return fused score, relevance and odds of each passage, float64 `(p, 3)`."""
    every = [seen_of(row) for row in view.rows]
    return np.array([[s.fused, clipped(s.relevance), clipped(s.odds)] for s in every])


def fit_answers(sets: Mapping[str, Lines], ranks: RankWeights) -> AnswerWeights:
    """Fit the chance that there is an answer: a logistic regression over the facts."""
    rows, labels, weights = [], [], []
    for lines in sets.values():
        found = [v for line in lines for v in views(line)]
        rows += [facts([seen_of(r) for r in v.rows], ranks) for v in found]
        labels += [v.answers for v in found]
        weights += [1 / len(found)] * len(found)
    share = np.array(weights) * len(weights) / sum(weights)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(np.array(rows), labels, share)
    names = [item.name for item in fields(AnswerWeights)]
    values = [model.intercept_[0], *model.coef_[0]]
    return AnswerWeights(**{n: round(float(v), 3) for n, v in zip(names, values, strict=True)})


if __name__ == "__main__":
    main()
