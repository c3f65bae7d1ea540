"""The filters in a real browser: chosen by keyboard, seen, kept with the conversation, cleared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser_tools import PHONE, Visit, running, visit
from tests.fake_archive import FakeArchive
from tests.test_web_browser import LOOKS, NAMELESS, TWICE
from web.words import ENGLISH

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

OTTERS = "What kills the otters?"
SHOWN = "() => document.querySelector('#q-chip')?.innerText ?? ''"


@pytest.fixture(scope="module")
def archive() -> FakeArchive:
    return FakeArchive()


@pytest.fixture(scope="module")
def address(archive: FakeArchive) -> Iterator[str]:
    with running(archive) as url:
        yield url


def wait_for_chip(opened: Visit, text: str) -> None:
    opened.page.wait_for_function(f"text => ({SHOWN})() === text", arg=text)


@pytest.mark.parametrize("look", ["desktop-light", "phone-dark"])
def test_filters_are_chosen_seen_kept_and_cleared(
    browser: Browser, address: str, look: str
) -> None:
    options: dict[str, Any] = LOOKS[look]
    with visit(browser, address, **options) as opened:
        page = opened.start()
        toggle = page.get_by_role("button", name=ENGLISH.filter, exact=True)
        toggle.focus()
        assert toggle.get_attribute("aria-expanded") == "false"
        page.keyboard.press("Enter")
        page.wait_for_selector("#q-filters", state="visible")
        assert toggle.get_attribute("aria-expanded") == "true"
        page.get_by_role("textbox", name=ENGLISH.filter_since, exact=True).fill("2023")
        page.keyboard.press("Tab")
        wait_for_chip(opened, "✕ from 2023")
        author = page.get_by_role("combobox", name=ENGLISH.filter_author)
        author.focus()
        page.keyboard.type("Jo R")
        page.wait_for_selector("#q-author .options")
        opened.shot(f"{look}-7-filter-choices")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        wait_for_chip(opened, "✕ from 2023 · by Jo Reed")
        page.keyboard.press("Escape")
        opened.shot(f"{look}-8-filter-chosen")
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate(TWICE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]

        opened.ask(OTTERS)
        assert page.locator(".q-scope").inner_text() == "Searched only: from 2023 · by Jo Reed"
        assert opened.last(".q-title").first.inner_text() == "The otters are back"
        assert page.locator("#q-filters").is_visible() == (options["viewport"] != PHONE)
        opened.shot(f"{look}-9-filter-answer")
        opened.ask("What saved the night ferry?")  # by another author
        assert ENGLISH.silent in opened.last(".q-note").inner_text()
        page.wait_for_timeout(300)  # the browser keeps the turn a moment after it is shown

        page.reload()
        page.wait_for_function("() => document.querySelectorAll('.q-scope').length == 2")
        wait_for_chip(opened, "✕ from 2023 · by Jo Reed")
        page.get_by_role("button", name="Clear filters: from 2023 · by Jo Reed").click()
        page.wait_for_selector("#q-chip", state="hidden")
        opened.ask("What saved the night ferry?")
        assert opened.last("mark.q-answer").first.inner_text() == "freight"
        assert page.locator(".q-scope").count() == 2
        assert opened.foreign() == []
        assert opened.errors == []


def test_a_link_sets_filters_and_a_new_chat_clears_them(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        page = opened.start("?author=Jo+Reed&author=Marta+Lindqvist&until=2023&language=en")
        wait_for_chip(opened, "✕ until 2023 · by Jo Reed or Marta Lindqvist · English")
        page.locator("#q-chat .example").first.click()
        page.wait_for_selector(".q-scope")
        assert opened.last("mark.q-answer").first.inner_text() == "freight"
        assert "author=" not in page.url
        page.click("#q-new")
        page.wait_for_selector("#q-chip", state="hidden")
        page.click("#q-filter-toggle")
        assert page.input_value("#q-until input") == ""
        assert page.locator("#q-filters .token").count() == 0
        opened.ask(OTTERS)
        assert page.locator(".q-scope").count() == 0
        assert opened.errors == []


def test_filters_that_let_nothing_through_or_cannot_be_used(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        page = opened.start("?since=2031&source=exampel.org")
        wait_for_chip(opened, "✕ from 2031 · exampel.org")
        opened.ask(OTTERS)
        said = opened.last(".q-note").inner_text()
        assert "No article matches these filters: from 2031 · exampel.org." in said
        assert "exampel.org: in no article. There is:" in said
        opened.shot("filtered-out")
        page.click("#q-filter-toggle")
        page.locator("#q-since input").fill("2023-13")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => ({SHOWN})().includes('is no date')")
        opened.ask(OTTERS)
        assert ENGLISH.filter_refused in opened.last(".q-note").inner_text()
        opened.shot("filter-refused")
        page.focus("#q-since input")
        page.keyboard.press("Escape")
        page.wait_for_selector("#q-filters", state="hidden")
        assert page.evaluate("document.activeElement.id") == "q-filter-toggle"


def test_a_hostile_link_runs_nothing(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        bad = "%3Cimg%20src=x%20onerror=window.PWNED=1%3E"
        page = opened.start(f"?author={bad}&source={bad}&since={bad}&language={bad}")
        page.wait_for_selector("#q-chip")
        page.click("#q-filter-toggle")
        opened.ask(OTTERS)
        page.fill("#q-since input", "")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => ({SHOWN})().includes('onerror')")
        opened.ask(OTTERS)
        assert page.evaluate("window.PWNED") is None
        assert opened.dialogs == []
        assert opened.foreign() == []
