"""What was read lately is held, within bounds of number and of length."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from corpus.article import Article
from index.article_cache import MOST_CHARACTERS, ArticleCache
from index.milvus.cache import ArticleCache as MilvusCache
from index.put import put_articles
from tests.conftest import FakeEncoder

LENGTHS = (100, 200, 300, 5_000)


class Reading:
    """Counts what is read of a library."""

    def __init__(self, connection: sqlite3.Connection, cache: ArticleCache) -> None:
        self._connection = connection
        self._cache = cache
        self.read: list[str] = []
        connection.set_trace_callback(self.read.append)

    def __call__(self, *numbers: int) -> int:
        """Return how many of the articles were read for this."""
        self.read.clear()
        for number in numbers:
            article = self._cache.get(self._connection, number)
            assert article is not None
            assert len(article.text) == LENGTHS[number - 1]
        return len(self.read)


@pytest.fixture
def connection(
    tmp_path: Path, make_article: Callable[..., Article]
) -> Iterator[sqlite3.Connection]:
    articles = [make_article(("word " * n)[: n - 1] + "s", f"Of {n}") for n in LENGTHS]
    put_articles(articles, tmp_path / "library", FakeEncoder(), address="test")
    with closing(sqlite3.connect(tmp_path / "library" / "library.sqlite")) as opened:
        yield opened


def test_what_is_held_is_not_read_again(connection: sqlite3.Connection) -> None:
    reading = Reading(connection, ArticleCache())
    assert reading(1, 2, 3, 4) == 4
    assert reading(4, 3, 2, 1) == 0


def test_of_many_the_oldest_is_let_go(connection: sqlite3.Connection) -> None:
    reading = Reading(connection, ArticleCache(most=2))
    assert reading(1, 2, 1, 3) == 3
    assert reading(1, 3) == 0
    assert reading(2) == 1


def test_long_articles_count_by_their_length(connection: sqlite3.Connection) -> None:
    reading = Reading(connection, ArticleCache(characters=600))
    assert reading(1, 2, 3) == 3
    assert reading(1, 2, 3) == 0
    assert reading(4) == 1  # longer than all that may be held: held alone
    assert reading(4) == 0
    assert reading(1, 2, 3) == 3  # and none of the others beside it
    assert reading(1, 2, 3) == 0
    assert reading(4) == 1


def test_articles_of_milvus_count_by_their_length_too(
    make_article: Callable[..., Article],
) -> None:
    cache = MilvusCache(characters=600)

    def held(*put: int) -> list[int]:
        for n in put:
            cache.put((str(n), 1), make_article("x" * n))
        return [n for n in LENGTHS if cache.get((str(n), 1))[0]]

    assert held(100, 200, 300) == [100, 200, 300]
    assert held(300) == [100, 200, 300]  # it counts once
    assert held(5_000) == [5_000]  # longer than all that may be held: held alone
    assert held(100, 300) == [100, 300]
    cache.put(("damaged", 1), None)
    assert held() == [100, 300]


def test_articles_of_milvus_are_bounded_as_those_of_a_folder(
    make_article: Callable[..., Article],
) -> None:
    cache = MilvusCache()
    for n in range(3):
        cache.put((str(n), 1), make_article("x" * (MOST_CHARACTERS // 2)))
    assert [cache.get((str(n), 1))[0] for n in range(3)] == [False, True, True]


def test_of_many_articles_of_milvus_the_oldest_is_let_go() -> None:
    cache = MilvusCache(most=2)
    for key in "abc":
        cache.put((key, 1), None)
    assert [cache.get((key, 1))[0] for key in "abc"] == [False, True, True]
