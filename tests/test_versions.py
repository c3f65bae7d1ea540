"""Copies at question time, end to end: folded, named, and never taken for what they do not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.ask import _extract_lines
from cli.style import Style
from corpus.article import Article
from index.library import Library
from index.put import put_articles
from qa.answer import Abstention, Answer, Extract
from qa.archive import Archive
from qa.as_json import reply_json
from qa.rules import AskRules
from tests.conftest import FakeEncoder
from web.render import reply_html
from web.words import ENGLISH

Make = Callable[..., Article]
Ask = Callable[..., Answer]
QUESTION = "How many lorries does the night ferry carry?"
BEFORE = (
    "The strait has been crossed by boat since the harbour was built. When the old bridge was "
    "closed to heavy loads, the dairies of the islands asked for another way to the market."
)
FACT = "The night ferry carries 41 lorries on its lower deck."
AFTER = (
    "It leaves at dusk and comes back with the newspapers. Nobody has ever been hurt on board, "
    "says the captain, who has made the crossing in fog, in hail and once through drifting ice."
)
STORY = f"{BEFORE}\n\n{FACT} {AFTER}"
CORRECTED = STORY.replace("41", "43")


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Put articles into a library and ask; there is no bar, so that it always answers."""

    def asked(*articles: Article, k: int = 5, question: str = QUESTION, **rules: Any) -> Answer:
        put_articles(articles, tmp_path / "library", FakeEncoder(), address="test")
        library = Library.open(tmp_path / "library")
        archive = Archive(library, FakeEncoder(), rules=AskRules(bar=0.0, **rules))
        reply = archive.ask(question, k=k)
        archive.close()
        assert isinstance(reply, Answer)
        return reply

    return asked


def titles(extract: Extract) -> list[str]:
    return [copy.article.title for copy in extract.also_in]


def said(answer: Answer) -> list[list[str]]:
    return [[answer.words_of(each) for each in account.sayings] for account in answer.accounts]


def holding(answer: Answer, words: str) -> list[Extract]:
    return [extract for extract in answer.extracts if words in extract.passage.text]


def test_one_story_in_four_papers_is_one_extract(ask: Ask, make_article: Make) -> None:
    papers = [
        make_article(STORY + f"\n\nSubscribe to paper {n}.", f"P{n}", published=f"2024-0{n}-01")
        for n in (2, 4, 1, 3)
    ]
    answer = ask(*papers)
    (found,) = holding(answer, FACT)
    assert found.passage.article.title == "P4"
    assert titles(found) == ["P3", "P2", "P1"]
    assert answer.accounts == ()  # one story is no agreement
    for copy in found.also_in:
        assert FACT in copy.passage.text


def test_a_corrected_copy_is_a_different_answer_with_its_date(ask: Ask, make_article: Make) -> None:
    answer = ask(
        make_article(STORY, "First", published="2024-03-01"),
        make_article(STORY + "\n\nMore from the coast.", "Reprint", published="2024-03-02"),
        make_article(CORRECTED, "Corrected", published="2024-03-05"),
    )
    first, second = [each for each in answer.extracts if "night ferry carries" in each.passage.text]
    assert (first.passage.article.title, titles(first)) == ("Corrected", [])
    assert (second.passage.article.title, titles(second)) == ("Reprint", ["First"])
    assert said(answer) == [["43 lorries"], ["41 lorries"]]
    assert [(a.articles, a.reprints, a.newest) for a in answer.accounts] == [
        (1, 0, True),
        (2, 1, False),
    ]
    assert first.score >= second.score


def test_without_room_a_differing_copy_is_named_as_one(ask: Ask, make_article: Make) -> None:
    answer = ask(
        make_article(STORY, "First", published="2024-03-01"),
        make_article(CORRECTED, "Corrected", published="2024-03-05"),
        k=1,
    )
    (shown,) = answer.extracts
    assert (shown.passage.article.title, titles(shown)) == ("Corrected", ["First"])
    assert not shown.also_in[0].same_words
    assert answer.accounts == ()
    (also,) = reply_json(answer)["extracts"][0]["also_in"]
    assert (also["title"], also["same_words"]) == ("First", False)
    assert STORY[also["start"] : also["end"]] == shown.also_in[0].passage.text
    assert "in part in other words" in reply_html(answer, ENGLISH)
    lines = list(_extract_lines(1, shown, Style()))
    assert lines[-1].endswith("also in: First (2024-03-01, in part in other words)")


def test_other_words_beside_the_answer_stay_folded_and_are_told(
    ask: Ask, make_article: Make
) -> None:
    edited = STORY.replace("Nobody has ever been hurt", "No one was ever hurt")
    answer = ask(
        make_article(STORY, "Old", published="2024-03-01"),
        make_article(edited, "New", published="2024-03-05"),
        make_article("Freight\n\nThe night ferry carries 41 lorries, the line says.", "Else"),
    )
    (found,) = [each for each in holding(answer, FACT) if each.passage.article.title == "New"]
    assert [(copy.article.title, copy.same_words) for copy in found.also_in] == [("Old", False)]
    (account,) = answer.accounts
    assert (account.articles, account.reprints) == (3, 1)


def test_copies_with_the_very_words_say_so(ask: Ask, make_article: Make) -> None:
    answer = ask(
        make_article(STORY, "Old", published="2024-03-01"),
        make_article(STORY.upper(), "Shouted", published="2024-03-05"),
    )
    (found,) = [each for each in answer.extracts if "41" in each.passage.text]
    assert [(copy.article.title, copy.same_words) for copy in found.also_in] == [("Old", True)]
    assert "in other words" not in reply_html(answer, ENGLISH)


def test_copies_cut_into_other_passages_fold(ask: Ask, make_article: Make) -> None:
    """Without its first sentences the copy's passages begin and end elsewhere."""
    long = " ".join(f"Item {n} of the harbour's report speaks of quay {n * 3}." for n in range(9))
    whole = f"{long} {FACT} {AFTER} {long.replace('report', 'ledger')}"
    shifted = whole.split("quay 9. ", 1)[1]
    articles = [
        make_article(whole, "Whole", published="2024-03-01"),
        make_article(shifted, "Shifted", published="2024-03-05"),
    ]
    answer = ask(*articles)
    assert articles[0].text.index(FACT) != articles[1].text.index(FACT)
    (found,) = holding(answer, FACT)
    assert found.passage.article.title == "Shifted"
    assert titles(found) == ["Whole"]


def test_copies_take_no_places_of_other_passages(ask: Ask, make_article: Make) -> None:
    """Twelve prints fill lists of six twice over; the other stories are shown all the same."""
    prints = [make_article(STORY, f"P{n}", published=f"2024-01-{n:02}") for n in range(1, 13)]
    others = [
        make_article(
            f"Ferry {n}\n\nThe ferry of bay {n} carries {n} lorries, and no more.", f"O{n}"
        )
        for n in range(1, 5)
    ]
    answer = ask(*prints, *others, candidates=6)
    assert len(answer.extracts) == 5
    (found,) = holding(answer, FACT)
    assert len(found.also_in) == 11
    shown = {each.passage.article.title for each in answer.extracts}
    assert len(shown & {f"O{n}" for n in range(1, 5)}) >= 3


def test_a_reply_that_abstains_names_copies_too(tmp_path: Path, make_article: Make) -> None:
    articles = [make_article(STORY, "A"), make_article(CORRECTED, "B")]
    put_articles(articles, tmp_path / "library", FakeEncoder(), address="test")
    archive = Archive(Library.open(tmp_path / "library"), FakeEncoder(), rules=AskRules(bar=2.0))
    reply = archive.ask(QUESTION)
    archive.close()
    assert isinstance(reply, Abstention)
    copies = [copy for extract in reply.nearest for copy in extract.also_in]
    assert [copy.same_words for copy in copies if "lorries" in copy.passage.text] == [False]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("It carries 41 lorries\u0336 on its deck.", "41 lorries\u0336"),
        ("It carries 41 lorries.\u0336 It leaves at dusk.", "41 lorries"),
        ("It carries 41 lorries\u200d\U0001f69a on its deck.", "41 lorries\u200d"),
    ],
)
def test_marks_cut_nothing_that_is_seen_as_one_character(
    ask: Ask, make_article: Make, sentence: str, words: str
) -> None:
    (found, *_) = ask(make_article(f"The night ferry is old. {sentence}", "Ferry")).extracts
    text = found.passage.article.text
    assert [mark.span.of(text) for mark in found.marked()] == [words]
    for mark in found.highlights:
        assert text[mark.span.end :][:1] not in ("\u0336", "\u200d")
    (lit,) = found.sentences_with_answers()
    assert all(lit.start <= mark.span.start < mark.span.end <= lit.end for mark in found.marked())
