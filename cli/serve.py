"""`quoth serve`: the chat page in the browser, for whom the options let in."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from argparse import Namespace
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from cli.archive import archive_of
from cli.style import Style
from corpus.errors import ServeError
from index.home import TOKENS

if TYPE_CHECKING:
    from qa.archive import Archive
    from web.policy import Policy
    from web.turns import Serves

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
    from index.feedback import Feedback
    from web.serve import OFFLINE, check_address, serve

    # Set before the encoder is loaded: its libraries read these when they are imported.
    os.environ.update(OFFLINE)
    check_address(options.host, options.port)
    policy = policy_of(options)
    _say_who_may(options.host, policy)
    archive = archive_of(options)
    with closing(archive), ExitStack() as ended:
        articles, passages = archive.size()
        shown = f"[{options.host}]" if ":" in options.host else options.host
        address = f"http://{shown}:{options.port}/"
        print(f"{articles} articles, {passages} passages; loading …", file=sys.stderr)
        answering = _answering(archive, options, ended)
        work = (options.host, options.port, address, options.open and _has_screen())
        threading.Thread(target=_announce, args=work, daemon=True).start()
        serve(
            answering, host=options.host, port=options.port, policy=policy,
            feedback=Feedback(options.library) if options.feedback == "on" else None,
            stop_seconds=options.stop_seconds,
        )  # fmt: skip


def _answering(archive: Archive, options: Namespace, ended: ExitStack) -> Serves:
    """Return what answers, ready: a wrong encoder is told here, not to the first visitor."""
    from web.workers import Workers, made_ready

    if options.workers > 1:
        workers = Workers(archive, partial(archive_of, options), options.workers)
        ended.callback(workers.close)
        workers.start()
        return workers
    return made_ready(archive)


def policy_of(options: Namespace) -> Policy:
    """Return what the options decide; raise `ServeError` when they do not go together."""
    from web.access import is_asked, is_loopback
    from web.policy import Policy, usual_at_once

    if options.identity_header and not options.proxy:
        raise ServeError(
            "--identity-header is believed of nobody without a proxy; name it, too: --proxy ADDRESS"
        )
    if options.workers > 1 and options.store is not None and options.store.lite:
        raise ServeError(
            "--workers: a file of Milvus Lite is for one process; leave --workers away, or use a "
            "cluster: --store milvus://HOST:PORT/NAME"
        )
    policy = Policy(
        embed_origins=tuple(dict.fromkeys(options.embed_origins)),
        proxies=frozenset(options.proxy),
        identity_header=options.identity_header or "",
        tokens=options.library / TOKENS,
        root_path=options.root_path,
        questions_per_minute=options.questions_per_minute,
        at_once=options.at_once or max(usual_at_once(), options.workers),
        recent=options.recent,
    )
    private = is_loopback(options.host) and not is_asked(policy) and not policy.proxies
    return replace(policy, log_format=options.log_format or ("off" if private else "text"))


def _say_who_may(host: str, policy: Policy) -> None:
    """Say who is let in, and loudly if that is everybody on the network."""
    from web.access import warning
    from web.tokens import read_tokens

    loud = warning(host, policy)
    if loud:
        print(Style(sys.stderr).warn(loud), file=sys.stderr)
    who = []
    if policy.identity_header:
        proxies = ", ".join(sorted(policy.proxies))
        who.append(f"people whom {proxies} names in {policy.identity_header}")
    if policy.tokens and policy.tokens.exists():
        who.append(f"programs that show a token ({len(read_tokens(policy.tokens))} made)")
    if who:
        print(f"Let in: {', and '.join(who)}; they may read the whole archive", file=sys.stderr)


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
