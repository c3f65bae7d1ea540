"""Every script payload through every view in Chromium: none may run, none may call a host.

    python -m benchmarks.torture.payloads [--every N [--first M]] [--policy on|off] [--views NAME …]

The payloads (`tests.payloads`) stand in titles, authors, addresses, headings, texts and file names
of a library, and are asked as questions; every view is opened, and everything in it hovered over,
focused and clicked. With the policy on, it is as served, and what the Content-Security-Policy had
to refuse counts as well; with the policy off, the browser ignores it, and the escaping stands
alone. A control shows that payloads which are not escaped are noticed. Needs Chromium, and
hours: `--every 3 --first 1`, `2` and `3` share them among three processes.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import Error

from benchmarks.torture.cases import total_line
from benchmarks.torture.payload_control import Leaky, raw, undone
from benchmarks.torture.payload_files import files
from benchmarks.torture.payload_library import SHELF, Shelf, shelf
from benchmarks.torture.payload_views import VIEWS, own_addresses
from benchmarks.torture.payload_watch import Finding, Trap, watching
from benchmarks.torture.payload_widget import hosting, widget
from tests.browser_tools import chromium, running, serving
from tests.payloads import PAYLOADS, Payload
from web.guard import Policy
from web.serve import build_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ALL_VIEWS = VIEWS | {"widget": widget, "files": files}
BAD = ("ran", "called", "refused", "missing", "wrong")
ENOUGH = 0.8
"""The share of payloads that the control must notice; some only work in old browsers."""

_SHOWN = 20


class Session(NamedTuple):
    """What every view needs, and where what was found is gathered."""

    browser: Browser
    trap: Trap
    host: str
    findings: list[Finding]
    counts: Counter[str]


def through(session: Session, books: Shelf, policies: Sequence[bool], views: Sequence[str]) -> None:
    """Serve one shelf and go through the views, each in a fresh profile; print what each gave."""
    framing = Policy(frame_ancestors=("'self'", session.host.rstrip("/")))
    with running(books, policy=framing) as address:
        for policy in policies:
            for name in views:
                started = time.monotonic()
                with watching(session.browser, session.trap, policy=policy) as watch:
                    watch.view, watch.host = name, session.host
                    watch.page.goto(address + "healthz")
                    watch.allow(own_addresses(books))
                    try:
                        ALL_VIEWS[name](watch, address, books)
                    except Error as error:  # the browser's; the other views are still gone through
                        watch.wrong(f"the view broke off: {error.message[:200]}")
                session.findings.extend(watch.findings)
                session.counts.update(watch.counts)
                _say(name, policy, watch.counts, watch.findings, time.monotonic() - started)


def _say(
    name: str, policy: bool, counts: Counter[str], findings: Sequence[Finding], seconds: float
) -> None:
    counted = ", ".join(f"{n:,} {what}" for what, n in counts.items())
    print(f"policy {'on' if policy else 'off'}, {name}: {counted}; {len(findings)} findings, "
          f"{seconds:,.0f} s", flush=True)  # fmt: skip
    for each in findings[:_SHOWN]:
        print(f"BAD {each.view}: {each.what} {each.detail}")


def control(session: Session, books: Shelf) -> tuple[set[int], set[int]]:
    """Return which payloads of a shelf are noticed raw, and in Quoth's page without escaping."""
    with watching(session.browser, session.trap, policy=False) as watch:
        loose = raw(watch, books.payloads)
    leaky = Leaky(build_app(books))
    with (
        serving(leaky) as address,
        watching(session.browser, session.trap, policy=False) as watch,
    ):
        return loose, undone(watch, address, books.payloads)


def run(payloads: Sequence[Payload], policies: Sequence[bool], views: Sequence[str]) -> int:
    """Go through everything and print one line of totals; 1 if anything was bad."""
    started, trap = time.monotonic(), Trap()
    loose: set[int] = set()
    undone_: set[int] = set()
    with chromium(trap.arguments()) as browser, hosting() as host, TemporaryDirectory() as home:
        session = Session(browser, trap, host, [], Counter())
        for first in range(0, len(payloads), SHELF):
            books = shelf(Path(home) / str(first), payloads[first : first + SHELF])
            through(session, books, policies, views)
            found = control(session, books)
            loose |= found[0]
            undone_ |= found[1]
            books.close()
    trap.close()
    unnoticed = [each.text[:60] for each in payloads if each.number not in loose]
    print(f"not noticed raw: {unnoticed}")
    bad = Counter(each.what for each in session.findings)
    counts = session.counts
    print(
        f"{len(payloads)} payloads, {counts['pages']:,} pages, {counts['elements']:,} elements "
        f"touched, {counts['shown']:,} answers shown, {counts['replies']:,} replies, "
        f"{counts['files']:,} files: {', '.join(f'{bad[what]} {what}' for what in BAD)}; "
        f"control: {len(loose)} noticed raw, {len(undone_)} with the escaping undone"
    )
    unseen = len(loose) < ENOUGH * len(payloads) or not undone_
    return total_line(len(payloads), "payloads", started, len(session.findings) + unseen)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth payload")
    parser.add_argument("--first", type=int, default=1, metavar="M", help="from the Mth on")
    parser.add_argument("--policy", choices=["on", "off", "both"], default="both")
    parser.add_argument("--views", nargs="*", choices=list(ALL_VIEWS), default=list(ALL_VIEWS))
    options = parser.parse_args()
    os.environ["QUOTH_READER"] = "none"
    policies = {"on": (True,), "off": (False,), "both": (True, False)}[options.policy]
    return run(PAYLOADS[options.first - 1 :: options.every], policies, options.views)


if __name__ == "__main__":
    raise SystemExit(main())
