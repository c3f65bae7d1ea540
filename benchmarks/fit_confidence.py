"""Fit the weights of `qa.decide`: is the answering passage among the first three?

    python -m benchmarks.fit_confidence DATA [--library DIR] [--questions 400]

Each question is seen twice: as the archive answers it, and with every passage of the answering
paragraph taken out of the candidates, as if the article were not there. A logistic regression
over the best passage's evidence is fitted with each set weighing the same; each set's AUROC is
also given for weights fitted without it. The sample questions are a set like the others: they
were written by people who ask without the text before them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.pool import Pair, build, build_sample, public_pairs, sample_pairs
from benchmarks.retrieval import SETS
from index.words import FieldWeights
from qa.archive import Archive
from qa.fuse import Fused, fuse

Table = NDArray[np.float64]
"""Rows are question views; columns cosine, sentence cosine, sentence covered, covered."""
NAMES = ("cosine", "sentence_cosine", "sentence_covered", "covered")
SHOWN = 3


def main() -> None:
    """Gather the evidence, fit, and print weights and AUROC."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--sample-library", type=Path, default=Path("build-sample"))
    parser.add_argument("--questions", type=int, default=400)
    options = parser.parse_args()
    build(options.data, options.library)
    build_sample(options.sample_library)
    archive = Archive.open(options.library)
    tables = {
        name: _gather(archive, pairs)
        for name, pairs in public_pairs(archive, options.data, SETS, options.questions)
    }
    tables["sample"] = _gather(Archive.open(options.sample_library), sample_pairs())
    weights = _fit(tables)
    print(
        "bias",
        np.round(weights.intercept_[0], 2),
        dict(zip(NAMES, weights.coef_[0].round(2), strict=True)),
    )
    for name, (rows, labels) in tables.items():
        others = {other: table for other, table in tables.items() if other != name}
        scores = _fit(others).predict_proba(rows)[:, 1]
        print(f"{name}: AUROC {roc_auc_score(labels, scores):.3f} with weights fitted without it")


def _gather(archive: Archive, pairs: Sequence[Pair]) -> tuple[Table, Table]:
    rows, labels = [], []
    for question, answers in pairs:
        found = archive.library.find(
            question, archive.encoder, candidates=100, fields=FieldWeights()
        )
        without = found._replace(
            by_meaning=tuple(h for h in found.by_meaning if not answers(h.stored.passage)),
            by_words=tuple(h for h in found.by_words if not answers(h.stored.passage)),
        )
        for view in (fuse(found), fuse(without)):
            if view:
                rows.append(_row(view[0]))
                labels.append(any(answers(item.stored.passage) for item in view[:SHOWN]))
    return np.array(rows), np.array(labels, dtype=np.float64)


def _row(best: Fused) -> list[float]:
    evidence = best.evidence
    if evidence is None:
        return [best.cosine, 0.0, 0.0, 0.0]
    return [evidence.cosine, evidence.best("cosine"), evidence.best("covered"), evidence.covered]


def _fit(tables: dict[str, tuple[Table, Table]]) -> LogisticRegression:
    rows = np.concatenate([table for table, _ in tables.values()])
    labels = np.concatenate([labels for _, labels in tables.values()])
    shares = np.concatenate([np.full(len(y), 1_000 / len(y)) for _, y in tables.values()])
    return LogisticRegression(C=10).fit(rows, labels, sample_weight=shares)


if __name__ == "__main__":
    main()
