"""Votes in a real browser: given, thought over, explained, and the right words picked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.feedback import Feedback, Right, Vote
from tests.browser_tools import PHONE, Visit, running, visit
from tests.fake_archive import FakeArchive
from web.words import ENGLISH

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.browser

QUESTION = "What saved the night ferry?"


@pytest.fixture
def kept(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path)


@pytest.fixture
def address(kept: Feedback) -> Iterator[str]:
    with running(FakeArchive(), feedback=kept) as url:
        yield url


def card(opened: Visit) -> Locator:
    found: Locator = opened.last(".q-card").first
    return found


def noted(opened: Visit, words: str) -> None:
    opened.page.wait_for_function(
        "words => document.querySelector('#q-live').textContent === words", arg=words
    )


def only(kept: Feedback) -> Vote:
    (vote,) = kept.votes()
    return vote


def test_a_vote_its_reason_and_a_second_thought(
    browser: Browser, address: str, kept: Feedback
) -> None:
    with visit(browser, address) as opened:
        page = opened.start()
        opened.ask(QUESTION)
        up, down = card(opened).locator(".q-up"), card(opened).locator(".q-down")
        assert up.get_attribute("aria-label") == ENGLISH.vote_up
        up.click()
        noted(opened, ENGLISH.vote_noted)
        assert up.get_attribute("aria-pressed") == "true"
        assert (only(kept).verdict, only(kept).quotes) == ("up", ("freight",))
        assert (only(kept).question, only(kept).article) == (QUESTION, "night-ferry")
        page.fill(".q-why input", "the very words")
        page.press(".q-why input", "Enter")
        page.wait_for_function("() => document.querySelector('.q-why input').value === ''")
        assert only(kept).reason == "the very words"
        opened.shot("vote-up")

        page.reload()  # the browser knows its votes
        page.wait_for_selector("#q-chat .q-up[aria-pressed=true]")
        down.click()
        page.wait_for_selector("#q-chat .q-down[aria-pressed=true]")
        assert up.get_attribute("aria-pressed") == "false"
        assert (only(kept).verdict, only(kept).reason) == ("down", "")
        down.click()
        noted(opened, ENGLISH.vote_withdrawn)
        assert kept.votes() == []
        assert opened.errors == []


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_the_right_words_are_picked_in_the_article(
    browser: Browser, address: str, kept: Feedback, viewport: dict[str, int] | None
) -> None:
    options = {"viewport": viewport} if viewport else {}
    with visit(browser, address, **options) as opened:
        page = opened.start()
        opened.ask("Who keeps the wiki password?")  # its text is hostile: offsets count all of it
        card(opened).locator(".q-down").click()
        noted(opened, ENGLISH.vote_noted)
        page.click(".q-pick")
        frame = page.frame_locator("#q-frame")
        frame.locator("#hl").wait_for()
        page.evaluate("document.querySelector('#q-frame').contentWindow.getSelection().empty()")
        page.click("#q-use")
        assert ENGLISH.vote_none.format(n="2,000") in page.locator("#q-how").inner_text()
        frame.locator(".q-text").evaluate(
            """node => {
              const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
              let text;
              while ((text = walk.nextNode()) && !text.data.includes('bring a badge'));
              const at = text.data.indexOf(' bring a badge');
              getSelection().setBaseAndExtent(text, at, text, at + ' bring a badge'.length);
            }"""
        )
        opened.shot(f"vote-pick-{'phone' if viewport else 'desktop'}")
        page.click("#q-use")
        page.wait_for_function("() => !document.body.classList.contains('q-reading')")
        assert only(kept).right == Right("hostile", "bring a badge")
        assert only(kept).verdict == "down"
        assert not page.locator("#q-use").is_visible()
        assert opened.errors == []


def test_a_follow_up_is_kept_with_what_was_asked_before(
    browser: Browser, address: str, kept: Feedback
) -> None:
    with visit(browser, address) as opened:
        opened.start()
        opened.ask(QUESTION)
        opened.ask("What about the council and its crowns for the crossing?")
        card(opened).locator(".q-up").click()
        noted(opened, ENGLISH.vote_noted)
        assert only(kept).history == (QUESTION,)


def test_what_cannot_be_kept_is_said(browser: Browser, address: str, kept: Feedback) -> None:
    with visit(browser, address) as opened:
        opened.start()
        opened.ask(QUESTION)
        kept.path.mkdir()  # no file can be there now
        card(opened).locator(".q-up").click()
        noted(opened, ENGLISH.vote_failed)
        assert card(opened).locator(".q-up").get_attribute("aria-pressed") == "false"


def test_no_buttons_where_votes_are_not_kept(browser: Browser) -> None:
    with running(FakeArchive()) as address, visit(browser, address) as opened:
        opened.start()
        opened.ask(QUESTION)
        assert not card(opened).locator(".q-up").is_visible()
