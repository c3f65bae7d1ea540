"""The options of `quoth serve` and `quoth token`: where to listen, whom to let in, how much.

What is common to all commands is in `cli.options`. Origins, networks and headers are read by what
`web.policy` says of them; that file is imported when a value is given.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from cli.setting import Setting
from cli.sources import Parser
from cli.values import at_most, count, port, positive, text

Added = Callable[[str, str, str], Parser]
"""Adds a command by its name, what runs it, and what it is about."""

EVERYTHING = "Everybody who is let in may read the whole archive and ask anything."


def add_address(command: Parser) -> None:
    """Add where to listen."""
    command.add_setting(
        Setting("host", "address to listen on", "127.0.0.1", metavar="ADDRESS",
                usual="127.0.0.1, this machine only")
    )  # fmt: skip
    command.add_setting(Setting("port", "port to listen on", 7860, port, "N"))


def add_serving(command: Parser) -> None:
    """Add what shapes a server, but for the reader."""
    add_address(command)
    _add_access(command)
    _add_limits(command)
    command.add_setting(
        Setting("feedback", "keep what visitors think of the answers, beside the library; see "
                "quoth feedback", "on", choices=("on", "off"))
    )  # fmt: skip
    command.add_setting(
        Setting("stop-seconds", "seconds that answers under way are given when the server is told "
                "to stop", 10, positive, "N")
    )  # fmt: skip


def _add_access(command: Parser) -> None:
    group = command.add_argument_group(
        "who may ask",
        f"{EVERYTHING} Without these options, and without tokens (quoth token new), that is "
        "everybody who reaches the port.",
    )
    for setting in (
        Setting("identity-header", "let in whom a proxy names in this header, such as "
                "X-Remote-User; needs --proxy", read=_read("read_header"), metavar="HEADER"),
        Setting("proxy", "address or network (10.1.0.0/16) of a proxy whose X-Forwarded-* headers "
                "and identity header are believed; several may be named", (), _read("read_network"),
                "ADDRESS", many=True),
        Setting("embed-origins", "site whose pages may show the chat and call the API, such as "
                "https://intranet.example; several may be named", (), _read("read_origin"),
                "ORIGIN", many=True),
        Setting("root-path", "path under which a proxy shows the page, such as /quoth", "",
                _read("read_prefix"), "PATH"),
    ):  # fmt: skip
        command.add_setting(setting, group)


def _add_limits(command: Parser) -> None:
    group = command.add_argument_group("how much")
    for setting in (
        Setting("questions-per-minute", "questions a minute from each person, token or address; 0 "
                "means no limit", 60, count, "N"),
        Setting("at-once", "questions to answer at the same time, 1 to 32", read=_up_to_32,
                metavar="N", usual="one for each core, and two at least"),
        Setting("workers", "processes that answer, 1 to 32, for when many ask at once; each takes "
                "the memory of a server", 1, _up_to_32, "N", usual="1, the server itself"),
        Setting("recent", "replies kept in memory for when the same is asked again and nothing has "
                "changed; 0 keeps none", 256, count, "N"),
        Setting("log-format", "a line for each request on standard error, never with a question "
                "in it", choices=("text", "json", "off"),
                usual="off where only this machine can ask, else text"),
    ):  # fmt: skip
        command.add_setting(setting, group)


def add_token_commands(add: Added) -> None:
    """Add `new`, `list` and `revoke`; `add` puts them below `quoth token`."""
    new = add("new", "cli.token:run_new", "make a token for a program; it is shown once")
    new.add_argument("name", type=text, metavar="NAME", help="what to call it")
    new.add_argument("--days", type=_days, metavar="N", help="refuse it after so many days")
    listing = add("list", "cli.token:run_list", "list the tokens by name")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    revoke = add("revoke", "cli.token:run_revoke", "refuse a token from now on")
    revoke.add_argument("name", type=text, metavar="NAME", help="what it is called")


def add_feedback_commands(add: Added) -> None:
    """Add `list`, `export` and `clear`; `add` puts them below `quoth feedback`."""
    listing = add("list", "cli.feedback:run_list", "list the votes, the oldest first")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    export = add("export", "cli.feedback:run_export", "write the test set that the votes make")
    export.add_argument("file", type=Path, metavar="FILE", help="ends in .jsonl; - prints it")
    clear = add("clear", "cli.feedback:run_clear", "forget all votes")
    clear.add_argument("--yes", action="store_true", help="do not ask back")


def _read(name: str) -> Callable[[str], str]:
    """Return a way to read a value that is a function of `web.policy`, with its refusals."""

    def read(given: str) -> str:
        from web import policy

        try:
            return str(getattr(policy, name)(given))
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return read


def _up_to_32(given: str) -> int:
    return at_most(32, given)


def _days(given: str) -> int:
    return at_most(36_500, given)
