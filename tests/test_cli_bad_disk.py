"""Disks, permissions and damage: what a command says, and that what was done is kept."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import LibraryError, StorageError
from index import derived, schema
from index.durable import storage_error
from index.words import Words
from index.writer import Writer
from tests.cli_tools import Quoth, one_line, ready


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Quoth:
    return ready(monkeypatch, capsys, tmp_path)


@pytest.fixture
def filled(quoth: Quoth, folder: Path) -> Quoth:
    assert quoth("ingest", folder).code == 0
    return quoth


@pytest.fixture
def bound() -> None:
    """Skip where permissions do not bind."""
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")


def test_an_unreadable_file_is_named_and_the_rest_goes_in(
    quoth: Quoth, folder: Path, bound: None
) -> None:
    (folder / "heat.txt").chmod(0)
    result = quoth("ingest", folder)
    assert result.code == 10
    assert "skipped articles/heat.txt: cannot be read (Permission denied)" in result.err
    assert len(quoth("articles", "--json").json) == 2


def test_a_folder_that_may_not_be_written_is_named(
    filled: Quoth, folder: Path, bound: None
) -> None:
    filled.library.chmod(0o555)
    result = filled("ingest", folder)
    filled.library.chmod(0o755)
    assert result.code == 4
    assert one_line(result).endswith("or name another folder: --library DIR")


def test_a_database_that_may_not_be_written_is_named(
    filled: Quoth, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = schema.connect

    def guarded(where: Path, *, write: bool = False) -> sqlite3.Connection:
        connection = connect(where, write=write)
        connection.execute("PRAGMA query_only = ON")  # SQLite then refuses as it does by rights
        return connection

    monkeypatch.setattr(schema, "connect", guarded)
    (folder / "new.txt").write_text("New\n\nAn article about trams.")
    result = filled("ingest", folder)
    assert result.code == 4
    assert "library may not be written (attempt to write a readonly" in one_line(result)


@pytest.mark.parametrize("command", [["ask", "Which ferry?"], ["articles"], ["ingest", "articles"]])
def test_a_database_that_cannot_be_opened_is_not_called_damaged(
    filled: Quoth, command: list[str]
) -> None:
    wal = filled.library / "library.sqlite-wal"
    wal.unlink(missing_ok=True)
    wal.mkdir()
    result = filled(*command)
    assert result.code == 4
    assert "library.sqlite cannot be opened (unable to open database file)" in one_line(result)


@pytest.mark.parametrize("command", [["articles"], ["ask", "Who?"], ["ingest", "articles"]])
def test_a_library_that_may_not_be_entered_is_forbidden(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    stat = Path.stat

    def guarded(path: Path, **known: bool) -> os.stat_result:
        if path.parent.name == "library":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, **known)

    monkeypatch.setattr(Path, "stat", guarded)  # by rights: they do not bind root
    result = filled(*command)
    assert (result.code, result.out) == (4, "")
    assert "(Permission denied); change" in one_line(result)


def test_a_limit_is_named_where_it_may_be_one(tmp_path: Path) -> None:
    error = storage_error(tmp_path, OSError(errno.EIO, "disk I/O error"))
    assert error.exit_code == 9
    assert "make room or mend the disk, or lift the limit on the size of files" in str(error)
    room = storage_error(tmp_path, OSError(errno.ENOSPC, "No space left on device"))
    assert "ulimit" not in str(room)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_forbidden_is_no_matter_of_room(tmp_path: Path, number: int) -> None:
    error = storage_error(tmp_path, OSError(number, os.strerror(number)))
    assert (type(error), error.exit_code) == (LibraryError, 4)
    full = storage_error(tmp_path / "new", OSError(errno.ENOSPC, "No space left on device"))
    assert (type(full), full.exit_code) == (StorageError, 9)
    assert " MB free)" in str(full)


def full(filled: Quoth, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let SQLite itself run out of room: no page may be added to the database."""
    connect = schema.connect

    def small(where: Path, *, write: bool = False) -> sqlite3.Connection:
        connection = connect(where, write=write)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(schema, "connect", small)
    (folder / "new.txt").write_text("New\n\n" + "A long new article about trams. " * 3_000)
    return filled("ingest", folder)


def publishing(error: OSError | ValueError) -> Callable[..., Any]:
    """Let the derived indexes fail to be written."""

    def run(filled: Quoth, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        def fail(*_: object) -> None:
            raise error

        target, name = (
            (Words, "build") if isinstance(error, ValueError) else (derived, "fsync_tree")
        )
        monkeypatch.setattr(target, name, fail)
        (folder / "new.txt").write_text("New\n\nAn article about trams.")
        return filled("ingest", folder)

    return run


@pytest.mark.parametrize(
    ("failing", "what"),
    [
        (full, "database or disk is full"),
        (publishing(OSError(28, "No space left on device")), "No space left on device"),
        (publishing(ValueError("index writer was killed")), "index writer was killed"),
    ],
    ids=["database", "index files", "dead index writer"],
)
def test_a_full_disk_is_one_line_and_loses_nothing(
    filled: Quoth, folder: Path, failing: Callable[..., Any], what: str
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        result = failing(filled, folder, patched)
    assert result.code == 9
    line = one_line(result)
    assert line.startswith("quoth: library cannot be written (")
    assert what in line
    assert "MB free); what was reported done is kept; make room" in line
    assert filled("ask", "How many lorries does the night ferry carry?").code == 0
    assert filled("ingest", folder).code == 0
    assert len(filled("articles", "--json").json) == 4


def test_a_report_that_cannot_be_written_is_told_after_the_summary(
    quoth: Quoth, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the place, which is looked at first, had gone while the articles went in.
    monkeypatch.setattr("cli.ingest.check_place", lambda *_: None)
    result = quoth("ingest", folder, "--report", "nowhere/report.json")
    assert result.code == 9
    assert result.out.startswith("library: 3 added")
    assert "nowhere/report.json cannot be read or written (No such file" in one_line(result)


def test_a_damaged_database_is_refused_and_left_alone(filled: Quoth) -> None:
    path = filled.library / schema.DATABASE
    data = path.read_bytes()
    for damaged in (data[:5_000], b"garbage" * 1_000, b""):
        path.write_bytes(damaged)
        result = filled("ask", "Which ferry?")
        assert result.code == 4
        assert "library" in one_line(result)
        assert path.read_bytes() == damaged


def test_a_locked_database_names_the_cure(filled: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr(Writer, "remove", locked)
    result = filled("remove", filled("articles", "--json").json[0]["id"])
    assert result.code == 4
    assert "held by another program; end that one, and try again" in one_line(result)
