"""A short form of `benchmarks.kill_ingest`: six kills, and proof that its oracle can fail."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from benchmarks import kill_check, kill_ingest
from benchmarks.kill_ingest import Bench, named_steps
from corpus.chunk import ChunkRules
from index import derived, schema
from index.backup import backup, restore
from index.ingest import ingest
from index.library import Library
from index.verify import verify
from tests.conftest import FakeEncoder


@pytest.fixture(name="bench")
def shared_bench(kill_bench: Bench) -> Bench:
    return kill_bench


@pytest.mark.parametrize("name", kill_ingest.SCENARIOS)
def test_nothing_reported_done_is_lost_at_a_random_moment(bench: Bench, name: str) -> None:
    results = list(bench.random_trials(name, random.Random(2)))
    assert results[-1].killed
    assert [result.wrong for result in results] == [[]] * len(results)


@pytest.mark.parametrize("name", kill_ingest.SCENARIOS)
def test_nothing_reported_done_is_lost_midway(bench: Bench, name: str) -> None:
    case = bench.cases[name]
    result = bench.trial(case, step=len(case.steps) // 2)
    assert result.killed
    assert result.done > 0
    assert result.wrong == []


@pytest.mark.parametrize("moment", ["before replace", "after replace"])
def test_nothing_is_lost_or_left_over_around_the_last_manifest(bench: Bench, moment: str) -> None:
    case = bench.cases["update"]
    step = [n for n in named_steps(case) if case.steps[n - 1].endswith(moment)][-1]
    result = bench.trial(case, step=step)
    assert result.killed
    assert result.done > 20
    assert result.wrong == []


@pytest.fixture
def library(bench: Bench, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bench.cases["update"].reference, tmp_path / "library"))


def judged(bench: Bench, library: Path) -> list[str]:
    case = bench.cases["update"]
    told = kill_check.Told({name: new[0] for name, new in case.new.items()}, set())
    wrong = kill_check.after_kill(library, told, case.old, case.new, FakeEncoder())
    return wrong + kill_check.after_completion(library, case.reference, FakeEncoder())


def test_the_oracle_finds_nothing_wrong_with_a_sound_library(bench: Bench, library: Path) -> None:
    assert judged(bench, library) == []


def test_the_oracle_sees_a_lost_article_and_a_flipped_word(bench: Bench, library: Path) -> None:
    connection = sqlite3.connect(library / schema.DATABASE)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM articles WHERE id LIKE 'harbour-12-%'")
    connection.execute("UPDATE articles SET text = replace(text, 'lorries', 'zebras!')")
    connection.commit()
    connection.close()
    wrong = judged(bench, library)
    assert any(line.startswith("harbour-12-") and "reported done" in line for line in wrong)
    assert sum("neither wholly old" in line for line in wrong) > 50


def test_the_oracle_sees_a_leftover_and_a_trusted_wrong_index(
    bench: Bench, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library / "words-1.tmp").mkdir()
    assert any("words-1.tmp was left over" in line for line in judged(bench, library))
    # An index of the older state, believed: what would happen without the checks on loading.
    manifest = json.loads((library / derived.MANIFEST).read_text())
    old = json.loads((bench.home / "before" / derived.MANIFEST).read_text())
    shutil.copy(bench.home / "before" / old["meaning"], library / manifest["meaning"])
    monkeypatch.setattr(derived, "sha256_of", lambda path: manifest["meaning_sha256"])
    monkeypatch.setattr(derived, "_probes_agree", lambda *_: True)
    monkeypatch.setattr(
        derived, "read_chain", lambda _: (derived.Manifest(**{**manifest, "count": old["count"]}),)
    )
    monkeypatch.setattr(derived.Words, "__len__", lambda _: old["count"])
    monkeypatch.setattr(derived.Meaning, "last", manifest["last"])
    assert any("by brute force" in line for line in judged(bench, library))


def test_a_library_cut_off_while_it_was_created_is_made_again(tmp_path: Path, folder: Path) -> None:
    home = tmp_path / "library"
    home.mkdir()
    beside = [home / f"library.sqlite.tmp{end}" for end in ("", "-journal", "-wal", "-shm")]
    for path in beside:
        path.write_bytes(b"half")
    assert ingest([folder], home, FakeEncoder()).added == 3
    assert not [path for path in beside if path.exists()]


def test_no_writer_changes_the_journal_of_a_library(tmp_path: Path, folder: Path) -> None:
    """One killed on that way would leave a library that readers cannot open."""
    home, encoder = tmp_path / "library", FakeEncoder()
    home.mkdir()
    schema.create(home, schema.Settings(encoder.name, encoder.fingerprint, 16, ChunkRules()))
    ingest([folder], tmp_path / "other", encoder)
    backup(tmp_path / "other", tmp_path / "b.sqlite")
    restore(tmp_path / "b.sqlite", tmp_path / "restored")
    for library in (home, tmp_path / "restored"):
        # Bytes 18 and 19: 2 for WAL (https://www.sqlite.org/fileformat2.html#the_database_header)
        assert (library / schema.DATABASE).read_bytes()[18:20] == b"\2\2"
        assert not list(library.glob("library.sqlite-journal"))


def test_a_change_cut_off_in_another_journal_is_taken_back_by_who_comes_next(
    tmp_path: Path, folder: Path
) -> None:
    ingest([folder], tmp_path / "library", FakeEncoder())
    connection = sqlite3.connect(tmp_path / "library" / schema.DATABASE, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;")
    connection.execute("UPDATE passages SET hash = zeroblob(20000)")
    cut = Path(shutil.copytree(tmp_path / "library", tmp_path / "cut"))
    connection.close()
    assert (cut / "library.sqlite-journal").exists()
    library = Library.open(cut)
    with library.snapshot() as snapshot:
        assert len(snapshot.articles()) == len(snapshot.passages([1, 2, 3])) == 3
    library.close()
    assert not list(verify(cut))


def test_what_a_stopped_writer_left_is_swept_by_a_run_with_nothing_to_do(
    tmp_path: Path, folder: Path
) -> None:
    home = tmp_path / "library"
    ingest([folder], home, FakeEncoder())
    (home / "meaning-1.faiss").write_bytes(b"old")
    (home / "words-1").mkdir()
    (home / "meaning-99.faiss.tmp").write_bytes(b"half")
    assert ingest([folder], home, FakeEncoder()).unchanged == 3
    assert not [p for p in home.iterdir() if p.name in {"meaning-1.faiss", "words-1"}]
    assert not list(home.glob("*.tmp"))


def test_a_run_killed_before_it_published_is_made_good_by_the_next(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "library"
    ingest([folder], home, FakeEncoder())
    (folder / "new.txt").write_text("Zeppelins\n\nA zeppelin crossed the strait in May.")
    with monkeypatch.context() as patched:
        patched.setattr(derived, "publish", lambda *_, **__: None)
        ingest([folder], home, FakeEncoder())
    assert json.loads((home / derived.MANIFEST).read_text())["count"] == 3
    ingest([folder], home, FakeEncoder())
    assert json.loads((home / derived.MANIFEST).read_text())["count"] == 4
