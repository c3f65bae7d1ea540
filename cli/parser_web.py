"""The options of `quoth serve` and `quoth token`: where to listen, whom to let in, how much.

What is common to all commands is in `cli.parser`. The values are read here, by what `web.policy`
says of them; only that file is imported, when a value is given.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from cli.parser_values import positive

Added = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command by its name, what runs it, and what it is about."""

EVERYTHING = "Everybody who is let in may read the whole archive and ask anything."


def add_serve(add: Added) -> argparse.ArgumentParser:
    """Add `quoth serve` without the options of the reader."""
    command = add("serve", "cli.serve:run", "open the chat page (the default command)")
    command.add_argument(
        "--host", default=os.environ.get("QUOTH_HOST", "127.0.0.1"), metavar="ADDRESS",
        help="address to listen on (QUOTH_HOST; default: %(default)s, this machine only)",
    )  # fmt: skip
    command.add_argument(
        "--port", type=_port, default=os.environ.get("QUOTH_PORT", "7860"), metavar="N",
        help="port to listen on (QUOTH_PORT; default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--open", action="store_true", help="open the page in the browser")
    _add_access(command)
    _add_limits(command)
    return command


def _add_access(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(
        "who may ask",
        f"{EVERYTHING} Without these options, and without tokens (quoth token new), that is "
        "everybody who reaches the port.",
    )
    group.add_argument(
        "--identity-header", type=_read("read_header"), metavar="HEADER",
        help="let in whom a proxy names in this header, such as X-Remote-User; needs --proxy",
    )  # fmt: skip
    group.add_argument(
        "--proxy", type=_proxy, action="append", default=[], metavar="ADDRESS",
        help="address or network (10.1.0.0/16) of a proxy whose X-Forwarded-* headers and "
        "identity header are believed; may be repeated",
    )  # fmt: skip
    group.add_argument(
        "--embed-origins", type=_read("read_origin"), nargs="+", action="extend", default=[],
        metavar="ORIGIN",
        help="sites whose pages may show the chat and call the API: https://intranet.example",
    )  # fmt: skip
    group.add_argument(
        "--root-path", type=_read("read_prefix"), metavar="PATH",
        help="the path at which a proxy shows the page, such as /quoth",
    )  # fmt: skip


def _add_limits(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("how much")
    group.add_argument(
        "--questions-per-minute", type=_count, default=60, metavar="N",
        help="for each person, token or address; 0 means no limit (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--at-once", type=_at_once, metavar="N",
        help="questions to answer at the same time, 1 to 32 (default: one for each core, and two "
        "at least)",
    )  # fmt: skip
    group.add_argument(
        "--log-format", choices=("text", "json", "off"),
        help="a line for each request on standard error, never with a question in it (default: "
        "off where only this machine can ask, else text)",
    )  # fmt: skip


def add_token(add: Added) -> None:
    """Add `new`, `list` and `revoke`; `add` puts them below `quoth token`."""
    new = add("new", "cli.token:run_new", "make a token for a program; it is shown once")
    new.add_argument("name", metavar="NAME", help="what to call it")
    new.add_argument("--days", type=_days, metavar="N", help="refuse it after so many days")
    listing = add("list", "cli.token:run_list", "list the tokens by name")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    revoke = add("revoke", "cli.token:run_revoke", "refuse a token from now on")
    revoke.add_argument("name", metavar="NAME", help="what it is called")


def _read(name: str) -> Callable[[str], str]:
    """Return a type for argparse that is a function of `web.policy`, with its words of refusal."""

    def read(text: str) -> str:
        from web import policy

        try:
            return str(getattr(policy, name)(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


_proxy = _read("read_network")


def _port(text: str) -> int:
    """Read a port's number."""
    number = positive(text)
    if number > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; ports end at 65535")
    return number


def _count(text: str) -> int:
    """Read a whole number, 0 included."""
    return 0 if text.strip() == "0" else positive(text)


def _at_once(text: str) -> int:
    number = positive(text)
    if number > 32:
        raise argparse.ArgumentTypeError(f"{text!r} is too many; 32 are the most")
    return number


def _days(text: str) -> int:
    number = positive(text)
    if number > 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is too long; leave --days away for no end")
    return number
