"""What filters let through is kept for the next question, and takes no more memory than it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from index import catalogue
from index.catalogue import Catalogue
from index.facts import Facts
from index.filters import Filters
from index.meaning import Numbers
from index.snapshot import Snapshot

YEARS = [Filters(since=f"{year}-01-01") for year in range(1900, 1930)]


class FakeSnapshot:
    """A hundred articles of ten passages each, one a year from 1900 on."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation

    def article_numbers(self) -> list[int]:
        return list(range(100))

    def facts(self, numbers: Sequence[int]) -> dict[int, Facts]:
        return {n: Facts(None, f"{1900 + n}-01-01", f"{n}.txt", "en") for n in numbers}

    def owners(self) -> tuple[Numbers, Numbers]:
        return np.repeat(np.arange(100), 10), np.arange(1_000)


def snapshot(generation: int = 1) -> Snapshot:
    return cast("Snapshot", FakeSnapshot(generation))


def kept(held: Catalogue) -> int:
    return sum(len(each.numbers) for each in held._admitted.values())


def test_a_filter_is_looked_up_once() -> None:
    held = Catalogue()
    first = held.admitted(snapshot(), YEARS[10])
    assert (first.articles, first.numbers.tolist()) == (90, list(range(100, 1_000)))
    assert held.admitted(snapshot(), YEARS[10]) is first


def test_what_is_kept_is_bounded_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_MOST_NUMBERS", 2_500)
    held = Catalogue()
    first, *_, last = [held.admitted(snapshot(), each) for each in YEARS]
    assert 0 < kept(held) <= 2_500
    assert held.admitted(snapshot(), YEARS[-1]) is last
    assert held.admitted(snapshot(), YEARS[0]) is not first


def test_one_list_that_is_longer_than_all_may_be_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_MOST_NUMBERS", 10)
    held = Catalogue()
    first = held.admitted(snapshot(), YEARS[0])
    assert held.admitted(snapshot(), YEARS[0]) is first
    second = held.admitted(snapshot(), YEARS[1])
    assert kept(held) == len(second.numbers)


def test_what_other_generations_let_through_goes_at_once() -> None:
    held = Catalogue()
    for each in YEARS[:3]:
        held.admitted(snapshot(1), each)
    newer = held.admitted(snapshot(2), YEARS[0])
    assert kept(held) == len(newer.numbers)
