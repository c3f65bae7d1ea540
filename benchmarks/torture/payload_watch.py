"""Watch a browser for scripts that run and hosts that are called; touch everything on a page.

What runs says so itself (`__ran`, see `tests.payloads`). A call to a foreign host is seen twice:
in the browser's record of requests, and by a `Trap` to which all foreign hosts of the payloads
lead, since the record misses preconnections and workers. Links are not followed but judged: one
that leads elsewhere must be an article's own http(s) address. What the policy refuses is counted,
too, but for the inline scripts Gradio's own page begins with. Which pages are opened is not known
here.
"""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tests.payloads import HOST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

EVENTS = (
    "pointerover pointerenter pointermove pointerdown pointerup mouseover mouseenter mousemove "
    "mousedown mouseup mouseout dblclick contextmenu"
)

WATCH = """(() => {
  let loaded = false;
  addEventListener("load", () => { loaded = true; });
  addEventListener("securitypolicyviolation", (event) => {
    const ours = event.blockedURI === "inline" && !loaded && location.pathname === "/";
    if (!ours) __refused(`${event.effectiveDirective} ${event.blockedURI} on ${location.href}`);
  }, true);
  addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => ["a", "area"].includes(node.localName));
    if (!link || event.defaultPrevented || link.href === undefined) return;
    const href = link.href.baseVal === undefined ? link.href
      : new URL(link.href.baseVal, document.baseURI).href;
    if (!/^(https?|file):/.test(href)) return;  // anything else shall do what it does
    event.preventDefault();
    __linked(href);
  });
})()"""

TOUCH = """([selector, events, clicks]) => {
  const found = [];
  const walk = (node) => {
    found.push(node);
    if (node.shadowRoot) node.shadowRoot.querySelectorAll("*").forEach(walk);
  };
  for (const root of document.querySelectorAll(selector)) {
    walk(root);
    root.querySelectorAll("*").forEach(walk);
  }
  const send = (node, type) =>
    node.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, composed: true }));
  for (const node of found) if (node.localName === "details") node.open = true;
  for (const node of found) {
    events.split(" ").forEach((type) => send(node, type));
    if (node.focus) node.focus({ preventScroll: true });
  }
  for (const node of clicks ? found : []) {
    if (node.isConnected) node.click ? node.click() : send(node, "click");
  }
  return found.length;
}"""

FRAMES = """async (addresses) => {
  document.body.replaceChildren();
  document.body.style.margin = "0";
  await Promise.all(addresses.map((address) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.style.cssText = "width:236px;height:396px;border:0";
    frame.onload = done;
    frame.src = address;
    document.body.append(frame);
    setTimeout(done, 10000);
  })));
}"""
_TOGETHER = 25


class Finding(NamedTuple):
    """Something that ran, was called or was refused, and in which view."""

    view: str
    what: str
    detail: str


class Trap:
    """Answers for every foreign host of a payload, and keeps who was called."""

    def __init__(self) -> None:
        self.called: list[str] = []
        trap = self

        class Caught(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(1)
                try:
                    head = self.request.recv(4096).decode("latin-1")
                except OSError:
                    head = ""
                trap.called.append(head.split("\r\n\r\n")[0] or "a connection")
                self.request.sendall(b"HTTP/1.1 204 None\r\nConnection: close\r\n\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Caught)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def arguments(self) -> list[str]:
        """Return what makes Chromium call the trap, and no other host of the world."""
        port = self._server.server_address[1]
        rules = f"MAP *.{HOST} 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        return [f"--host-resolver-rules={rules}, EXCLUDE localhost"]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Watch:
    """A page of a fresh profile, and all that was seen on it and on the tabs it opened."""

    def __init__(self, browser: Browser, trap: Trap, *, policy: bool) -> None:
        self.view = self.host = ""
        self.findings: list[Finding] = []
        self.counts = Counter[str]()
        self.allowed: set[str] = set()
        self._trap, self._before = trap, len(trap.called)
        self.context = browser.new_context(
            bypass_csp=not policy, viewport={"width": 1280, "height": 2400},
            reduced_motion="reduce", service_workers="block", accept_downloads=False,
        )  # fmt: skip
        self.context.expose_binding("__ran", lambda _, number=0: self._add("ran", str(number)))
        self.context.expose_binding("__linked", lambda _, href: self._link(href))
        self.context.expose_binding("__refused", lambda _, what: self._add("refused", what))
        self.context.add_init_script(WATCH)
        self.context.on("request", lambda request: self._request(request.url))
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(90_000)
        self.page.on("dialog", self._dialog)

    def close(self) -> None:
        """Count what the trap caught meanwhile, and close the profile."""
        self.context.close()
        for head in self._trap.called[self._before :]:
            self._add("called", head[:200])

    def open(self, address: str, *, click: bool = True) -> None:
        """Open a page, and touch everything on it."""
        self.page.goto(address, wait_until="load")
        self.counts["pages"] += 1
        self.touch(self.page.main_frame, click=click)
        for x, y in ((640, 60), (640, 150), (500, 260), (640, 400)):
            self.page.mouse.move(x, y)

    def open_all(self, base: str, addresses: Sequence[str]) -> None:
        """Open pages side by side in frames of `base`, a page of the same origin; touch them."""
        for first in range(0, len(addresses), _TOGETHER):
            some = addresses[first : first + _TOGETHER]
            self.page.goto(base)
            self.page.evaluate(FRAMES, list(some))
            for frame in self.page.frames[1:]:
                self.counts["pages"] += 1
                self.touch(frame)
            for number in range(len(some)):
                self.page.mouse.move(120 + number % 5 * 240, 120 + number // 5 * 400)

    def touch(self, frame: Frame | Page, selector: str = "html", *, click: bool = True) -> None:
        """Hover over, focus and (unless told otherwise) click every element there is."""
        from playwright.sync_api import Error

        try:
            self.counts["elements"] += frame.evaluate(TOUCH, [selector, EVENTS, click])
        except Error as error:  # a page that goes elsewhere while it is touched
            self.wrong(f"{frame.url[:200]} could not be touched: {error.message[:200]}")

    def allow(self, addresses: Sequence[str]) -> None:
        """Let links lead to these addresses: the articles' own, as the browser writes them."""
        written = "list => list.map((each) => new URL(each).href.split('#')[0])"
        self.allowed |= set(self.page.evaluate(written, list(addresses)))

    def missing(self, number: int) -> None:
        """Note that a payload did not come up where it should have been shown."""
        self._add("missing", str(number))

    def wrong(self, detail: str) -> None:
        """Note an answer that a browser could take for something else."""
        self._add("wrong", detail)

    def _add(self, what: str, detail: str) -> None:
        self.findings.append(Finding(self.view, what, detail))

    def _dialog(self, dialog: Any) -> None:
        self._add("ran", f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str) -> None:
        at = urlsplit(url)
        if at.scheme in ("http", "https", "ws", "wss") and at.hostname not in (
            "127.0.0.1", "localhost",
        ):  # fmt: skip
            self._add("called", url[:200])

    def _link(self, href: str) -> None:
        self.counts["links"] += 1
        host = urlsplit(href).hostname
        if host not in ("127.0.0.1", "localhost", None) and href.split("#")[0] not in self.allowed:
            self._add("called", f"a link to {href[:200]}")


@contextmanager
def watching(browser: Browser, trap: Trap, *, policy: bool) -> Iterator[Watch]:
    """Open a fresh profile; with `policy` false, no Content-Security-Policy is obeyed in it."""
    watch = Watch(browser, trap, policy=policy)
    try:
        yield watch
    finally:
        watch.close()
