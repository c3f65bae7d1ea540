"""The commands of `quoth` and their options; what they do is in the modules they name.

Only argparse is imported here, so that `--help` answers in a blink.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cli.filters import add_filters
from cli.options import (
    Commands,
    add_command,
    add_encoder,
    add_reader,
    add_reader_model,
    add_setting,
)
from cli.parser_measure import add_measuring
from cli.parser_web import (
    EVERYTHING,
    add_address,
    add_feedback_commands,
    add_serving,
    add_token_commands,
)
from cli.sources import CONFIG, Parser
from cli.store import read_shard
from cli.values import count, positive, text


def build(version: str, codes: str) -> Parser:
    """Return the parser of all commands; `codes` explains the exit codes under the help."""
    top = Parser(
        prog="quoth",
        description="Ask an archive of articles a question; get the answer in the articles' words.",
        epilog=codes,
    )
    top.add_argument("--version", action="version", version=f"quoth {version}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_ingest(commands)
    _add_ask(commands)
    _add_serve(commands)
    _add_articles(commands)
    add_measuring(commands)
    _add_care(commands)
    _add_proof(commands)
    _add_below(commands)
    _add_settings(commands)
    return top


def _add_ingest(commands: Commands[Parser]) -> None:
    command = add_command(
        commands, "ingest", "cli.ingest:run", "read files and folders into the library"
    )
    command.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="files and folders of articles"
    )
    command.add_argument("--sample", action="store_true", help="the sample articles of Quoth")
    command.add_argument(
        "--allow-removals", action="store_true",
        help="go on although more than half of a folder's files are gone",
    )  # fmt: skip
    command.add_argument(
        "--bring-back", action="store_true",
        help="read every file anew, and take in again what `quoth remove` took out",
    )  # fmt: skip
    add_setting(command, "--max-megabytes", "skip files larger than this", default=50,
                type=positive, metavar="N")  # fmt: skip
    add_setting(command, "--cache-megabytes", "how much to keep, in the user's cache, of passages "
                "that were encoded before; 0 keeps nothing", default=500, type=count,
                metavar="N")  # fmt: skip
    command.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON")
    command.add_argument(
        "--shard", type=read_shard, metavar="N/OF",
        help="only the articles whose id hashes into part N, such as 3/16; with --store, so that "
        "several can run side by side",
    )  # fmt: skip
    add_encoder(command)


def _add_ask(commands: Commands[Parser]) -> None:
    command = add_command(commands, "ask", "cli.ask:run", "ask one question in the terminal")
    command.add_argument("question", metavar="QUESTION")
    command.add_argument(
        "-k", type=positive, default=3, metavar="N", help="extracts to show (default: 3)"
    )
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the reply as JSON")
    form.add_argument(
        "--context", type=positive, metavar="TOKENS",
        help="print the best passages as Markdown for a language model, within so many tokens",
    )  # fmt: skip
    command.add_argument(
        "--after", dest="history", action="append", default=[], metavar="QUESTION",
        help="a question asked before this one, oldest first; may be repeated",
    )  # fmt: skip
    add_setting(
        command, "--encoding", "tiktoken encoding that counts the tokens of a context; one "
        "that is named may be downloaded", usual="cl100k_base if it is at hand", metavar="NAME",
    )  # fmt: skip
    add_filters(command)
    add_reader(command, hurried=True)


def _add_serve(commands: Commands[Parser]) -> None:
    command = add_command(
        commands, "serve", "cli.serve:run", "open the chat page (the default command)"
    )
    add_serving(command)
    command.add_argument("--open", action="store_true", help="open the page in the browser")
    add_reader(command, hurried=True)


def _add_below(commands: Commands[Parser]) -> None:
    """Add the commands that have commands of their own."""
    tokens = f"tokens for programs that use the API. {EVERYTHING}"
    votes = "the votes that were given on the chat page, and the test set they make."
    for name, title, about, add in (
        ("token", "let programs in by tokens", tokens, add_token_commands),
        ("feedback", "what visitors thought of the answers", votes, add_feedback_commands),
    ):
        parser = commands.add_parser(name, help=title, description=about)
        below = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
        add(partial(add_command, below))


def _add_articles(commands: Commands[Parser]) -> None:
    listing = add_command(commands, "articles", "cli.articles:run_articles", "list the articles")
    what = listing.add_mutually_exclusive_group()
    what.add_argument(
        "--copies", action="store_true", help="only near-duplicates, in groups, newest first"
    )
    what.add_argument(
        "--facets", action="store_true", help="count what there is for each filter instead"
    )
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    add_filters(listing)
    show = add_command(commands, "show", "cli.articles:run_show", "print one stored article")
    show.add_argument("id", type=text, metavar="ID")
    show.add_argument("--json", action="store_true", help="print all that is stored, as JSON")
    remove = add_command(commands, "remove", "cli.articles:run_remove", "remove articles by id")
    remove.add_argument("ids", nargs="+", type=text, metavar="ID")
    remove.add_argument("--json", action="store_true", help="print the receipt as JSON")


def _add_care(commands: Commands[Parser]) -> None:
    about = "check every stored word, vector and index"
    verify = add_command(commands, "verify", "cli.verify:run", about)
    verify.add_argument("--json", action="store_true", help="print it as JSON")
    about = "say whether all that Quoth needs is here; safe to show to others"
    doctor = add_command(commands, "doctor", "cli.doctor:run", about)
    doctor.add_argument("--json", action="store_true", help="print it as JSON")
    add_encoder(doctor)
    add_reader_model(doctor)
    add_address(doctor)
    add_command(commands, "upgrade", "cli.backup:run_upgrade",
                "bring a library of an earlier version up to date, in place")  # fmt: skip
    out, back = "copy the library into one checked file", "put a backup in the library's place"
    kept = "replace a library that holds articles; the old one is kept beside it"
    for name, about, what in (("backup", out, "replace FILE"), ("restore", back, kept)):
        command = add_command(commands, name, f"cli.backup:run_{name}", about)
        command.add_argument("file", type=Path, metavar="FILE", help="the backup")
        command.add_argument("--force", action="store_true", help=what)


def _add_proof(commands: Commands[Parser]) -> None:
    about = "turn the JSON of a reply into an evidence card"
    proof = add_command(commands, "proof", "cli.proof:run_proof", about)
    proof.add_argument("file", type=Path, metavar="FILE", help="from `quoth ask --json`; - to pipe")
    proof.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    about = "say whether the quotations of an evidence card still hold"
    check = add_command(commands, "check-proof", "cli.proof:run_check", about)
    check.add_argument("file", type=Path, metavar="FILE", help="the evidence card; - to pipe")


def _add_settings(commands: Commands[Parser]) -> None:
    """Add the command that shows the settings: it takes each one of all the other commands."""
    about = "show each setting, its value, and where that comes from"
    command = add_command(commands, "settings", "cli.settings:run", about)
    command.add_argument("--json", action="store_true", help="print them as JSON")
    command.add_argument(
        "--example", action="store_true", help=f"print a {CONFIG} to start from, with the defaults"
    )
    others = list(_leaves(commands))
    for other in others:
        for name, setting in other.settings.items():
            if name not in command.settings:
                command.add_setting(setting)
    for other in others:
        other.known = command.settings
    command.set_defaults(known=command.settings)


def _leaves(commands: Commands[Parser]) -> Iterator[Parser]:
    """Yield the parsers that run something, those of commands below commands included."""
    for command in commands.choices.values():
        below = [each for each in command._actions if isinstance(each, Commands)]
        yield from _leaves(below[0]) if below else [command]
