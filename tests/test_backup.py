"""A backup is whole, restores to equal answers, and never takes anything away unasked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index import backup, schema
from index.library import Library
from index.writer import Writer, writer_lock
from tests.cli_tools import Quoth, one_line, ready

FERRY = "How many lorries does the night ferry carry?"


@pytest.fixture
def filled(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Iterator[Quoth]:
    quoth = ready(monkeypatch, capsys, tmp_path)
    assert quoth("ingest", folder).code == 0
    yield quoth
    assert not [path for path in tmp_path.rglob("*") if ".tmp" in path.name]


def test_a_restored_library_gives_equal_answers(filled: Quoth) -> None:
    before = filled("ask", FERRY, "--json").json
    assert filled("backup", "b.sqlite").code == 0
    result = filled("restore", "b.sqlite", "--library", "new")
    assert (result.code, result.out) == (0, "new: 3 articles, 3 passages, from b.sqlite\n")
    assert filled("ask", FERRY, "--json", "--library", "new").json == before
    assert filled("verify", "--library", "new").code == 0
    assert list(Path("new").glob("meaning-*"))


def test_a_file_in_the_way_needs_force(filled: Quoth) -> None:
    Path("b.sqlite").write_text("mine")
    refused = filled("backup", "b.sqlite")
    assert (refused.code, Path("b.sqlite").read_text()) == (14, "mine")
    assert one_line(refused).endswith("replace it: --force")
    assert filled("backup", "b.sqlite", "--force").code == 0
    inside = filled("backup", filled.library / "library.sqlite", "--force")
    assert (inside.code, filled("verify").code) == (14, 0)


def test_a_full_library_is_replaced_only_by_force_and_kept(filled: Quoth) -> None:
    assert filled("backup", "b.sqlite").code == 0
    name = filled("articles", "--json").json[0]["id"]
    assert filled("remove", name).code == 0
    refused = filled("restore", "b.sqlite")
    assert (refused.code, len(filled("articles", "--json").json)) == (4, 2)
    assert filled("restore", "b.sqlite", "--force").code == 0
    assert len(filled("articles", "--json").json) == 3
    (kept,) = filled.library.glob("library-*.sqlite")
    assert filled("restore", kept, "--library", "old").code == 0
    assert len(filled("articles", "--json", "--library", "old").json) == 2


def test_a_damaged_library_gives_no_backup_but_takes_one(filled: Quoth) -> None:
    assert filled("backup", "good.sqlite").code == 0
    path = filled.library / schema.DATABASE
    path.write_bytes(path.read_bytes().replace(b"41 lorries", b"42 lorries"))
    assert "see: quoth verify" in one_line(filled("backup", "bad.sqlite"))
    assert not Path("bad.sqlite").exists()
    path.write_bytes(b"garbage" * 1_000)
    assert filled("restore", "good.sqlite").code == 4
    assert filled("restore", "good.sqlite", "--force").code == 0
    assert filled("verify").code == 0


@pytest.mark.parametrize("number", ["1", "3"])
def test_a_library_of_another_schema_is_replaced_and_kept_whole(filled: Quoth, number: str) -> None:
    assert filled("backup", "b.sqlite").code == 0
    path = filled.library / schema.DATABASE
    with closing(schema.connect(filled.library, write=True)):
        with closing(schema.connect(filled.library, write=True)) as connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (number,))
        beside = [path.with_name(path.name + end) for end in ("", "-wal")]  # as a kill leaves them
        left = [each.read_bytes() for each in beside]
    for each, data in zip(beside, left, strict=True):
        each.write_bytes(data)
    assert filled("restore", "b.sqlite").code == 4
    assert filled("restore", "b.sqlite", "--force").code == 0
    assert filled("verify").code == 0
    (kept,) = filled.library.glob("library-*")
    with closing(sqlite3.connect(kept)) as connection:
        assert schema.meta(connection, "schema") == number


@pytest.mark.parametrize("damage", ["garbage", "flip", "cut"])
def test_a_damaged_backup_is_refused_and_changes_nothing(filled: Quoth, damage: str) -> None:
    assert filled("backup", "b.sqlite").code == 0
    data, file = Path("b.sqlite").read_bytes(), Path("b.sqlite")
    changed = data.replace(b"41 lorries", b"42 lorries")
    file.write_bytes({"garbage": b"x" * 9_000, "flip": changed, "cut": data[:9_000]}[damage])
    result = filled("restore", "b.sqlite", "--force")
    assert (result.code, one_line(result)[:15]) == (14, "quoth: b.sqlite")
    assert filled("verify").code == 0
    assert not list(filled.library.glob("library-*"))


def test_a_reader_in_the_way_of_a_restore_is_named(filled: Quoth) -> None:
    assert filled("backup", "b.sqlite").code == 0
    library = Library.open(filled.library)
    assert filled("backup", "c.sqlite").code == 0
    result = filled("restore", "b.sqlite", "--force")
    library.close()
    assert (result.code, filled("verify").code) == (4, 0)
    assert "is being read" in one_line(result)


def test_a_backup_beside_a_writer_is_one_moment_of_it(filled: Quoth) -> None:
    stop = threading.Event()

    def write() -> None:
        with writer_lock(filled.library):
            writer = Writer(filled.library)
            while not stop.is_set():
                writer.remember("note", "x" * 50_000)
            writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        said = [filled("backup", f"{n}.sqlite").err for n in range(5)]
    finally:
        stop.set()
        thread.join()
    assert said == [""] * 5
    assert filled("restore", "4.sqlite", "--library", "new").code == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from index import backup
backup._first_problem = lambda copy, original: os.kill(os.getpid(), signal.SIGKILL)
backup.backup(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def unfinished() -> list[Path]:
    return [path for path in Path().iterdir() if ".tmp" in path.name]


def test_two_backups_into_one_file_share_nothing(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, killed = backup._first_problem, []

    def overlapped(copy: Path, original: Path) -> str | None:
        problem = verify(copy, original)
        command = [sys.executable, "-c", KILLED, str(filled.library), "b.sqlite"]
        environ = {**os.environ, "PYTHONPATH": str(Path(backup.__file__).parents[1])}
        killed.append(subprocess.run(command, env=environ, check=False).returncode)
        return problem

    Path("b.sqlite.tmp").write_text("mine")
    monkeypatch.setattr(backup, "_first_problem", overlapped)
    assert filled("backup", "b.sqlite").code == 0
    monkeypatch.setattr(backup, "_first_problem", verify)
    assert killed == [-signal.SIGKILL]
    assert Path("b.sqlite.tmp").read_text() == "mine"
    assert filled("restore", "b.sqlite", "--library", "new").code == 0
    Path("b.sqlite.tmp").unlink()
    assert len(unfinished()) == 1  # the killed one's, until the next backup
    assert filled("backup", "c.sqlite").code == 0
    assert not unfinished()


def test_a_backup_takes_nothing_of_one_that_is_still_at_work(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, inner = backup._first_problem, []

    def overlapped(copy: Path, original: Path) -> str | None:
        if not inner:
            inner.append(-1)
            inner[0] = filled("backup", "b.sqlite").code
        return verify(copy, original)

    monkeypatch.setattr(backup, "_first_problem", overlapped)
    assert (filled("backup", "b.sqlite").code, inner) == (0, [0])
    assert filled("restore", "b.sqlite", "--library", "new").code == 0
