"""Removing: a receipt of what was taken from where, and nothing of it left in the folder."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from index import derived
from index.library import Library
from tests.cli_tools import Quoth, one_line, ready
from tests.test_docs_json import printed, tables


@pytest.fixture
def filled(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    (folder / "secret.txt").write_text(
        "The zanzibarian affair\n\nThe zanzibarian envoy met the harbour master.\n" * 40
    )
    quoth = ready(monkeypatch, capsys, tmp_path)
    assert quoth("ingest", folder).code == 0
    return quoth


def ids(quoth: Quoth, part: str = "") -> list[str]:
    return [item["id"] for item in quoth("articles", "--json").json if part in item["id"]]


def files_with(folder: Path, word: bytes) -> list[str]:
    whole = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in whole if word in path.read_bytes().lower()]


def test_the_receipt_says_what_was_taken_from_where(filled: Quoth) -> None:
    manifest = derived.read_manifest(filled.library)
    assert manifest
    (name,) = ids(filled, "secret")
    (listed,) = [a for a in filled("articles", "--json").json if a["id"] == name]
    receipt = filled("remove", name, "--json").json
    (documented,) = tables("`quoth remove ID --json`")
    assert printed(receipt, "removed") == documented
    assert receipt["removed"] == [listed]
    assert receipt["passages"] == listed["passages"]
    assert receipt["sentence_vectors"] >= receipt["passages"] > 1
    assert receipt["indexes"] == [manifest.meaning, manifest.words]
    assert not any((filled.library / old).exists() for old in receipt["indexes"])
    assert receipt["log_emptied"] is True


def test_nothing_of_it_is_left_in_the_folder(filled: Quoth) -> None:
    assert "library.sqlite" in files_with(filled.library, b"zanzibarian")
    result = filled("remove", *ids(filled, "secret"))
    assert result.code == 0
    assert "sentence vectors; overwritten" in result.out
    assert files_with(filled.library, b"zanzibari") == []
    assert filled("verify").code == 0
    assert len(ids(filled)) == 3


def test_an_unknown_id_removes_nothing(filled: Quoth) -> None:
    result = filled("remove", ids(filled)[0], "nobody")
    assert (result.code, "nothing was removed" in one_line(result)) == (3, True)
    assert len(ids(filled)) == 4


def test_a_name_given_twice_is_counted_once(filled: Quoth) -> None:
    name = ids(filled, "ferry")[0]
    assert len(filled("remove", name, name, "--json").json["removed"]) == 1


def test_a_reader_that_needs_the_old_pages_is_told_of(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Library.open(filled.library)
    with reading.snapshot() as snapshot:
        snapshot.articles()
        monkeypatch.setattr("index.schema.PATIENCE_SECONDS", 0)
        result = filled("remove", *ids(filled, "secret"))
    reading.close()
    assert result.code == 0
    assert "a reader still needs the old pages" in result.out
    assert filled("remove", *ids(filled, "otter")).code == 0
    assert files_with(filled.library, b"zanzibari") == []


def test_a_full_disk_is_told_and_the_article_is_gone_all_the_same(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    name = ids(filled, "secret")[0]
    with monkeypatch.context() as patched:
        patched.setattr(derived, "publish", full)
        result = filled("remove", name)
    assert (result.code, "removed from the database" in one_line(result)) == (9, True)
    assert ids(filled, "secret") == []
