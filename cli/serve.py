"""`quoth serve`: the chat page in the browser."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from argparse import Namespace
from types import FrameType
from typing import NoReturn

from cli.archive import archive_of

_PATIENCE_SECONDS = 120


def run(options: Namespace) -> int:
    """Serve until stopped: 0 after SIGTERM; Ctrl-C goes on as `KeyboardInterrupt`."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        _serve(options)
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """End on SIGTERM, while loading too; a server under way first stops, and then calls this."""
    raise SystemExit(0)


def _serve(options: Namespace) -> None:
    from web.serve import OFFLINE, check_address, serve

    # Set before the encoder is loaded: its libraries read these when they are imported.
    os.environ.update(OFFLINE)
    check_address(options.host, options.port)
    archive = archive_of(options)
    articles, passages = archive.size()
    shown = f"[{options.host}]" if ":" in options.host else options.host
    address = f"http://{shown}:{options.port}/"
    print(f"{articles} articles, {passages} passages; loading …", file=sys.stderr)
    try:
        if articles:
            _ = archive.encoder  # a wrong encoder is told here, not to the first visitor
        archive.library.watch()
        work = (options.host, options.port, address, options.open and _has_screen())
        threading.Thread(target=_announce, args=work, daemon=True).start()
        serve(
            archive, host=options.host, port=options.port, root_path=options.root_path,
            stop_seconds=options.stop_seconds,
        )  # fmt: skip
    finally:
        archive.close()


def _announce(host: str, port: int, address: str, open_it: bool) -> None:
    """Say where the page is once it answers, and open it if that was asked for."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < give_up:
        try:
            socket.create_connection((target, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
            continue
        print(f"Quoth answers at {address}  (Ctrl-C stops it)", file=sys.stderr)
        if open_it:
            webbrowser.open(address)
        return


def _has_screen() -> bool:
    """Tell whether a browser can show itself; without a screen a text browser would start here."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
