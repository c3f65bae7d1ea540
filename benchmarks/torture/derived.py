"""Damage the derived files of a library 10,000 times: every answer must stay right.

    python -m benchmarks.torture.derived [--cases 10000] [--seed 0] [--only N]

The FAISS file, the files of the tantivy folder and the manifest are cut, flipped, zeroed,
emptied, deleted, exchanged for another generation's, replaced by a folder or a link. After each,
the library is opened and asked: its hits must be those of brute force over the database, its
reply that of an undamaged library, with one line in the log. In every tenth case the manifest is
forged so that its hash agrees with the damage; such a case may answer wrongly (that is counted),
but may not end the process either.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.torture import library
from benchmarks.torture.cases import Verdict, counted, options, serve, watched
from benchmarks.torture.derived_damage import damage, forge, remove
from corpus.errors import LibraryDamaged
from index import derived
from index.verify_derived import derived_findings

_FORGED_EVERY = 10
_VERIFIED_EVERY = 7
_SECONDS = 30.0
_build = derived.build


class _Said(NamedTuple):
    """What a library says to one question: hits by meaning and by words, and the reply."""

    meaning: library.Hits
    words: library.Hits
    reply: dict[str, Any]


class _Listener(logging.Handler):
    """Counts what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        self.lines.append(record.getMessage())


class Bench:
    """A victim and what it must say. The victim's derived files may lag behind its database."""

    def __init__(self, home: Path) -> None:
        self._states = library.build(home)
        self._victim = home / "victim"
        shutil.copytree(self._states.new, self._victim)
        self._listener = _Listener()
        logging.getLogger("quoth.index").addHandler(self._listener)
        logging.getLogger("quoth.index").propagate = False
        self._whole = [self._said(question) for question in range(len(library.QUESTIONS))]
        self._clear()
        self._rebuilt = [self._said(question) for question in range(len(library.QUESTIONS))]
        self._place(self._states.old)
        self._behind = [self._said(question) for question in range(len(library.QUESTIONS))]
        vars(derived)["build"] = self._counted_build
        archive = library.archive_of(self._victim)
        with archive.embedded.snapshot() as snapshot:
            self._exact = list(library.brute_force(snapshot))
        archive.close()

    def run(self, seed: int, number: int) -> Verdict:
        """Damage, open, ask, judge."""
        dice = random.Random(f"{seed} {number}")
        behind, forged = dice.random() < 0.2, number % _FORGED_EVERY == 0
        source, other = (self._states.old, self._states.new)[:: 1 if behind else -1]
        self._clear()
        self._place(source)
        kind = damage(dice, self._victim, other)
        if forged:
            forge(self._victim)
            kind = "forged " + kind.split(" ")[0]
        wrong = self._judged(number, behind)
        if forged and not wrong.startswith("raised"):
            ended = wrong.split(":")[0] if wrong.startswith("refused") else "answered wrongly"
            return Verdict(number, kind, f"forged, {ended if wrong else 'right'}")
        return Verdict(number, kind, "bad" if wrong else "right", wrong)

    def _judged(self, number: int, behind: bool) -> str:
        """Return what is wrong with what the damaged library says, if anything is."""
        question = number % len(library.QUESTIONS)
        self._listener.lines.clear()
        self._built = False
        told = os.path.lexists(self._victim / derived.MANIFEST)
        try:
            said = self._said(question)
            lines, expected = list(self._listener.lines), int(self._built and told)
            if number % _VERIFIED_EVERY == 0:
                derived_findings(self._victim)
                self._is_current()
        except LibraryDamaged as error:
            return f"refused: {error}"
        except BaseException as error:  # noqa: BLE001 - tantivy panics with a BaseException
            return f"raised {type(error).__name__}: {error}"
        if said not in (self._whole[question], self._rebuilt[question]) and not (
            behind and said == self._behind[question]
        ):
            return "says other than an undamaged library"
        wrong = library.difference((said.meaning, said.words), self._exact[question])
        if not wrong and len(lines) != expected:
            return f"logged {len(lines)} lines, not {expected}: {lines}"
        return wrong

    def _counted_build(self, *given: Any, **more: Any) -> derived.Segment:
        self._built = True
        return _build(*given, **more)

    def _is_current(self) -> None:
        archive = library.archive_of(self._victim)
        with archive.embedded.snapshot() as snapshot:
            derived.is_current(self._victim, snapshot, archive.library.settings.to_json())
        archive.close()

    def _said(self, question: int) -> _Said:
        """Open the victim afresh and ask."""
        archive = library.archive_of(self._victim)
        try:
            meaning, words = library.hits(archive, question)
            return _Said(meaning, words, library.reply(archive, question))
        finally:
            archive.close()

    def _clear(self) -> None:
        """Remove the victim's derived files, whatever they have become."""
        for path in self._victim.iterdir():
            if path.name == derived.MANIFEST or path.name.startswith(("meaning-", "words-")):
                remove(path)

    def _place(self, source: Path) -> None:
        """Give the victim the derived files of a whole library."""
        for path in source.iterdir():
            if path.name.startswith("words-"):
                shutil.copytree(path, self._victim / path.name)
            elif path.name == derived.MANIFEST or path.name.startswith("meaning-"):
                shutil.copy(path, self._victim / path.name)


def main() -> int:
    """Run the cases; 1 if an answer was wrong or a process ended."""
    parsed = options(__doc__, 10_000).parse_args()
    if parsed.serve:
        with tempfile.TemporaryDirectory(prefix="quoth-derived-") as home:
            bench = Bench(Path(home))
            serve(lambda number: bench.run(parsed.seed, number), *parsed.serve)
        return 0
    total = 1 if parsed.only is not None else parsed.cases
    return counted(watched("benchmarks.torture.derived", parsed, _SECONDS), total)


if __name__ == "__main__":
    raise SystemExit(main())
