"""`quoth verify` finds each kind of damage, names it, and finds nothing where nothing is wrong."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import schema
from index.derived import MANIFEST
from index.rows import passage_hash
from index.seal import seal_meta
from tests.cli_tools import Quoth, ready
from tests.test_docs_json import printed, tables


@pytest.fixture
def filled(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    quoth = ready(monkeypatch, capsys, tmp_path)
    assert quoth("ingest", folder).code == 0
    return quoth


def change(library: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    connection = sqlite3.connect(library / schema.DATABASE)
    for statement, values in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()


def sealed_again(library: Path) -> None:
    """Make what was changed in `meta` look as if Quoth had written it."""
    connection = sqlite3.connect(library / schema.DATABASE)
    seal_meta(connection)
    connection.commit()
    connection.close()


def flipped_text(library: Path) -> None:
    change(library, ("UPDATE articles SET text = replace(text, '41', '42')", ()))


def wrong_fingerprint(library: Path) -> None:
    change(library, ("UPDATE articles SET fingerprint = 'abc' WHERE number = 1", ()))


def flipped_vector(library: Path) -> None:
    connection = sqlite3.connect(library / schema.DATABASE)
    vector = bytearray(connection.execute("SELECT vector FROM passages").fetchone()[0])
    connection.close()
    vector[5] ^= 1
    change(library, ("UPDATE passages SET vector = ? WHERE number = 1", (bytes(vector),)))


def replaced_vector(value: float) -> Callable[[Path], None]:
    """Put a vector in that is wrong although its hash is right."""

    def plant(library: Path) -> None:
        connection = sqlite3.connect(library / schema.DATABASE)
        text, start, end, *blobs = connection.execute(
            "SELECT a.text, start, end, sentences, sentence_vectors FROM passages p "
            "JOIN articles a ON a.number = p.article WHERE p.number = 1"
        ).fetchone()
        connection.close()
        vector = np.full(16, value, dtype=np.float32).tobytes()
        digest = passage_hash(text[start:end], vector, *blobs)
        statement = "UPDATE passages SET vector = ?, hash = ? WHERE number = 1"
        change(library, (statement, (vector, digest)))

    return plant


def missing_passage(library: Path) -> None:
    change(library, ("DELETE FROM passages WHERE number = 2", ()))


def orphan(library: Path) -> None:
    change(library, ("DELETE FROM articles WHERE number = 1", ()))


def span_outside(library: Path) -> None:
    change(library, ("UPDATE passages SET end = 99999 WHERE number = 1", ()))


def lost_settings(library: Path) -> None:
    change(library, ("UPDATE meta SET value = '{' WHERE key = 'settings'", ()))


def zeroed_page(library: Path) -> None:
    path = library / schema.DATABASE
    data = bytearray(path.read_bytes())
    connection = sqlite3.connect(path)
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'passages'")
    start = (page.fetchone()[0] - 1) * size
    connection.close()
    data[start : start + size] = bytes(size)
    path.write_bytes(data)


def garbage(library: Path) -> None:
    (library / schema.DATABASE).write_bytes(b"garbage" * 1_000)


def flipped_index(library: Path) -> None:
    path = next(library.glob("meaning-*.faiss"))
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def flipped_words(library: Path) -> None:
    path = max(next(library.glob("words-*")).iterdir(), key=lambda file: file.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1])


def index_of_less(library: Path) -> None:
    manifest = json.loads((library / MANIFEST).read_text())
    (library / MANIFEST).write_text(json.dumps(manifest | {"count": manifest["count"] - 1}))


DAMAGE = {
    flipped_text: "does not match its fingerprint",
    wrong_fingerprint: "does not match its fingerprint",
    flipped_vector: "do not match their hash",
    replaced_vector(np.nan): "its vector is not finite",
    replaced_vector(2.0): "its vector is not of unit length",
    missing_passage: "stand in no passage",
    orphan: "of passages belongs to no row of articles",
    span_outside: "lies outside the article",
    lost_settings: "its settings cannot be read",
    zeroed_page: "(database disk image is malformed)",
    garbage: "cannot be read as a database (file is not a database)",
    flipped_index: ".faiss: is damaged",
    flipped_words: "is damaged",
    index_of_less: "the manifest 2, the database 3",
}


@pytest.mark.parametrize("plant", DAMAGE, ids=lambda plant: plant.__qualname__.split(".")[0])
def test_each_damage_is_found_and_named(filled: Quoth, plant: Callable[[Path], None]) -> None:
    plant(filled.library)
    result = filled("verify")
    assert (result.code, result.err) == (11, "")
    assert DAMAGE[plant] in result.out
    lines = result.out.splitlines()
    assert len(lines) == len(set(lines))
    assert all(": " in line and "quoth " in line for line in result.out.splitlines())


def test_a_hash_right_index_of_other_vectors_is_found(filled: Quoth) -> None:
    replaced_vector(0.25)(filled.library)
    assert "has another vector, or none, for passage 1" in filled("verify").out


def test_nothing_is_found_in_a_sound_library(filled: Quoth) -> None:
    result = filled("verify")
    assert (result.code, result.err) == (0, "")
    assert result.out == "library: all is well (3 articles, 3 passages)\n"
    removed = filled("articles", "--json").json[0]["id"]
    assert filled("remove", removed).code == 0
    assert filled("verify").code == 0  # indexes that are only behind are no problem
    for path in filled.library.glob("m*"):
        path.unlink()
    assert filled("verify").code == 0


def test_a_broken_tuned_setting_is_found(filled: Quoth) -> None:
    change(filled.library, ("INSERT INTO meta VALUES ('tuned', '[')", ()))
    sealed_again(filled.library)
    assert re.search(r"tuned settings .* quoth tune --reset", filled("verify").out)


def test_the_json_is_the_documented_one(filled: Quoth) -> None:
    (documented,) = tables("`quoth verify --json`")
    flipped_text(filled.library)
    assert printed(filled("verify", "--json").json) == documented


def test_no_library_is_an_error_not_a_finding(filled: Quoth) -> None:
    assert filled("verify", "--library", "nowhere").code == 4
