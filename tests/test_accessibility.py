"""For everyone: axe-core finds nothing on any view, and the page holds at 320 px, on paper, in RTL.

axe sees what a rule can see: names, roles, contrast, order. What it cannot see - that the keyboard
reaches everything, that focus comes back - the other browser tests walk through.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python
import pytest

from index.feedback import Feedback
from tests.browser_tools import DESKTOP, PHONE, Visit, running, visit
from tests.fake_archive import ARTICLES, BUDGETS, FakeArchive
from web.words import ENGLISH

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUESTION = "What saved the night ferry?"
HEBREW = "כמה לוחות זכוכית מחזיק הארכיון"
NARROW = {"width": 320, "height": 640}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    votes = Feedback(tmp_path_factory.mktemp("votes"))
    with running(FakeArchive((*ARTICLES, *BUDGETS)), feedback=votes) as url:
        yield url


def violations(opened: Visit) -> list[str]:
    """Return what axe finds on the page and in its frames, one line for each element."""
    for frame in opened.page.frames:
        frame.evaluate(AXE)
    found = opened.page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:160]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def test_axe_is_seen_to_find_something(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        page = opened.start()
        page.evaluate("document.body.append(document.createElement('button'))")
        assert any(line.startswith("button-name") for line in violations(opened))


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_chat(browser: Browser, address: str, look: str) -> None:
    with visit(browser, address, **LOOKS[look]) as opened:
        page = opened.start()
        page.wait_for_selector("#q-chat .example")
        assert violations(opened) == [], "welcome"
        page.click("#q-filter-toggle")
        page.locator("#q-filters input").first.wait_for()
        assert violations(opened) == [], "filters"
        page.click("#q-filter-toggle")
        opened.ask(QUESTION)
        page.locator("#q-chat details summary").first.click()
        opened.last(".q-down").first.click()
        opened.last(".q-said-so").first.get_by_text(ENGLISH.vote_noted).wait_for()
        assert violations(opened) == [], "answer"
        page.click(".q-pick")
        page.frame_locator("#q-frame").locator("#hl").wait_for()
        assert violations(opened) == [], "article beside the chat"
        page.keyboard.press("Escape")
        opened.ask("What is the budget of the tunnel at Salt Sound?")
        assert violations(opened) == [], "several answers"
        opened.ask("Who is king of Spain?")
        assert violations(opened) == [], "abstention"
        page.press("#q-box textarea", "Enter")
        page.get_by_text("Type a question first").wait_for()
        assert violations(opened) == [], "refusal"
        opened.shot(f"axe-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_other_pages(browser: Browser, address: str, look: str) -> None:
    with visit(browser, address, **LOOKS[look]) as opened:
        page = opened.start()
        opened.ask(QUESTION)
        links = [
            opened.last(name).first.get_attribute("href") for name in (".q-open", ".q-evidence")
        ]
        scheme = LOOKS[look]["color_scheme"]
        for path in (*links, "source/hebrew", "source/nothing", "evidence/otters", "api/docs"):
            assert path
            joined = "&" if "?" in path else "?"
            page.goto(address + path.removeprefix("/") + f"{joined}theme={scheme}")
            assert violations(opened) == [], path


@pytest.mark.parametrize("width", [320, 640], ids=["320-px", "zoom-200"])
def test_nothing_is_cut_off_on_a_narrow_page(browser: Browser, address: str, width: int) -> None:
    viewport = {"width": width, "height": 450}
    with visit(browser, address, viewport=viewport) as opened:
        page = opened.start()
        page.wait_for_selector("#q-chat .example")
        opened.shot(f"narrow-{width}-1")
        opened.ask(QUESTION)
        assert wider(opened, width) == []
        opened.shot(f"narrow-{width}-2")
        page.click("#q-filter-toggle")
        page.locator("#q-filters input").first.wait_for()
        assert wider(opened, width) == []
        page.click("#q-filter-toggle")
        opened.last(".q-open").first.click()
        page.frame_locator("#q-frame").locator("#hl").wait_for()
        assert wider(opened, width) == []
        opened.shot(f"narrow-{width}-3")
        for frame in page.frames:
            assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def wider(opened: Visit, width: int) -> list[str]:
    """Return what can be seen and stands out of the window to the right."""
    found: list[str] = opened.page.evaluate(
        """width => [...document.querySelectorAll('body *')]
          .filter(node => node.checkVisibility({visibilityProperty: true, opacityProperty: true}))
          .filter(node => !node.closest('.q-sr, #q-chip'))
          .filter(node => { const box = node.getBoundingClientRect();
                            return box.width > 1 && box.right > width + 1; })
          .map(node => node.outerHTML.slice(0, 120))""",
        width,
    )
    return found


def test_text_that_runs_from_right_to_left_is_shown_so(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        page = opened.start()
        opened.ask(HEBREW)
        quote = opened.last(".q-quote").first
        assert quote.evaluate("node => getComputedStyle(node).direction") == "rtl"
        title = opened.last(".q-title").first
        assert title.evaluate("node => getComputedStyle(node).direction") == "rtl"
        asked = page.locator("#q-chat .q-asked").last
        assert asked.evaluate("node => getComputedStyle(node).direction") == "rtl"
        opened.shot("rtl-answer")
        opened.last(".q-open").first.click()
        frame = page.frame_locator("#q-frame")
        frame.locator("#hl").wait_for()
        assert (
            frame.locator(".q-text p").first.evaluate("n => getComputedStyle(n).direction") == "rtl"
        )
        opened.shot("rtl-article")


def test_it_prints_the_answer_and_nothing_to_press(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        page = opened.start()
        opened.ask(QUESTION)
        page.emulate_media(media="print")
        assert opened.last(".q-citation").first.is_visible()
        assert opened.last("mark.q-answer").first.is_visible()
        for gone in ("#q-box", "#q-new", "#q-filter", "#q-theme", "#q-panel"):
            assert not page.locator(gone).is_visible(), gone
        assert not page.locator(".q-copy").first.is_visible()
        assert page.evaluate("getComputedStyle(document.documentElement).overflowY") == "visible"
        opened.shot("print")


def test_nothing_moves_for_those_who_asked_for_that(browser: Browser, address: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter(node => {
      const style = getComputedStyle(node);
      return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
    }).map(node => node.outerHTML.slice(0, 100))"""
    for motion, still in (("reduce", True), ("no-preference", False)):
        with visit(browser, address, reduced_motion=motion) as opened:
            opened.start()
            opened.ask(QUESTION)
            assert (opened.page.evaluate(moving) == []) is still
