"""Let a disk run full at 200 levels: each command says so in one line, and loses nothing.

    python -m benchmarks.torture.full [--levels 200] [--seed 0] [--by tmpfs ext4 limit]

A level is a share of the room that a command needs. With that much room `quoth ingest` runs (which
also builds the indexes), while a reader that was there before goes on asking; then `backup` and
`calibrate`, each with that share of what it needs, and `ask` with none at all. The room is that of
a tmpfs or ext4 filled by another file (both need root), or a limit on the size of files. A command
must go through, or end with exit code 9 and one line that names the place and the bytes free; what
was reported done is kept, `verify` finds nothing, no file is left over; and with more room the
same command goes through.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from benchmarks.kill_check import QUESTIONS, Held, Told, after_completion, after_kill, held
from benchmarks.kill_ingest import SCENARIOS, Bench, Case
from benchmarks.torture.cases import total_line
from benchmarks.torture.full_child import Command
from benchmarks.torture.rooms import KINDS, Room, possible, room
from corpus.errors import QuothError
from index.library import Library
from index.schema import DATABASE
from index.verify import verify
from qa.answer import Answer
from qa.archive import Archive
from tests.conftest import FakeEncoder

FULL, _ABSTAINED = 9, 20
_LOG_BYTES = 24_000
"""About what `calibrate` needs: one page of the database, its log and the index of that."""
_LINE = re.compile(
    r"quoth: \S+ cannot be written \(.+; [\d,.]+ MB free\); what was reported done is kept; "
    r"make room or mend the disk(, or lift the limit on the size of files \(ulimit -f\))?, "
    r"then run the same command again"
)


class Level(NamedTuple):
    """What came of one level: each command's exit code, articles reported done, questions answered
    meanwhile, and what was found wrong."""

    codes: dict[str, int]
    done: int
    asked: int
    wrong: list[str]


class FullDisk:
    """Runs commands with little room, and judges them."""

    def __init__(self, bench: Bench, *, name: str = "full") -> None:
        self._bench = bench
        self._home = bench.home / name
        self._home.mkdir()
        self._library = self._home / "disk" / "library"
        self._needed: dict[tuple[str, str], int] = {}
        self._codes: dict[str, int] = {}
        self._wrong: list[str] = []

    def level(self, scenario: str, kind: str, share: float) -> Level:
        """Run all commands with this share of the room they need, then with enough, and judge."""
        case = self._bench.cases[scenario]
        needed = self._needed_for(case, kind)
        self._codes, self._wrong = {}, []
        done = asked = 0
        with room(kind, self._home) as disk:
            if case.start:
                shutil.copytree(case.start, self._library)
            try:
                done, asked = self._ingest(case, disk, int(share * needed))
                self._others(disk, share)
            except (QuothError, OSError, ValueError, RuntimeError) as error:
                self._wrong.append(f"{type(error).__name__}: {error}")
        return Level(self._codes, done, asked, self._wrong)

    def _needed_for(self, case: Case, kind: str) -> int:
        """Return the most room, in bytes, that an undisturbed ingest took (or its longest file)."""
        if (case.name, kind) not in self._needed:
            with room(kind, self._home) as disk:
                if case.start:
                    shutil.copytree(case.start, self._library)
                free, process = disk.free(), self._command("ingest", None).begin()
                most = 0
                while process.is_alive():
                    most = max(most, disk.used_since(free))
                    time.sleep(0.002)
                self._needed[case.name, kind] = most
        return self._needed[case.name, kind]

    def _command(self, name: str, limit: int | None) -> Command:
        arguments = {
            "ingest": (str(self._bench.articles),),
            "backup": (str(self._backup), "--force"),
            "calibrate": ("--wrong-answers", "60%", "--questions", "20", "--no-leave-out"),
            "ask": (QUESTIONS[0],),
        }[name]
        line = (name, *arguments, "--library", str(self._library))
        return Command(line, self._home / "told", self._home / "output", limit)

    @property
    def _backup(self) -> Path:
        return self._library.with_name("backup.quoth")

    def _ingest(self, case: Case, disk: Room, size: int) -> tuple[int, int]:
        """Ingest with so many bytes of room while a reader asks, then with enough; judge both."""
        command = self._command("ingest", disk.leave(size))
        command.log.unlink(missing_ok=True)
        asked = self._asking_beside(command, case)
        told = Told.from_log(command.log)
        disk.make_room()
        encoder = FakeEncoder()
        self._wrong += after_kill(self._library, told, case.old, case.new, encoder)
        if (self._library / DATABASE).exists():
            self._wrong += [f"verify: {found.where}: {found.what}" for found in
                            verify(self._library)]  # fmt: skip
        self._again("ingest")
        self._wrong += after_completion(self._library, case.reference, encoder)
        return len(told.done), asked

    def _asking_beside(self, command: Command, case: Case) -> int:
        """Run the command, and ask all the while; return how often."""
        archive = Archive(Library.open(self._library), FakeEncoder()) if case.start else None
        if archive:
            archive.ask(QUESTIONS[0])  # a server that has already answered
        process, questions, asked = command.begin(), cycle(QUESTIONS), 0
        while archive and (process.is_alive() or not asked):
            self._wrong += _unknown(archive, next(questions), case.old, case.new)
            asked += 1
        process.join()
        if archive:
            archive.close()
        self._judge("ingest", process.exitcode or 0, command)
        return asked

    def _others(self, disk: Room, share: float) -> None:
        """Back up and calibrate with a share of the room, and ask with none."""
        size = (self._library / DATABASE).stat().st_size
        before = held(self._library)
        for name, needed in (("backup", 1.1 * size), ("calibrate", _LOG_BYTES), ("ask", 0)):
            limit = disk.leave(int(share * needed))
            command = self._command(name, limit or None)  # a limit of 0 forbids to say anything
            self._judge(name, command.run(), command)
            if name == "backup" and self._codes[name] and _names(self._backup):
                self._wrong.append(f"backup left {_names(self._backup)}")
            disk.make_room()
            if held(self._library) != before:
                self._wrong.append(f"{name}: other articles than before")
            if name != "ask":
                self._again(name)
        if next(iter(verify(self._backup.parent / "library")), None):
            self._wrong.append("verify finds something after the last command")
        restored = self._home / "restored"
        shutil.rmtree(restored, ignore_errors=True)
        line = ("restore", str(self._backup), "--library", str(restored))
        if self._command("ask", None)._replace(arguments=line).run() or held(restored) != before:
            self._wrong.append("the backup does not hold what the library holds")

    def _judge(self, name: str, code: int, command: Command) -> None:
        """Note the exit code; it must be 0, or 9 with the one line."""
        self._codes[name] = code
        said = command.said()
        fine = code == 0 or (name == "ask" and code == _ABSTAINED)
        if not fine and (code != FULL or not _LINE.fullmatch(said)):
            self._wrong.append(f"{name}: exit code {code}, said: {said[-1000:]}")

    def _again(self, name: str) -> None:
        """Run a command with room; it must go through."""
        command = self._command(name, None)
        if command.run():
            self._wrong.append(f"{name}, with room: {command.said()[-1000:]}")


def _names(beside: Path) -> list[str]:
    return [path.name for path in beside.parent.glob(beside.name + "*")]


def _unknown(archive: Archive, question: str, old: Held, new: Held) -> list[str]:
    """Ask, and return what a reply shows that is of neither state of the articles."""
    reply = archive.ask(question)
    shown = reply.extracts if isinstance(reply, Answer) else reply.nearest
    articles = [extract.passage.article for extract in shown]
    known = {(name, rows[0]) for state in (old, new) for name, rows in state.items()}
    return [f"{article.id} is shown as it never was" for article in articles
            if (article.id, article.fingerprint) not in known]  # fmt: skip


def main() -> int:
    """Try so many levels; 1 if anything was lost, wrong or unsaid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--levels", type=int, default=200)
    parser.add_argument("--by", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home, chance = Path(tempfile.mkdtemp(prefix="quoth-full-")), random.Random(options.seed)
    started, counts, bad = time.monotonic(), Counter[str](), 0
    kinds = [kind for kind in options.by if possible(kind, home)]
    print(f"by {', '.join(kinds)}", flush=True)
    disk, cases = FullDisk(Bench(home)), [(s, k) for k in kinds for s in SCENARIOS]
    each = -(-options.levels // len(cases))
    for number in range(options.levels):
        scenario, kind = cases[number % len(cases)]
        share = 1.1 * (number // len(cases) + chance.random()) / each
        found = disk.level(scenario, kind, share)
        counts.update(f"{name} ended with {code}" for name, code in found.codes.items())
        counts["articles reported done"] += found.done
        counts["questions answered meanwhile"] += found.asked
        bad += bool(found.wrong)
        where = f"{kind}, {scenario}, {share:.3f} of the room"
        print(f"{where}: {found.codes}, {found.done} done", flush=True)
        print("".join(f"BAD {where}: {what}\n" for what in found.wrong[:5]), end="", flush=True)
    print(", ".join(f"{n:,} {what}" for what, n in sorted(counts.items())))
    shutil.rmtree(home)
    return total_line(options.levels, "levels", started, bad)


if __name__ == "__main__":
    raise SystemExit(main())
