"""What may be asked, and how a follow-up is completed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import QuestionError
from qa.followup import complete, leans, topic
from qa.question import MOST_CHARACTERS, checked_question


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("?!…", "no words"),
        ("x" * 100_000, "100,000 characters"),
        ("\x00\x1f", "empty"),
    ],
    ids=["nothing", "blanks", "punctuation", "huge", "controls"],
)
def test_what_is_no_question_is_refused_in_one_line(question: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as raised:
        checked_question(question)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


@given(st.text(max_size=MOST_CHARACTERS))
def test_any_text_is_checked_or_refused(question: str) -> None:
    try:
        tidy = checked_question(question)
    except QuestionError:
        return
    assert checked_question(tidy) == tidy
    tidy.encode()


@pytest.mark.parametrize("question", ["서울은 어디?", "ما هي العاصمة؟", "Où est-ce ?", "2+2"])
def test_every_script_may_ask(question: str) -> None:
    assert checked_question(question) == question


LEAVE = ["How many days of annual leave do I get?"]


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("And can I carry them over?", "opener"),
        ("What about part-time staff in the depot?", "opener"),
        ("How do managers approve it for new colleagues?", "pronoun"),
        ("How long does that take?", "pronoun"),
        ("Since when?", "short"),
        ("Who approves travel to other countries?", None),
        ("What did the council that met in May decide?", None),
        ("Andrea wrote which report about otters?", None),
    ],
)
def test_leaning_is_seen(question: str, why: str | None) -> None:
    assert leans(question) == why


def test_a_follow_up_takes_the_topic_along() -> None:
    understood = complete("And can I carry them over?", LEAVE)
    assert understood.text == "And can I carry them over? (days of annual leave)"


def test_a_chain_of_follow_ups_keeps_the_first_topic() -> None:
    understood = complete("And after that?", [*LEAVE, "What about carrying them into March?"])
    assert "annual leave" in understood.text
    assert "March" in understood.text


def test_a_short_question_is_a_topic_of_its_own() -> None:
    history = [*LEAVE, "How long is probation?"]
    assert complete("And who decides about it?", history).text == (
        "And who decides about it? (probation)"
    )


def test_a_first_question_is_left_alone() -> None:
    assert complete("And the bridge?", []).text == "And the bridge?"


def test_a_question_that_stands_alone_is_left_alone() -> None:
    assert complete("How loud are heat pumps in old stone houses?", LEAVE).why is None


def test_a_topic_already_named_is_not_repeated() -> None:
    assert complete("And days of annual leave?", LEAVE).text == "And days of annual leave?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many days of annual leave do I get?", "days of annual leave"),
        ("What did South Korea do about arms?", "South Korea, arms"),
        ("Who?", ""),
        ("Was kostet ein Bett im Nachtzug nach Kalderin?", "kostet, Bett, Nachtzug, Kalderin"),
    ],
)
def test_topic(question: str, expected: str) -> None:
    assert topic(question) == expected
