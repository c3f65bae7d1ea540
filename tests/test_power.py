"""Short forms of `benchmarks.torture.power`, and proof that it sees what a missing fsync does."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.torture import power
from benchmarks.torture.forgetful import Recorder, crashes, lay_out
from index import derived
from index.durable import durable_write, fsync_folder
from index.writer import writer_lock

STATES = 200


def bad(found: list[tuple[str, str | None]]) -> list[str]:
    return [f"{where}: {wrong}" for where, wrong in found if wrong]


@pytest.mark.parametrize("old", [power.OLD, None], ids=["replaced", "made"])
def test_a_file_is_whole_and_old_or_whole_and_new(tmp_path: Path, old: bytes | None) -> None:
    found = list(power.cut_writes(tmp_path, random.Random(0), STATES, old=old))
    assert len(found) > 25
    assert {where.split(", ")[1] for where, _ in found} == {
        "write", "fsync", "replace", "the end"
    }  # fmt: skip
    assert bad(found) == []


def test_without_fsync_a_file_is_found_empty_cut_or_zeroed(tmp_path: Path) -> None:
    cuts = power.cut_writes(tmp_path, random.Random(0), STATES, old=power.OLD, forget_fsync=True)
    found = bad(list(cuts))
    assert any("holds b''" in line for line in found)
    assert any("was reported written, and is not" in line for line in found)


def test_replies_are_right_after_any_cut_of_publishing(tmp_path: Path) -> None:
    """Near the end, where the manifest begins to count; the next ingest is judged once."""
    case, wrong = power.Publishing(tmp_path, power.FakeEncoder()), []
    for moment in case.recorded().moments[-8:]:
        for tree in crashes(moment, random.Random(3), 2):
            wrong.append(case.wrong_after(tree, tmp_path / "cut", completed=len(wrong) == 5))
    assert wrong == [None] * len(wrong)
    assert len(wrong) > 8


def test_without_fsync_and_without_hashes_replies_are_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = power.Publishing(tmp_path, power.FakeEncoder())
    end = case.recorded(forget_fsync=True).moments[-1]
    whole, *others = crashes(end, random.Random(3), 400)
    (meaning,) = (name for name in whole if name.startswith("meaning-"))
    alone = [tree for tree in others if tree.keys() == whole.keys()
             and [name for name in whole if tree[name] != whole[name]] == [meaning]]  # fmt: skip
    assert len(alone) > 2

    def wrong() -> str:
        found = [case.wrong_after(tree, tmp_path / "cut", completed=False) for tree in alone]
        return " ".join(filter(None, found))

    assert wrong() == ""  # the hashes tell, and all is built again
    monkeypatch.setattr(derived, "sha256_of", lambda path: manifest(path).meaning_sha256)
    monkeypatch.setattr(derived, "_probes_agree", lambda *_: True)
    assert "by meaning not as by brute force" in wrong()


def manifest(path: Path) -> derived.Manifest:
    found = derived.read_manifest(path.parent)
    return found or derived.Manifest(0, "", 0, 0, "", "", "", "")


def test_a_library_made_in_new_folders_is_not_lost_with_them(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    recorder = Recorder(tmp_path / "disk")
    library = tmp_path / "disk" / "press" / "archive" / "library"
    with recorder, writer_lock(library):
        durable_write(library / "x", lambda file: file.write(b"x"))
        fsync_folder(library)
    for tree in crashes(recorder.moments[-1], random.Random(0), STATES):
        assert tree["press/archive/library/x"] == b"x"


def test_a_state_is_laid_out_as_it_is(tmp_path: Path) -> None:
    lay_out({"a": None, "a/b": b"1", "c": b""}, tmp_path / "x")
    assert (tmp_path / "x" / "a" / "b").read_bytes() == b"1"
    assert (tmp_path / "x" / "c").read_bytes() == b""
