"""Which extracts say the same, which give different answers, and when neither is claimed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from qa.accounts.agree import accounts
from qa.answer import Account, Copy, Extract, Highlight

WHO = "Who repaired the cable?"
COST = "How much did the cable cost?"


def extract(
    words: str | Sequence[str],
    *,
    article: str,
    score: float = 0.8,
    date: str | None = None,
    about: str = "the cable",
    also_in: tuple[Copy, ...] = (),
    scores: Sequence[float] = (),
) -> Extract:
    """Return an extract whose answering words are `words`, in a sentence about the cable."""
    marks = [words] if isinstance(words, str) else list(words)
    text = f"We know of {about} now: it was " + " ; it was ".join(marks) + " ."
    stored = Article(article, f"Title of {article}", text, f"{article}.txt", published=date)
    lit = [Highlight(Span(0, len(text)), "sentence", 1.0)]
    for n, each in enumerate(marks):
        at = text.index(f"it was {each} ") + len("it was ")
        lit.append(Highlight(Span(at, at + len(each)), "answer", scores[n] if scores else score))
    passage = Passage(stored, Span(0, len(text)))
    return Extract(passage, tuple(lit), score, also_in)


def copied(article: Article) -> Copy:
    return Copy(Passage(article, Span(0, len(article.text))), same_words=False)


def said(found: tuple[Account, ...], extracts: Sequence[Extract]) -> list[list[str]]:
    """Return the words of each account, sliced from the stored text."""
    return [
        [each.span.of(extracts[each.extract].passage.article.text) for each in account.sayings]
        for account in found
    ]


def both(question: str, *extracts: Extract) -> tuple[tuple[Account, ...], list[list[str]]]:
    found = accounts(question, extracts)
    return found, said(found, extracts)


def test_articles_that_say_the_same_are_counted() -> None:
    (account,), words = both(
        COST,
        extract("$15 billion", article="a"),
        extract("15 billion dollars", article="b", score=0.5),
        extract("15bn dollars", article="c", score=0.6),
    )
    assert words == [["$15 billion", "15bn dollars", "15 billion dollars"]]  # best first
    assert (account.kind, account.articles, account.reprints) == ("amount", 3, 0)
    assert not account.newest


def test_different_answers_stand_side_by_side_and_the_newest_is_marked() -> None:
    found, words = both(
        COST,
        extract("$15 billion", article="a", date="2022-04-01"),
        extract("$17 billion", article="b", date="2023-04-01", score=0.7),
        extract("15bn dollars", article="c", date="2023-03-31", score=0.7),
    )
    assert words == [["$15 billion", "15bn dollars"], ["$17 billion"]]
    assert [account.newest for account in found] == [False, True]


@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [
        ("2022", "2023-01", 1),
        ("2023-05", "2023-04-30", 0),
        ("2023-05-01T10:00:00Z", "2023-04-30", 0),
        ("2023", "2023-05", None),
        ("2023-05-01", "2023-05-01", None),
        ("2023-05-01", None, None),
        ("<b>soon</b>", "2023-05-01", None),
        ("99999", "2023-05-01", None),
    ],
)
def test_the_newest_is_marked_only_without_doubt(
    first: str, second: str | None, newest: int | None
) -> None:
    found, _ = both(
        COST,
        extract("$15 billion", article="a", date=first),
        extract("$17 billion", article="b", date=second),
    )
    assert [account.newest for account in found] == [newest == 0, newest == 1]


def test_one_article_neither_agrees_with_itself_nor_contradicts_itself() -> None:
    assert not accounts(COST, [extract("$15bn", article="a"), extract("$15bn", article="a")])
    assert not accounts(COST, [extract("$15bn", article="a"), extract("$17bn", article="a")])
    shared = [extract(w, article=a) for w, a in (("$15bn", "a"), ("$17bn", "b"), ("$17bn", "a"))]
    assert not accounts(COST, shared)


def test_reprints_are_counted_as_reprints_and_make_no_agreement() -> None:
    original = extract("$15 billion", article="a")
    copy = extract("$15 billion", article="copy").passage.article
    corrected = extract("$15 billion", article="x").passage.article
    corrected = Article("x", "X", corrected.text.replace("$15", "$150"), "x.txt")
    reprinted = extract("$15 billion", article="a", also_in=(copied(copy), copied(corrected)))
    assert not accounts(COST, [reprinted])
    (account,), _ = both(COST, reprinted, extract("15bn dollars", article="b"))
    assert (account.articles, account.reprints) == (3, 1)  # the corrected one does not say so
    assert not accounts(COST, [reprinted, extract("15bn dollars", article="copy")])
    assert original.also_in == ()


def test_near_duplicates_that_agree_are_no_second_voice_but_may_contradict() -> None:
    both = frozenset({("a", "b"), ("b", "a")})
    first, second = extract("$15 billion", article="a"), extract("15bn dollars", article="b")
    assert accounts(COST, [first, second])
    assert not accounts(COST, [first, second], both)
    (account,) = accounts(COST, [first, second, extract("$15bn", article="c")], both)
    assert (account.articles, account.reprints) == (3, 1)
    assert len(accounts(COST, [first, extract("$17 billion", article="b")], both)) == 2


def test_a_copy_that_tells_the_wrong_number_elsewhere_does_not_say_so() -> None:
    text = extract("$15 billion", article="a").passage.article.text
    told = text.replace("$15", "$17") + " An earlier version said $15 billion ."
    reprinted = extract("$15 billion", article="a", also_in=(copied(Article("x", "X", told, "")),))
    (account,), _ = both(COST, reprinted, extract("15bn dollars", article="b"))
    assert (account.articles, account.reprints) == (2, 0)


def test_an_extract_far_behind_the_best_says_nothing() -> None:
    best = extract("$15 billion", article="a", score=0.9)
    assert not accounts(COST, [best, extract("15bn dollars", article="b", score=0.44)])
    assert accounts(COST, [best, extract("15bn dollars", article="b", score=0.46)])
    # To contradict takes more than to agree.
    assert not accounts(COST, [best, extract("$17 billion", article="b", score=0.6)])
    assert len(accounts(COST, [best, extract("$17 billion", article="b", score=0.7)])) == 2


def test_another_topic_does_not_contradict() -> None:
    best = extract("six months", article="a", about="probation")
    other = extract("three months", article="b", about="sick leave")
    assert not accounts("How long is probation?", [best, other])
    same = extract("three months", article="b", about="the probation of apprentices")
    assert len(accounts("How long is probation?", [best, same])) == 2


def test_what_fits_two_that_differ_is_left_out() -> None:
    _, words = both(
        "When was it repaired?",
        extract("January 2023", article="a", score=0.9),
        extract("17 January 2023", article="b"),
        extract("18 January 2023", article="c"),
    )
    assert words == [["17 January 2023"], ["18 January 2023"]]


def test_lists_agree_on_what_they_share() -> None:
    (account,), words = both(
        WHO,
        extract(["Mara Okafor", "Jonas Lind"], article="a"),
        extract(["Ada Weiss", "Okafor"], article="b"),
    )
    assert words == [["Mara Okafor", "Okafor"]]
    assert account.kind == "words"


def test_a_list_contradicts_only_with_all_it_says() -> None:
    lead = extract(["Mara Okafor", "Jonas Lind"], article="a")
    assert len(accounts(WHO, [lead, extract("Ada Weiss", article="b")])) == 2
    assert not accounts(WHO, [lead, extract(["Ada Weiss", "the crew"], article="b")])


def test_only_the_strongest_marks_count() -> None:
    lead = extract(["Mara Okafor", "Jonas Lind"], article="a", scores=[0.9, 0.3])
    assert not accounts(WHO, [lead, extract("Lind", article="b", score=0.5)])


@pytest.mark.parametrize(
    ("question", "claims"),
    [
        ("Who repaired the cable?", 2),
        ("What is the cable called?", 2),
        ("Which ship repaired the cable?", 2),
        ("Wer hat the cable repariert?", 2),
        ("Where is the cable?", 0),
        ("Which ships repaired the cable?", 0),
        ("Who were the owners of the cable?", 0),
        ("What does the cable need?", 0),
        ("Name a cable.", 0),
    ],
)
def test_names_contradict_only_where_one_is_asked_for(question: str, claims: int) -> None:
    extracts = [extract("Corvane", article="a"), extract("Halvard", article="b")]
    assert len(accounts(question, extracts)) == claims


def test_words_of_the_question_and_pronouns_answer_nothing() -> None:
    for words in ("the cable", "It", "They"):
        assert not accounts(WHO, [extract(words, article=each) for each in "ab"])
    assert accounts("Who?", [extract("the cable", article=each) for each in "ab"])


def test_without_answering_words_nothing_is_claimed() -> None:
    plain = extract("$15 billion", article="a")
    lit = Extract(plain.passage, plain.highlights[:1], 0.9)
    assert not accounts(COST, [])
    assert not accounts(COST, [lit, lit])
    assert not accounts(COST, [extract("the", article="a"), extract("the", article="b")])


pool = st.sampled_from(
    ["$15 billion", "15bn dollars", "$17 billion", "2023", "May 2023", "4 May 2023", "Okafor",
     "Mara Okafor", "Lind", "freight", "…"]
)  # fmt: skip


@given(
    st.lists(
        st.builds(
            extract,
            st.lists(pool, min_size=1, max_size=2, unique=True),
            article=st.sampled_from("abcd"),
            score=st.sampled_from([0.0, 0.5, 0.7, 0.9]),
            date=st.sampled_from([None, "2022", "2023-05-01"]),
        ),
        max_size=6,
    )
)
def test_every_claim_stands_in_the_articles(extracts: list[Extract]) -> None:
    found = accounts(WHO, extracts)
    homes = []
    for account in found:
        assert account.sayings
        assert 0 <= account.reprints < account.articles
        for saying in account.sayings:
            marks = [mark.span for mark in extracts[saying.extract].highlights[1:]]
            assert saying.span in marks
        homes.append({extracts[s.extract].passage.article.id for s in account.sayings})
        assert account.articles == len(homes[-1])
    if len(found) == 1:
        assert len(homes[0]) > 1
    assert len(set().union(*homes)) == sum(map(len, homes))
    assert sum(account.newest for account in found) <= (len(found) > 1)
