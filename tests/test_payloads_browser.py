"""One script payload of each class through the page and its files in Chromium: nothing runs.

The long form, all of them through every view, is `benchmarks.torture.payloads`; its parts are
used here. The policy is switched off, so that the escaping stands alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from benchmarks.torture.payload_control import Leaky, noticed, undone
from benchmarks.torture.payload_files import forged
from benchmarks.torture.payload_library import Shelf, shelf
from benchmarks.torture.payload_watch import Trap, Watch, watching
from qa.answer import Reply
from qa.proof_html import card_page
from tests.browser_tools import ask, chromium, running, serving
from tests.payloads import HOST, one_of_each
from web.serve import build_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

FIRST = one_of_each()
RAW = f"<img src=x onerror=__ran(7)><img src=//p8.{HOST}/x><a href=//p9.{HOST}/x>go</a>"


class All(Shelf):
    """A shelf that shows all its articles in one answer."""

    def ask(self, question: str, **how: Any) -> Reply:
        return super().ask(question, **how | {"k": len(FIRST)})


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    opened = Trap()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser(trap: Trap) -> Iterator[Browser]:
    with chromium(trap.arguments()) as started:
        yield started


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    home = tmp_path_factory.mktemp("payloads")
    shelf(home, FIRST).close()
    opened = All(home / "library", FIRST)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(books: Shelf) -> Iterator[str]:
    with running(books) as url:
        yield url


@pytest.fixture
def watch(browser: Browser, trap: Trap) -> Iterator[Watch]:
    with watching(browser, trap, policy=False) as opened:
        yield opened


def opened_from_disk(watch: Watch, folder: Path, pages: Sequence[str]) -> None:
    """Write pages as files, and open them side by side."""
    paths = [folder / f"{number}.html" for number in range(len(pages))]
    for path, page in zip(paths, pages, strict=True):
        path.write_text(page, encoding="utf-8")
    (folder / "frames.html").write_text("<!doctype html><body>", encoding="utf-8")
    watch.open_all((folder / "frames.html").as_uri(), [path.as_uri() for path in paths])


def test_an_answer_full_of_payloads_runs_nothing(watch: Watch, address: str) -> None:
    page = watch.page
    page.goto(address)
    page.wait_for_selector("#q-chat .example")
    watch.touch(page, click=False)
    ask(page, " ".join(each.text for each in FIRST[:-2] if len(each.text) < 100)[:1_900])
    assert page.locator("#q-chat .q-card").count() == len(FIRST)
    watch.touch(page, "#q-chat, #q-panel")
    page.wait_for_timeout(200)
    assert watch.findings == []


def test_pages_of_articles_run_nothing(watch: Watch, books: Shelf, address: str) -> None:
    pages = [f"{address}source/payload-{each.number}" for each in FIRST]
    watch.open_all(address + "healthz", pages)
    assert watch.counts["pages"] == len(FIRST)
    assert watch.findings == []


def test_cards_and_json_opened_from_disk_run_nothing(watch: Watch, tmp_path: Path) -> None:
    opened_from_disk(watch, tmp_path, [card_page(forged(each.text)) for each in FIRST])
    assert watch.counts["pages"] == len(FIRST)
    assert watch.findings == []


def test_replies_for_programs_cannot_be_taken_for_pages(address: str) -> None:
    for each in FIRST:
        for path, body in (
            ("api/ask", {"question": each.text[:2_000]}),
            ("api/ask", {"question": each.text[:100], "k": each.text}),
            ("api/search", {"question": each.text[:2_000]}),
        ):
            answer = httpx.post(address + path, content=json.dumps(body))
            assert answer.headers["content-type"].split(";")[0] in (
                "application/json",
                "application/problem+json",
            )
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_not_escaped_is_noticed(watch: Watch, books: Shelf, address: str) -> None:
    watch.page.goto(address + "healthz")
    watch.page.evaluate("html => { document.body.innerHTML = html; }", RAW)
    watch.touch(watch.page)
    for _ in range(100):
        if noticed(watch.findings) == {7, 8, 9}:
            break
        watch.page.wait_for_timeout(50)
    assert noticed(watch.findings) == {7, 8, 9}
    with serving(Leaky(build_app(books))) as leaky:
        assert undone(watch, leaky, FIRST[:3]) >= {FIRST[0].number, FIRST[2].number}
