"""The chat on another page, with one tag: opened, asked, closed, and nothing leaks either way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.browser_tools import DESKTOP, PHONE, Visit, running, serving, visit
from tests.fake_archive import FakeArchive
from web.guard import Policy
from web.languages.german import GERMAN
from web.serve import build_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Route as Asked

pytestmark = pytest.mark.browser

QUESTION = "What saved the night ferry?"
HOST_STYLE = (
    "button{background:red!important;font-size:40px!important}iframe{display:none!important}"
)


def host_page(quoth: str, attributes: str, body: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><title>Intranet</title><style>{HOST_STYLE}</style>'
        f'<script src="{quoth}embed.js" {attributes} defer></script></head>'
        f'<body><h1>Intranet</h1><p id="own">Our own words.</p>{body}</body></html>'
    )


class Site:
    """Another web site, whose pages carry the tag; its CSP is as strict as it can be."""

    def __init__(self) -> None:
        self.quoth = ""
        self.attributes = ""
        self.body = ""

    async def page(self, _: Request) -> HTMLResponse:
        origin = self.quoth.rstrip("/")
        csp = "default-src 'none'; style-src 'unsafe-inline'; "
        csp += f"script-src {origin}; frame-src {origin}"
        return HTMLResponse(
            host_page(self.quoth, self.attributes, self.body),
            headers={"Content-Security-Policy": csp},
        )


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Site, str]]:
    known = Site()
    with serving(Starlette(routes=[Route("/", known.page)])) as address:
        # Another name for the same machine is another origin, and another site.
        elsewhere = address.replace("127.0.0.1", "localhost")
        policy = Policy(frame_ancestors=("'self'", elsewhere.rstrip("/")))
        with running(FakeArchive(), policy=policy) as quoth:
            known.quoth = quoth
            yield known, elsewhere


def opened(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    with visit(browser, address, **options) as seen:
        seen.page.goto(address)
        yield seen
        hosts = {urlsplit(url).netloc for url in seen.requests if urlsplit(url).scheme == "http"}
        assert all(host.startswith(("127.0.0.1:", "localhost:")) for host in hosts)
        # This browser refuses storage to frames of other sites, which must not stop the page.
        assert seen.errors == []


@pytest.fixture
def desktop(browser: Browser, site: tuple[Site, str]) -> Iterator[Visit]:
    site[0].attributes, site[0].body = 'data-title="Ask us" data-color="#0b5"', ""
    yield from opened(browser, site[1])


# The shadow root is closed, as it is for every script of the page: the tests go by the keyboard
# and by the frame's own document.
def frame_of(seen: Visit) -> Any:
    for _ in range(100):  # a frame in a shadow root is not among `window.frames`
        for frame in seen.page.frames:
            if "embed=1" in frame.url:
                return frame
        seen.page.wait_for_timeout(100)
    raise AssertionError("the chat was not opened")


def buttons(seen: Visit) -> list[str]:
    """Return the names of the buttons that a screen reader is told of; no root is closed to it."""
    session = seen.page.context.new_cdp_session(seen.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [node["name"]["value"] for node in nodes if node["role"]["value"] == "button"]


def press_button(seen: Visit) -> None:
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")


def test_nothing_is_loaded_before_the_first_click_but_the_script(desktop: Visit) -> None:
    desktop.page.wait_for_function("() => window.Quoth")
    quoth = [url for url in desktop.requests if "127.0.0.1" in url]
    assert [urlsplit(url).path for url in quoth] == ["/embed.js"]
    assert desktop.page.frames == [desktop.page.main_frame]


def test_ask_see_marks_open_the_source_and_close(desktop: Visit) -> None:
    press_button(desktop)
    frame = frame_of(desktop)
    frame.wait_for_selector("#q-box textarea")
    frame.fill("#q-box textarea", QUESTION)
    frame.press("#q-box textarea", "Enter")
    frame.wait_for_selector(".q-card mark.q-answer")
    assert frame.locator("mark.q-answer").first.inner_text() == "freight"
    frame.locator(".q-open").first.click()
    inner = frame.frame_locator("#q-frame")
    inner.locator("#hl").wait_for()
    desktop.shot("embed-article")
    desktop.page.keyboard.press("Escape")  # closes the article …
    frame.wait_for_function("() => !document.body.classList.contains('q-reading')")
    assert visible(desktop)
    frame.focus("#q-box textarea")
    desktop.shot("embed-answer")
    desktop.page.keyboard.press("Escape")  # … then the chat
    desktop.page.wait_for_timeout(300)
    assert not visible(desktop)
    assert desktop.page.evaluate("document.activeElement.tagName") == "DIV"  # our button's host
    desktop.page.evaluate("Quoth.open()")
    assert visible(desktop)
    assert frame.locator(".q-card").count() > 0  # the conversation is still there


def visible(seen: Visit) -> bool:
    """Tell whether the frame takes any room on the page."""
    handle = frame_of(seen).frame_element()
    return bool(handle.bounding_box())


def test_the_button_and_the_chat_speak_the_language_the_tag_names(
    browser: Browser, site: tuple[Site, str]
) -> None:
    site[0].attributes, site[0].body = 'data-lang="de"', ""
    for seen in opened(browser, site[1], locale="fr"):
        seen.page.wait_for_function("() => window.Quoth")
        assert "Das Archiv fragen" in buttons(seen)
        press_button(seen)
        frame = frame_of(seen)
        frame.get_by_text(GERMAN.welcome).wait_for()
        assert "Schließen" in buttons(seen)
        frame.fill("#q-box textarea", QUESTION)
        frame.press("#q-box textarea", "Enter")
        frame.locator(".q-open").first.wait_for()
        assert frame.locator(".q-copy").first.inner_text() == GERMAN.copy
        address = frame.locator(".q-evidence").first.evaluate("link => link.href")
        assert parse_qs(urlsplit(address).query)["lang"] == ["de"]
        frame.locator(".q-open").first.click()
        frame.frame_locator("#q-frame").locator("#hl").wait_for()
        assert "lang=de" in frame.locator("#q-frame").evaluate("node => node.contentDocument.URL")


def test_the_pages_own_links_can_ask(browser: Browser, site: tuple[Site, str]) -> None:
    site[0].attributes = 'data-theme="dark"'
    site[0].body = f'<a href="/elsewhere" data-quoth-ask="{QUESTION}">the ferry</a>'
    for seen in opened(browser, site[1], viewport=PHONE):
        seen.page.get_by_text("the ferry").click()
        frame = frame_of(seen)
        frame.wait_for_selector(".q-card")
        assert frame.locator(".q-asked").inner_text() == QUESTION
        assert "q=" not in frame.evaluate("location.search")
        assert frame.evaluate("document.body.classList.contains('dark')")
        seen.page.evaluate("Quoth.ask('What kills the otters?')")
        frame.wait_for_function("() => document.querySelectorAll('.q-asked').length === 2")
        frame.wait_for_selector(".q-reply >> nth=1")
        assert seen.page.url == site[1]
        seen.shot("embed-phone")


def test_it_can_stand_inside_an_element(browser: Browser, site: tuple[Site, str]) -> None:
    site[0].attributes = 'data-target="#here" data-height="500"'
    site[0].body = '<div id="here"></div>'
    for seen in opened(browser, site[1], viewport=DESKTOP):
        frame = frame_of(seen)
        frame.wait_for_selector("#q-box textarea")
        box = frame.frame_element().bounding_box()
        assert box
        assert round(box["height"]) == 500
        seen.page.evaluate(f"Quoth.ask({QUESTION!r})")
        frame.wait_for_selector(".q-card")
        seen.shot("embed-inline")


def test_a_target_that_is_no_selector_leaves_the_button(
    browser: Browser, site: tuple[Site, str]
) -> None:
    site[0].attributes, site[0].body = 'data-target="#1 &lt;b>"', ""
    for seen in opened(browser, site[1]):
        press_button(seen)
        frame_of(seen).wait_for_selector("#q-box textarea")


def test_no_style_leaks_in_or_out(desktop: Visit) -> None:
    before = desktop.page.evaluate("getComputedStyle(document.querySelector('#own')).cssText")
    desktop.page.evaluate("Quoth.open()")
    frame = frame_of(desktop)
    frame.wait_for_selector("#q-box textarea")
    assert visible(desktop)  # the page hides every iframe, with !important
    after = desktop.page.evaluate("getComputedStyle(document.querySelector('#own')).cssText")
    assert before == after
    ours = desktop.page.evaluate("[...document.body.children].map(node => node.tagName)")
    assert ours == ["H1", "P", "DIV"]
    assert desktop.page.evaluate("document.body.lastElementChild.shadowRoot") is None


def test_the_page_waits_for_what_stands_in_for_storage(
    browser: Browser, site: tuple[Site, str]
) -> None:
    site[0].attributes, site[0].body = "", ""
    with visit(browser, site[1]) as seen:
        seen.page.context.route("**/storage.js", _late)
        seen.page.goto(site[1])
        seen.page.evaluate("Quoth.open()")
        frame_of(seen).wait_for_selector("#q-box textarea")
        assert seen.errors == []


def _late(route: Asked) -> None:
    time.sleep(2)
    route.continue_()


def test_a_page_that_is_not_named_may_not_frame_it(
    browser: Browser, site: tuple[Site, str]
) -> None:
    with running(FakeArchive()) as closed:
        before, site[0].quoth = site[0].quoth, closed
        site[0].attributes, site[0].body = "", ""
        with visit(browser, site[1]) as seen:
            seen.page.goto(site[1])
            seen.page.evaluate("Quoth.open()")
            seen.page.wait_for_timeout(1_500)
            inner = [frame for frame in seen.page.frames if frame != seen.page.main_frame]
            assert all(frame.locator("#q-box").count() == 0 for frame in inner)
        site[0].quoth = before


def test_a_strange_frame_message_is_not_believed(desktop: Visit) -> None:
    desktop.page.evaluate("Quoth.open()")
    frame = frame_of(desktop)
    frame.wait_for_selector("#q-box textarea")
    desktop.page.evaluate("window.postMessage({quoth: 'escape'}, '*')")
    # A message from the frame to itself is not one from the page around it.
    frame.evaluate("window.postMessage({quoth: 'ask', question: 'What kills the otters?'}, '*')")
    desktop.page.wait_for_timeout(700)
    assert visible(desktop)
    assert frame.locator(".q-asked").count() == 0


def test_the_script_is_served_for_other_pages() -> None:
    answer = TestClient(build_app(FakeArchive())).get("/embed.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age" in answer.headers["cache-control"]
    for forbidden in ("innerHTML", "eval(", "document.write", "cookie", "localStorage", "http://"):
        assert forbidden not in answer.text
