"""`quoth evaluate`: the answers of an archive measured on a test set.

The measures themselves are `qa.evaluate`'s. Here files are read and written, and whatever can be
wrong with what was typed is found before the first question is asked.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cli.outputs import check_outputs
from cli.testbed import built, checked_against, measured, opened
from corpus.errors import SourceError, TestSetError

if TYPE_CHECKING:
    from qa.evaluate.compare import Comparison
    from qa.evaluate.report import EvaluationReport
    from qa.evaluate.testset import TestSet

UNMET = 30
_WRITTEN = ("json", "report", "run", "qrels", "predictions")


def run(options: Namespace) -> int:
    """Evaluate, print, write; returns 0, or `UNMET` when a bar of --require is not met."""
    from qa.evaluate.compare import compare
    from qa.evaluate.load import load_testset
    from qa.evaluate.require import parse_bar, unmet
    from qa.evaluate.terminal import comparison_table, report_table

    bars = [parse_bar(text) for text in options.require]
    _check_places(options)
    testset = load_testset(options.testset)
    base = _base(options, testset)
    report = _report(options, testset)
    comparison = compare(report, base, str(options.compare_file)) if base is not None else None
    print(report_table(report), end="")
    if comparison is not None:
        print("\n" + comparison_table(comparison), end="")
    _write(options, report, comparison)
    lines = unmet(bars, report)
    for line in lines:
        print(line, file=sys.stderr)
    return UNMET if lines else 0


def _report(options: Namespace, testset: TestSet) -> EvaluationReport:
    bed = built(testset, options) if options.build else opened(options)
    with bed as archive:
        checked = checked_against(testset, archive)
        return measured(archive, checked, options.k, "questions")


def _base(options: Namespace, testset: TestSet) -> EvaluationReport | None:
    """Read the report to compare with, and refuse one of another test set at once."""
    from qa.evaluate.report import load_report

    path: Path | None = options.compare_file
    if path is None:
        return None
    base = load_report(path)
    if base.about.digest != testset.digest:
        raise TestSetError(
            f"{path}: a report of “{base.about.testset}” ({base.about.digest[:8]}), not of this "
            f"test set ({testset.digest[:8]}); make a base with: quoth evaluate "
            f"{quote(str(options.testset))} --json BASE.json"
        )
    return base


def _check_places(options: Namespace) -> None:
    """Refuse a file that cannot be written, or must not, before an hour has gone into it."""
    written = {f"--{name}": getattr(options, f"{name}_file") for name in _WRITTEN}
    check_outputs(options, written, [options.testset, options.compare_file])
    for option, path in written.items():
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise SourceError(f"{option} {path}: cannot be written there; name a file in a folder "
                              "that exists")  # fmt: skip


def _write(options: Namespace, report: EvaluationReport, comparison: Comparison | None) -> None:
    """Write every file that was asked for, and say where it is."""
    from qa.evaluate.html_report import report_page
    from qa.evaluate.report import to_json
    from qa.evaluate.trec import squad_predictions, trec_qrels, trec_run

    makers = {
        "json": lambda: to_json(report, timing=options.timing),
        "report": lambda: report_page(report, comparison),
        "run": lambda: trec_run(report),
        "qrels": lambda: trec_qrels(report),
        "predictions": lambda: squad_predictions(report),
    }
    for name in _WRITTEN:
        path = getattr(options, f"{name}_file")
        if path is None:
            continue
        try:
            path.write_text(makers[name](), encoding="utf-8")
        except OSError as error:
            raise SourceError(
                f"--{name} {path}: cannot be written ({error.strerror}); name another file"
            ) from error
        print(f"{name}: {path}", file=sys.stderr)
