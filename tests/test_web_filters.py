"""Filters on the page without a browser: what is believed, what is said, what an event gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from starlette.datastructures import QueryParams

from index.filters import NO_FILTERS, Filters
from tests.fake_archive import ARTICLES, SCRIPT, FakeArchive
from web.filter_row import FilterRow
from web.filters import read_address, read_controls, read_kept, scope, scoped_html
from web.page import Page
from web.turns import MAX_HISTORY, Refused, Replies, Turn, clean_turns
from web.words import ENGLISH

EVERYTHING = Filters("2022-05", "2024", ("Jo Reed", "Marta Lindqvist"), ("example.org",), ("en",))
QUESTION = "What kills the otters?"


def test_filters_are_said_in_words() -> None:
    assert scope(EVERYTHING, ENGLISH) == (
        "May 2022 to 2024 · by Jo Reed or Marta Lindqvist · example.org · English"
    )
    assert scope(Filters(since="2023-01-17"), ENGLISH) == "from 17 January 2023"
    assert scope(Filters(until="2023", languages=("xx",)), ENGLISH) == "until 2023 · xx"
    assert scope(NO_FILTERS, ENGLISH) == ""


def test_a_turn_is_kept_with_its_filters_and_read_back() -> None:
    turns = [Turn("one"), Turn("two", EVERYTHING)]
    stored = json.loads(json.dumps([turn.kept() for turn in turns]))
    assert stored[0] == "one"
    assert clean_turns(stored) == tuple(turns)


@pytest.mark.parametrize(
    "raw",
    [3, "since 2023", {"since": "soon"}, {"since": 2023}, {"author": "Jo"}, {"author": [None]},
     {"language": ["x" * 999]}, {"source": [["a"]]}],
    ids=str,
)  # fmt: skip
def test_filters_a_browser_made_up_are_none(raw: object) -> None:
    assert read_kept(raw) == NO_FILTERS
    assert clean_turns([{"q": "one", "f": raw}]) == (Turn("one"),)


def test_kept_filters_count_towards_what_is_kept() -> None:
    long = Filters(authors=tuple(f"{n} {'x' * 190}" for n in range(10)))
    turns = clean_turns([Turn("q", long).kept()] * 30)
    assert 1 <= len(turns) <= MAX_HISTORY // 1900
    assert clean_turns([{"f": {}}, {"q": None}, {}]) == ()


def test_an_address_names_filters() -> None:
    pairs = [("q", "x"), ("since", "2023"), ("since", "2024"), ("author", "Jo Reed"),
             ("author", "Eve"), ("source", " "), ("filters", "y")]  # fmt: skip
    assert read_address(pairs) == {"since": "2024", "author": ["Jo Reed", "Eve"]}
    many = read_address([("author", f"a{n}") for n in range(999)])
    assert len(many["author"]) <= 20


def test_the_reply_says_what_was_searched_and_how_to_search_everything() -> None:
    archive = FakeArchive()
    filters = Filters(authors=("Jo Reed",))
    answer = scoped_html(archive.ask(QUESTION, filters=filters), ENGLISH)
    assert answer.index("Searched only: by Jo Reed") < answer.index("q-card")
    assert ENGLISH.filtered_silent not in answer
    silent = scoped_html(archive.ask("Who is king of Spain?", filters=filters), ENGLISH)
    assert "Searched only: by Jo Reed" in silent
    assert ENGLISH.filtered_silent in silent
    assert "Searched only" not in scoped_html(archive.ask(QUESTION), ENGLISH)


def test_filters_nothing_passes_are_named_with_what_there_is() -> None:
    archive = FakeArchive()
    html = scoped_html(archive.ask(QUESTION, filters=Filters(since="2031")), ENGLISH)
    assert "No article matches these filters: from 2031." in html
    assert ENGLISH.filtered_tip in html
    html = scoped_html(archive.ask(QUESTION, filters=Filters(authors=("Joe Read",))), ENGLISH)
    assert "Joe Read: in no article. There is: Jo Reed." in html
    archive = FakeArchive(ARTICLES[:2])
    html = scoped_html(archive.ask(QUESTION, filters=Filters(languages=("fr",))), ENGLISH)
    assert "French: in no article. There is: English, Hebrew." in html


def test_filters_are_escaped_wherever_they_are_shown() -> None:
    archive = FakeArchive()
    for text in (SCRIPT, "<img src=x onerror=alert(1)>"):
        for filters in (Filters(authors=(text,)), Filters(sources=(text,))):
            html = scoped_html(archive.ask(QUESTION, filters=filters), ENGLISH)
            assert "<script" not in html
            assert "<img" not in html
    hostile = Filters(authors=(ARTICLES[2].author or "",))
    html = scoped_html(archive.ask("Who keeps the wiki password?", filters=hostile), ENGLISH)
    assert "q-scope" in html
    assert "<img" not in html


def test_a_remembered_reply_belongs_to_its_filters() -> None:
    archive = FakeArchive()
    replies = Replies(archive, ENGLISH)
    everything = replies.ask(QUESTION, ())
    filters = Filters(languages=("he",))
    assert replies.known(QUESTION, (), filters) is None
    hebrew = replies.again(QUESTION, (), filters)
    assert "q-card" not in hebrew
    assert "Searched only: Hebrew" in hebrew
    assert replies.known(QUESTION, ()) == everything
    assert replies.known(QUESTION, (), filters) == hebrew


def test_filters_that_cannot_be_used_get_a_line() -> None:
    replies = Replies(FakeArchive(ARTICLES[:2]), ENGLISH)
    with pytest.raises(Refused) as refused:
        replies.chosen(["2023-13", "", [], [], []])
    assert ENGLISH.filter_refused in refused.value.html
    assert "is no date; write 2023" in refused.value.html
    with pytest.raises(Refused) as refused:
        replies.ask(QUESTION, (), Filters(languages=("english",)))
    assert "the archive holds: en, he" in refused.value.html


# ---- events


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["content"][0]["text"] for message in messages]


def last(events: Iterator[Any]) -> Any:
    *_, shown = events
    return shown


def address(**query: str) -> Any:
    return SimpleNamespace(session_hash=None, query_params=QueryParams(query), headers={})


def test_asking_uses_the_controls_and_keeps_them_with_the_turn() -> None:
    archive = FakeArchive()
    page = Page(archive, ENGLISH)
    chat, kept, _ = last(page.ask(address(), QUESTION, [], "", "", ["Jo Reed"], [], []))
    assert "Searched only: by Jo Reed" in texts(chat)[-1]
    assert kept == [{"q": QUESTION, "f": {"author": ["Jo Reed"]}}]
    chat, kept, _ = last(
        page.ask(address(), "And the cost of the ferry?", kept, "", "", None, [], [])
    )
    assert archive.asked[-1] == ("And the cost of the ferry?", (QUESTION,))
    assert [type(each) for each in kept] == [dict, str]
    assert "Searched only" in texts(chat)[1]  # the earlier turn stays as it was asked
    assert "Searched only" not in texts(chat)[3]


def test_a_bad_filter_refuses_the_question_and_keeps_the_conversation() -> None:
    page = Page(FakeArchive(), ENGLISH)
    for controls in (["soon", "", [], [], []], ["", "", 3, [], []], ["", "", [], [], ["english"]]):
        chat, kept, _ = last(page.ask(address(), QUESTION, ["before"], *controls))
        assert ENGLISH.filter_refused in texts(chat)[-1]
        assert kept == gr.skip()


def test_a_kept_conversation_is_asked_again_under_the_filters_of_each_turn() -> None:
    page = Page(FakeArchive(), ENGLISH)
    kept = [{"q": QUESTION, "f": {"author": ["Jo Reed"]}}, "What saved the night ferry?"]
    chat, _, _ = last(page.load(kept, address()))
    assert ["Searched only" in text for text in texts(chat)[1::2]] == [True, False]


def test_a_link_asks_under_its_filters() -> None:
    page = Page(FakeArchive(), ENGLISH)
    query = {"q": QUESTION, "author": "Jo Reed", "since": "2024"}
    chat, kept, _ = last(page.load([], address(**query)))
    assert kept == [{"q": QUESTION, "f": {"since": "2024", "author": ["Jo Reed"]}}]
    again, same, _ = last(page.load(kept, address(**query)))
    assert texts(again) == texts(chat)
    assert same == gr.skip()
    bad, _, _ = last(page.load([], address(q=QUESTION, since="soon")))
    assert ENGLISH.filter_refused in texts(bad)[-1]


@pytest.fixture
def row() -> FilterRow:
    return rows(FakeArchive())


def rows(archive: FakeArchive) -> FilterRow:
    with gr.Blocks(analytics_enabled=False):
        return FilterRow(archive, ENGLISH)


def settings(updates: dict[Any, Any]) -> dict[str, dict[str, Any]]:
    """Return what an event sets, by the components' ids in the page."""
    return {str(key.elem_id): value for key, value in updates.items()}


def shown(updates: dict[Any, Any]) -> set[str]:
    return {name for name, part in settings(updates).items() if part.get("visible")}


def test_the_row_offers_what_the_archive_holds(row: FilterRow) -> None:
    updates = row.opened([], address())
    found = settings(updates)
    assert ("Jo Reed (2)", "Jo Reed") in found["q-author"]["choices"]
    assert ("English (3)", "en") in found["q-language"]["choices"]
    assert ("news.example.org (1)", "news.example.org") in found["q-source-host"]["choices"]
    controls = {"q-since", "q-until", "q-author", "q-source-host", "q-language"}
    assert shown(updates) == {"q-filter", "q-filters", *controls}
    assert not any("value" in found[control] for control in controls)  # a hurried visitor's stay


def test_what_leaves_no_choice_is_hidden() -> None:
    found = shown(rows(FakeArchive(ARTICLES[-2:])).opened([], address()))
    assert found == {"q-filter", "q-filters", "q-since", "q-until", "q-source-host"}
    for articles in (ARTICLES[-1:], ()):
        assert shown(rows(FakeArchive(articles)).opened([], address())) == set()
        linked = rows(FakeArchive(articles)).opened([], address(since="2023"))
        assert shown(linked) == {"q-filter", "q-chip"}  # what is in force can be seen, and cleared


def test_the_row_opens_with_the_filters_of_the_link_or_of_the_last_turn(row: FilterRow) -> None:
    kept = ["one", {"q": "two", "f": {"since": "2023", "language": ["en"]}}]
    found = settings(row.opened(kept, address()))
    assert (found["q-since"]["value"], found["q-language"]["value"]) == ("2023", ["en"])
    assert found["q-chip"]["value"] == "✕ from 2023 · English"
    assert found["q-language"]["choices"]
    found = settings(row.opened(kept, address(author="Jo Reed")))
    assert (found["q-since"]["value"], found["q-author"]["value"]) == ("", ["Jo Reed"])
    cleared = row.cleared(address())
    assert [settings(cleared)[name]["value"] for name in ("q-since", "q-author")] == ["", []]
    assert shown(cleared) & {"q-chip"} == set()


def test_the_chip_says_what_is_chosen_or_what_is_wrong_with_it(row: FilterRow) -> None:
    def chip(*values: object) -> dict[str, Any]:
        return settings(row.chip(address(), *values))["q-chip"]

    assert chip("", "", [], [], [])["visible"] is False
    assert chip("", "2024", [], [], ["he"])["value"] == "✕ until 2024 · Hebrew"
    assert "is no date" in chip("2024-", "", [], [], [])["value"]
    assert read_controls(["", None, [], None, ()]) == NO_FILTERS
