"""The same words: case and punctuation aside, and numbers with all that belongs to them."""

from __future__ import annotations

import pytest

from qa.wording import stands_in, stands_whole


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("The ferry – carries\n41 lorries.", "Now THE FERRY carries 41 lorries, they say", True),
        ("carries 41 lorries", "carries 43 lorries", False),
        ("41 lorries", "141 lorries", False),
        ("it cost 1.5 million", "it cost 15 million", False),
        ("at -5 degrees", "at 5 degrees", False),
        ("from 3-5 degrees", "from 3–5 degrees", True),
        ("$5", "€5", False),
        ("rose by 5 %", "rose by 5", False),
        ("rose by 5", "rose by 5%", True),
        ("rose by 5% in May", "rose by 5 in May", False),
        ("the old bridge", "the bridge, the old one", False),
        ("서울은 수도", "서울은 수도이다", False),
    ],
)
def test_words_stand_in_a_text(words: str, text: str, expected: bool) -> None:
    assert stands_in(words, text) is expected


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("3 euros", "It costs 3 euros.", True),
        ("3 euros", "It costs 33 euros.", False),
        ("3 euros", "It costs 33 euros, once 3 euros.", True),
        ("5 euros", "It costs 3.5 euros.", False),
        ("5 euros", "It costs .5 euros.", False),
        ("000 euros", "It costs 1,000 euros.", False),
        ("000 euros", "It costs 1\u202f000 euros.", False),
        ("costs 1", "It costs 1,000 euros.", False),
        ("costs 3", "It costs 3.5 euros.", False),
        ("costs 3", "It costs 3.", True),
        ("costs 3", "It costs 3, or 4.", True),
        ("costs 3", "It costs 3-5 euros.", False),
        ("3 degrees", "It is -3 degrees.", False),
        ("3 degrees", "It is −3 degrees.", False),
        ("-3 degrees", "It is -3 degrees.", True),
        ("22:4", "It left at 22:40.", False),
        ("lorries", "two lorries-only ferries", True),
        ("over", "moreover", False),
        ("Ufer", "Уfer Ufers", False),
        ("cafe", "the cafe\u0301", False),
        ("东京", "我住在东京都", True),
        ("3元", "这要3元。", True),
        ("3元", "这要33元。", False),
        ("三元", "这要十三元。", False),
        ("ข้าว", "กินข้าวแล้ว", True),
        ("", "It costs 3 euros.", False),
    ],
)
def test_words_stand_whole(quote: str, text: str, expected: bool) -> None:
    assert stands_whole(quote, text) is expected


def test_a_quote_that_was_part_of_a_word_may_be_part_of_one() -> None:
    assert not stands_whole("19", "Still COVID-19 here")
    assert stands_whole("19", "Still COVID-19 here", "It is COVID-", ".")
