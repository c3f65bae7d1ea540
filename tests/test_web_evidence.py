"""The evidence card of an extract: made of stored words only, saved and proven later."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from corpus.article import Article
from corpus.errors import LibraryDamaged
from qa.answer import Answer
from qa.proof import check_card
from tests.fake_archive import ARTICLES, SCRIPT, FakeArchive
from web.evidence import MOST_MARKS, evidence_path
from web.render import reply_html
from web.serve import build_app
from web.words import ENGLISH

QUESTION = "What does the council pay for the night ferry?"
BY_ID = {article.id: article for article in ARTICLES}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(build_app(FakeArchive()), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def link() -> str:
    reply = FakeArchive().ask(QUESTION)
    assert isinstance(reply, Answer)
    found = re.search(r'class="q-evidence" href="([^"]+)"', reply_html(reply, ENGLISH))
    assert found
    return "/" + unescape(found[1])


def test_the_card_quotes_the_marks_of_the_extract(client: TestClient, link: str) -> None:
    reply = FakeArchive().ask(QUESTION)
    assert isinstance(reply, Answer)
    extract = reply.extracts[0]
    marks = [m for m in extract.highlights if m.kind == "answer"] or extract.highlights
    card = client.get(link + "&save=json").json()
    text = extract.passage.article.text
    assert [item["quote"] for item in card["quotations"]] == [m.span.of(text) for m in marks]
    assert (card["question"], card["status"]) == (QUESTION, "quoted")
    assert {v.status for v in check_card(card, BY_ID.get)} == {"holds"}
    forged = json.loads(json.dumps(card).replace(card["quotations"][0]["quote"], "other words"))
    assert {v.status for v in check_card(forged, BY_ID.get)} == {"forged"}


def test_the_page_shows_it_and_offers_both_files(client: TestClient, link: str) -> None:
    page = client.get(link)
    assert page.status_code == 200
    assert f"<h1>{QUESTION}</h1>" in page.text
    assert "quoth check-proof FILE" in page.text
    saved = [unescape(found) for found in re.findall(r"<nav>.*?</nav>", page.text, re.DOTALL)]
    kinds = re.findall(r'href="(\?[^"]+)"', saved[0])
    files = [client.get(urlsplit(link).path + kind) for kind in kinds]
    names = [file.headers["content-disposition"] for file in files]
    assert names == [
        f'attachment; filename="evidence-night-ferry.{kind}"' for kind in ("html", "json")
    ]
    assert "<nav>" not in files[0].text
    assert "<mark>" in files[0].text
    assert files[1].json()["card"] == "quoth-evidence-1"


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        (("m", "999999-1000000"), 400, ENGLISH.evidence_none),
        (("m", "9-3"), 400, ENGLISH.evidence_none),
        (("m", "-1-3"), 400, ENGLISH.evidence_none),
        (("m", "1e2-²9"), 400, ENGLISH.evidence_none),
        (("p", "0-1"), 400, ENGLISH.evidence_none),
        (("v", "0" * 32), 409, ENGLISH.evidence_changed),
        (("v", ""), 409, ENGLISH.evidence_changed),
    ],
)
def test_what_cannot_be_proven_gets_no_card(
    client: TestClient, link: str, change: tuple[str, str], status: int, says: str
) -> None:
    parts = urlsplit(link)
    fields = [(k, change[1] if k == change[0] else v) for k, v in parse_qsl(parts.query)]
    answer = client.get(parts.path, params=fields)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert "<mark>" not in answer.text


def test_too_many_marks_and_a_missing_article(client: TestClient, link: str) -> None:
    parts = urlsplit(link)
    first = next(pair for pair in parse_qsl(parts.query) if pair[0] == "m")
    fields = [*parse_qsl(parts.query), *[first] * MOST_MARKS]
    assert client.get(parts.path, params=fields).status_code == 400
    gone = client.get("/evidence/nothing-here" + "?" + parts.query)
    assert (gone.status_code, ENGLISH.missing in gone.text) == (404, True)


def test_a_hostile_question_and_article_stay_text(client: TestClient) -> None:
    article = next(a for a in ARTICLES if SCRIPT in a.text)
    at = article.text.index(SCRIPT)
    where = f"{at}-{at + len(SCRIPT)}"
    fields = {"m": where, "p": where, "v": article.fingerprint, "q": SCRIPT + '"><img src=x>'}
    answer = client.get(f"/evidence/{article.id}", params=fields)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert answer.text.count("&lt;script&gt;") >= 3  # title, heading, quotation
    evil = replace(article, id='a"\r\nSet-Cookie: x', source="javascript:alert(1)")

    class Evil(FakeArchive):
        def article(self, article_id: str) -> Article:
            return evil

    named = TestClient(build_app(Evil())).get("/evidence/x", params={**fields, "save": "html"})
    assert named.headers["content-disposition"].count('"') == 2
    assert "set-cookie" not in named.headers
    assert "href" not in named.text


def test_a_damaged_article_is_said_in_words() -> None:
    class Damaged(FakeArchive):
        def article(self, article_id: str) -> Article:
            raise LibraryDamaged("article x is damaged in the library and is not shown")

    client = TestClient(build_app(Damaged()), raise_server_exceptions=False)
    for place in ("source", "evidence"):
        answer = client.get(f"/{place}/x")
        assert (answer.status_code, "x is damaged" in answer.text) == (503, True)
        assert "content-security-policy" in answer.headers


def test_the_address_of_a_card_stays_short() -> None:
    reply = FakeArchive().ask(QUESTION)
    assert isinstance(reply, Answer)
    assert len(evidence_path(reply.extracts[0], "x" * 9_000)) < 2_600
