"""The commands of `quoth` and their options; what they do is in the modules they name.

Only argparse is imported here, so that `--help` answers in a blink.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NoReturn

from cli.parser_values import positive as _positive
from cli.parser_web import EVERYTHING, add_serve, add_token


def build(version: str, codes: str) -> argparse.ArgumentParser:
    """Return the parser of all commands; `codes` explains the exit codes under the help."""
    top: argparse.ArgumentParser = _Parser(
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
    _add_token(commands)
    return top


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the options in one line, and where to read about them."""

    def error(self, message: str) -> NoReturn:
        """End with code 2; the line names the option and the next command."""
        self.exit(2, f"quoth: {' '.join(message.split())}; see: {self.prog} --help\n")


_Commands = argparse._SubParsersAction  # argparse gives it no public name


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, run: str, about: str
) -> argparse.ArgumentParser:
    """Add a command with the options that all of them share."""
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    folder = default_library()
    command.add_argument(
        "--library", type=Path, default=folder, metavar="DIR",
        help=f"the library's folder (QUOTH_LIBRARY; default: {folder})".replace("%", "%%"),
    )  # fmt: skip
    return command


def default_library() -> Path:
    """Return the folder that is meant when no library is named."""
    return Path(os.environ.get("QUOTH_LIBRARY", "library"))


def _add_encoder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--encoder",
        default=os.environ.get("QUOTH_ENCODER"),
        metavar="MODEL",
        help="a sentence-transformers model, by name or folder (QUOTH_ENCODER; default: the one "
        "the library was built with, or the packaged all-MiniLM-L6-v2)",
    )


def _add_reader(command: argparse.ArgumentParser, *, hurried: bool = False) -> None:
    """Add the options of commands that answer: which encoder, which reader, how long it reads.

    Only people are in a hurry: what is measured must not depend on how busy the machine is.
    """
    _add_encoder(command)
    command.add_argument(
        "--reader", default=os.environ.get("QUOTH_READER"), metavar="DIR",
        help="a folder with an extractive question-answering model, or none (QUOTH_READER; "
        "default: Quoth's own)",
    )  # fmt: skip
    command.add_argument(
        "--reranker", default=os.environ.get("QUOTH_RERANKER"), metavar="DIR",
        help="a folder with a cross-encoder that judges which passage answers (QUOTH_RERANKER)",
    )  # fmt: skip
    limit = os.environ.get("QUOTH_READ_MS", "300") if hurried else None
    usual = "QUOTH_READ_MS; default: %(default)s" if hurried else "default: no limit"
    command.add_argument(
        "--read-ms", type=_positive, default=limit, metavar="N",
        help=f"milliseconds to read for, never fewer than three passages ({usual})",
    )  # fmt: skip


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
        "--max-megabytes", type=_positive, default=50, metavar="N",
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
    _add_reader(command, hurried=True)


def _add_serve(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = add_serve(lambda name, run, about: _command(commands, name, run, about))
    _add_reader(command, hurried=True)


def _add_token(commands: _Commands[argparse.ArgumentParser]) -> None:
    about = f"tokens for programs that use the API. {EVERYTHING}"
    token = commands.add_parser("token", help="let programs in by tokens", description=about)
    below = token.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_token(lambda name, run, about: _command(below, name, run, about))


def _add_articles(commands: _Commands[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "articles", "cli.articles:run_articles", "list the articles")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    show = _command(commands, "show", "cli.articles:run_show", "print one stored article")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="print all that is stored, as JSON")
    remove = _command(commands, "remove", "cli.articles:run_remove", "remove articles by id")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.add_argument("--json", action="store_true", help="print the receipt as JSON")


def _add_evaluate(commands: _Commands[argparse.ArgumentParser]) -> None:
    about = "measure the answers on a test set"
    command = _command(commands, "evaluate", "cli.evaluate:run", about)
    command.set_defaults(library=None)  # so that --build can tell whether one was named
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


def _add_tune(commands: _Commands[argparse.ArgumentParser]) -> None:
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


def _add_calibrate(commands: _Commands[argparse.ArgumentParser]) -> None:
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


def _add_why(commands: _Commands[argparse.ArgumentParser]) -> None:
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
    _add_reader(command)


def _add_care(commands: _Commands[argparse.ArgumentParser]) -> None:
    about = "check every stored word, vector and index"
    verify = _command(commands, "verify", "cli.verify:run", about)
    verify.add_argument("--json", action="store_true", help="print it as JSON")
    about = "say whether all that Quoth needs is here; safe to show to others"
    doctor = _command(commands, "doctor", "cli.doctor:run", about)
    doctor.add_argument("--json", action="store_true", help="print it as JSON")
    _add_encoder(doctor)
    _command(commands, "upgrade", "cli.backup:run_upgrade",
             "bring a library of an earlier version up to date, in place")  # fmt: skip
    out, back = "copy the library into one checked file", "put a backup in the library's place"
    kept = "replace a library that holds articles; the old one is kept beside it"
    for name, about, what in (("backup", out, "replace FILE"), ("restore", back, kept)):
        command = _command(commands, name, f"cli.backup:run_{name}", about)
        command.add_argument("file", type=Path, metavar="FILE", help="the backup")
        command.add_argument("--force", action="store_true", help=what)


def _add_proof(commands: _Commands[argparse.ArgumentParser]) -> None:
    about = "turn the JSON of a reply into an evidence card"
    proof = _command(commands, "proof", "cli.proof:run_proof", about)
    proof.add_argument("file", type=Path, metavar="FILE", help="from `quoth ask --json`; - to pipe")
    proof.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    about = "say whether the quotations of an evidence card still hold"
    check = _command(commands, "check-proof", "cli.proof:run_check", about)
    check.add_argument("file", type=Path, metavar="FILE", help="the evidence card; - to pipe")


def share(text: str) -> float:
    """Read a share between 0 and 1, such as "5%" or "0.05"; "5" alone could mean either."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1; write 5% or 0.05")
    return value
