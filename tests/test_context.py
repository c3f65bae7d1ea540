"""Passages packed for a language model: within the budget, numbered, verbatim, nothing cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from qa.answer import Abstention, Answer, Extract
from qa.context import context

WORDS = st.text(alphabet="abc é日\u05d0>*_[] \n", min_size=1, max_size=60).filter(str.strip)


def count(text: str) -> int:
    """One token a word, as good a counter as any."""
    return len(re.findall(r"\S+", text))


def answer(*texts: str, **known: str) -> Answer:
    extracts = []
    for number, text in enumerate(texts):
        whole = f"Before.\n\n{text}\n\nAfter."
        article = Article(f"id-{number}", f"Title {number}", whole, f"{number}.txt", **known)  # type: ignore[arg-type]
        passage = Passage(article, Span(9, 9 + len(text)))
        extracts.append(Extract(passage, (), 1.0 - number / 10))
    return Answer("question", "question", tuple(extracts), 0.9)


def test_a_source_is_numbered_named_and_quoted() -> None:
    reply = answer("Twenty days.\n\nNot more.", "Thirty.", author="Jo Reed", published="2024-05")
    assert context(reply, 100, count) == (
        "[1] **Title 0**, Jo Reed, 2024-05, 0.txt\n> Twenty days.\n>\n> Not more.\n\n"
        "[2] **Title 1**, Jo Reed, 2024-05, 1.txt\n> Thirty."
    )


@given(st.lists(WORDS, min_size=1, max_size=6), st.integers(1, 60))
def test_the_budget_holds_and_every_quotation_is_verbatim(texts: list[str], budget: int) -> None:
    reply = answer(*texts)
    packed = context(reply, budget, count)
    assert count(packed) <= budget
    blocks = re.split(r"\n\n(?=\[\d+\] )", packed) if packed else []
    left = [extract.passage.text for extract in reply.extracts]
    for number, block in enumerate(blocks, 1):
        head, *lines = block.split("\n")
        assert head.startswith(f"[{number}] **Title ")
        quoted = "\n".join(line[2:] for line in lines)
        assert quoted == left[int(head.split("Title ")[1][0])]  # whole, and of that very source


@pytest.mark.parametrize(("budget", "numbers"), [(3, []), (6, [1]), (60, [0, 1, 2])])
def test_what_does_not_fit_whole_gives_way_to_smaller_ones(budget: int, numbers: list[int]) -> None:
    reply = answer("One two three four five six seven eight.", "One two.", "One two three.")
    packed = context(reply, budget, lambda text: count(text) - 2)
    assert [int(n) for n in re.findall(r"\*\*Title (\d)\*\*", packed)] == numbers


def test_an_abstention_hands_nothing_to_a_model() -> None:
    near = answer("Twenty days.").extracts
    assert context(Abstention("q", "q", "below_bar", near), 1000, count) == ""
