"""The commands that measure, and those that set what was measured: what they take.

What is common to all commands is in `cli.options`.
"""

from __future__ import annotations

from pathlib import Path

from cli.filters import add_filters
from cli.options import Commands, add_command, add_reader
from cli.sources import Parser
from cli.values import named_path, positive, share, text


def add_measuring(commands: Commands[Parser]) -> None:
    """Add `evaluate`, `tune`, `calibrate` and `why`."""
    _add_evaluate(commands)
    _add_tune(commands)
    _add_calibrate(commands)
    _add_why(commands)


def _add_evaluate(commands: Commands[Parser]) -> None:
    about = "measure the answers on a test set"
    command = add_command(commands, "evaluate", "cli.evaluate:run", about)
    command.add_argument("testset", type=named_path, metavar="TESTSET",
                         help="JSONL, CSV, SQuAD JSON, or a BEIR folder")  # fmt: skip
    command.add_argument(
        "--build", action="store_true",
        help="first put the articles of the test set itself into the library that --library "
        "names, else into a temporary one (SQuAD, BEIR)",
    )  # fmt: skip
    command.add_argument(
        "-k", type=positive, default=5, metavar="N", help="extracts to show (default: %(default)s)"
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
        read = named_path if option == "--compare" else Path  # a report names its base
        command.add_argument(option, type=read, metavar=name, help=what, dest=place)
    command.add_argument(
        "--require", nargs="+", action="extend", default=[], metavar="BAR",
        help="bars to pass, such as 'success@5>=0.85'; exit code 30 if one is not",
    )  # fmt: skip
    command.add_argument(
        "--timing", action="store_true", help="keep times in the JSON, which then differs each run"
    )
    add_reader(command)


def _add_tune(commands: Commands[Parser]) -> None:
    about = "choose the settings of finding on a test set"
    command = add_command(commands, "tune", "cli.tune:run", about)
    command.add_argument("testset", type=named_path, nargs="?", metavar="TESTSET",
                         help="JSONL, CSV, SQuAD JSON, or a BEIR folder")  # fmt: skip
    command.add_argument(
        "--apply", action="store_true",
        help="keep them with the library, if they are really better on the other half",
    )  # fmt: skip
    command.add_argument(
        "--reset", action="store_true", help="forget tuned settings; needs no test set"
    )
    add_reader(command)


def _add_calibrate(commands: Commands[Parser]) -> None:
    about = "choose the bar for a promised share of wrong answers"
    command = add_command(commands, "calibrate", "cli.calibrate:run", about)
    command.add_argument("testset", type=named_path, nargs="?", metavar="TESTSET",
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
        "--questions", type=positive, default=300, metavar="N",
        help="questions to make when there is no test set (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print it as JSON")
    add_reader(command)


def _add_why(commands: Commands[Parser]) -> None:
    about = "say where an article stood for a question, and what would have brought it up"
    command = add_command(commands, "why", "cli.why:run", about)
    command.add_argument("question", metavar="QUESTION")
    command.add_argument(
        "--article", type=text, metavar="ID", help="the article: id, source or title"
    )
    command.add_argument("--quote", type=text, metavar="TEXT", help="words that stand in it")
    command.add_argument(
        "-k", type=positive, default=5, metavar="N", help="extracts to show (default: %(default)s)"
    )
    command.add_argument(
        "--after", dest="history", action="append", default=[], metavar="QUESTION",
        help="a question asked before this one, oldest first; may be repeated",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print it as JSON")
    add_filters(command)
    add_reader(command)
