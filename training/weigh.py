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
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from qa.reader.passages import NO_SPAN
from qa.reader.weigh import AnswerWeights, RankWeights, Seen, clipped, facts

Lines = list[dict[str, Any]]
Matrix = NDArray[np.float64]
READ = 10
"""Passages that are read of a question, in either view."""
_RIDGE = 1e-1
_FUSED = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 70.0, 100.0)
_ODDS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""What fused score and odds may count beside a relevance of 1."""


class View(NamedTuple):
    """The passages one view of a question reads, which of them answer, whether any does, and how
    sure the rules are."""

    rows: list[dict[str, Any]]
    gold: list[bool]
    answers: bool
    rules: float


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
    odds = row["spans"][0][2] if row["spans"] else NO_SPAN
    return Seen(row["fused"], row["relevance"], odds)


def views(line: Mapping[str, Any]) -> list[View]:
    """Return a question as it is, and as if what answers it were not there."""
    rows = line["read"]
    shown = rows[:READ]
    gold = [bool(row["gold"]) for row in shown]
    if not line["answers"]:
        return [View(shown, [False] * len(shown), False, line["rules"])]
    found = [View(shown, gold, any(gold), line["rules"])]
    if "removed" in line:
        rest = line["removed"]["read"][:READ]
        found.append(View(rest, [False] * len(rest), False, line["removed"]["rules"]))
    return found


def fit_ranks(sets: Mapping[str, Lines]) -> RankWeights:
    """Fit the order: the mixture with the highest mean RR@10 over the sets, each weighing alike.

    Its scale and shift are then fitted by logistic regression, so that the rank of a passage is
    the log-odds that it answers.
    """
    tables = {
        name: [
            (_features(v), np.array(v.gold)) for line in lines for v in views(line)[:1] if v.gold
        ]
        for name, lines in sets.items()
        if any(line["answers"] for line in lines)
    }

    def value(mixture: tuple[float, float]) -> float:
        w = np.array([mixture[0], 1.0, mixture[1]])
        means = [np.mean([_rr(x @ w, gold) for x, gold in found]) for found in tables.values()]
        return float(np.mean(means))

    fused, odds = max(product(_FUSED, _ODDS), key=value)
    scale, bias = _scale(sets, np.array([fused, 1.0, odds]))
    return RankWeights(
        round(scale * fused, 3), round(scale, 4), round(scale * odds, 4), round(bias, 3)
    )


def _rr(values: Matrix, gold: NDArray[np.bool_]) -> float:
    """Return the reciprocal rank of the first passage that answers, 0 if there is none."""
    order = gold[np.argsort(-values, kind="stable")]
    return float(1 / (1 + np.argmax(order))) if order.any() else 0.0


def _scale(sets: Mapping[str, Lines], mixture: Matrix) -> tuple[float, float]:
    """Return scale and shift that turn the mixture into log-odds."""
    rows, labels, shares = [], [], []
    for lines in sets.values():
        every = [v for line in lines for v in views(line)]
        rows += [float(x @ mixture) for v in every for x in _features(v)]
        labels += [g for v in every for g in v.gold]
        shares += [1 / len(every)] * sum(len(v.gold) for v in every)
    weights = np.array(shares) * len(shares) / sum(shares)
    model = LogisticRegression(C=1e3, max_iter=1000)
    model.fit(np.array(rows)[:, None], np.array(labels), weights)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _features(view: View) -> Matrix:
    """Return fused score, relevance and odds of each passage, float64 `(p, 3)`."""
    every = [seen_of(row) for row in view.rows]
    return np.array([[s.fused, clipped(s.relevance), clipped(s.odds)] for s in every])


def fit_answers(sets: Mapping[str, Lines], ranks: RankWeights) -> AnswerWeights:
    """Fit the chance that there is an answer: a logistic regression over the facts.

    No fact may count against an answer: each is evidence for one, and a weight below zero would
    only say that two of them resemble each other in the sets at hand.
    """
    whole: dict[str, list[View]] = {}
    for name, lines in sets.items():
        whole.setdefault(name.rstrip("!"), []).extend(v for line in lines for v in views(line))
    rows, labels, shares = [], [], []
    for found in whole.values():
        rows += [facts([seen_of(r) for r in v.rows], v.rules, ranks) for v in found]
        labels += [v.answers for v in found]
        shares += [1 / len(found)] * len(found)
    table, answers, weights = np.array(rows), np.array(labels), np.array(shares) / len(whole)

    def loss(w: Matrix) -> float:
        z = w[0] + table @ w[1:]
        away = w - prior
        return float((weights * (np.logaddexp(0, z) - answers * z)).sum() + _RIDGE * away @ away)

    names = [item.name for item in fields(AnswerWeights)]
    # What the rules say is a probability already; the other facts correct it.
    prior = np.array([float(name == "rules") for name in names])
    bounds = [(None, None)] + [(0.0, None)] * (len(names) - 1)
    best = minimize(loss, np.zeros(len(names)), method="L-BFGS-B", bounds=bounds).x
    return AnswerWeights(**{n: round(float(v), 3) for n, v in zip(names, best, strict=True)})


if __name__ == "__main__":
    main()
