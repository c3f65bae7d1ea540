"""The latest event of a page, and those that it overtook."""

from __future__ import annotations

from web.visits import Visits


def test_the_one_begun_last_is_the_latest() -> None:
    visits = Visits()
    first = visits.begin("page")
    assert first()
    second = visits.begin("page")
    assert second()
    assert not first()


def test_pages_do_not_know_of_each_other() -> None:
    visits = Visits()
    one, other = visits.begin("one"), visits.begin("other")
    assert one()
    assert other()


def test_what_opens_a_page_goes_on_until_something_begins() -> None:
    visits = Visits()
    opened, other = visits.opened("page"), visits.opened("other")
    assert opened()
    visits.begin("page")
    assert not opened()
    assert other()
    assert not visits.opened("page")()  # begun while the opening still waited for its turn


def test_without_a_name_nothing_is_overtaken() -> None:
    visits = Visits()
    opened, first = visits.opened(None), visits.begin(None)
    visits.begin(None)
    assert opened()
    assert first()


def test_what_is_remembered_is_bounded() -> None:
    visits = Visits(most=2)
    first = visits.begin("first")
    visits.begin("first")
    for name in ("second", "third"):
        visits.begin(name)
    assert first()  # forgotten, and believed
    assert visits.opened("first")()
    assert not visits.opened("third")()


def test_a_name_without_end_is_cut() -> None:
    visits = Visits()
    visits.begin("x" * 60_000)
    assert max(map(len, visits._latest)) == 64
    assert not visits.opened("x" * 60_000)()
