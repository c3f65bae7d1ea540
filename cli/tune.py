"""`quoth tune`: settings of finding chosen on one half of a test set, judged on the other."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.progress import CountLine
from cli.style import Style
from cli.testbed import checked_against, measured, opened
from corpus.errors import TestSetError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.evaluate.check import Checked
    from qa.evaluate.compare import Difference
    from qa.evaluate.report import EvaluationReport
    from qa.evaluate.tune import Tuning
    from qa.rules import AskRules

_EXTRACTS = 5
_SHOWN = ("rr@10", "success@1", "success@5", "ndcg@10", "recall@100", "shown", "lit.sentence")


def run(options: Namespace) -> int:
    """Tune and say what came of it; store it only with --apply, and only a real gain."""
    from qa.evaluate.load import load_testset
    from qa.evaluate.tune import tune

    if options.reset:
        return _reset(options.library)
    if options.testset is None:
        raise TestSetError("name a test set: quoth tune TESTSET; its formats: docs/evaluate.md")
    testset = load_testset(options.testset)
    with opened(options) as archive:
        checked = checked_against(testset, archive)
        progress = CountLine("questions looked at")
        try:
            tuning = tune(archive, checked, _measured, progress)
        finally:
            progress.close()
    _print(tuning)
    print(_conclude(tuning, options))
    return 0


def _measured(archive: Archive, half: Checked) -> EvaluationReport:
    return measured(archive, half, _EXTRACTS, "questions of the other half")


def _print(tuning: Tuning) -> None:
    style = Style()
    print(
        f"RR@10 on the half that was tuned on ({tuning.tuned_on} questions): "
        f"{tuning.objective_before:.3f} → {tuning.objective_after:.3f}"
    )
    for name, (old, new) in tuning.changes.items():
        print(f"  {name:<26} {old:g} → {style.bold(f'{new:g}')}")
    if tuning.comparison is None:
        return
    print(f"\nOn the other half ({tuning.judged_on} questions)")
    print(f"  {'':<14} {'before':>6} {'after':>6}   {'change, 95 %':^24}  {'p':>6}")
    for name in _SHOWN:
        difference = tuning.comparison.of(name)
        if difference is not None:
            print("  " + _row(difference))


def _row(item: Difference) -> str:
    interval = f"{item.difference:+.3f} ({item.low:+.3f} … {item.high:+.3f})"
    sides = f"{item.name:<14} {item.base:>6.3f} {item.ours:>6.3f}"
    return f"{sides}   {interval:<24}  {item.p_value:>6.4f}"


def _conclude(tuning: Tuning, options: Namespace) -> str:
    """Store what was found if that was asked for and is right; return what was done."""
    if tuning.objection is not None:
        return f"\nnothing was changed: {tuning.objection}"
    if not options.apply:
        return "\nthe gain is real; nothing was changed. To keep it, say so: --apply"
    calibrated = _keep(options.library, tuning.after)
    again = "; it was calibrated with the settings before: quoth calibrate" if calibrated else ""
    return (
        f"\nkept in {options.library}; a running server takes it up when it is started again{again}"
    )


def _keep(folder: Path, rules: AskRules) -> bool:
    """Store the settings, but not the bar of a calibration; tell whether there is one."""
    from index.library import Library
    from qa.calibrate.stored import CALIBRATED
    from qa.rules import TUNED, AskRules

    library = Library.open(folder)
    with library.snapshot() as snapshot:
        tuned, calibrated = snapshot.meta(TUNED), snapshot.meta(CALIBRATED)
    library.close()
    bar = (AskRules.from_json(tuned) if tuned else AskRules()).bar
    remember(folder, TUNED, replace(rules, bar=bar).to_json())
    return bool(calibrated)


def _reset(folder: Path) -> int:
    from qa.rules import TUNED, AskRules

    remember(folder, TUNED, AskRules().to_json())
    print(f"{folder}: back to the default settings")
    return 0


def remember(folder: Path, key: str, value: str) -> None:
    """Remember a value with a library that exists."""
    from index.writer import Writer, writer_lock

    if not folder.is_dir():  # the lock would make the folder
        from corpus.errors import NotALibrary

        raise NotALibrary(f"{folder} holds no library; make one with: quoth ingest FOLDER")
    with writer_lock(folder) as place:
        writer = Writer(folder, place)
        try:
            writer.remember(key, value)
        finally:
            writer.close()
