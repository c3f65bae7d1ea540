"""Every script payload through every renderer; one of each class through a real browser.

The long form, all of them through every view, is `benchmarks.torture.payloads`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import lxml.html
import pytest

from benchmarks.torture.payload_files import evaluated, forged
from benchmarks.torture.payload_library import article_of, shelf
from corpus.address import safe_url
from corpus.article import Article, Passage, Span
from corpus.clean import clean_line
from corpus.errors import FilterError
from index.facets import Unknown
from index.filters import Filters
from qa.answer import Abstention, Account, Answer, Copy, Extract, Highlight, Reply, Saying
from qa.evaluate.html_report import report_page
from qa.proof_html import card_page
from tests.payloads import CLASSES, HOST, PAYLOADS, Payload, one_of_each
from web.evidence import saved_as
from web.evidence_page import evidence_response
from web.filters import scoped_html
from web.render import notice_html, question_html
from web.source import article_html, missing_html
from web.words import ENGLISH

if TYPE_CHECKING:
    pass

HARMLESS = Payload(0, "none", "a plain text of no harm, with commas, and more of them")
FIRST = (*one_of_each(), HARMLESS)
_LEADS_HOME = re.compile(r"source/|evidence/|\.\./|\?|#|$")


class Seen(NamedTuple):
    """What a parser found in a page: elements with their attributes, and where links lead."""

    parts: frozenset[tuple[str, str]]
    leads: frozenset[str]


class Parsed(HTMLParser):
    """Collects the elements of a page, each with the names of its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: set[tuple[str, str]] = set()
        self.leads: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src", "action")}

    def handle_comment(self, data: str) -> None:
        self.parts.add(("!--", ""))

    def unknown_decl(self, data: str) -> None:
        self.parts.add(("![", ""))

    def handle_pi(self, data: str) -> None:
        self.parts.add(("?", ""))


def seen(page: str) -> Seen:
    """Parse a page with the standard library's parser."""
    parsed = Parsed(page)
    return Seen(frozenset(parsed.parts), frozenset(parsed.leads))


def seen_by_lxml(page: str) -> Seen:
    """Parse a page with libxml2's parser, which repairs what is broken in another way."""
    parts, leads = set(), set()
    for node in lxml.html.document_fromstring(page.replace("\0", "")).iter():
        tag = node.tag if isinstance(node.tag, str) else "!--"
        parts |= {(tag, ""), *((tag, name) for name in node.keys())}  # noqa: SIM118 - no mapping
        leads |= {node.get(name) or "" for name in ("href", "src", "action")}
    return Seen(frozenset(parts), frozenset(leads))


def extract_of(article: Article) -> Extract:
    """Quote the article from its heading on, with a sentence lit and a word in it."""
    end = len(article.text)
    marks = (Highlight(Span(0, end), "sentence", 0.9), Highlight(Span(2, end - 2), "answer", 0.9))
    copy = Copy(Passage(article, Span(0, 3)), same_words=False)
    passage = Passage(article, Span(0, end), (article.title, article.title))
    return Extract(passage, marks, 0.9, (copy,))


def replies_of(payload: Payload, article: Article) -> Iterator[Reply]:
    """Yield replies of several kinds, with the payload wherever it can be."""
    text, one = payload.text, extract_of(article)
    two = replace(one, passage=Passage(replace(article, published="2024-01-02"), one.passage.span))
    sayings = tuple(Saying(n, Span(0, 5)) for n in (0, 1))
    each = tuple(Account("words", (saying,), 1, 1, newest=True) for saying in sayings)
    named = clean_line(text)[:200].strip()
    chosen = Filters(authors=(named,), sources=(named,))
    unknown = (Unknown("author", text, (text,)), Unknown("source", text, ()))
    yield Answer(text, text + "?", (one, two), 0.9, each, chosen)
    yield Abstention(text, text, "filtered_out", unknown=unknown, filters=chosen)
    if payload in FIRST:  # the same cards, in another frame
        yield Answer(text, text, (one,), 0.9, (Account("words", sayings[:1], 2, 1),))
        yield Abstention(text, text, "below_bar", (one,))


def reply_pages(payload: Payload, like: Article | None = None) -> Iterator[str]:
    article = like or replace(article_of(payload), language=payload.text)
    for reply in replies_of(payload, article):
        yield scoped_html(reply, ENGLISH)
    yield question_html(payload.text)
    yield notice_html(payload.text, payload.text)
    with pytest.raises(FilterError) as refused:
        Filters(since=payload.text)
    yield notice_html(ENGLISH.filter_refused, str(refused.value))


def article_pages(payload: Payload) -> Iterator[str]:
    text, article = payload.text, replace(article_of(payload), published=payload.text)
    place = {"s": "1", "e": "5", "ps": "0", "pe": str(len(article.text)), "theme": text}
    yield article_html(replace(article, language=text), place, ENGLISH)
    yield article_html(
        replace(article, title="", id=text, text="x", sections=()), {"v": text}, ENGLISH
    )
    yield missing_html({"theme": text}, ENGLISH)
    fields = [("p", f"0-{len(article.text)}"), ("v", article.fingerprint), ("q", text)]
    for more in ([("m", "1-5"), (text, text)], [("m", text)], [("v", text)]):
        answer = evidence_response(article, [*fields, *more], ENGLISH)
        yield bytes(answer.body).decode()
    yield card_page(forged(text))
    if payload in FIRST:
        yield article_html(replace(article, pages=(0, 9)), place, ENGLISH)


PAGES: dict[str, Callable[[Payload], Iterator[str]]] = {
    "replies": reply_pages,
    "articles and cards": article_pages,
}


def ours(name: str) -> list[str]:
    """Return the pages of this name when nothing in them is hostile, with links and without."""
    web = replace(article_of(HARMLESS), source="https://a.test/x", published="2024")
    linked = [article_html(web, {}, ENGLISH), card_page(forged("https://a.test/x"))]
    return [*PAGES[name](HARMLESS), *linked, *reply_pages(HARMLESS, web)]


def seen_in(pages: Iterable[str], parser: Callable[[str], Seen]) -> Seen:
    """Parse each page for itself, and put together what was found."""
    found = [parser(page) for page in pages]
    parts, leads = (frozenset().union(*each) for each in zip(*found, strict=True))
    return Seen(parts, leads)


def test_there_are_five_hundred_of_many_classes_and_each_can_be_traced() -> None:
    texts = {payload.text for payload in PAYLOADS}
    assert len(texts) == len(PAYLOADS) >= 500
    assert len(CLASSES) >= 20
    assert {each.kind for each in one_of_each()} == set(CLASSES)
    assert all(re.search(rf"__ran\({n}\)|p{n}\.{HOST}|base64|\?B\?", each.text)
               for n, each in enumerate(PAYLOADS, 1))  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("parser", "payloads"), [(seen_by_lxml, PAYLOADS), (seen, FIRST)])
def test_no_payload_adds_an_element_or_an_attribute_to_a_page(
    name: str, parser: Callable[[str], Seen], payloads: Sequence[Payload]
) -> None:
    known = seen_in(ours(name), parser).parts
    assert ("script", "") not in known
    for payload in payloads:
        found = seen_in(PAGES[name](payload), parser)
        strange = sorted(found.parts - known)
        assert not strange, f"{payload.kind} {payload.number}: {strange}"
        for lead in found.leads:
            assert _LEADS_HOME.match(lead) or safe_url(lead) == lead, lead


def test_reports_hold_payloads_as_data_alone(tmp_path: Path) -> None:
    books = shelf(tmp_path, FIRST[:5])
    report = evaluated(books, FIRST[:5])
    books.close()
    row = report.rows[0]
    assert [shown.title for shown in row.shown[:1]] == [FIRST[0].text]
    rows = tuple(
        replace(row, id=t, question=t, where=t, expected=(t,), expected_in=(t,), prediction=t,
                understood_as=t, shown=(replace(row.shown[0], title=t, text=t * 3),))
        for t in (payload.text for payload in PAYLOADS)
    )  # fmt: skip
    page = report_page(replace(report, rows=rows))
    data = re.search(r'<script type="application/json" id="rows">(.*?)</script>', page, re.DOTALL)
    assert data
    assert not set(data[1]) & set("<>&\u2028\u2029")
    assert [each["q"] for each in json.loads(data[1])] == [payload.text for payload in PAYLOADS]
    known = seen(page).parts | {("details", ""), ("summary", ""), ("ul", "")}
    for payload in FIRST:
        text = payload.text
        about = replace(report.about, testset=text, library=text, settings={text: text})
        one = replace(report, rows=rows[:1], findings=(text,), about=about)
        strange = sorted(seen(report_page(one)).parts - known)
        assert not strange, f"{payload.kind} {payload.number}: {strange}"


def test_a_saved_card_has_one_header_whatever_the_article_is_called() -> None:
    for payload in PAYLOADS:
        header = saved_as(replace(article_of(payload), id=payload.text), "html")
        assert list(header) == ["Content-Disposition"]
        name = header["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="evidence-[A-Za-z0-9_-]*\.html"', name)
