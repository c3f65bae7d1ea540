"""What a library costs as it grows: size, start, questions, recall, changes.

    python -m benchmarks.large DATA build-large/1k build-large/10k build-large/100k build-large/1m
                               [--questions 200] [--skip start,read,crowd,recall,changes]
                               [--workers 2] [--sets squad2,xquad.en]

The libraries are made by `benchmarks.large_library`; the questions are those of the public sets in
DATA, in turn. For each library, in this process unless said otherwise:

- size on disk, by database and indexes;
- start: `quoth ask` as a process of its own, to its end, median of three;
- questions: asked and rendered as the page shows them, one user, without and with the reader, by
  the clock and by seconds of the processor, which a busy machine changes less; 16 users at once,
  without the reader, in one process and in `--workers` of them (`--skip crowd` leaves them out);
- recall: of the exact nearest 100 passages of real questions, how many the search by meaning finds,
  beside that of sentences of the archive moved by noise;
- changes: an article is added, changed and removed while another thread looks for it again and
  again; the time until it is found, changed or gone, and until the command would be done.

Memory is the most that was resident so far (`ru_maxrss`); so give the libraries in order of size.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter, process_time, sleep
from typing import NamedTuple

import numpy as np

from benchmarks.pool import questions
from benchmarks.retrieval import SETS
from benchmarks.start import run_quoth
from corpus.article import Article
from index.encoder import Vectors
from index.library import Library
from index.put import put_articles
from index.remove import remove
from index.snapshot import Snapshot
from qa.archive import Archive
from qa.reader.choose import reader_for
from web.collector import spare_what_is_loaded
from web.render import reply_html
from web.turns import Serves
from web.words import ENGLISH
from web.workers import Workers

_WARM_UP = 20
_NEAREST = 100
_USERS = 16
_ROUNDS = 5
_PATIENCE_SECONDS = 60.0


class Times(NamedTuple):
    """Of questions: milliseconds by the clock (median, 95th percentile) and of the processor."""

    p50: float
    p95: float
    processor: float

    def __str__(self) -> str:
        return f"p50 {self.p50:6.1f} ms  p95 {self.p95:6.1f} ms  processor {self.processor:6.1f} ms"


def main() -> None:
    """Measure one library after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("libraries", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--skip", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sets", default=",".join(SETS))
    options = parser.parse_args()
    skipped = set(options.skip.split(","))
    asked = _mixed(options.data, options.sets.split(","), options.questions + _WARM_UP)
    for folder in options.libraries:
        print(f"\n{folder}")
        _print_size(folder)
        for name, part in (("start", _print_start), ("ask", _print_questions),
                           ("read", _print_read),
                           ("crowd", partial(_print_crowd, workers=options.workers)),
                           ("recall", _print_recall), ("changes", _print_changes)):  # fmt: skip
            if name not in skipped:
                part(folder, asked)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"  memory     {peak:,.0f} MB at most so far", flush=True)


def _mixed(data: Path, names: Sequence[str], most: int) -> list[str]:
    each = most // len(names) + 1
    sets = [questions(data / f"{name}.json", each, seed=2) for name in names]
    return [item.question for row in zip(*sets, strict=True) for item in row][:most]


def _print_size(folder: Path) -> None:
    parts = {"database": "library.sqlite*", "meaning": "meaning-*", "words": "words-*/*"}
    sizes = {
        name: sum(path.stat().st_size for path in folder.glob(pattern)) / 1e6
        for name, pattern in parts.items()
    }
    archive = Archive.open(folder, reader=reader_for("none"))
    count = archive.size()[1]
    archive.close()
    told = ", ".join(f"{name} {size:,.1f} MB" for name, size in sizes.items())
    each = sum(sizes.values()) * 1e6 / count
    print(f"  size       {count:,} passages: {told}; {each:,.0f} bytes each")


def _print_start(folder: Path, asked: Sequence[str]) -> None:
    for name, more in (("start", ()), ("start, no reader", ("--reader", "none"))):
        runs = [
            run_quoth("ask", asked[0], "--library", str(folder), *more, codes={0, 1})
            for _ in range(3)
        ]
        wall, cpu = median(run.wall for run in runs), median(run.cpu for run in runs)
        print(f"  {name:<16} {wall:.2f} s, processor {cpu:.2f} s", flush=True)


def _times(archive: Archive, asked: Sequence[str]) -> Times:
    for question in asked[:_WARM_UP]:
        archive.ask(question)
    times, began = [], process_time()
    for question in asked[_WARM_UP:]:
        started = perf_counter()
        reply_html(archive.ask(question), ENGLISH)
        times.append(1000 * (perf_counter() - started))
    processor = 1000 * (process_time() - began) / len(times)
    p50, p95 = np.percentile(times, [50, 95])
    return Times(float(p50), float(p95), processor)


def _print_questions(folder: Path, asked: Sequence[str]) -> None:
    archive = Archive.open(folder, reader=reader_for("none"))
    print(f"  questions  {_times(archive, asked)}", flush=True)
    archive.close()


def _print_read(folder: Path, asked: Sequence[str]) -> None:
    archive = Archive.open(folder, reader=reader_for(milliseconds=300))
    print(f"  with reader {_times(archive, asked)}", flush=True)
    archive.close()


def _print_crowd(folder: Path, asked: Sequence[str], workers: int) -> None:
    """Let one user and then sixteen ask the same questions; print the rates.

    All are asked once before, in each way, so that the pages of the database are in memory; then
    five times in turn, of which the median counts.
    """
    archive = Archive.open(folder, reader=reader_for("none"))
    apart = Workers(archive, partial(_without_reader, folder), workers)
    apart.start()
    spare_what_is_loaded()  # as a server does
    ways: tuple[tuple[str, Serves], ...] = (("1 process", archive), (f"{workers} workers", apart))
    for _, way in ways:
        _rate(way, asked, _USERS)
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(_ROUNDS):  # in turn: what disturbs the machine disturbs all of them
        for name, way in ways:
            for users in (1, _USERS):
                rates.setdefault((name, users), []).append(_rate(way, asked, users))
    middle = {key: median(found) for key, found in rates.items()}
    for name, _ in ways:
        one, all_ = middle[name, 1], middle[name, _USERS]
        told = ", ".join(
            f"{some / alone:.2f}"
            for some, alone in zip(rates[name, _USERS], rates["1 process", 1], strict=True)
        )
        print(f"  users      {name}: 1: {one:.1f} a second, {_USERS}: {all_:.1f} "
              f"({all_ / middle['1 process', 1]:.2f} times one of one process; in turn {told}), "
              "0 errors", flush=True)  # fmt: skip
    apart.close()
    archive.close()


def _without_reader(folder: Path) -> Archive:
    return Archive.open(folder, reader=reader_for("none"))


def _rate(archive: Serves, asked: Sequence[str], users: int) -> float:
    """Return how many questions are answered and rendered in a second."""
    started = perf_counter()
    with ThreadPoolExecutor(users) as pool:
        replies = list(pool.map(lambda one: reply_html(archive.ask(one), ENGLISH), asked))
    return len(replies) / (perf_counter() - started)


def _print_recall(folder: Path, asked: Sequence[str]) -> None:
    archive = Archive.open(folder, reader=reader_for("none"))
    real = np.concatenate([archive.encoder.encode_question(question) for question in asked])
    for name, vectors in (("questions", real), ("sentences", _sentences(archive, len(asked)))):
        shared = list(_shared(archive.embedded, vectors))
        print(f"  recall@{_NEAREST} {name}: mean {np.mean(shared):.4f}, least {min(shared):.2f}, "
              f"{np.mean(np.array(shared) == 1):.0%} whole", flush=True)  # fmt: skip
    archive.close()


def _sentences(archive: Archive, count: int) -> Vectors:
    with archive.embedded.snapshot() as snapshot:
        rows = snapshot.sentence_sample(1, count, archive.encoder.dimension)
    noise = np.random.default_rng(5).standard_normal(rows.shape) * 0.3 / rows.shape[1] ** 0.5
    moved = rows + noise
    unit: Vectors = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _shared(library: Library, vectors: Vectors) -> Iterator[float]:
    """Yield, for each question, which share of the exact nearest the search finds."""
    dimension = vectors.shape[1]
    with library.snapshot() as snapshot:
        view = library.view(snapshot)
        scores = np.full((len(vectors), 0), 0, dtype=np.float32)
        names = np.zeros((len(vectors), 0), dtype=np.int64)
        for numbers, rows in snapshot.vector_batches(0, dimension):
            scores = np.concatenate([scores, vectors @ rows.T], axis=1)
            names = np.concatenate([names, np.tile(numbers, (len(vectors), 1))], axis=1)
            best = np.argpartition(-scores, min(_NEAREST, scores.shape[1]) - 1)[:, :_NEAREST]
            scores = np.take_along_axis(scores, best, axis=1)
            names = np.take_along_axis(names, best, axis=1)
        for vector, nearest in zip(vectors, names, strict=True):
            found = view.by_meaning(
                vector[None], _NEAREST, None, lambda ns: _rows(snapshot, ns, dimension)
            )
            yield len(set(nearest.tolist()) & {number for number, _ in found}) / len(nearest)


def _rows(snapshot: Snapshot, numbers: Sequence[int], dimension: int) -> dict[int, Vectors]:
    outlines = snapshot.outlines(numbers, dimension)
    return {number: outline.vector for number, outline in outlines.items()}


def _print_changes(folder: Path, _: Sequence[str]) -> None:
    archive = Archive.open(folder, reader=reader_for("none"))
    archive.library.watch()
    archive.ask("Is it warm?")
    encoder = archive.encoder

    def put(words: str) -> None:
        text = f"The password of the harbour master is {words}. It was set in May."
        article = Article("large-note", "A note of the harbour", text, "large/note.md")
        put_articles([article], folder, encoder, address="large/note.md")

    steps: list[tuple[str, Callable[[], object], Callable[[str], bool]]] = [
        ("added", lambda: put("zanzibarix"), lambda told: "zanzibarix" in told),
        ("changed", lambda: put("mogadishux"), lambda told: "mogadishux" in told),
        ("removed", lambda: remove(folder, ["large-note"]), lambda told: "mogadishux" not in told),
    ]
    for name, change, is_seen in steps:
        began = perf_counter()
        thread = Thread(target=change)
        thread.start()
        seen = _seen(archive, is_seen) - began
        thread.join()
        print(f"  {name:<10} seen after {seen:.2f} s, done after {perf_counter() - began:.2f} s",
              flush=True)  # fmt: skip
    archive.close()


def _seen(archive: Archive, is_seen: Callable[[str], bool]) -> float:
    """Ask until the change shows; return when."""
    give_up = perf_counter() + _PATIENCE_SECONDS
    while perf_counter() < give_up:
        reply = archive.search("What is the password of the harbour master?", k=10)
        if is_seen(reply_html(reply, ENGLISH)):
            return perf_counter()
        sleep(0.005)
    raise SystemExit("the change does not show")


if __name__ == "__main__":
    main()
