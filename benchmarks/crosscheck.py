"""Hold an evaluation against other people's arithmetic.

    quoth evaluate SET.json --build --json R.json --run R.run --qrels R.qrels --predictions R.pred
    python -m benchmarks.crosscheck SET.json R.json R.run R.qrels R.pred

Ranking measures come again from `ir_measures` on the TREC files, exact match and F1 from a second
reading of SQuAD's rules on the predictions, intervals and a p-value from scipy on the same values.
Exits 1 when a figure is off: by more than 5e-5 for means, .006 for intervals and p, which are
drawn at random on both sides.
"""

from __future__ import annotations

import argparse
import json
import string
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG
from scipy import stats

from qa.evaluate.statistics import randomisation_test

RANKING = {
    "success@1": Success @ 1, "success@3": Success @ 3, "success@5": Success @ 5,
    "success@10": Success @ 10, "rr@10": RR @ 10, "ndcg@10": nDCG @ 10, "recall@100": R @ 100,
}  # fmt: skip
_ARTICLES = {"a", "an", "the"}


def main() -> int:
    """Print every figure twice and return 1 if two differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in ("testset", "report", "run", "qrels", "predictions"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    report = json.loads(options.report.read_text(encoding="utf-8"))
    means = {measure["name"]: measure for measure in report["measures"]}
    wrong = 0
    for name, value in _rankings(options.run, options.qrels, report).items():
        wrong += _compare(name, means[name]["mean"], value, 5e-5)
    exact, f1 = _squad(options.testset, options.predictions)
    wrong += _compare("exact", means["exact"]["mean"], exact, 5e-5)
    wrong += _compare("f1", means["f1"]["mean"], f1, 5e-5)
    wrong += _intervals(report, means)
    return 1 if wrong else 0


def _compare(name: str, ours: float, theirs: float, most: float) -> int:
    off = abs(ours - theirs) > most
    print(f"{name:28} ours {ours:.6f}   other {theirs:.6f}   {'DIFFERS' if off else 'equal'}")
    return int(off)


def _rankings(run: Path, qrels: Path, report: dict[str, Any]) -> dict[str, float]:
    """Return ir_measures' means over the answerable questions; one without a run scores zero."""
    asked = sum(1 for row in report["rows"] if row["answerable"])
    values = ir_measures.iter_calc(
        list(RANKING.values()),
        list(ir_measures.read_trec_qrels(str(qrels))),
        list(ir_measures.read_trec_run(str(run))),
    )
    sums: Counter[str] = Counter()
    for item in values:
        sums[str(item.measure)] += item.value
    return {name: sums[str(measure)] / asked for name, measure in RANKING.items()}


def _squad(testset: Path, predictions: Path) -> tuple[float, float]:
    """Return mean exact match and F1; an unanswerable question wants no words at all."""
    given = json.loads(predictions.read_text(encoding="utf-8"))
    exact, f1 = [], []
    for article in json.loads(testset.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                golds = [answer["text"] for answer in item["answers"]] or [""]
                if item.get("is_impossible"):
                    golds = [""]
                words = _words(given.get(item["id"], ""))
                exact.append(max(float(words == _words(gold)) for gold in golds))
                f1.append(max(_f1(words, _words(gold)) for gold in golds))
    return float(np.mean(exact)), float(np.mean(f1))


def _words(text: str) -> list[str]:
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return [word for word in kept.split() if word not in _ARTICLES]


def _f1(given: list[str], gold: list[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    shared = sum((Counter(given) & Counter(gold)).values())
    return 2 * shared / (len(given) + len(gold))


def _intervals(report: dict[str, Any], means: dict[str, Any]) -> int:
    """Compare the interval of some measures, and the p-value of two of them, with scipy's."""
    wrong = 0
    rows = [row["values"] for row in report["rows"] if row["answerable"]]
    rng = np.random.default_rng(1)
    for name in ("success@1", "rr@10", "f1"):
        values = np.array([row["values"][name] for row in report["rows"] if name in row["values"]])
        found = stats.bootstrap(
            (values,), np.mean, n_resamples=10_000, method="percentile", rng=rng, batch=500
        ).confidence_interval
        wrong += _compare(f"{name} low", means[name]["low"], found.low, 0.006)
        wrong += _compare(f"{name} high", means[name]["high"], found.high, 0.006)
    pairs = np.array([row["success@3"] - row["shown@3"] for row in rows])[:300]
    test = stats.permutation_test(
        (pairs,), np.mean, permutation_type="samples", n_resamples=10_000, rng=rng, batch=500
    )
    ours = float(randomisation_test(pairs[:, None])[0])
    return wrong + _compare("p of success@3 - shown@3", ours, float(test.pvalue), 0.006)


if __name__ == "__main__":
    sys.exit(main())
