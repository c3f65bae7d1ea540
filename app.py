"""The command line: `quoth ingest`, `ask`, `serve`, `articles`, `show`, `remove`.

With no command it serves. This file only knows the commands and their options; what they do is
in `cli/`, and everything heavy is imported there, inside the functions, so that `--help` answers
in a blink.

Exit codes: 0 done or answered · 2 wrong usage · 3 nothing could be read · 4 the library cannot be
used · 5 not a question · 6 the encoder cannot be used · 7 a test set cannot be used · 8 the server
cannot start · 10 done, but some sources were skipped · 20 the archive does not answer ·
130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from corpus.errors import QuothError

__version__ = "0.1.0"

_CODES = (__doc__ or "").split("\n\n")[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors meant for people are one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given if _names_command(given) else ["serve", *given])
    module, function = options.run.split(":")
    try:
        return int(getattr(import_module(module), function)(options))
    except QuothError as error:
        print(f"quoth: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) is gone; nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _names_command(given: Sequence[str]) -> bool:
    return bool(given) and (
        not given[0].startswith("-") or given[0] in {"-h", "--help", "--version"}
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="quoth",
        description="Ask an archive of articles a question; get the answer in the articles' words.",
        epilog=_CODES,
    )
    top.add_argument("--version", action="version", version=f"quoth {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_ingest(commands)
    _add_ask(commands)
    _add_serve(commands)
    _add_articles(commands)
    return top


_Commands = argparse._SubParsersAction  # argparse gives it no public name


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, run: str, about: str
) -> argparse.ArgumentParser:
    """Add a command with the options that all of them share."""
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    command.add_argument(
        "--library",
        type=Path,
        default=Path(os.environ.get("QUOTH_LIBRARY", "library")),
        metavar="DIR",
        help="the library's folder (QUOTH_LIBRARY; default: %(default)s)",
    )
    return command


def _add_encoder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--encoder",
        default=os.environ.get("QUOTH_ENCODER"),
        metavar="MODEL",
        help="a sentence-transformers model, by name or folder (QUOTH_ENCODER; default: the one "
        "the library was built with, or the packaged all-MiniLM-L6-v2)",
    )


def _add_ingest(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _command(
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
        "--max-megabytes", type=int, default=50, metavar="N",
        help="skip files larger than this (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON")
    _add_encoder(command)


def _add_ask(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "ask", "cli.ask:run", "ask one question in the terminal")
    command.add_argument("question", metavar="QUESTION")
    command.add_argument(
        "-k", type=_positive, default=3, metavar="N", help="extracts to show (default: 3)"
    )
    command.add_argument("--json", action="store_true", help="print the reply as JSON")
    command.add_argument(
        "--after", dest="history", action="append", default=[], metavar="QUESTION",
        help="a question asked before this one, oldest first; may be repeated",
    )  # fmt: skip
    command.add_argument(
        "--context", type=_positive, metavar="TOKENS",
        help="print the best passages as Markdown for a language model, within so many tokens",
    )  # fmt: skip
    command.add_argument(
        "--encoding", metavar="NAME",
        help="tiktoken encoding that counts them (default: cl100k_base if it is at hand; an "
        "encoding that is named may be downloaded)",
    )  # fmt: skip
    _add_encoder(command)


def _add_serve(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands, "serve", "cli.serve:run", "open the chat page (the default command)"
    )
    command.add_argument(
        "--host", default=os.environ.get("QUOTH_HOST", "127.0.0.1"), metavar="ADDRESS",
        help="address to listen on (QUOTH_HOST; default: %(default)s, this machine only)",
    )  # fmt: skip
    command.add_argument(
        "--port", type=_positive, default=int(os.environ.get("QUOTH_PORT", "7860")), metavar="N",
        help="port to listen on (QUOTH_PORT; default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--open", action="store_true", help="open the page in the browser")
    _add_encoder(command)


def _add_articles(commands: _Commands[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "articles", "cli.articles:run_articles", "list the articles")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    show = _command(commands, "show", "cli.articles:run_show", "print one stored article")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="print all that is stored, as JSON")
    remove = _command(commands, "remove", "cli.articles:run_remove", "remove articles by id")
    remove.add_argument("ids", nargs="+", metavar="ID")


def _positive(text: str) -> int:
    """Read a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
