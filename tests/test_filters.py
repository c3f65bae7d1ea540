"""Filters: what each value lets through, what is refused, and what an archive offers."""

from __future__ import annotations

import pytest

from corpus.errors import FilterError
from index.facets import Count, facets_of, unknown_in
from index.facts import Facts, names_of
from index.filters import Filters

HOSTS = ("example.org", "news.example.org", "www.example.org", "other.net", "notexample.org")


def facts(
    author: str | None = None,
    published: str | None = None,
    source: str = "a.md",
    language: str = "",
) -> Facts:
    return Facts(author, published, source, language or None)


# ---- single filters


@pytest.mark.parametrize(
    ("since", "until", "published", "passes"),
    [
        ("2023", None, "2023-01-01", True),
        ("2023", None, "2022-12-31", False),
        ("2023-01-17", None, "2023-01-17", True),
        ("2023-01-17", None, "2023-01", True),  # the month overlaps the range
        ("2023-01-17", None, "2023", True),
        ("2023-02", None, "2023-01", False),
        (None, "2023", "2023-12-31", True),
        (None, "2023", "2024", False),
        (None, "2023-01", "2023-01-31", True),
        (None, "2023-01", "2023-02-01", False),
        (None, "2023-01-17", "2023", True),
        ("2023-06", "2023", "2023-07-01", True),
        ("2023", "2023", None, False),
        ("2023", None, "soon", False),
        (None, "2999", "<b>soon</b>", False),
    ],
)
def test_dates(since: str | None, until: str | None, published: str | None, passes: bool) -> None:
    assert Filters(since, until).admits(facts(published=published)) == passes


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("By Ann Lee, Bo Ray and Cy Fox", ("Ann Lee", "Bo Ray", "Cy Fox")),
        ("Ann Lee, Bo Ray, and Cy Fox", ("Ann Lee", "Bo Ray", "Cy Fox")),
        ("Ann Lee; Bo Ray", ("Ann Lee", "Bo Ray")),
        ("Lee, Ann; Ray, Bo", ("Lee, Ann", "Ray, Bo")),
        ("Lee, Ann", ("Lee, Ann",)),
        ("Johnson & Johnson", ("Johnson & Johnson",)),
        ("Anna Schmidt und Jörg Weiß", ("Anna Schmidt", "Jörg Weiß")),
        ("Byron Lee", ("Byron Lee",)),
        ("Reuters", ("Reuters",)),
        ("", ()),
        (None, ()),
    ],
)
def test_a_line_of_authors_is_parted_into_names(author: str | None, names: tuple[str, ...]) -> None:
    assert names_of(author) == names
    for name in names:
        assert Filters(authors=(name.upper(),)).admits(facts(author=author))


def test_an_author_is_a_whole_name() -> None:
    line = facts(author="Ann Lee, Bo Ray")
    assert Filters(authors=("ann  lee",)).admits(line)
    assert Filters(authors=("By Bo Ray",)).admits(line)
    assert Filters(authors=("Ann Lee, Bo Ray",)).admits(line)
    assert not Filters(authors=("Lee",)).admits(line)
    assert not Filters(authors=("Ann",)).admits(facts())


@pytest.mark.parametrize(
    ("source", "wanted", "passes"),
    [
        ("https://www.example.org/a", "example.org", True),
        ("https://news.example.org/a", "example.org", True),
        ("https://news.example.org/a", "www.example.org", True),
        ("https://example.org/a", "news.example.org", False),
        ("https://notexample.org/a", "example.org", False),
        ("https://example.org.evil.net/a", "example.org", False),
        ("https://evil.net/example.org", "example.org", False),
        ("https://EXAMPLE.org:8080/News/2023/a", "example.org/news", True),
        ("https://example.org/news/2023/a", "https://example.org/news/", True),
        ("https://example.org/news/2023/a", "http://example.org:80/news/2023", True),
        ("https://example.org/newsroom/a", "example.org/news", False),
        ("https://example.org/list?page=2", "example.org/list", True),
        ("notes/2023/a.md", "notes", True),
        ("notes/2023/a.md", "notes/2023/", True),
        ("notes/2023/a.md", "notes/2023/a.md", True),
        ("notes/2023/a.md", "2023", False),
        ("notebook/a.md", "note", False),
        ("http://[::1", "example.org", False),
    ],
)
def test_sources(source: str, wanted: str, passes: bool) -> None:
    assert Filters(sources=(wanted,)).admits(facts(source=source)) == passes


def test_languages_are_codes_and_regions_do_not_count() -> None:
    assert Filters(languages=("DE-at",)).admits(facts(language="de"))
    assert not Filters(languages=("de",)).admits(facts(language="en"))
    assert not Filters(languages=("de",)).admits(facts())


def test_values_of_one_filter_are_or_and_different_filters_and() -> None:
    filters = Filters(authors=("Ann Lee", "Bo Ray"), languages=("en",))
    assert filters.admits(facts("Bo Ray", language="en"))
    assert not filters.admits(facts("Bo Ray", language="de"))
    assert not filters.admits(facts("Cy Fox", language="en"))
    assert Filters().admits(facts())
    assert not Filters()
    assert filters


@pytest.mark.parametrize("value", ["2023-13", "2023-02-30", "23", "0000", "2023-1", "soon", "", 3])
def test_what_is_no_date_is_refused_in_one_line(value: object) -> None:
    with pytest.raises(FilterError, match=r"is no date; write 2023, 2023-01 or 2023-01-17"):
        Filters(since=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "flat",
    [
        {"since": ["2023"]},
        {"since": "2024", "until": "2023"},
        {"author": "Ann Lee"},
        {"author": [3]},
        {"author": ["x" * 201]},
        {"author": ["a"] + [f"b{n}" for n in range(10)]},
        {"author": [" \x00 "]},
        {"source": ["https://"]},
        {"language": {"de": 1}},
    ],
)
def test_what_strangers_send_is_refused(flat: dict[str, object]) -> None:
    with pytest.raises(FilterError) as refused:
        Filters.read(flat)
    assert "\n" not in str(refused.value)


def test_filters_survive_json_and_say_what_they_are() -> None:
    filters = Filters("2023", None, ("Ann Lee", "Bo  Ray", "Ann Lee"), (), ("en",))
    assert filters.flat() == {"since": "2023", "author": ["Ann Lee", "Bo Ray"], "language": ["en"]}
    assert Filters.read(filters.flat()) == filters
    assert Filters.read({"until": "", "author": None, "other": 3}) == Filters()
    assert str(filters) == "since 2023, author Ann Lee or Bo Ray, language en"


# ---- what there is


HELD = (
    facts("Ann Lee", "2023-05", "https://www.example.org/a", "en"),
    facts("ann lee, Bo Ray", "2021", "https://news.example.org/a", "en"),
    facts("Ann Lee", None, "notes/2023/b.md", "de"),
    facts(None, "soon", "notes/c.md"),
)


def test_facets_count_what_there_is() -> None:
    facets = facets_of(HELD)
    assert (facets.articles, facets.dated, facets.first, facets.last) == (4, 2, "2021", "2023-05")
    assert facets.years == (Count("2021", 1), Count("2023", 1))
    assert facets.authors == (Count("Ann Lee", 3), Count("Bo Ray", 1))
    assert facets.sources == (
        Count("notes", 2), Count("example.org", 1), Count("news.example.org", 1),
    )  # fmt: skip
    assert facets.languages == (Count("en", 2), Count("de", 1))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(authors=("Anne Lee",)), [("author", "Anne Lee", ("Ann Lee",))]),
        (Filters(authors=("Lee",)), [("author", "Lee", ("Ann Lee",))]),
        (Filters(authors=("Zorro",)), [("author", "Zorro", ())]),
        (Filters(sources=("exampel.org",)), [("source", "exampel.org", HOSTS[:2])]),
        (Filters(sources=("example.org/x",)), [("source", "example.org/x", HOSTS[:2])]),
        (Filters(languages=("fr",)), [("language", "fr", ("en", "de"))]),
        (Filters(authors=("Bo Ray",), sources=("news.example.org",), languages=("de",)), []),
    ],
)
def test_a_value_nobody_has_comes_with_what_is_near(
    filters: Filters, expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    found = unknown_in(filters, HELD)
    assert [(each.filter, each.value, each.held) for each in found][: len(expected)] == expected
    assert len(found) == len(expected)
