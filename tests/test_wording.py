"""The same words: case and punctuation aside, and numbers with all that belongs to them."""

from __future__ import annotations

import pytest

from qa.wording import stands_in


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
