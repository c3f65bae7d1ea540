"""Near-duplicates in a library: found as articles come, change and go, guarded, listed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.errors import StorageError
from index import copies, schema
from index.library import Library
from index.put import put_articles
from index.upgrade import upgrade
from index.verify import verify
from index.writer import Writer, writer_lock
from tests.cli_tools import one_line, ready
from tests.conftest import FakeEncoder
from tests.test_seal import OLD_SCHEMA, rows, run

Make = Callable[..., Article]
STORY = " ".join(
    f"On day {n} the keeper of lighthouse {n * 7} wrote that {n + 3} ships had passed."
    for n in range(12)
)
FOOTER = " Subscribe to the harbour courier, the oldest paper of the coast, and read on."
OTHER = " ".join(f"Otter {n} was seen at weir {n * 3} by {n + 2} anglers." for n in range(15))


def put(home: Path, *articles: Article, address: str = "test") -> None:
    put_articles(articles, home, FakeEncoder(), address=address)


def pairs(home: Path) -> set[tuple[str, str]]:
    library = Library.open(home)
    with library.snapshot() as snapshot:
        found = snapshot.copies_among([info.id for info in snapshot.articles()])
        titles = {info.id: info.title for info in snapshot.articles()}
    library.close()
    assert {(b, a) for a, b in found} == found
    return {(titles[a], titles[b]) for a, b in found if titles[a] < titles[b]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def articles(make_article: Make) -> list[Article]:
    """A story, a reprint of it with a footer, a corrected one, and another story."""
    return [
        make_article(STORY, "A", published="2024-01-01"),
        make_article(STORY + FOOTER, "B", published="2024-01-02"),
        make_article(STORY.replace("9 ships", "90 ships"), "C", published="2024-01-03"),
        make_article(OTHER, "D"),
    ]


def test_copies_are_found_as_articles_come_change_and_go(
    home: Path, articles: list[Article], make_article: Make
) -> None:
    a, _, c, d = articles
    report = put_articles(articles, home, FakeEncoder(), address="test")
    assert report.copies == 2
    assert pairs(home) == {("A", "B"), ("A", "C"), ("B", "C")}
    put(home, a, make_article(OTHER + FOOTER, "B"), c, d)  # B tells the other story now
    assert pairs(home) == {("A", "C"), ("B", "D")}
    put(home, a, c)
    assert pairs(home) == {("A", "C")}
    assert {n for (n,) in rows(home, "SELECT DISTINCT article FROM bands")} == {
        n for (n,) in rows(home, "SELECT number FROM articles")
    }
    assert list(verify(home)) == []


def test_an_article_of_which_only_the_author_changed_keeps_its_copies(
    home: Path, articles: list[Article], make_article: Make
) -> None:
    put(home, *articles)
    before = rows(home, "SELECT number FROM articles WHERE title = 'A'")
    put(home, make_article(STORY, "A", published="2024-01-01", author="New"), *articles[1:])
    assert rows(home, "SELECT number FROM articles WHERE title = 'A'") != before
    assert pairs(home) == {("A", "B"), ("A", "C"), ("B", "C")}
    assert list(verify(home)) == []


def test_the_order_in_which_articles_come_makes_no_difference(
    home: Path, articles: list[Article], tmp_path: Path
) -> None:
    put(home, *articles)
    put(tmp_path / "turned", *reversed(articles))
    assert pairs(home) == pairs(tmp_path / "turned")


def test_a_transaction_that_fails_leaves_nothing_behind(
    home: Path, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, articles[0])

    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("index.writer.seal_meta", full)
    writer = Writer(home)
    with pytest.raises(StorageError):
        writer.put(articles[1], "test", [])
    writer.close()
    assert rows(home, "SELECT count(*) FROM signatures") == [(1,)]
    assert rows(home, "SELECT count(*) FROM copies") == [(0,)]


def test_texts_without_words_are_no_copies(home: Path, make_article: Make) -> None:
    put(home, make_article("…", "A"), make_article("…", "B"))
    assert pairs(home) == set()
    assert list(verify(home)) == []


def test_an_upgraded_library_knows_the_same_copies(home: Path, articles: list[Article]) -> None:
    put(home, *articles)
    tables = ("signatures", "bands", "copies")
    before = [rows(home, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]
    assert before[2]
    run(home, *OLD_SCHEMA)
    upgrade(home)
    assert [rows(home, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables] == before
    assert list(verify(home)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE signatures SET minhash = zeroblob(512) WHERE article = 2", "its signature is not"),
        ("DELETE FROM signatures WHERE article = 2", "its signature is not"),
        ("DELETE FROM bands WHERE article = 2 AND key % 5 = 0", "the bands of its signature"),
        ("UPDATE bands SET key = key + 1 WHERE article = 3", "the bands of its signature"),
        ("DELETE FROM copies WHERE article = 3", "a copy of it is not remembered"),
        ("UPDATE copies SET similarity = similarity - 0.01", "not the copy of .* it is said to be"),
        ("UPDATE copies SET article = 4", "not the copy of .* it is said to be"),
        ("UPDATE copies SET article = other, other = article", "not the copy of .* it is said"),
        ("INSERT INTO copies VALUES (4, 1, 0.9)", "not the copy of .* it is said to be"),
    ],
)
def test_verify_finds_whatever_is_not_as_the_texts_have_it(
    home: Path, articles: list[Article], change: str, told: str
) -> None:
    put(home, *articles)
    assert list(verify(home)) == []
    if change.startswith("UPDATE copies SET article = 4"):
        run(home, "DELETE FROM copies WHERE article = 2 OR other = 2")
    run(home, change)
    findings = [str(finding) for finding in verify(home)]
    assert findings
    assert any(re.search(told, finding) for finding in findings)


def test_a_damaged_text_is_told_once(home: Path, articles: list[Article]) -> None:
    put(home, *articles)
    run(home, "UPDATE articles SET text = replace(text, 'keeper', 'kipper') WHERE number = 1")
    assert {finding.what.split("(")[0] for finding in verify(home)} == {
        "its text does not match its fingerprint ",
        "its words or vectors do not match their hash",
    }


def test_a_crowd_of_copies_makes_no_crowd_of_pairs(
    home: Path, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_MOST_COPIES", 2)
    crowd = [make_article(STORY, f"T{n}", published=f"2024-01-0{n}") for n in range(1, 8)]
    put(home, *crowd)
    assert rows(home, "SELECT count(*) FROM copies") == [(0 + 1 + 2 * 5,)]
    assert list(verify(home)) == []
    with closing(schema.connect(home)) as connection:
        (group,) = copies.copy_groups(connection)
    assert [name[:2] for name in group.ids] == ["t7", "t6", "t5", "t4", "t3", "t2", "t1"]
    assert group.crowded
    # Of those that are left some pairs were never looked at, which is no damage.
    with writer_lock(home):
        writer = Writer(home)
        writer.drop([crowd[3].id, crowd[4].id])
        writer.close()
    assert list(verify(home)) == []


def test_a_crowded_band_is_looked_at_from_its_newest_end(
    home: Path, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_MOST_IN_BAND", 2)
    put(home, *(make_article(STORY, f"T{n}") for n in range(5)))
    assert rows(home, "SELECT article, other FROM copies WHERE article = 5") == [(5, 3), (5, 4)]
    assert rows(home, "SELECT article FROM signatures WHERE crowded") == [(4,), (5,)]


def test_only_the_most_alike_are_compared(
    home: Path, articles: list[Article], make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_MOST_COMPARED", 1)
    put(home, *articles[:2], make_article(STORY, "E"))
    assert pairs(home) == {("A", "B"), ("A", "E")}
    assert rows(home, "SELECT article FROM signatures WHERE crowded") == [(3,)]
    assert list(verify(home)) == []


def test_no_more_text_is_compared_than_a_second_allows(
    home: Path, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_MOST_CHARACTERS", len(STORY) + 1)
    put(home, *(make_article(STORY, f"T{n}") for n in range(4)))
    assert rows(home, "SELECT other FROM copies WHERE article = 4 ORDER BY 1") == [(2,), (3,)]
    assert rows(home, "SELECT article FROM signatures WHERE crowded") == [(4,)]
    assert list(verify(home)) == []


def test_groups_are_linked_and_listed_with_their_likeness(home: Path, make_article: Make) -> None:
    half = STORY.split(" On day 6 ")[0]
    put(home, make_article(half, "Half"), make_article(STORY, "Whole"),
        make_article(STORY + " " + OTHER, "Both"), make_article(OTHER, "Otters"))  # fmt: skip
    with closing(schema.connect(home)) as connection:
        (group,) = copies.copy_groups(connection)
    assert len(group.ids) == 4  # Half is in Whole, Whole in Both, Otters in Both
    assert all(similarity > 0.95 for similarity in group.similarity)
    assert ("Half", "Otters") not in pairs(home)


def test_the_command_line_tells_of_copies(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
) -> None:
    quoth = ready(monkeypatch, capsys, tmp_path)
    told = quoth("ingest", folder)
    assert "near-duplicate" not in told.out
    none = quoth("articles", "--copies")
    assert (none.out, none.code) == ("", 0)
    assert "no article in library is a near-duplicate" in none.err
    for number in (1, 2):
        (folder / f"copy{number}.txt").write_bytes((folder / "ferry.txt").read_bytes())
    told = quoth("ingest", folder)
    assert told.out.endswith("; 2 are near-duplicates: quoth articles --copies\n")
    listed = quoth("articles", "--copies").out.splitlines()
    assert listed[0] == "3 near-duplicates:"
    assert [line.split()[0] for line in listed[1:]] == ["100%"] * 3
    (group,) = quoth("articles", "--copies", "--json").json
    assert [item["similarity"] for item in group["articles"]] == [1.0] * 3
    assert not group["crowded"]


def test_copies_are_listed_among_the_articles_that_pass_the_filters(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
) -> None:
    quoth = ready(monkeypatch, capsys, tmp_path)
    story = (folder / "ferry.txt").read_text(encoding="utf-8")
    for name, author, date in (
        ("a", "Ann Lee", 2021), ("b", "Ann Lee", 2022), ("c", "Bo Ray", 2024),
    ):  # fmt: skip
        about = f"---\ntitle: Copy {name}\nauthor: {author}\ndate: {date}\n---\n\n"
        (folder / f"{name}.md").write_text(about + story, encoding="utf-8")
    assert quoth("ingest", folder).code == 0
    assert len(quoth("articles", "--copies", "--json").json[0]["articles"]) == 4
    (group,) = quoth("articles", "--copies", "--json", "--author", "ann lee").json
    assert [each["title"] for each in group["articles"]] == ["Copy b", "Copy a"]
    lines = quoth("articles", "--copies", "--since", "2022").out.splitlines()
    assert lines[0] == "2 near-duplicates:"
    alone = quoth("articles", "--copies", "--author", "Bo Ray")
    assert (alone.out, alone.code) == ("", 0)
    assert alone.err == (
        "no article in library is a near-duplicate of another among those that match these "
        "filters: author Bo Ray\n"
    )
    none = quoth("articles", "--copies", "--since", "2031")
    assert (none.out, none.err) == ("", "no article matches these filters: since 2031\n")
    assert quoth("articles", "--copies", "--json", "--since", "2031").json == []


def test_copies_and_facets_exclude_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = ready(monkeypatch, capsys, tmp_path)("articles", "--copies", "--facets")
    assert result.code == 2
    assert "--facets: not allowed with argument --copies" in one_line(result)
