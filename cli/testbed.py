"""What `evaluate` and `tune` have in common: a test set, and the archive it is put to."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cli.archive import archive_of
from cli.progress import CountLine, ProgressLine
from cli.sources import was_typed
from corpus.errors import TestSetError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.evaluate.check import Checked
    from qa.evaluate.report import EvaluationReport
    from qa.evaluate.testset import TestSet


@contextmanager
def opened(options: Namespace, folder: Path | None = None) -> Iterator[Archive]:
    """Open the library that is meant (or the one in `folder`); close it in the end."""
    archive = archive_of(options, folder)
    try:
        yield archive
    finally:
        archive.close()


@contextmanager
def built(testset: TestSet, options: Namespace) -> Iterator[Archive]:
    """Put the articles of the test set itself into a library, and open that.

    The library is the one that was named, else a temporary one.
    """
    if not testset.articles:
        raise TestSetError(
            f"{testset.name}: brings no articles of its own, so there is nothing to --build; "
            "ingest them with: quoth ingest FOLDER --library DIR"
        )
    with TemporaryDirectory(prefix="quoth-") as temporary:
        named = options.library if was_typed(options, "library") else Path(temporary)
        folder = None if options.store else named
        _put(testset, named, options)
        with opened(options, folder) as archive:
            yield archive


def _put(testset: TestSet, folder: Path, options: Namespace) -> None:
    from cli.ingest import encoder_for
    from index.milvus.putting import put_into
    from index.put import put_articles

    progress = ProgressLine()
    encoder = encoder_for(folder, options.encoder, options.store)
    put = (
        partial(put_into, at=options.store)
        if options.store
        else partial(put_articles, folder=folder)
    )
    try:
        report = put(
            testset.articles, encoder=encoder, address=f"test set {testset.name}", watch=progress
        )
    finally:
        progress.close()
    print(
        f"{options.store or folder}: {report.added + report.changed} articles put in, "
        f"{report.unchanged} unchanged, {report.removed} removed; {report.seconds:.0f} s",
        file=sys.stderr,
    )


def checked_against(testset: TestSet, archive: Archive) -> Checked:
    """Check the test set, say what is wrong with it, and stop if it is for another library.

    Raises:
        TestSetError: most of its articles are not in the library, or the library is empty.
    """
    from qa.evaluate.check import check
    from qa.evaluate.terminal import findings_lines

    checked = check(testset, archive)
    if checked.wrong_library is not None:
        raise TestSetError(str(checked.wrong_library))
    if not archive.size()[1]:
        raise TestSetError(f"{archive.library.name} is empty; fill it with: quoth ingest FOLDER")
    print(findings_lines(checked.findings), end="", file=sys.stderr)
    return checked


def measured(archive: Archive, checked: Checked, k: int, noun: str) -> EvaluationReport:
    """Ask all questions, with a progress line, and return the report."""
    from cli import VERSION
    from qa.evaluate.runner import evaluate
    from web.render import reply_html
    from web.words import ENGLISH

    _ = archive.encoder  # loaded before the clock of the first question runs
    settings = {"encoder": archive.library.settings.encoder, **archive.rules.flat()}
    progress = CountLine(noun)
    try:
        return evaluate(
            archive,
            checked,
            k=k,
            progress=progress,
            render=lambda reply: reply_html(reply, ENGLISH),
            library=archive.library.fingerprint(),
            version=VERSION,
            settings=settings,
        )
    finally:
        progress.close()
