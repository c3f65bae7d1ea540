"""Passages: every word once, within the budget, borders where the author put them."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.chunk import ChunkRules, split
from tests.conftest import FakeEncoder

RULES = ChunkRules(max_tokens=12, min_tokens=4)
Make = Callable[..., Article]

BODY = st.lists(
    st.text(alphabet=list("ab ABé.!?\n😀한,-\t1"), min_size=1, max_size=60),
    min_size=1,
    max_size=8,
).map("\n\n".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODY)
def test_every_visible_character_is_in_exactly_one_passage(make_article: Make, body: str) -> None:
    article = make_article(body)
    chunks = split(article, FakeEncoder(), RULES)
    seen = [0] * len(article.text)
    for chunk in chunks:
        for position in range(*chunk.passage.span):
            seen[position] += 1
    headings = {p for s in article.sections for p in range(*s.heading)}
    for position, character in enumerate(article.text):
        if not character.isspace() and position not in headings:
            assert seen[position] == 1
        assert seen[position] <= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODY)
def test_no_passage_exceeds_the_budget_and_sentences_fill_it(make_article: Make, body: str) -> None:
    encoder = FakeEncoder()
    for chunk in split(make_article(body), encoder, RULES):
        text = chunk.passage.article.text
        assert sum(encoder.count([span.of(text) for span in chunk.sentences])) <= RULES.max_tokens
        assert chunk.sentences[0].start == chunk.passage.span.start
        assert chunk.sentences[-1].end == chunk.passage.span.end
        assert chunk.passage.text == text[chunk.passage.span.start : chunk.passage.span.end]
        assert chunk.passage.text == chunk.passage.text.strip()


def test_a_paragraph_is_kept_whole(make_article: Make) -> None:
    article = make_article("One two three four five. Six seven.\n\nEight nine ten eleven twelve.")
    texts = [chunk.passage.text for chunk in split(article, FakeEncoder(), RULES)]
    assert texts == ["One two three four five. Six seven.", "Eight nine ten eleven twelve."]


def test_crumbs_join_their_neighbour(make_article: Make) -> None:
    article = make_article("Yes.\n\nNo.\n\nWell.")
    texts = [chunk.passage.text for chunk in split(article, FakeEncoder(), RULES)]
    assert texts == ["Yes.\n\nNo.\n\nWell."]


def test_no_passage_crosses_a_heading(make_article: Make) -> None:
    article = make_article("Short.\n\n# Leave\n\nA few words.\n\n## Sick leave\n\nStay home.")
    chunks = split(article, FakeEncoder(), RULES)
    assert [(c.passage.text, c.passage.heading) for c in chunks] == [
        ("Short.", ()),
        ("A few words.", ("Leave",)),
        ("Stay home.", ("Leave", "Sick leave")),
    ]


def test_a_heading_with_nothing_under_it_is_not_lost(make_article: Make) -> None:
    article = make_article("Intro words.\n\n# Closed on Mondays")
    assert [c.passage.text for c in split(article, FakeEncoder(), RULES)] == [
        "Intro words.",
        "Closed on Mondays",
    ]


@pytest.mark.parametrize("joint", [" ", ""])
def test_an_overlong_sentence_is_split_not_lost(make_article: Make, joint: str) -> None:
    words = joint.join(["word,"] * 40)
    chunks = split(make_article(words), FakeEncoder(), RULES)
    assert len(chunks) > 5
    assert joint.join(c.passage.text for c in chunks) == words


def test_parts_of_a_long_paragraph_are_of_about_equal_size(make_article: Make) -> None:
    article = make_article(" ".join(["Aa bb cc."] * 4))
    sizes = [len(c.sentences) for c in split(article, FakeEncoder(), RULES)]
    assert sizes == [2, 2]
