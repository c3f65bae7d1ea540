"""Row hashes: every stored value is guarded, damage is not shown, old libraries are upgraded."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.errors import LibraryDamaged, LibraryMismatch
from index import schema
from index.ingest import ingest
from index.library import Library
from index.rows import SEALED_COLUMNS
from index.upgrade import upgrade
from index.verify import verify
from index.writer import FILE_COLUMNS, Writer, writer_lock
from qa.answer import Abstention
from qa.archive import Archive
from qa.rules import AskRules
from tests.conftest import FakeEncoder

QUESTION = "How many lorries does the night ferry carry?"
OLD_SCHEMA = (
    "ALTER TABLE articles DROP COLUMN captured",
    "ALTER TABLE articles DROP COLUMN hash",
    "ALTER TABLE files DROP COLUMN hash",
    "DROP TABLE copies",
    "DROP TABLE bands",
    "DROP TABLE signatures",
    "UPDATE meta SET value = '1' WHERE key = 'schema'",
    "DELETE FROM meta WHERE key = 'seal'",
)


@pytest.fixture
def library(folder: Path, tmp_path: Path, encoder: FakeEncoder) -> Path:
    home = tmp_path / "library"
    ingest([folder], home, encoder)
    return home


def run(library: Path, *statements: str) -> None:
    with closing(sqlite3.connect(library / schema.DATABASE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(library: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(library / schema.DATABASE)) as connection:
        return connection.execute(query).fetchall()


def asked(library: Path, encoder: FakeEncoder) -> list[str]:
    archive = Archive(Library.open(library), encoder, rules=AskRules(bar=0.0))
    reply = archive.ask(QUESTION)
    archive.close()
    shown = reply.nearest if isinstance(reply, Abstention) else reply.extracts
    return [extract.passage.article.title for extract in shown]


@pytest.mark.parametrize("column", SEALED_COLUMNS.split(", "))
def test_a_change_of_any_column_of_an_article_is_found_and_never_shown(
    library: Path, encoder: FakeEncoder, column: str
) -> None:
    assert asked(library, encoder)[0] == "The night ferry"
    run(library, f"UPDATE articles SET {column} = coalesce({column}, '') || ' ' "
                 "WHERE title = 'The night ferry'")  # fmt: skip
    assert any("hash" in f.what or "fingerprint" in f.what for f in verify(library))
    titles = asked(library, encoder)
    assert titles
    assert not any(title.startswith("The night ferry") for title in titles)


@pytest.mark.parametrize("column", FILE_COLUMNS.split(", "))
def test_a_change_of_any_column_of_a_file_is_found(library: Path, column: str) -> None:
    run(library, f"UPDATE files SET {column} = {column} || '1' WHERE number = 2")
    assert [f.what for f in verify(library)] == ["what is known of it does not match its hash"]


def test_a_change_of_any_remembered_value_is_found_and_refused(library: Path) -> None:
    run(library, "UPDATE meta SET value = value + 1 WHERE key = 'generation'")
    with pytest.raises(LibraryDamaged, match="settings do not match their hash; restore"):
        Library.open(library)
    assert "its settings do not match their hash" in {f.what for f in verify(library)}


def test_bytes_that_are_no_text_are_damage_not_an_error(
    library: Path, encoder: FakeEncoder
) -> None:
    run(library, "UPDATE articles SET title = CAST(x'54ff' AS TEXT) WHERE title LIKE 'The night%'")
    titles = asked(library, encoder)
    assert titles
    assert not any("ff" in title for title in titles)


def test_a_damaged_article_is_named(library: Path) -> None:
    run(library, "UPDATE articles SET source = 'https://elsewhere.example'")
    (name,) = rows(library, "SELECT id FROM articles")[0]
    opened = Library.open(library)
    with (
        pytest.raises(LibraryDamaged, match=f"{name} is damaged .* quoth verify"),
        opened.snapshot() as snapshot,
    ):
        snapshot.article(str(name))
    opened.close()


def test_the_time_of_capture_is_that_of_the_text(
    library: Path, monkeypatch: pytest.MonkeyPatch, make_article: Callable[..., Article]
) -> None:
    for (time,) in rows(library, "SELECT captured FROM articles"):
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(time))
    monkeypatch.setattr("index.writer.time.strftime", lambda *_: "2031-01-01T00:00:00Z")
    article = make_article("One text.", title="A")
    steps = [
        (lambda w: w.put(article, "a", []), "2031-01-01T00:00:00Z"),
        (lambda w: w.refresh(make_article("One text.", title="A", author="B"), "a"), "2031"),
        (lambda w: w.put(make_article("Another.", title="A"), "a", []), "2032"),
    ]
    for change, expected in steps:
        with writer_lock(library):
            writer = Writer(library)
            change(writer)
            (held,) = writer.connection.execute(
                "SELECT captured FROM articles WHERE id = ?", (article.id,)
            ).fetchone()
            assert held.startswith(expected)
            writer.close()
        monkeypatch.setattr("index.writer.time.strftime", lambda *_: "2032-01-01T00:00:00Z")
    assert not [f for f in verify(library) if "hash" in f.what]


def test_an_old_library_is_refused_then_brought_up_to_date(
    library: Path, encoder: FakeEncoder
) -> None:
    before = asked(library, encoder)
    run(library, *OLD_SCHEMA)
    with pytest.raises(LibraryMismatch, match=r"schema 1.*reads schema 2.*quoth upgrade --library"):
        Library.open(library)
    assert upgrade(library) == (1, schema.SCHEMA)
    assert upgrade(library) is None
    assert list(verify(library)) == []
    assert asked(library, encoder) == before
    assert {time for (time,) in rows(library, "SELECT captured FROM articles")} == {None}


def test_damage_is_not_sealed_in(library: Path) -> None:
    run(library, *OLD_SCHEMA, "UPDATE articles SET text = text || ' more' WHERE number = 2")
    before = (library / schema.DATABASE).read_bytes()
    with pytest.raises(LibraryDamaged, match="does not match its hash, so nothing was changed"):
        upgrade(library)
    assert rows(library, "SELECT value FROM meta WHERE key = 'schema'") == [("1",)]
    assert len(rows(library, "PRAGMA table_info(articles)")) == 12
    assert before[:16] == b"SQLite format 3\0"


def test_a_schema_of_the_future_is_not_touched(library: Path) -> None:
    run(library, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(LibraryMismatch, match="schema 99, which this version cannot bring"):
        upgrade(library)
