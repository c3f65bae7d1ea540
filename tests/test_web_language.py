"""The page in five languages: whole sets, the right one for each visitor, seen in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser_tools import running, visit
from tests.fake_archive import FakeArchive
from web.language import SPOKEN, preferred, words_for
from web.languages.german import GERMAN
from web.words import ENGLISH, Words

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SAME = {
    "name", "thousands", "counted", "scope_and", "date_day", "date_month", "articles", "passages",
    "conversation", "filter", "filter_source", "original", "original_page", "page",
}  # fmt: skip
"""Words that are the same in English and in one of the others, or only a pattern."""

OTHERS = [words for words in SPOKEN.values() if words is not ENGLISH]


def asking(lang: str = "", accepted: str = "") -> Any:
    headers = {"accept-language": accepted} if accepted else {}
    return SimpleNamespace(query_params={"lang": lang} if lang else {}, headers=headers)


def strings(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.language)
def test_every_word_is_translated_with_the_same_blanks_to_fill(words: Words) -> None:
    for field in fields(Words):
        ours, theirs = getattr(ENGLISH, field.name), getattr(words, field.name)
        assert len(strings(ours)) == len(strings(theirs)), field.name
        for english, other in zip(strings(ours), strings(theirs), strict=True):
            assert other, field.name
            blanks = [set(re.findall(r"{\w+}", each)) for each in (english, other)]
            missing = blanks[0] ^ blanks[1]
            assert missing <= {"{n}"} if field.name == "nearest" else not missing, field.name
        if field.name not in SAME:
            assert ours != theirs, field.name
    assert set(words.languages) == set(ENGLISH.languages)


@pytest.mark.parametrize(
    ("lang", "accepted", "expected"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "da, en-GB;q=0.8, en;q=0.7, fr;q=0.9", "fr"),
        ("", "ko", "ko"),
        ("", "it;q=1, *;q=0.5", "en"),
        ("", "de;q=0, es;q=0.1", "es"),
        ("", "", "en"),
        ("", "de;q=nan, es;q=0.5", "de"),
        ("", ";;,=,q=1,\x00", "en"),
        ("es", "de", "es"),
        ("DE-ch", "fr", "de"),
        ("tlh", "fr", "fr"),
    ],
)
def test_a_visitor_gets_the_language_asked_for_or_the_browsers(
    lang: str, accepted: str, expected: str
) -> None:
    assert words_for(asking(lang, accepted)).language == expected


def test_the_owner_s_own_set_takes_the_place_of_ours() -> None:
    own = Words(language="nl", name="Zoek")
    assert words_for(asking(accepted="nl"), own) is own
    assert words_for(asking(accepted="da"), own) is own
    assert words_for(asking(accepted="de"), own) is GERMAN
    english = Words(name="Archive")
    assert words_for(asking(accepted="en-US"), english) is english


def test_a_long_list_is_not_read_to_its_end() -> None:
    assert preferred("xx," * 100_000 + "de") == ["xx"] * 333 + ["x"]


def test_numbers_and_dates_as_they_are_written_there() -> None:
    assert GERMAN.size(12_345) == "12.345 Artikel"
    assert GERMAN.date("2023-03-04") == "4. März 2023"
    assert SPOKEN["ko"].date("2023-03-04") == "2023년 3월 4일"
    assert SPOKEN["fr"].size(12_345) == "12\u202f345 articles"


def test_articles_and_notices_speak_the_visitor_s_language() -> None:
    with running(FakeArchive()) as address, httpx.Client(base_url=address) as client:
        gone = client.get("source/nothing", headers={"Accept-Language": "de"})
        assert GERMAN.missing in gone.text
        assert '<html lang="de"' in gone.text
        stale = client.get("source/otters?s=0&e=6&v=00000000&lang=es")
        assert SPOKEN["es"].changed in stale.text
        card = client.get("evidence/nothing?lang=ko", headers={"Accept-Language": "de"})
        assert SPOKEN["ko"].missing in card.text


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(FakeArchive()) as url:
        yield url


@pytest.mark.browser
@pytest.mark.parametrize(
    ("words", "locale", "path"),
    [(words, words.language, "") for words in OTHERS] + [(GERMAN, "en-GB", "?lang=de")],
    ids=["de", "fr", "es", "ko", "asked"],
)
def test_the_whole_page_follows_the_visitor(
    browser: Browser, address: str, words: Words, locale: str, path: str
) -> None:
    with visit(browser, address, locale=locale) as opened:
        page = opened.start(path)
        page.get_by_text(words.welcome).wait_for()
        page.get_by_role("button", name=words.new_chat).wait_for()
        assert page.locator("html").get_attribute("lang") == words.language
        assert page.get_by_placeholder(words.box_hint).count() == 1
        assert page.locator("#q-hint").inner_text() == words.hint
        assert words.tagline in page.locator("#q-brand").inner_text()
        page.click("#q-filter-toggle")
        page.get_by_text(words.filter_author).first.wait_for()
        page.click("#q-filter-toggle")
        opened.shot(f"language-{words.language}-1")
        opened.ask("What saved the night ferry?")
        assert opened.last(".q-copy").first.inner_text() == words.copy
        assert words.date("2023-11-04") in opened.last(".q-source").first.inner_text()
        opened.shot(f"language-{words.language}-2")
        opened.ask("Who is king of Spain?")
        assert words.silent in opened.last(".q-note").inner_text()
        page.reload()
        opened.last(".q-note").get_by_text(words.silent).wait_for()
        page.click("#q-new")
        page.get_by_text(words.welcome).wait_for()
        left = page.locator("body").inner_text()
        for english in (ENGLISH.hint, ENGLISH.welcome, ENGLISH.new_chat, ENGLISH.tagline):
            assert english not in left
        assert opened.errors == []
        assert opened.foreign() == []
