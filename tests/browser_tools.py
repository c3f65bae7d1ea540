"""What browser tests share: a real server on a free port, Chromium, and a record of requests."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Page

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 800}


def chromium_path() -> str:
    """Return where Chromium is; skip the test, or fail it where a browser is required."""
    places = [os.environ.get("QUOTH_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for place in places if place and (path := shutil.which(place))), None)
    if found:
        return found
    message = "no Chromium found (looked for chromium, chromium-browser, google-chrome)"
    if os.environ.get("QUOTH_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def running(archive: Any, **how: Any) -> Iterator[str]:
    """Run the real server with this archive in a thread; yield its address.

    `how` is passed on to `build_app`.
    """
    from web.serve import build_app

    with serving(build_app(archive, **how)) as address:
        yield address


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Run an ASGI application in a thread; yield its address."""
    import uvicorn

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > give_up or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(10)


@contextmanager
def chromium(more: Sequence[str] = ()) -> Iterator[Browser]:
    """Start Chromium, with `more` arguments than the usual ones; yield the browser."""
    path = chromium_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*ARGUMENTS, *more], timeout=60_000
        )
        yield browser
        browser.close()


def ask(page: Page | Frame, question: str) -> None:
    """Ask with the keyboard and wait for the reply."""
    # Replies that are already there are tagged, so that the new one can be told from them.
    page.evaluate(
        "() => document.querySelectorAll('#q-chat .q-reply').forEach(n => { n.old = true; })"
    )
    page.fill("#q-box textarea", question)
    page.press("#q-box textarea", "Enter")
    page.wait_for_function(
        """() => {
          const replies = [...document.querySelectorAll('#q-chat .q-reply')];
          const waits = document.querySelector('#q-chat .q-wait');
          return replies.length && !replies.at(-1).old && !waits;
        }"""
    )


class Visit:
    """A page with a record of every request it and its frames make, and of every dialog."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        # On the context, so that new tabs are recorded as well.
        context.on("request", lambda request: self.requests.append(request.url))
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def start(self, path: str = "") -> Page:
        """Open the page and wait until questions can be asked."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("#q-box textarea")
        return self.page

    def ask(self, question: str) -> None:
        """Ask with the keyboard and wait for the reply."""
        ask(self.page, question)

    def last(self, selector: str) -> Any:
        """Return the locator of something in the newest reply."""
        return self.page.locator("#q-chat .q-reply").last.locator(selector)

    def foreign(self) -> list[str]:
        """Return the requests that went to another host, of all that were recorded."""
        ours = urlsplit(self.address).netloc
        local = ("data", "blob", "about")
        parts = [(url, urlsplit(url)) for url in self.requests]
        return [url for url, at in parts if at.scheme not in local and at.netloc != ours]

    def shot(self, name: str) -> None:
        """Save a screenshot where `QUOTH_SCREENSHOTS` says, if it says so."""
        folder = os.environ.get("QUOTH_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(600)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@contextmanager
def visit(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    """Open a fresh browser profile on the server; `options` as of playwright's `new_context`."""
    context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce"} | options)
    try:
        yield Visit(context, address)
    finally:
        context.close()
