"""Behind nginx, as `deploy/nginx.conf` has it: sub-path, TLS, HTTP/2, another site, many tabs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from qa.answer import Reply
from tests.browser_tools import Visit, running, visit
from tests.fake_archive import FakeArchive
from tests.nginx_tools import ARCHIVE, INTRANET, Proxied, free_ports, program, proxied
from web.policy import Policy

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

QUESTION = "What saved the night ferry?"
BEHIND = Policy(proxies=frozenset({"127.0.0.1"}), root_path="/quoth")
PAGE = """<!doctype html><html lang="en"><head><title>Intranet</title>
<script src="{archive}embed.js" data-title="Ask us" defer></script></head>
<body><h1>Intranet</h1></body></html>"""


class Reached:
    """The addresses that this process has connected to, the server in it included."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            self.hosts.add(str(arguments[1][0]))
        elif event == "socket.getaddrinfo":
            self.hosts.add(str(arguments[0]))


REACHED = Reached()


class SlowArchive(FakeArchive):
    """Takes its time, as a reader does."""

    def ask(self, question: str, *, history: Sequence[str] = (), **how: Any) -> Reply:
        time.sleep(1.5 if "slowly" in question else 0)
        return super().ask(question, history=history, **how)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """Run archive and nginx; pages of the intranet may show the archive."""
    home = tmp_path_factory.mktemp("nginx")
    program("nginx")
    plain, secure = free_ports(2)
    policy = replace(BEHIND, embed_origins=(f"https://{INTRANET}:{secure}",))
    with (
        running(SlowArchive(), policy=policy) as quoth,
        proxied(home, quoth, plain, secure) as found,
    ):
        (found.pages / "index.html").write_text(PAGE.format(archive=found.archive))
        yield found


@pytest.fixture
def insider(browser: Browser, behind: Proxied) -> Iterator[Visit]:
    """Open a profile; whatever it and the server then ask for must be on this machine."""
    REACHED.hosts.clear()
    with visit(browser, behind.archive, ignore_https_errors=True) as opened:
        yield opened
        ours = {urlsplit(behind.archive).netloc, urlsplit(behind.intranet).netloc}
        asked = [urlsplit(url) for url in opened.requests]
        local = ("data", "blob", "about")
        assert {at.netloc for at in asked if at.scheme not in local} <= ours
        assert REACHED.hosts <= {"127.0.0.1", "localhost", ARCHIVE, INTRANET}
        assert opened.errors == []


def test_the_widget_on_another_site(insider: Visit, behind: Proxied) -> None:
    page = insider.page
    page.goto(behind.intranet)
    page.wait_for_function("() => window.Quoth")
    page.keyboard.press("Tab")
    with page.expect_event("framenavigated", lambda frame: "embed=1" in frame.url) as opened:
        page.keyboard.press("Enter")
    frame = opened.value
    frame.fill("#q-box textarea", QUESTION)
    frame.press("#q-box textarea", "Enter")
    frame.wait_for_selector(".q-card mark.q-answer")
    assert frame.locator("mark.q-answer").first.inner_text() == "freight"
    frame.locator(".q-open").first.click()
    article = frame.frame_locator("#q-frame")
    article.locator("#hl").wait_for()
    insider.shot("nginx-widget")
    page.keyboard.press("Escape")
    frame.fill("#q-box textarea", "And what does the crossing cost the council a year?")
    frame.press("#q-box textarea", "Enter")
    frame.wait_for_selector(".q-reply >> nth=1")
    assert "1.4 million crowns" in frame.locator(".q-reply").last.inner_text()
    box = frame.frame_element().bounding_box()
    assert box
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.tagName === 'DIV'")
    assert not frame.frame_element().bounding_box()


def test_the_page_below_its_path_by_http_2(insider: Visit, behind: Proxied) -> None:
    page = insider.start()
    insider.ask(QUESTION)
    protocols = page.evaluate(
        "() => performance.getEntriesByType('resource').map(entry => entry.nextHopProtocol)"
    )
    assert set(protocols) - {""} == {"h2"}
    paths = {urlsplit(url).path for url in insider.requests if url.startswith("https")}
    assert all(path.startswith("/quoth/") for path in paths), paths
    insider.last(".q-open").first.click()
    page.frame_locator("#q-frame").locator("#hl").wait_for()
    address = insider.last(".q-evidence").first.evaluate("link => link.href")
    assert address.startswith(behind.archive + "evidence/")
    page.reload()
    insider.last(".q-card").first.wait_for()


def test_events_are_not_held_back(insider: Visit) -> None:
    page = insider.start()
    page.fill("#q-box textarea", "What saved the night ferry, slowly?")
    page.press("#q-box textarea", "Enter")
    page.wait_for_selector("#q-chat .q-wait", timeout=1_200)  # the reply takes 1.5 s
    page.wait_for_selector("#q-chat .q-card")


def test_ten_tabs_at_once(insider: Visit) -> None:
    tabs = [insider.page] + [insider.page.context.new_page() for _ in range(9)]
    for tab in tabs:
        tab.set_default_timeout(60_000)
        tab.goto(insider.address, wait_until="commit")
    for tab in tabs:
        tab.wait_for_selector("#q-box textarea")
        tab.fill("#q-box textarea", QUESTION)
        tab.press("#q-box textarea", "Enter")
    for tab in tabs:
        tab.wait_for_selector("#q-chat .q-card mark.q-answer")


def program_of(behind: Proxied) -> httpx.Client:
    """Return a client for programs; not every machine knows that `.localhost` leads to itself."""
    named = urlsplit(behind.archive)
    return httpx.Client(
        base_url=f"https://127.0.0.1:{named.port}/quoth/",
        headers={"Host": named.netloc},
        verify=False,
    )


def test_what_nginx_makes_of_other_addresses(behind: Proxied) -> None:
    port = urlsplit(behind.plain).port
    with program_of(behind) as client:
        plain = client.get(f"http://127.0.0.1:{port}/", headers={"Host": ARCHIVE})
        assert plain.status_code == 301
        assert plain.headers["location"].startswith(f"https://{ARCHIVE}:")
        bare = client.get(f"https://127.0.0.1:{urlsplit(behind.archive).port}/quoth")
        assert (bare.status_code, bare.headers["location"]) == (301, behind.archive)
        assert client.get("").headers["strict-transport-security"]
        large = client.post("api/ask", content=b"x" * 70_000)
        assert large.status_code == 413


def test_nobody_names_themselves_through_nginx(tmp_path: Path) -> None:
    policy = replace(BEHIND, identity_header="x-remote-user")
    with (
        running(FakeArchive(), policy=policy) as quoth,
        proxied(tmp_path, quoth, *free_ports(2)) as behind,
        program_of(behind) as client,
    ):
        forged = {"X-Remote-User": "ann", "X_Remote_User": "ann", "X-Forwarded-For": "10.0.0.1"}
        for path in ("", "api/articles", "source/otters", "q-static/quoth.js", "metrics"):
            assert client.get(path, headers=forged).status_code == 401, path
        assert client.get("healthz").status_code == 200


def test_a_reply_to_a_program_streams(behind: Proxied) -> None:
    asked = {"model": "quoth", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    with (
        program_of(behind) as client,
        client.stream("POST", "v1/chat/completions", json=asked) as answer,
    ):
        lines = [line for line in answer.iter_lines() if line]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert lines[-1] == "data: [DONE]"
