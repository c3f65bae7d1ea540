"""Damage the database of a library 1,000 times: refused, found by verify, or harmless.

    python -m benchmarks.torture.database [--cases 1000] [--seed 0] [--only N]

Cuts, zeroed pages, flipped bits anywhere and inside stored facts, a damaged header, a WAL that is
damaged or gone, a planted journal. Then the library is opened, asked, listed and verified. Bad is:
any error but one line for people, a shown text or fact other than the original, other answers or
other stored values with nothing found by verify, and a database file that opening has changed.
A lost WAL can leave an older whole state, of which nothing tells if no index is newer; such cases
are counted apart, and must equal that state to the last value.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.torture import library
from benchmarks.torture.cases import Verdict, counted, options, serve, watched
from benchmarks.torture.database_damage import WAL, damage, wal_commits
from corpus.article import Article
from corpus.errors import QuothError
from index.derived import MANIFEST
from index.schema import DATABASE
from index.verify import verify
from qa.archive import Archive

_SECONDS = 60.0
_CURES = ("restore", "ingest", "upgrade", "verify", "permissions", "run the same command")


class State(NamedTuple):
    """A whole library: dumps and articles of all its commits, the last one first, and what it
    replies to each question, with its indexes and with newly built ones."""

    folder: Path
    dumps: list[dict[str, list[Any]]]
    articles: list[dict[str, Article]]
    said: list[list[Any]]


class Bench:
    """A victim, and the whole libraries it is made from."""

    def __init__(self, home: Path) -> None:
        self._victim = home / "victim"
        self._states = [self._state(folder) for folder in library.build_with_wal(home)]

    def run(self, seed: int, number: int) -> Verdict:
        """Damage, open, ask, verify, judge."""
        dice = random.Random(f"{seed} {number}")
        state = dice.choice(self._states[:1] * 3 + self._states[1:])
        shutil.rmtree(self._victim, ignore_errors=True)
        shutil.copytree(state.folder, self._victim)
        kind = damage(dice, self._victim)
        if dice.random() < 0.5:  # then the indexes must be built from what is damaged
            (self._victim / MANIFEST).unlink()
        before = _bytes_of(self._victim)
        judge = _Judge(state, self._victim, number % len(library.QUESTIONS))
        try:
            outcome = judge.outcome()
        except Exception as error:  # noqa: BLE001 - whatever is no QuothError is what is looked for
            return Verdict(number, kind, "bad", f"raised {type(error).__name__}: {error}")
        after = _bytes_of(self._victim)
        if any(after.get(name) != data for name, data in before.items()):
            judge.bad.append("the database was changed")
        return Verdict(number, kind, "bad" if judge.bad else outcome, "; ".join(judge.bad[:3]))

    def _state(self, folder: Path) -> State:
        """Read everything a whole library says and holds, also as of its earlier commits."""
        dumps, articles = [], []
        for wal in wal_commits(folder):
            shutil.rmtree(self._victim, ignore_errors=True)
            shutil.copytree(folder, self._victim)
            if wal is not None:
                (self._victim / WAL).write_bytes(wal)
            dumps.append(dump(self._victim))
            archive = library.archive_of(self._victim)
            found = (archive.article(info.id) for info in archive.articles())
            articles.append({article.id: article for article in found if article})
            archive.close()
        shutil.rmtree(self._victim)
        shutil.copytree(folder, self._victim)
        said = [self._replies(), []]
        (self._victim / MANIFEST).unlink()
        said[1] = self._replies()
        return State(folder, dumps, articles, [list(pair) for pair in zip(*said, strict=True)])

    def _replies(self) -> list[Any]:
        with closing(library.archive_of(self._victim)) as archive:
            return [library.reply(archive, number) for number in range(len(library.QUESTIONS))]


class _Judge:
    """Opens, asks and verifies one damaged library; `bad` is what must not be."""

    def __init__(self, state: State, victim: Path, question: int) -> None:
        self.bad: list[str] = []
        self._state = state
        self._victim = victim
        self._question = question

    def outcome(self) -> str:
        """Return how the case ended: refused, found or harmless, or an older whole state."""
        refused, says = "", None
        try:
            archive = library.archive_of(self._victim)
        except QuothError as error:
            refused = self._refusal(error)
        else:
            with closing(archive):
                refused, says = self._asked(archive)
        found = self._verified()
        if refused:
            return "refused"
        if found:
            return "found by verify"
        held = dump(self._victim)
        if held == self._state.dumps[0]:
            if says not in self._state.said[self._question]:
                self.bad.append("answers otherwise, and verify finds nothing")
            return "harmless"
        if held in self._state.dumps:
            return "an older whole state"
        self.bad.append(f"verify misses a change of {_changed(held, self._state.dumps[0])}")
        return "missed"

    def _asked(self, archive: Archive) -> tuple[str, Any]:
        """Ask, list and read everything; return a refusal, and the reply."""
        try:
            says = library.reply(archive, self._question)
            listed = [info.id for info in archive.articles()]
        except QuothError as error:
            return self._refusal(error), None
        for extract in (*says["extracts"], *says.get("nearest", ())):
            self._check_extract(extract)
        for name in listed:
            try:
                article = archive.article(name)
                passages = archive.passages(name)
            except QuothError as error:
                self._refusal(error)
                continue
            if article is not None and not self._is_original(article):
                self.bad.append(f"shows an article {name!r:.40} that was never stored")
            if any(not self._is_original(passage.article) for passage in passages):
                self.bad.append(f"shows a passage of {name!r:.40} that was never stored")
        return "", says

    def _check_extract(self, extract: dict[str, Any]) -> None:
        passage, shown = extract["passage"], extract["article"]
        for state in self._state.articles:
            original = state.get(shown["id"])
            if original and original.text[passage["start"] : passage["end"]] == passage["text"]:
                facts = ("title", "source", "author", "published", "fingerprint", "captured")
                if all(getattr(original, name) == shown[name] for name in facts):
                    return
        self.bad.append(f"shows an extract of {shown['id']!r:.40} that was never stored")

    def _is_original(self, article: Article) -> bool:
        return any(state.get(article.id) == article for state in self._state.articles)

    def _verified(self) -> list[str]:
        try:
            return [str(finding) for finding in verify(self._victim)]
        except QuothError as error:
            return [self._refusal(error)]

    def _refusal(self, error: QuothError) -> str:
        """Check that an error names the thing and the cure in one line."""
        said = str(error)
        names = str(self._victim) in said or said.startswith("article ")
        if "\n" in said or not names or not any(cure in said for cure in _CURES):
            self.bad.append(f"refuses without file or cure: {said}")
        return said


def dump(folder: Path) -> dict[str, list[Any]]:
    """Return every row of every table that Quoth wrote, read past Quoth's own checks."""
    address = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro"
    # Of SQLite's own table the wording does not matter: REfERENCES is as good.
    tables = ("meta", "files", "articles", "passages",
              "(SELECT name, type, tbl_name, lower(sql) FROM sqlite_schema)")  # fmt: skip
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.text_factory = bytes
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in tables
        }


def _changed(held: dict[str, list[Any]], whole: dict[str, list[Any]]) -> str:
    """Name the table and the row that differ first."""
    return next(_differing(held, whole), "nothing")


def _differing(held: dict[str, list[Any]], whole: dict[str, list[Any]]) -> Iterator[str]:
    for table, rows in whole.items():
        if len(rows) != len(held[table]):
            yield f"the number of {table}"
        for before, after in zip(rows, held[table], strict=False):
            columns = [
                n for n, pair in enumerate(zip(before, after, strict=True)) if len({*pair}) > 1
            ]
            if columns:
                yield f"{table} {before[0]!r}, columns {columns}"


def _bytes_of(folder: Path) -> dict[str, bytes]:
    names = (DATABASE, WAL, DATABASE + "-journal")
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def main() -> int:
    """Run the cases; 1 if anything was bad."""
    parsed = options(__doc__, 1_000).parse_args()
    if parsed.serve:
        with tempfile.TemporaryDirectory(prefix="quoth-database-") as home:
            bench = Bench(Path(home))
            serve(lambda number: bench.run(parsed.seed, number), *parsed.serve)
        return 0
    total = 1 if parsed.only is not None else parsed.cases
    return counted(watched("benchmarks.torture.database", parsed, _SECONDS), total)


if __name__ == "__main__":
    raise SystemExit(main())
