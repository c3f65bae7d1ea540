"""Golds → places, and what is said of a test set that does not fit the library."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.article import Article, Span
from qa.evaluate.check import check
from qa.evaluate.locate import nearest, occurrences
from qa.evaluate.resolve import Place
from qa.evaluate.testset import Gold, Question, TestSet
from tests.evaluate_fake import BRIDGE, FERRY, FakeArchive


def asked(number: int, text: str, *golds: Gold, paragraph: str | None = None) -> Question:
    return Question(f"q{number}", text, golds, f"set.jsonl:{number}", paragraph=paragraph)


def a_set(*questions: Question) -> TestSet:
    return TestSet("set", "jsonl", questions)


def test_every_occurrence_of_a_quote_counts() -> None:
    question = asked(1, "What?", Gold(None, "12"))
    checked = check(a_set(question), FakeArchive())
    places = checked.targets["q1"].answers
    assert {place.article for place in places} == {"ferry", "bridge"}
    assert all(
        place.span.of({"ferry": FERRY, "bridge": BRIDGE}[place.article].text) == "12"
        for place in places
    )
    assert checked.findings == ()


@pytest.mark.parametrize(
    "name", ["ferry", "notes/ferry.md", "ferry.md", "the night FERRY", "/elsewhere/ferry.md"]
)
def test_an_article_is_known_by_id_source_title_and_file_name(name: str) -> None:
    checked = check(a_set(asked(1, "?", Gold(name, "Freight"))), FakeArchive())
    start = FERRY.text.index("Freight")
    assert checked.targets["q1"].answers == (Place("ferry", Span(start, start + 7)),)


def test_white_space_of_a_quote_may_differ_but_words_may_not() -> None:
    assert occurrences("nine. Freight  saved", FERRY.text) == (Span(19, 38),)
    assert occurrences("nine. Freight sank", FERRY.text) == ()
    assert occurrences("  ", "a  b") == ()
    assert occurrences("aa", "aaa") == (Span(0, 2), Span(1, 3))
    assert nearest("aa", "aa aa", 4) == Span(3, 5)


def test_a_squad_answer_is_found_in_its_paragraph_not_elsewhere() -> None:
    text = "In 1917 it began.\n\nBy 1917 it was over."
    library = FakeArchive([Article("war", "War", text, "war")])
    question = asked(1, "When?", Gold("war", "1917", Span(3, 7)), paragraph="By 1917 it was over.")
    target = check(replace(a_set(question), format="squad"), library).targets["q1"]
    assert target.answers == (Place("war", Span(22, 26)),)
    assert target.places == (Place("war", Span(19, 39)),)


def test_a_whole_article_is_a_place() -> None:
    target = check(a_set(asked(1, "?", Gold("bridge", "", grade=2))), FakeArchive()).targets["q1"]
    assert (target.places, target.answers) == ((Place("bridge", Span(0, len(BRIDGE.text))),), ())
    assert target.articles == (("bridge", 2),)


def test_all_faults_are_named_with_their_line() -> None:
    questions = a_set(
        asked(1, "Who?", Gold("ferry", "Freight")),
        asked(2, "Who?", Gold("ferry", "Freight")),
        asked(3, "who? "),
        asked(4, "Where?", Gold("ferry", "on the moon")),
        asked(5, "What?", Gold("tunnel", "x")),
        asked(6, "Fine?", Gold(None, "no such words")),
    )
    found = [(item.kind, item.where) for item in check(questions, FakeArchive()).findings]
    assert found == [
        ("missing article", "set.jsonl:5"),
        ("missing quote", "set.jsonl:4"),
        ("missing quote", "set.jsonl:6"),
        ("contradiction", "set.jsonl:3"),
        ("duplicate", "set.jsonl:2"),
    ]


def test_the_wrong_library_is_doubted_first() -> None:
    questions = a_set(
        asked(1, "a", Gold("tunnel", "x")),
        asked(2, "b", Gold("canal", "x")),
        asked(3, "c", Gold("ferry", "Freight")),
    )
    checked = check(questions, FakeArchive())
    assert checked.wrong_library is checked.findings[0]
    assert "2 of 3 gold answers" in str(checked.findings[0])
    assert check(a_set(asked(1, "no gold")), FakeArchive()).wrong_library is None
