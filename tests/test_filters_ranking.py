"""Under filters both finders rank as without them, less the others: against brute force."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, article_id
from index import derived
from index.facets import Count
from index.filters import Filters
from index.library import Library
from index.put import put_articles
from index.snapshot import Snapshot
from index.words import FieldWeights, Words
from index.writer import Writer, writer_lock
from tests.conftest import FakeEncoder

FIELDS = FieldWeights()
PEOPLE = ("Ann Lee", "Bo Ray", "Cy Fox", "Dee Dee Oak")
HOSTS = ("example.org", "news.example.org", "www.example.org", "other.net", "notexample.org")
WORDS = [f"w{number:02}" for number in range(40)]


class Known(NamedTuple):
    """What the test itself knows of an article, apart from how it is written."""

    people: tuple[str, ...]
    first: date | None
    last: date | None
    host: str
    folder: str
    language: str | None


def invented(dice: random.Random, number: int) -> tuple[Article, Known]:
    people = tuple(dice.sample(PEOPLE, dice.choice([0, 1, 1, 2])))
    year, month = dice.choice([2021, 2022, 2023]), dice.randint(1, 12)
    shape = dice.choice(["none", "year", "month", "day"])
    day = dice.randint(1, 28)
    first, last, written = {
        "none": (None, None, None),
        "year": (date(year, 1, 1), date(year, 12, 31), f"{year}"),
        "month": (
            date(year, month, 1),
            date(year, month, calendar.monthrange(year, month)[1]),
            f"{year}-{month:02}",
        ),
        "day": (date(year, month, day), date(year, month, day), f"{year}-{month:02}-{day:02}"),
    }[shape]
    host, folder = dice.choice(HOSTS), dice.choice(["news", "blog"])
    source = f"https://{host}/{folder}/{number}"
    language = dice.choice(["en", "de", None])
    text = " ".join(dice.choices(WORDS, k=dice.randint(5, 30))).capitalize() + "."
    article = Article(
        article_id(source), " ".join(dice.choices(WORDS, k=2)), text, source,
        dice.choice([", ", " and ", "; "]).join(people) or None, written, language,
    )  # fmt: skip
    return article, Known(people, first, last, host.removeprefix("www."), folder, language)


class World(NamedTuple):
    """A library with published rows, newer rows, and rows removed since they were published."""

    library: Library
    encoder: FakeEncoder
    known: dict[str, Known]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    dice, encoder = random.Random(5), FakeEncoder()
    home = tmp_path_factory.mktemp("filters") / "library"
    made = [invented(dice, number) for number in range(150)]
    put_articles([article for article, _ in made[:110]], home, encoder, address="one")
    library = Library.open(home)
    with library.snapshot() as snapshot:
        library.view(snapshot)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(derived, "publish", lambda *_, **__: None)
        put_articles([article for article, _ in made[110:]], home, encoder, address="two")
        gone = [made[number][0].id for number in (3, 5, 60, 115, 149)]
        with writer_lock(home):
            writer = Writer(home)
            writer.remove(gone)
            writer.close()
    yield World(library, encoder, {a.id: k for a, k in made if a.id not in gone})
    library.close()


def passes(filters: Filters, known: Known) -> bool:
    """The meaning of the filters, said once more without looking at strings."""
    if filters.since or filters.until:
        low = date(*[*map(int, (filters.since or "0001").split("-")), 1, 1][:3])
        end = [*map(int, (filters.until or "9999").split("-"))]
        year, month = end[0], [*end, 12][1]
        high = date(year, month, end[2] if len(end) > 2 else calendar.monthrange(year, month)[1])
        if known.first is None or known.last is None or known.last < low or known.first > high:
            return False
    if filters.authors and not set(filters.authors) & set(known.people):
        return False
    if filters.languages and known.language not in filters.languages:
        return False
    return not filters.sources or any(
        (known.host == host or known.host.endswith("." + host)) and folder in ("", known.folder)
        for host, _, folder in (each.partition("/") for each in filters.sources)
    )


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), max_size=2).map(tuple))


@st.composite
def chosen(draw: st.DrawFn) -> Filters:
    dates = ["2021", "2022", "2022-06", "2023-02", "2023-02-14", "2022-11-30"]
    pair = sorted(draw(st.lists(st.sampled_from(dates), min_size=2, max_size=2)))
    since, until = (draw(st.sampled_from([None, each])) for each in pair)
    sources = [*HOSTS[:2], HOSTS[3], "example.org/news", "other.net/blog", "nobody.net"]
    return Filters(
        since, until, draw(some([*PEOPLE, "Nobody"])), draw(some(sources)), draw(some(["en", "de"]))
    )


def checked(
    ranked: list[tuple[int, float]], found: list[tuple[int, float]], wanted: set[int], k: int
) -> None:
    """`found` is the head of `ranked` less the others; ties at the cut may fall either way."""
    expected = [pair for pair in ranked if pair[0] in wanted][:k]
    assert len(found) == len(expected)
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], rtol=2e-6)
    last = expected[-1][1] * (1 + 1e-5) if expected else 0.0
    assert {n for n, s in found if s > last} == {n for n, s in expected if s > last}
    assert {n for n, _ in found} <= wanted


@settings(max_examples=80, deadline=None)
@given(
    filters=chosen(),
    words=st.lists(st.sampled_from([*WORDS, "absent"]), min_size=1, max_size=5, unique=True),
    k=st.sampled_from([1, 3, 20, 500]),
    narrow=st.booleans(),
)
def test_filtered_is_the_whole_ranking_with_others_taken_out(
    world: World, filters: Filters, words: list[str], k: int, narrow: bool
) -> None:
    library, encoder, known = world
    question = " ".join(words)
    with library.snapshot() as snapshot, pytest.MonkeyPatch.context() as patched:
        # Small as it is, this library would never have few enough numbers for a clause.
        patched.setattr("index.words._NARROW", 1.0 if narrow else 0.0)
        view = library.view(snapshot)
        assert len(view.tail.numbers) >= 35
        only = library.admitted(snapshot, filters)
        held = [n for name, each in known.items() if passes(filters, each)
                for n in snapshot.passage_numbers(name)]  # fmt: skip
        everything = [n for name in known for n in snapshot.passage_numbers(name)]
        assert sorted(held) == (sorted(everything) if only is None else only.tolist())
        vector = encoder.encode_question(question)
        by_meaning = view.by_meaning(vector, len(view))
        by_words = view.by_words(words, len(view), FIELDS)
        if only is not None:
            checked(by_meaning, view.by_meaning(vector, k, only), set(held), k)
            checked(by_words, view.by_words(words, k, FIELDS, only), set(held), k)
    found = library.find(question, encoder, candidates=k, fields=FIELDS, filters=filters)
    assert found.admitted == (
        sum(passes(filters, each) for each in known.values()) if filters else None
    )
    for hits, ranked in ((found.by_meaning, by_meaning), (found.by_words, by_words)):
        # No words but those of the text: "absent" is dropped by neither, and stems are the same.
        checked(ranked, [(hit.stored.number, hit.score) for hit in hits], set(held), k)


def test_a_narrow_filter_fills_the_list(world: World) -> None:
    """Taking out afterwards what does not pass would leave far fewer than were asked for."""
    library, encoder, known = world
    filters = Filters(sources=("other.net",), languages=("de",))
    there = sum(passes(filters, each) for each in known.values())
    assert there >= 5
    found = library.find("w01 w02", encoder, candidates=5, fields=FIELDS, filters=filters)
    everything = library.find("w01 w02", encoder, candidates=5, fields=FIELDS)
    assert len(found.by_meaning) == 5
    numbers = {hit.stored.number for hit in found.by_meaning}
    assert len(numbers & {hit.stored.number for hit in everything.by_meaning}) < 5


def test_a_wide_filter_asks_for_more_until_the_list_is_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    best = Words._best

    def counted(self: Words, query: object, k: int) -> list[tuple[int, float]]:
        asked.append(k)
        return best(self, query, k)

    monkeypatch.setattr(Words, "_best", counted)
    with world.library.snapshot() as snapshot:
        base = world.library.view(snapshot).segments[0].words
    ranked = [number for number, _ in base.search(WORDS, len(base))]
    worst = np.sort(np.array(ranked[-60:], dtype=np.int64))  # of 110; all others come first
    asked.clear()
    found = base.search(WORDS, 20, only=worst)
    assert [number for number, _ in found] == ranked[-60:-40]
    assert len(asked) > 1


def test_rows_are_read_once_whatever_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    facts_of_rows = Snapshot.facts
    monkeypatch.setattr(
        Snapshot, "facts", lambda self, n: read.append(len(n)) or facts_of_rows(self, n)
    )
    encoder, home = FakeEncoder(), tmp_path / "library"
    articles = [
        Article(str(n), "T", f"Otter {n}.", f"https://example.org/{n}", None, "2023")
        for n in range(5)
    ]
    put_articles(articles[:3], home, encoder, address="one")
    library = Library.open(home)
    for since in ("2021", "2022", "2021"):
        filters = Filters(since=since)
        library.find("otter", encoder, candidates=5, fields=FIELDS, filters=filters)
    assert library.facets().articles == 3
    assert read == [3]
    put_articles(articles[3:], home, encoder, address="two")
    assert library.facets().articles == 5
    assert read == [3, 2]
    library.close()


def test_a_change_of_the_library_changes_what_is_let_through(tmp_path: Path) -> None:
    encoder, home = FakeEncoder(), tmp_path / "library"
    base = Article("a", "A", "Otters swim.", "https://example.org/a", "Ann Lee", "2023")
    other = Article("b", "B", "Otters sleep.", "https://example.org/b", "Bo Ray", "2023")
    put_articles([base, other], home, encoder, address="one")
    library = Library.open(home)

    def ids() -> set[str]:
        filters = Filters(authors=("Ann Lee",))
        found = library.find("otters", encoder, candidates=9, fields=FIELDS, filters=filters)
        assert {h.stored.number for h in found.by_meaning} == {
            h.stored.number for h in found.by_words
        }
        return {hit.stored.passage.article.id for hit in found.by_meaning}

    assert ids() == {"a"}
    changed = Article("b", "B", "Otters sleep.", "https://example.org/b", "Ann Lee", "2023")
    put_articles([base, changed], home, encoder, address="one")  # its passage keeps its number
    assert ids() == {"a", "b"}
    assert library.facets().authors == (Count("Ann Lee", 2),)
    with writer_lock(home):
        writer = Writer(home)
        writer.remove(["a"])
        writer.close()
    assert ids() == {"b"}
    library.close()
