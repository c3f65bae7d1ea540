"""What a filter costs the two finders, by the share of the articles it lets through.

    python -m benchmarks.filtered --library DIR [--times 28]

The library's passages are taken several times over, so that there are many; nothing is written.
Each figure is the mean over questions of the quickest of five searches for 100 passages, in
milliseconds: a busy machine only adds. By words, a clause of the query stands beside the sifting
of hits; `index.words` takes the first for narrow filters, the second for all others.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from index import words as words_module
from index.encoder import Vectors
from index.library import Library
from index.meaning import Meaning, Numbers
from index.words import Words

SHARES = (0.001, 0.01, 0.05, 0.1, 0.3, 0.6, 0.95)
_RUN = 14
"""Passages of an article, which are let through together."""
_K, _QUESTIONS, _TRIES = 100, 12, 5


def main() -> None:
    """Measure and print one line for each share."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--times", type=int, default=1, help="how often to take each passage")
    options = parser.parse_args()
    words, meaning, vectors, asked = _built(options.library, options.times)
    print(f"{len(words):,} passages; milliseconds for {_K} of them")
    none = (_by_words(words, asked, None), _by_meaning(meaning, vectors, None))
    print(f"{'share':>6} {'numbers':>8} {'clause':>8} {'sifted':>8} {'meaning':>8}")
    print(f"{'none':>6} {'':>8} {'':>8} {none[0]:8.2f} {none[1]:8.2f}")
    for share in SHARES:
        only = _chosen(len(words), share)
        cells = []
        for narrow in (1.0, 0.0):
            words_module._NARROW = narrow  # how few are few: all, then none
            cells.append(_by_words(words, asked, only))
        cells.append(_by_meaning(meaning, vectors, only))
        print(f"{share:6} {len(only):8,} " + " ".join(f"{cell:8.2f}" for cell in cells), flush=True)


def _built(folder: Path, times: int) -> tuple[Words, Meaning, Vectors, list[list[str]]]:
    """Return both finders over every passage `times` over, vectors (q, d) and terms to ask for."""
    library = Library.open(folder)
    with library.snapshot() as snapshot:
        _, vectors = snapshot.vectors_after(0, library.settings.dimension)
        rows = list(snapshot.words_after(0))
    library.close()
    dice, count = random.Random(1), len(rows) * times
    places = dice.sample(range(len(rows)), _QUESTIONS)
    asked = [dice.sample(sorted(set(rows[n].text)), min(6, len(set(rows[n].text)))) for n in places]
    many = (rows[n % len(rows)]._replace(number=n + 1) for n in range(count))
    numbers = np.arange(1, count + 1, dtype=np.int64)
    meaning = Meaning.build(numbers, np.tile(vectors, (times, 1)), vectors.shape[1])
    return Words.build(many), meaning, vectors[places], asked


def _chosen(count: int, share: float) -> Numbers:
    """Return the numbers of about that share of the articles, sorted."""
    dice = random.Random(2)
    articles = [n for n in range(count // _RUN) if dice.random() < share] or [0]
    return np.array([n * _RUN + place + 1 for n in articles for place in range(_RUN)], np.int64)


def _by_words(words: Words, asked: Sequence[list[str]], only: Numbers | None) -> float:
    return _mean([_quickest(lambda t=terms: words.search(t, _K, only=only)) for terms in asked])  # type: ignore[misc]


def _by_meaning(meaning: Meaning, vectors: Vectors, only: Numbers | None) -> float:
    rows = [vectors[n : n + 1] for n in range(len(vectors))]
    return _mean([_quickest(lambda v=row: meaning.search(v, _K, only)) for row in rows])  # type: ignore[misc]


def _quickest(search: Callable[[], object]) -> float:
    times = []
    for _ in range(_TRIES):
        started = perf_counter()
        search()
        times.append(perf_counter() - started)
    return min(times)


def _mean(seconds: Sequence[float]) -> float:
    return 1_000 * sum(seconds) / len(seconds)


if __name__ == "__main__":
    main()
