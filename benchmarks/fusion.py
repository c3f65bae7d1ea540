"""Fusion formulas side by side: the table of what was tried in `docs/retrieval.md`.

    python -m benchmarks.fusion DATA [--library DIR] [--sample-library DIR] [--questions 400]

Every formula ranks the same candidates (100 by meaning and 100 by words), so only the formula
differs. Printed are Success@1 / Success@5 of each public set by gold paragraph, their means, and
the sample questions' by gold quote.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pool import Pair, build, build_sample, public_pairs, sample_pairs
from benchmarks.retrieval import SETS
from index.words import FieldWeights
from qa.archive import Archive
from qa.evidence import QuestionForm, gather, most_words

Columns = NDArray[np.float64]
"""One row a candidate: cosine, BM25, best sentence's cosine, BM25 and share covered, share the
passage covers, passage number, 1 if it answers. BM25 is over its limit; float64 `(c, 8)`."""
Formula = Callable[[Columns], NDArray[np.float64]]


def main() -> None:
    """Gather the columns of every question once, then rank them by each formula."""
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
        name: [_columns(archive, pair) for pair in pairs]
        for name, pairs in public_pairs(archive, options.data, SETS, options.questions)
    }
    sample = Archive.open(options.sample_library)
    tables["sample"] = [_columns(sample, pair) for pair in sample_pairs()]
    print(f"{'':44}" + "".join(f"{name:>13}" for name in (*SETS, "mean", "sample")))
    for name, formula in _formulas():
        cells = {key: _success(table, formula) for key, table in tables.items()}
        mean = np.mean([cells[key] for key in SETS], axis=0)
        row = [*(cells[key] for key in SETS), mean, cells["sample"]]
        print(f"{name:44}" + "".join(f"  {one:.3f}/{five:.3f}" for one, five in row))


def _columns(archive: Archive, pair: Pair) -> Columns:
    found = archive.library.find(
        pair.question, archive.encoder, candidates=100, fields=FieldWeights()
    )
    form = QuestionForm(found.vector, found.terms, found.weigher)
    limit = most_words(form)
    words = {hit.stored.number: hit.score for hit in found.by_words}
    stored = {h.stored.number: h.stored for h in (*found.by_meaning, *found.by_words)}
    rows = []
    for number, passage in sorted(stored.items()):
        seen = gather(form, passage, words.get(number, 0.0))
        best = (seen.best("cosine"), seen.best("words"), seen.best("covered"))
        answers = float(pair.answers(passage.passage))
        rows.append((seen.cosine, words.get(number, 0.0) / limit, *best, seen.covered, number,
                     answers))  # fmt: skip
    return np.array(rows).reshape(-1, 8)


def _success(table: Sequence[Columns], formula: Formula) -> tuple[float, float]:
    ranks = []
    for rows in table:
        order = np.lexsort((rows[:, 6], -formula(rows))) if len(rows) else np.zeros(0, dtype=int)
        right = np.flatnonzero(rows[order, 7] > 0)
        ranks.append(int(right[0]) + 1 if len(right) else 0)
    found = np.array(ranks)
    return float((found == 1).mean()), float(((found > 0) & (found <= 5)).mean())


def _formulas() -> Iterator[tuple[str, Formula]]:
    yield "meaning alone", lambda r: r[:, 0]
    yield "words alone", lambda r: r[:, 1]
    for alpha in (0.3, 0.5):
        yield f"min-max, {alpha} meaning", partial(_min_max, shares=(alpha, 1 - alpha, 0, 0))
    sentences = partial(_min_max, shares=(0.15, 0.40, 0.25, 0.20))
    yield "min-max with sentences .15 .25 .40 .20", sentences
    for name, weights in {
        "theoretical scale, passages only": (0.33, 0, 1, 0, 0, 0),
        "+ best sentence's cosine and BM25": (0.43, 0.67, 0.5, 0.5, 0, 0),
        "+ share covered by the best sentence": (0.44, 0.7, 0.45, 0.45, 0.1, 0),
        "+ share covered by the passage (default)": (0.4, 0.7, 0.3, 0.4, 0.1, 0.2),
        "default with α = .3": (0.3, 0.7, 0.3, 0.4, 0.1, 0.2),
        "default with α = .5": (0.5, 0.7, 0.3, 0.4, 0.1, 0.2),
    }.items():
        yield name, partial(_weighed, weights=weights)


def _weighed(rows: Columns, weights: Sequence[float]) -> NDArray[np.float64]:
    """Weights: α, sentence's share of meaning, then passage, sentence, covered, passage covered."""
    alpha, sentence, passage_words, sentence_words, covered, passage_covered = weights
    meaning = (1 - sentence) * rows[:, 0] + sentence * rows[:, 2]
    words = passage_words * rows[:, 1] + sentence_words * rows[:, 3]
    words = words + covered * rows[:, 4] + passage_covered * rows[:, 5]
    return np.asarray(alpha * meaning + (1 - alpha) * words)


def _min_max(rows: Columns, shares: Sequence[float]) -> NDArray[np.float64]:
    """Shares of cosine, BM25, best sentence's cosine and BM25, each scaled by its own extremes."""
    return np.asarray(sum(w * _scaled(rows[:, n]) for n, w in enumerate(shares) if w))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low)) if high > low else np.ones_like(values)


if __name__ == "__main__":
    main()
