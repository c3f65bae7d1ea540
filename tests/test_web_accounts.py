"""Above the cards: what the articles say together, cut from the stored text and escaped."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from qa.answer import Account, Answer, Extract, Highlight, Saying
from tests.test_web_render import ODD, Tree, plain
from web.accounts import accounts_html
from web.render import reply_html
from web.words import ENGLISH

HOSTILE = "<img src=x onerror='boom'> </mark></p>\n\n**&amp;**"


def answer(*values: str, accounts: tuple[Account, ...], **known: str) -> Answer:
    """Return a reply of one article for each value; the values stand after `So: `."""
    extracts = []
    for n, value in enumerate(values):
        text = f"So: {value} it is."
        article = Article(f"id-{n}", known.get("title", f"Title {n}"), text, f"{n}.md",
                          published=known.get("published", f"2023-0{n + 1}-05"))  # fmt: skip
        lit = Highlight(Span(4, 4 + len(value)), "answer", 0.9)
        extracts.append(Extract(Passage(article, Span(0, len(text))), (lit,), 0.9))
    return Answer("q", "q", tuple(extracts), 0.9, accounts)


def account(*values: str, first: int = 0, reprints: int = 0, newest: bool = False) -> Account:
    sayings = tuple(Saying(n, Span(4, 4 + len(value))) for n, value in enumerate(values, first))
    return Account("amount", sayings, len(values) + reprints, reprints, newest)


def quoted(page: str) -> list[str]:
    return [
        html.unescape(q) for q in re.findall(r'“<mark class="q-answer">(.*?)</mark>”', page, re.S)
    ]


def test_agreement_is_one_line_with_each_wording_once() -> None:
    values = ("$15 billion", "15bn dollars", "$15 billion")
    page = accounts_html(answer(*values, accounts=(account(*values),)), ENGLISH)
    assert plain(page) == "3 articles say the same: “$15 billion”, “15bn dollars”"
    assert quoted(page) == ["$15 billion", "15bn dollars"]
    Tree(page)


@pytest.mark.parametrize(("reprints", "words"), [(1, "1 reprint"), (2, "2 reprints")])
def test_reprints_are_said_to_be_reprints(reprints: int, words: str) -> None:
    agreed = answer("5", "5", accounts=(account("5", "5", reprints=reprints),))
    page = plain(accounts_html(agreed, ENGLISH))
    assert page == f"{2 + reprints} articles say the same, counting {words}: “5”"
    two = (account("5", reprints=reprints), account("6", first=1))
    page = plain(accounts_html(answer("5", "6", accounts=two), ENGLISH))
    assert f"“5” Title 0, 5 January 2023 · {words}“6”" in page


def test_different_answers_stand_with_title_date_and_link() -> None:
    two = (account("$15bn"), account("$17bn", first=1, newest=True))
    page = accounts_html(answer("$15bn", "$17bn", accounts=two), ENGLISH)
    assert ENGLISH.differ in page
    first, second = re.findall(r"<li>.*?</li>", page)
    assert plain(first) == "“$15bn” Title 0, 5 January 2023"
    assert plain(second) == "“$17bn” Title 1, 5 February 2023 Newest"
    assert 'href="source/id-1?s=4&amp;e=9&amp;' in second
    assert page.count(ENGLISH.newest) == 1
    Tree(page)


def test_nothing_is_shown_where_nothing_is_claimed() -> None:
    silent = answer("5", "6", accounts=())
    assert accounts_html(silent, ENGLISH) == ""
    assert "q-accounts" not in reply_html(silent, ENGLISH)


def test_it_stands_above_the_cards() -> None:
    page = reply_html(answer("5", "5", accounts=(account("5", "5"),)), ENGLISH)
    assert page.index("q-lead") < page.index("q-accounts") < page.index("q-card")


@pytest.mark.parametrize("several", [False, True], ids=["agreed", "different"])
def test_hostile_words_titles_and_dates_are_shown_as_they_stand(several: bool) -> None:
    found = (account(HOSTILE), account(HOSTILE + "!", first=1, newest=True))
    given = found if several else (account(HOSTILE, HOSTILE + "!"),)
    reply = answer(HOSTILE, HOSTILE + "!", accounts=given, title=HOSTILE, published=HOSTILE)
    page = accounts_html(reply, ENGLISH)
    tree = Tree(page)
    assert quoted(page) == [HOSTILE, HOSTILE + "!"]
    assert tree.text.count(HOSTILE) == (6 if several else 2)
    assert {tag for tag, _ in tree.tags} <= {"div", "p", "ul", "li", "span", "mark", "a", "time"}
    for _, attributes in tree.tags:
        assert not [name for name in attributes if name.startswith("on")]


@given(st.text(alphabet=ODD, min_size=1, max_size=40))
def test_every_value_is_a_slice_of_the_stored_text(value: str) -> None:
    reply = answer(value, "x", accounts=(account(value), account("x", first=1)))
    page = accounts_html(reply, ENGLISH)
    assert quoted(page)[0] == value
    Tree(page)
