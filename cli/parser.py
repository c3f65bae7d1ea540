"""The commands of `quoth` and their options; what they do is in the modules they name.

Only argparse is imported here, so that `--help` answers in a blink.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cli.filters import add_filters
from cli.parser_web import (
    EVERYTHING,
    add_address,
    add_feedback_commands,
    add_serving,
    add_token_commands,
)
from cli.setting import Setting
from cli.sources import CONFIG, VARIABLE, Parser
from cli.store import read_shard, read_store
from cli.values import count as _count
from cli.values import positive as _positive
from cli.values import recall as _recall
from cli.values import share


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
    _add_evaluate(commands)
    _add_tune(commands)
    _add_calibrate(commands)
    _add_why(commands)
    _add_care(commands)
    _add_proof(commands)
    _add_below(commands)
    _add_settings(commands)
    return top


_Commands = argparse._SubParsersAction  # argparse gives it no public name


def _command(commands: _Commands[Parser], name: str, run: str, about: str) -> Parser:
    """Add a command with the options that all of them share."""
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    command.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="FILE",
        help=f"a file with settings ({VARIABLE}; default: {CONFIG} in this folder, if it is there)",
    )  # fmt: skip
    _setting(command, "--library", "the library's folder", default=Path("library"), type=Path,
             metavar="DIR")  # fmt: skip
    _setting(command, "--store", "an archive in Milvus, in the place of the library's folder: "
             "milvus://HOST:PORT/NAME, or milvus://./FILE.db", type=read_store,
             usual="the folder", metavar="ADDRESS")  # fmt: skip
    return command


def _setting(
    command: Parser,
    flag: str,
    about: str,
    *,
    type: Any = str,
    **known: Any,
) -> None:
    """Add an option that is also a variable and a key of `quoth.toml`; see `cli.setting`."""
    command.add_setting(Setting(flag.removeprefix("--"), about, read=type, **known))


def _add_encoder(command: Parser) -> None:
    _setting(
        command, "--encoder", "a sentence-transformers model, by name or folder; @int8 at its end: "
        "with 8-bit weights, faster", metavar="MODEL",
        usual="the one the library was built with, or the packaged all-MiniLM-L6-v2",
    )  # fmt: skip


def _add_reader(command: Parser, *, hurried: bool = False) -> None:
    """Add the options of commands that answer: which encoder, which reader, how long it reads.

    Only people are in a hurry: what is measured must not depend on how busy the machine is.
    """
    _add_encoder(command)
    _add_reader_model(command)
    _setting(command, "--reranker", "a folder with a cross-encoder that judges which passage "
             "answers", metavar="DIR")  # fmt: skip
    _setting(command, "--recall", "in a large library: share of the nearest passages that a search "
             "by meaning is to find; 1 compares them all", default=0.98, type=_recall,
             metavar="SHARE")  # fmt: skip
    about = "milliseconds to read for, never fewer than three passages"
    if hurried:
        _setting(command, "--read-ms", about, default=300, type=_positive, metavar="N")
    else:
        command.add_argument(
            "--read-ms", type=_positive, metavar="N", help=f"{about} (default: no limit)"
        )


def _add_reader_model(command: Parser) -> None:
    _setting(command, "--reader", "a folder with an extractive question-answering model, or none",
             usual="Quoth's own", metavar="DIR")  # fmt: skip


def _add_ingest(commands: _Commands[Parser]) -> None:
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
    _setting(command, "--max-megabytes", "skip files larger than this", default=50,
             type=_positive, metavar="N")  # fmt: skip
    _setting(command, "--cache-megabytes", "how much to keep, in the user's cache, of passages "
             "that were encoded before; 0 keeps nothing", default=500, type=_count,
             metavar="N")  # fmt: skip
    command.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON")
    command.add_argument(
        "--shard", type=read_shard, metavar="N/OF",
        help="only the articles whose id hashes into part N, such as 3/16; with --store, so that "
        "several can run side by side",
    )  # fmt: skip
    _add_encoder(command)


def _add_ask(commands: _Commands[Parser]) -> None:
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
    _setting(
        command, "--encoding", "tiktoken encoding that counts the tokens of a context; one "
        "that is named may be downloaded", usual="cl100k_base if it is at hand", metavar="NAME",
    )  # fmt: skip
    add_filters(command)
    _add_reader(command, hurried=True)


def _add_serve(commands: _Commands[Parser]) -> None:
    command = _command(
        commands, "serve", "cli.serve:run", "open the chat page (the default command)"
    )
    add_serving(command)
    command.add_argument("--open", action="store_true", help="open the page in the browser")
    _add_reader(command, hurried=True)


def _add_below(commands: _Commands[Parser]) -> None:
    """Add the commands that have commands of their own."""
    tokens = f"tokens for programs that use the API. {EVERYTHING}"
    votes = "the votes that were given on the chat page, and the test set they make."
    for name, title, about, add in (
        ("token", "let programs in by tokens", tokens, add_token_commands),
        ("feedback", "what visitors thought of the answers", votes, add_feedback_commands),
    ):
        parser = commands.add_parser(name, help=title, description=about)
        below = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
        add(partial(_command, below))


def _add_articles(commands: _Commands[Parser]) -> None:
    listing = _command(commands, "articles", "cli.articles:run_articles", "list the articles")
    listing.add_argument(
        "--copies", action="store_true", help="only near-duplicates, in groups, newest first"
    )
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    listing.add_argument(
        "--facets", action="store_true", help="count what there is for each filter instead"
    )
    add_filters(listing)
    show = _command(commands, "show", "cli.articles:run_show", "print one stored article")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="print all that is stored, as JSON")
    remove = _command(commands, "remove", "cli.articles:run_remove", "remove articles by id")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.add_argument("--json", action="store_true", help="print the receipt as JSON")


def _add_evaluate(commands: _Commands[Parser]) -> None:
    about = "measure the answers on a test set"
    command = _command(commands, "evaluate", "cli.evaluate:run", about)
    command.add_argument("testset", type=Path, metavar="TESTSET",
                         help="JSONL, CSV, SQuAD JSON, or a BEIR folder")  # fmt: skip
    command.add_argument(
        "--build", action="store_true",
        help="first put the articles of the test set itself into the library that --library "
        "names, else into a temporary one (SQuAD, BEIR)",
    )  # fmt: skip
    command.add_argument(
        "-k", type=_positive, default=5, metavar="N", help="extracts to show (default: %(default)s)"
    )
    files = {
        "--json": ("FILE", "write the report as JSON, a row for each question"),
        "--report": ("FILE.html", "write the report as a page"),
        "--run": ("FILE", "write the rankings in TREC's format"),
        "--qrels": ("FILE", "write what they are judged by in TREC's format"),
        "--predictions": ("FILE", "write the answers in SQuAD's format"),
        "--compare": ("BASE.json", "compare with an earlier --json of the same test set"),
    }
    for option, (name, what) in files.items():
        place = f"{option.removeprefix('--')}_file"  # `run` alone names what a command does
        command.add_argument(option, type=Path, metavar=name, help=what, dest=place)
    command.add_argument(
        "--require", nargs="+", action="extend", default=[], metavar="BAR",
        help="bars to pass, such as 'success@5>=0.85'; exit code 30 if one is not",
    )  # fmt: skip
    command.add_argument(
        "--timing", action="store_true", help="keep times in the JSON, which then differs each run"
    )
    _add_reader(command)


def _add_tune(commands: _Commands[Parser]) -> None:
    about = "choose the settings of finding on a test set"
    command = _command(commands, "tune", "cli.tune:run", about)
    command.add_argument("testset", type=Path, nargs="?", metavar="TESTSET",
                         help="JSONL, CSV, SQuAD JSON, or a BEIR folder")  # fmt: skip
    command.add_argument(
        "--apply", action="store_true",
        help="keep them with the library, if they are really better on the other half",
    )  # fmt: skip
    command.add_argument(
        "--reset", action="store_true", help="forget tuned settings; needs no test set"
    )
    _add_reader(command)


def _add_calibrate(commands: _Commands[Parser]) -> None:
    about = "choose the bar for a promised share of wrong answers"
    command = _command(commands, "calibrate", "cli.calibrate:run", about)
    command.add_argument("testset", type=Path, nargs="?", metavar="TESTSET",
                         help="JSONL, CSV, SQuAD JSON, or a BEIR folder; without one, questions "
                         "are made out of the archive itself")  # fmt: skip
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--wrong-answers", type=share, metavar="SHARE",
        help="how many of the questions asked may get a wrong answer, such as 5%% or 0.05",
    )  # fmt: skip
    what.add_argument("--show", action="store_true", help="say what is in force")
    what.add_argument("--reset", action="store_true", help="take the calibration away")
    command.add_argument(
        "--no-leave-out", dest="leave_out", action="store_false",
        help="do not ask again with the articles that answer left out",
    )  # fmt: skip
    command.add_argument(
        "--questions", type=_positive, default=300, metavar="N",
        help="questions to make when there is no test set (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print it as JSON")
    _add_reader(command)


def _add_why(commands: _Commands[Parser]) -> None:
    about = "say where an article stood for a question, and what would have brought it up"
    command = _command(commands, "why", "cli.why:run", about)
    command.add_argument("question", metavar="QUESTION")
    command.add_argument("--article", metavar="ID", help="the article: id, source or title")
    command.add_argument("--quote", metavar="TEXT", help="words that stand in it")
    command.add_argument(
        "-k", type=_positive, default=5, metavar="N", help="extracts to show (default: %(default)s)"
    )
    command.add_argument(
        "--after", dest="history", action="append", default=[], metavar="QUESTION",
        help="a question asked before this one, oldest first; may be repeated",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print it as JSON")
    add_filters(command)
    _add_reader(command)


def _add_care(commands: _Commands[Parser]) -> None:
    about = "check every stored word, vector and index"
    verify = _command(commands, "verify", "cli.verify:run", about)
    verify.add_argument("--json", action="store_true", help="print it as JSON")
    about = "say whether all that Quoth needs is here; safe to show to others"
    doctor = _command(commands, "doctor", "cli.doctor:run", about)
    doctor.add_argument("--json", action="store_true", help="print it as JSON")
    _add_encoder(doctor)
    _add_reader_model(doctor)
    add_address(doctor)
    _command(commands, "upgrade", "cli.backup:run_upgrade",
             "bring a library of an earlier version up to date, in place")  # fmt: skip
    out, back = "copy the library into one checked file", "put a backup in the library's place"
    kept = "replace a library that holds articles; the old one is kept beside it"
    for name, about, what in (("backup", out, "replace FILE"), ("restore", back, kept)):
        command = _command(commands, name, f"cli.backup:run_{name}", about)
        command.add_argument("file", type=Path, metavar="FILE", help="the backup")
        command.add_argument("--force", action="store_true", help=what)


def _add_proof(commands: _Commands[Parser]) -> None:
    about = "turn the JSON of a reply into an evidence card"
    proof = _command(commands, "proof", "cli.proof:run_proof", about)
    proof.add_argument("file", type=Path, metavar="FILE", help="from `quoth ask --json`; - to pipe")
    proof.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    about = "say whether the quotations of an evidence card still hold"
    check = _command(commands, "check-proof", "cli.proof:run_check", about)
    check.add_argument("file", type=Path, metavar="FILE", help="the evidence card; - to pipe")


def _add_settings(commands: _Commands[Parser]) -> None:
    """Add the command that shows the settings: it takes each one of all the other commands."""
    about = "show each setting, its value, and where that comes from"
    command = _command(commands, "settings", "cli.settings:run", about)
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


def _leaves(commands: _Commands[Parser]) -> Iterator[Parser]:
    """Yield the parsers that run something, those of commands below commands included."""
    for command in commands.choices.values():
        below = [each for each in command._actions if isinstance(each, _Commands)]
        yield from _leaves(below[0]) if below else [command]
