"""The page in a real browser: asked, marked, opened, followed up - and nothing goes elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from qa.answer import Reply
from tests.browser_tools import DESKTOP, PHONE, Visit, running, visit
from tests.fake_archive import ARTICLES, BUDGETS, EXAMPLES, FakeArchive
from web.policy import Policy
from web.turns import MAX_QUESTION
from web.words import ENGLISH

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LOOKS = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "desktop-dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone-light": {"viewport": PHONE, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}

NAMELESS = """() => [...document.querySelectorAll(
  'button, a[href], textarea, input, select, summary, iframe, [role=button]')]
  .filter(node => node.checkVisibility && node.checkVisibility({visibilityProperty: true}))
  .filter(node => !(node.getAttribute('aria-label') || node.title || node.innerText || '').trim())
  .map(node => node.outerHTML.slice(0, 200))"""

TWICE = """() => [...document.querySelectorAll('[id]')].map(node => node.id)
  .filter((id, n, all) => all.indexOf(id) != n)"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(FakeArchive()) as url:
        yield url


@pytest.fixture
def desktop(browser: Browser, address: str) -> Iterator[Visit]:
    with visit(browser, address) as opened:
        yield opened
        assert opened.foreign() == []
        assert opened.errors == []


def mark_in_view(opened: Visit) -> str:
    """Return the marked words of the open article, once they stand inside the viewport."""
    frame = opened.page.frame_locator("#q-frame")
    frame.locator("#hl").wait_for()
    opened.page.wait_for_function(
        """() => {
          const frame = document.querySelector('#q-frame');
          const box = frame.contentDocument?.querySelector('#hl')?.getBoundingClientRect();
          const seen = document.body.classList.contains('q-reading');
          return seen && box && box.top >= 0 && box.bottom <= frame.clientHeight;
        }"""
    )
    return str(frame.locator("#hl").inner_text())


@pytest.mark.parametrize("look", LOOKS)
def test_ask_read_follow_up_abstain(browser: Browser, address: str, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    with visit(browser, address, **options) as opened:
        page = opened.start()
        page.wait_for_selector("#q-chat .example")
        assert page.locator("#q-brand").inner_text().split()[:3] == ["Quoth", "6", "articles"]
        assert page.locator("#q-chat .example").count() == len(EXAMPLES)
        assert page.evaluate("document.body.classList.contains('dark')") == look.endswith("dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]
        opened.shot(f"{look}-1-welcome")

        for question, answer in (
            ("What saved the night ferry?", "freight"),
            ("How many days of annual leave has every employee?", "28 days"),
            ("How long is parental leave paid?", "sixteen weeks"),
        ):
            opened.ask(question)
            assert opened.last("mark.q-answer").first.inner_text() == answer
            assert answer in opened.last("mark.q-sentence").first.inner_text()
        opened.shot(f"{look}-2-answer")

        opened.ask("And when does the ferry reach the last island?")
        assert opened.last("mark.q-answer").first.inner_text() == "22:40"
        assert ENGLISH.understood in opened.last(".q-understood").inner_text()
        opened.shot(f"{look}-3-follow-up")

        link = opened.last("a.q-open").first
        link.focus()
        page.keyboard.press("Enter")
        assert (
            mark_in_view(opened) in page.frame_locator("#q-frame").locator("article").inner_text()
        )
        page.wait_for_function(
            "() => document.activeElement.contentDocument?.activeElement.id == 'hl'"
        )
        opened.shot(f"{look}-4-article")
        page.keyboard.press("Escape")
        page.wait_for_selector("#q-panel", state="hidden")
        assert link.evaluate("node => node === document.activeElement")

        opened.ask("Who is the king of Spain and the captain?")
        assert ENGLISH.silent in opened.last(".q-note").inner_text()
        opened.shot(f"{look}-5-abstention")
        assert page.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate(TWICE) == []
        assert opened.foreign() == []
        assert opened.errors == []


@pytest.mark.parametrize("look", LOOKS)
def test_different_answers_stand_side_by_side(browser: Browser, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    archive = FakeArchive((*ARTICLES, *BUDGETS))
    with running(archive) as url, visit(browser, url, **options) as opened:
        page = opened.start()
        opened.ask("What is the budget of the tunnel at Salt Sound?")
        assert ENGLISH.differ in opened.last(".q-accounts").inner_text()
        rows = opened.last(".q-accounts li")
        assert rows.locator("mark").all_inner_texts() == [
            "15 billion crowns", "15bn crowns", "21 billion crowns"
        ]  # fmt: skip
        assert rows.locator(".q-newest").count() == 1
        assert "17 February 2024 Newest" in rows.nth(1).inner_text()
        opened.shot(f"{look}-6-accounts")
        assert page.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]
        rows.nth(1).locator("a.q-open").click()
        assert mark_in_view(opened) == "21 billion crowns"
        assert page.evaluate(NAMELESS) == []
        assert opened.errors == []


def test_the_record_would_notice_a_foreign_request_and_the_policy_stops_it(
    browser: Browser, address: str
) -> None:
    elsewhere = "http://127.0.0.2:9/x"
    call = f"fetch('{elsewhere}').catch(() => 0)"
    with visit(browser, address, bypass_csp=True) as opened:
        opened.start().evaluate(call)
        assert opened.foreign() == [elsewhere]
    with visit(browser, address) as opened:
        opened.start().evaluate(call)
        assert opened.foreign() == []


def test_a_hostile_article_runs_nothing_anywhere(desktop: Visit) -> None:
    page = desktop.start()
    desktop.ask("Who keeps the wiki password?")
    assert desktop.last("mark.q-answer").first.inner_text() == "the night porter"
    desktop.shot("hostile-answer")
    for target in page.locator("#q-chat .q-reply *").all():
        target.dispatch_event("mouseover")
    desktop.last(".q-copy").first.click()
    desktop.last("a.q-open").first.click()
    assert mark_in_view(desktop) == "the night porter"
    desktop.shot("hostile-article")
    frame = page.frame_locator("#q-frame")
    assert "<script>" in frame.locator("h1").inner_text()
    flags = [handle.evaluate("() => window.PWNED") for handle in page.frames]
    assert flags == [None] * len(page.frames)
    assert desktop.dialogs == []


def test_text_a_visitor_types_is_shown_not_run(desktop: Visit) -> None:
    page = desktop.start()
    typed = "<img src=x onerror=window.PWNED=1><b>ferry</b> **night** $$x$$"
    desktop.ask(typed)
    assert page.locator("#q-chat .user-row").last.inner_text().strip() == typed
    assert page.evaluate("window.PWNED") is None


def test_the_article_page_works_without_script(browser: Browser, address: str) -> None:
    with visit(browser, address, java_script_enabled=False) as opened:
        article = FakeArchive().article("night-ferry")
        assert article
        at = article.text.index("Entry 16")
        opened.page.goto(f"{address}source/night-ferry?s={at}&e={at + 8}#hl")
        box = opened.page.locator("#hl").bounding_box()
        assert box
        assert 0 <= box["y"] <= DESKTOP["height"]
        assert opened.page.locator("#hl").inner_text() == "Entry 16"


def test_right_to_left_text_stands_right(desktop: Visit) -> None:
    desktop.start()
    desktop.ask("כמה לוחות זכוכית מחזיק הארכיון")
    assert desktop.last("mark.q-answer").inner_text() == "1,200 לוחות זכוכית"
    quote = desktop.last(".q-quote")
    assert quote.evaluate("node => getComputedStyle(node).direction") == "rtl"
    desktop.shot("right-to-left")


def test_a_quotation_is_copied_with_its_source(browser: Browser, address: str) -> None:
    with visit(browser, address, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = opened.start()
        opened.ask("What saved the night ferry?")
        button = opened.last(".q-copy").first
        button.click()
        page.wait_for_function("() => document.querySelector('#q-live').textContent == 'Copied'")
        assert button.inner_text() == ENGLISH.copied
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("“What saved the night ferry was freight")
        assert copied.endswith("4 November 2023, https://news.example.org/2023/night-ferry.html")
        page.wait_for_function("() => !document.querySelector('#q-live').textContent")
        assert button.inner_text() == ENGLISH.copy


def test_questions_that_cannot_be_asked_get_a_friendly_line(desktop: Visit) -> None:
    page = desktop.start()
    page.wait_for_selector("#q-chat .example")
    page.press("#q-box textarea", "Enter")
    page.wait_for_selector(f"text={ENGLISH.question_empty}")
    desktop.ask("long " * (MAX_QUESTION // 4))
    assert "at most 2,000" in desktop.last(".q-note").inner_text()
    desktop.ask("?!…")
    assert "has no words" in desktop.last(".q-note").inner_text()
    desktop.ask("please crash")
    shown = desktop.last(".q-note").inner_text()
    assert ENGLISH.trouble in shown
    assert "secret detail" not in page.content()
    desktop.shot("trouble")
    page.reload()
    page.wait_for_selector("#q-chat .example")


def test_a_conversation_outlives_a_reload_until_a_new_chat(desktop: Visit) -> None:
    page = desktop.start("?q=What+kills+the+otters%3F")
    page.wait_for_selector("#q-chat .q-card")
    page.reload()
    page.wait_for_selector("#q-chat .q-card")
    assert page.locator("#q-chat .user-row").count() == 1
    desktop.ask("What saved the night ferry?")
    desktop.ask("Where do the otters live?")
    page.wait_for_timeout(300)  # the browser keeps the turn a moment after it is shown
    page.reload()
    page.wait_for_function("() => document.querySelectorAll('#q-chat .q-reply').length == 3")
    page.click("#q-new")
    page.wait_for_selector("#q-chat .example")
    assert page.locator("#q-chat .user-row").count() == 0
    assert "q=" not in page.url
    page.reload()
    page.wait_for_selector("#q-chat .example")


def test_what_the_browser_kept_may_be_anything(desktop: Visit) -> None:
    page = desktop.start()
    page.evaluate("localStorage.setItem('quoth-turns-1', 'no such thing')")
    page.reload()
    page.wait_for_selector("#q-chat .example")
    desktop.ask("What kills the otters?")
    assert desktop.last(".q-card").count() == 1


def test_examples_and_shift_enter_by_keyboard(desktop: Visit) -> None:
    page = desktop.start()
    page.locator("#q-chat .example").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#q-chat .q-card")
    page.focus("#q-box textarea")
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    assert page.input_value("#q-box textarea") == "one\ntwo"
    assert page.locator("#q-chat .user-row").count() == 1


def test_the_newest_question_is_scrolled_to_the_top(desktop: Visit) -> None:
    page = desktop.start()
    for question in EXAMPLES:
        desktop.ask(question)
    page.wait_for_timeout(300)
    top = page.evaluate(
        """() => {
          const top = node => node.getBoundingClientRect().top;
          const rows = [...document.querySelectorAll('#q-chat .user-row')];
          return top(rows.at(-1)) - top(document.querySelector('#q-chat'));
        }"""
    )
    assert 0 <= top <= 40


def test_turns_are_told_apart_for_screen_readers(desktop: Visit) -> None:
    page = desktop.start()
    desktop.ask("What saved the night ferry?")
    page.wait_for_selector('[role=group][aria-label="Answer"]')
    assert page.locator('[role=group][aria-label="Your question"]').count() == 1
    assert page.get_by_role("textbox", name="Your question").count() == 1
    assert page.get_by_role("log").count() == 1
    assert page.get_by_role("link", name="Read in context: Why the night ferry").count() == 1
    assert page.get_by_role("heading", name="Quoth", level=1).count() == 1
    changes = page.evaluate(
        """() => new Promise(done => { let n = 0;
          const watch = new MutationObserver(list => { n += list.length; });
          watch.observe(document.body, {subtree: true, childList: true, attributes: true});
          setTimeout(() => { watch.disconnect(); done(n); }, 500); })"""
    )
    assert changes < 20  # our observer does not wake itself


def test_the_theme_is_switched_and_remembered_also_in_the_article(desktop: Visit) -> None:
    page = desktop.start()
    desktop.ask("What saved the night ferry?")
    page.click("#q-theme")
    assert page.evaluate("document.body.classList.contains('dark')")
    desktop.last("a.q-open").first.click()
    mark_in_view(desktop)
    frame = page.frame_locator("#q-frame")
    assert frame.locator("html").get_attribute("class") == "dark"
    page.reload()
    page.wait_for_selector("#q-box textarea")
    page.wait_for_function("() => document.body.classList.contains('dark')")


def test_an_empty_archive_says_what_to_type(browser: Browser) -> None:
    with running(FakeArchive(())) as address, visit(browser, address) as opened:
        page = opened.start()
        page.wait_for_selector("text=quoth ingest FOLDER")
        assert ENGLISH.articles_none in page.locator("#q-brand").inner_text()
        opened.shot("empty")
        opened.ask("What saved the night ferry?")
        assert "quoth ingest FOLDER" in opened.last(".q-note").inner_text()
        assert opened.foreign() == []


def test_eight_tabs_are_all_answered(browser: Browser, address: str) -> None:
    with visit(browser, address) as opened:
        tabs = [opened.page.context.new_page() for _ in range(8)]
        for tab in tabs:
            tab.goto(address + "?q=What+kills+the+otters%3F")
        for tab in tabs:
            tab.wait_for_selector("#q-chat .q-card", timeout=20_000)
        assert opened.foreign() == []


def test_it_fits_the_narrowest_phone(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport={"width": 320, "height": 640}) as opened:
        page = opened.start()
        page.wait_for_selector("#q-chat .example")
        opened.shot("narrow-1-welcome")
        for question in EXAMPLES:
            opened.ask(question)
            wide = page.evaluate(
                "() => [...document.querySelectorAll('#q-chat .q-reply *')]"
                ".filter(n => n.getBoundingClientRect().right > innerWidth + 1).length"
            )
            assert wide == 0
        opened.shot("narrow-2-answer")


class LateArchive(FakeArchive):
    """Takes its time over the examples of the welcome, once the page has been built."""

    is_late = False

    def examples(self) -> tuple[str, ...]:
        time.sleep(1.5 if self.is_late else 0)
        return super().examples()


def test_a_question_asked_before_the_welcome_came_stays(browser: Browser) -> None:
    archive = LateArchive()
    with running(archive) as url, visit(browser, url) as opened:
        archive.is_late = True
        page = opened.start()
        opened.ask(EXAMPLES[0])
        page.wait_for_timeout(2_500)  # the welcome of an empty conversation has come by then
        assert page.locator("#q-chat .q-reply .q-card").count()


class SlowArchive(FakeArchive):
    """Takes its time over each question, once it is told to."""

    generation = 1
    is_slow = False

    def ask(self, question: str, **how: Any) -> Reply:
        time.sleep(0.7 if self.is_slow else 0)
        return super().ask(question, **how)


QUESTIONS = """() => [...document.querySelectorAll('#q-chat .q-asked')]
  .map(node => node.innerText.trim())"""
SETTLED = """() => document.querySelector('#q-chat .q-reply')
  && !document.querySelector('#q-chat .q-wait')"""


def test_a_question_asked_while_an_earlier_visit_comes_back_stays(browser: Browser) -> None:
    archive, asked = SlowArchive(), [*EXAMPLES[:3], "Who paid for the ferry?"]
    with running(archive) as url, visit(browser, url) as opened:
        page = opened.start()
        for question in asked[:3]:
            opened.ask(question)
        archive.generation, archive.is_slow = 2, True  # no reply is remembered any more
        page.reload()
        page.wait_for_selector("#q-chat .q-wait")
        page.fill("#q-box textarea", asked[3])
        page.press("#q-box textarea", "Enter")
        page.wait_for_timeout(4_500)  # by then all of it has come, in whatever order
        page.wait_for_function(SETTLED)
        assert page.evaluate(QUESTIONS) == asked
        page.reload()
        page.wait_for_function(SETTLED)
        assert page.evaluate(QUESTIONS) == asked


def test_replies_that_an_ingest_made_old_are_asked_for_again(browser: Browser) -> None:
    archive = SlowArchive()
    with running(archive) as url, visit(browser, url) as opened:
        page = opened.start()
        opened.ask(EXAMPLES[0])
        archive.generation = 2
        opened.ask(EXAMPLES[1])
        assert page.locator("#q-chat .q-reply").count() == 2


def test_a_new_conversation_is_not_overwritten_by_the_earlier_one(browser: Browser) -> None:
    archive = SlowArchive()
    with running(archive) as url, visit(browser, url) as opened:
        page = opened.start()
        for question in EXAMPLES[:3]:
            opened.ask(question)
        archive.generation, archive.is_slow = 2, True
        page.reload()
        page.wait_for_selector("#q-chat .q-wait")
        page.click("#q-new")
        page.wait_for_timeout(3_000)
        assert page.evaluate(QUESTIONS) == []


def test_a_question_too_many_is_told_and_takes_nothing_off_the_page(browser: Browser) -> None:
    with (
        running(FakeArchive(), policy=Policy(questions_per_minute=1)) as address,
        visit(browser, address, locale="de-DE") as opened,
    ):
        page = opened.start()
        opened.ask(EXAMPLES[0])
        toast = page.locator(".toast-body")
        for _ in range(30):
            page.fill("#q-box textarea", EXAMPLES[0])
            page.press("#q-box textarea", "Enter")
            page.wait_for_timeout(300)
            if toast.count():
                break
        assert "Sekunden" in toast.first.inner_text()
        page.wait_for_timeout(500)
        assert page.evaluate(COVERED) == []
        assert page.input_value("#q-box textarea") == EXAMPLES[0]


COVERED = """() => [...document.querySelectorAll('#q-chat [data-testid="status-tracker"]')]
  .filter(node => node.querySelector('.error') && node.checkVisibility())
  .map(node => node.outerHTML.slice(0, 200))"""
