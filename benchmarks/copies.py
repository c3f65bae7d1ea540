"""Near-duplicates: how well they are told from other pages, and what looking for them costs.

    python -m benchmarks.copies [DATA] [--stories N] [--seed N] [--scale N]

Pairs are made by `benchmarks.copies_made` out of the sample articles and, if DATA is given, out of
the public question sets. Three tables: the rule for whole texts, at several thresholds; the library
itself, which looks only where a band of signatures is shared; and the rule for passages of copies,
cut where the splitter cuts them. `--scale N` adds N made-up articles and tells what each costs.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.copies_made import COPIES, Pair, Story, pairs, sentences, stories
from corpus.article import Article, Passage
from corpus.chunk import ChunkRules, split
from index import schema
from index.copies import record_copies
from index.rows import SEALED_COLUMNS, article_row
from index.sentence_encoder import SentenceEncoder
from index.signatures import SIZES, Likeness, likeness, shingles_of
from qa.duplicates import shingles

_WORDS_IN_ARTICLE = 400
_LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7)
Judged = list[tuple[Pair, bool]]


def main() -> int:
    """Make the pairs, measure, print."""
    options = _options()
    told = stories(options.data, options.stories, options.seed)
    made = list(pairs(told, options.seed))
    count = sum(pair.copies for pair in made)
    print(f"{len(told)} stories; {count} pairs of copies, {len(made) - count} of other pages\n")
    alike = [likeness(shingles_of(pair.a), shingles_of(pair.b)) for pair in made]
    print(f"called copies, by rule; `contained` asks for sizes within {SIZES:.2f} as well")
    for name, rule in _rules():
        rows = [(pair, rule(each)) for pair, each in zip(made, alike, strict=True)]
        print(_summary(name, rows))
    seconds, rows = _in_a_library(made)
    print(_summary("the library", rows) + "\n\n" + "\n".join(_by_kind(rows)))
    print(f"\n{1000 * seconds / (2 * len(made)):.2f} ms an article to sign, look up and compare\n")
    _print_passages([pair for pair in made if pair.copies], options.seed)
    if options.scale:
        _print_scale(told, options.scale, options.seed)
    return 0


def _rules() -> Iterator[tuple[str, Callable[[Likeness], bool]]]:
    for least in (0.5, 0.6, 0.7, 0.8):
        yield f"Jaccard {least:.2f}", partial(_is_alike, least)
    for least in (0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        yield f"contained {least:.2f}", partial(_is_contained, least)


def _is_alike(least: float, alike: Likeness) -> bool:
    return alike.jaccard >= least


def _is_contained(least: float, alike: Likeness) -> bool:
    return alike.containment >= least and alike.sizes >= SIZES


def _summary(name: str, rows: Judged) -> str:
    """Return precision and recall over all pairs."""
    right = sum(called and pair.copies for pair, called in rows)
    called, copies = sum(c for _, c in rows), sum(pair.copies for pair, _ in rows)
    return f"  {name:15} precision {right / max(1, called):.3f}  recall {right / copies:.3f}"


def _by_kind(rows: Judged) -> Iterator[str]:
    """Yield what share of each kind was called copies."""
    for kind in dict.fromkeys(pair.kind for pair, _ in rows):
        mine = [called for pair, called in rows if pair.kind == kind]
        wanted = "copies" if kind in COPIES else "others"
        yield f"  {wanted}: {kind:22} {sum(mine) / len(mine):.3f} of {len(mine)}"


def _in_a_library(made: Sequence[Pair]) -> tuple[float, Judged]:
    """Record both texts of each pair in tables of a library; return seconds, and what was found."""
    rows: Judged = []
    with tempfile.TemporaryDirectory() as home, closing(_tables(Path(home))) as connection:
        seconds = 0.0
        for pair in made:
            numbers = []
            for text in (pair.a, pair.b):
                numbers.append(_insert(connection, text))
                begun = perf_counter()
                record_copies(connection, numbers[-1], text)
                seconds += perf_counter() - begun
            found = connection.execute(
                "SELECT count(*) FROM copies WHERE other = ? AND article = ?", numbers
            ).fetchone()[0]
            rows.append((pair, bool(found)))
            # Each story stands in a dozen pairs: leave none for the next to be like.
            connection.executemany("DELETE FROM articles WHERE number = ?", [(n,) for n in numbers])
    return seconds, rows


def _tables(home: Path) -> sqlite3.Connection:
    schema.create(home, schema.Settings("none", "none", 1, ChunkRules()))
    connection = schema.connect(home, write=True)
    connection.execute("BEGIN")
    return connection


def _insert(connection: sqlite3.Connection, text: str) -> int:
    """Insert an article with that text alone, and return its row."""
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM articles").fetchone()
    values = article_row(Article(f"a{last}", "", text, ""), "")
    marks = ", ".join("?" * len(values))
    cursor = connection.execute(
        f"INSERT INTO articles ({SEALED_COLUMNS}, hash) VALUES ({marks}, x'')", values
    )
    return int(cursor.lastrowid or 0)


def _print_passages(made: Sequence[Pair], seed: int) -> None:
    """Print what share of pairs of passages folds, by the share of shingles asked for."""
    chance, encoder = random.Random(seed), SentenceEncoder()
    same: list[float] = []
    other: list[float] = []
    for pair in made:
        a, b = (_passages(text, encoder) for text in (pair.a, pair.b))
        common = [s for s in sentences(pair.a) if s in pair.b and len(s.split()) > 5]
        if not common:
            continue
        sentence = chance.choice(common)
        for first in (each for each in a if sentence in each.text):
            for second in b:
                shared = _contained(first, second)
                (same if sentence in second.text else other).append(shared)
    print("passages of copies that are folded, by the share of the shorter one's shingles")
    for least in _LIMITS:
        folded = [sum(share >= least for share in each) / len(each) for each in (same, other)]
        print(f"  {least:.1f}  {folded[0]:.3f} of {len(same)} with a drawn sentence in common, "
              f"{folded[1]:.3f} of {len(other)} others")  # fmt: skip


def _passages(text: str, encoder: SentenceEncoder) -> list[Passage]:
    return [chunk.passage for chunk in split(Article("", "", text, ""), encoder)]


def _contained(a: Passage, b: Passage) -> float:
    mine, theirs = shingles(a.text), shingles(b.text)
    return len(mine & theirs) / min(len(mine), len(theirs))


def _print_scale(told: Sequence[Story], most: int, seed: int) -> None:
    """Print milliseconds an article while a library grows by made-up articles.

    Commits are included, but nobody waits for the disk: the article's passages do that anyway.
    """
    chance = random.Random(seed)
    words = " ".join(story.text for story in told).split()
    marks = {10**power for power in range(2, 8)} | {most}
    print(f"\nadding articles of {_WORDS_IN_ARTICLE} words")
    with tempfile.TemporaryDirectory() as home, closing(_tables(Path(home))) as connection:
        connection.executescript("PRAGMA synchronous = OFF; BEGIN")
        recent: list[float] = []
        for count in range(1, most + 1):
            text = " ".join(chance.choices(words, k=_WORDS_IN_ARTICLE))
            number = _insert(connection, text)
            started = perf_counter()
            record_copies(connection, number, text)
            connection.execute("COMMIT")
            recent = [*recent[-999:], perf_counter() - started]
            connection.execute("BEGIN")
            if count in marks:
                mean, worst = sum(recent) / len(recent), sorted(recent)[int(len(recent) * 0.99)]
                size = sum(file.stat().st_size for file in Path(home).iterdir())
                print(f"  {count:>9,}: {1000 * mean:.2f} ms, 99 of 100 within {1000 * worst:.2f}, "
                      f"{size / count / 1000:.1f} kB each", flush=True)  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA")
    parser.add_argument("--stories", type=int, default=300, metavar="N", help="public ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="articles to add")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
