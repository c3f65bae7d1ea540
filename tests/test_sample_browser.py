"""The sample archive, the real encoder and a real browser: what a newcomer sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from qa.archive import Archive
from tests.browser_tools import DESKTOP, PHONE, running, visit
from web.words import ENGLISH

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.encoder]

LOOKS = {
    "sample-desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "sample-desktop-dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "sample-phone-light": {"viewport": PHONE, "color_scheme": "light"},
    "sample-phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}
ANSWERS = {
    "How much is the Polish arms deal with South Korea worth?": "15 billion dollars",
    "When does the Orrin Accord enter into force?": "1 April 2024",
    "How long is probation?": "six months",
}


@pytest.fixture(scope="module")
def address(sample_library: Path) -> Iterator[str]:
    archive = Archive.open(sample_library)
    with running(archive) as url:
        yield url
    archive.close()


@pytest.mark.parametrize("look", LOOKS)
def test_a_newcomer_asks_reads_follows_up_and_is_refused(
    browser: Browser, address: str, look: str
) -> None:
    options: dict[str, Any] = LOOKS[look]
    with visit(browser, address, **options) as opened:
        page = opened.start()
        page.wait_for_selector("#q-chat .example")
        opened.shot(f"{look}-1-welcome")
        for question, answer in ANSWERS.items():
            opened.ask(question)
            assert opened.last("mark.q-answer").first.inner_text() == answer
            assert answer in opened.last("mark.q-sentence").first.inner_text()
            opened.shot(f"{look}-2-{answer.replace(' ', '-')}")

        opened.last("a.q-open").first.click()
        mark = page.frame_locator("#q-frame").locator("#hl")
        mark.wait_for()
        assert "six months" in mark.inner_text()
        opened.shot(f"{look}-3-article")
        page.keyboard.press("Escape")

        opened.ask("And who decides about it?")
        assert ENGLISH.understood in opened.last(".q-understood").inner_text()
        assert "probation" in opened.last(".q-understood").inner_text()
        opened.shot(f"{look}-4-follow-up")

        opened.ask("Can I bring my dog to the office in the morning?")
        assert ENGLISH.silent in opened.last(".q-note").inner_text()
        opened.shot(f"{look}-5-abstention")
        assert opened.foreign() == []
        assert opened.errors == []
