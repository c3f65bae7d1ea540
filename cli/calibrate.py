"""`quoth calibrate`: the bar that keeps a promise about wrong answers, fitted and remembered."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.archive import archive_of
from cli.progress import CountLine
from cli.style import Style
from cli.testbed import checked_against, opened
from cli.tune import remember
from corpus.errors import TestSetError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.calibrate.stored import Calibration
    from qa.evaluate.check import Checked


def run(options: Namespace) -> int:
    """Fit, show or take away; returns 0."""
    if options.reset:
        return _reset(options)
    if options.show:
        return _show(options)
    calibration, left = _fitted(options)
    from qa.calibrate.stored import CALIBRATED

    remember(options.library, CALIBRATED, calibration.to_json())
    if options.json:
        _print_json(options.library, calibration, "in force", [])
        return 0
    print("\n".join(_lines(calibration, Style())))
    if left:
        print(f"  left out: {left} questions whose answers do not stand in this library, or that "
              "cannot be asked")  # fmt: skip
    print(f"\nkept in {options.library}; a running server takes it up when it is started again")
    return 0


def _fitted(options: Namespace) -> tuple[Calibration, int]:
    """Ask and fit; return the calibration, and how many questions were of no use."""
    from qa.calibrate.fit import Fitted, fit, require_enough
    from qa.calibrate.stored import settings_digest
    from qa.calibrate.views import ask_all, gold_articles, usable

    with opened(options) as archive:
        checked = _checked(options, archive)
        known = sum(usable(checked, question) for question in checked.testset.questions)
        require_enough(known, options.wrong_answers, checked.testset.name)
        progress = CountLine("questions asked")
        without = gold_articles(archive) if options.leave_out else None
        try:
            seen = ask_all(archive, checked, without, progress)
        finally:
            progress.close()
        about = Fitted(
            testset=checked.testset.name,
            digest=checked.testset.digest,
            reader=archive.reader.fingerprint,
            library=archive.library.fingerprint(),
            settings=settings_digest(archive.rules),
            made_up=options.testset is None,
        )
    fitted = fit(seen, options.wrong_answers, about)
    return fitted, len(checked.testset.questions) - len(seen)


def _checked(options: Namespace, archive: Archive) -> Checked:
    """Load the test set, or make one out of the archive."""
    from qa.calibrate.made import made_up
    from qa.evaluate.load import load_testset

    if options.testset is not None:
        return checked_against(load_testset(options.testset), archive)
    checked = made_up(archive, options.questions)
    if not checked.testset.questions:
        raise TestSetError(
            f"{archive.library.name}: holds no sentence that a question can be made of; name a "
            "test set: quoth calibrate TESTSET --wrong-answers 5%"
        )
    return checked


def _lines(found: Calibration, style: Style) -> Iterator[str]:
    yield from _mix(found)
    yield ""
    yield f"  {'promised':<10} at most {100 * found.promised:.4g}% of the questions asked"
    among = found.wrong_among_answers
    given = "" if among is None else f"; {among:.1%} of the answers given"
    yield f"  {'wrong':<10} {found.wrong:.1%} of the questions asked{given}"
    there = found.coverage_answerable
    asked = "" if there is None else f"; {there:.1%} of those whose answer was there"
    yield f"  {'answered':<10} {found.coverage:.1%} of the questions asked{asked}"
    yield f"  {'bar':<10} {style.bold(f'{found.bar:.4f}')}, on the reader's own scale"
    yield ""
    yield "Wrong answers are counted per question asked: to abstain is not wrong. The promise holds"
    yield "on average for questions like those it was fitted on, in this mix, and not for others."
    if found.made_up:
        yield style.warn("These were made out of the archive's own sentences, and are easier than "
                         "people's: for")  # fmt: skip
        yield style.warn("theirs the share of wrong answers may be higher. A test set is better.")


def _mix(found: Calibration) -> Iterator[str]:
    """Say which questions were used, and how often each."""
    way = (
        "asked as they are, and with what answers them left out" if found.left_out else "asked once"
    )
    yield f"{found.testset}: {found.questions} questions"
    yield f"  {found.answerable} with an answer, {way}"
    if found.questions > found.answerable:
        yield f"  {found.questions - found.answerable} without, asked once"


def _show(options: Namespace) -> int:
    """Say what is stored, whether it is in force, and what has changed since."""
    from qa.calibrate.stored import CALIBRATED, Calibration, changes

    archive = archive_of(options)
    try:
        with archive.library.snapshot() as snapshot:
            stored = snapshot.meta(CALIBRATED)
        found = Calibration.from_json(stored) if stored else None
        notes = [] if found is None else changes(
            found, reader=archive.reader.fingerprint, library=archive.library.fingerprint(),
            rules=archive.rules,
        )  # fmt: skip
        status = "in force" if archive.calibration else "none" if found is None else "not in force"
    finally:
        archive.close()
    if options.json:
        _print_json(options.library, found, status, notes)
    elif found is None:
        print(f"{options.library}: not calibrated; the bar is {archive.rules.bar:g}. To promise "
              "something: quoth calibrate TESTSET --wrong-answers 5%")  # fmt: skip
    else:
        print(f"{options.library}: calibration {status}")
        for note in notes:
            print(Style().warn(f"  {note}; fit it again: quoth calibrate"))
        print("\n".join(_lines(found, Style())))
    return 0


def _print_json(library: Path, found: Calibration | None, status: str, notes: list[str]) -> None:
    record: dict[str, Any] = {"library": str(library), "status": status, "notes": notes}
    record["calibration"] = None if found is None else asdict(found)
    print(json.dumps(record, ensure_ascii=False, indent=1))


def _reset(options: Namespace) -> int:
    from qa.calibrate.stored import CALIBRATED

    remember(options.library, CALIBRATED, "")
    if options.json:
        _print_json(options.library, None, "none", [])
    else:
        print(f"{options.library}: the calibration is taken away")
    return 0
