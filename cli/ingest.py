"""`quoth ingest`: files and folders into the library."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from cli.ingest_report import check_place, write_report
from cli.outputs import check_outputs
from cli.progress import ProgressLine
from cli.store import place_of
from cli.style import Style
from corpus.errors import SourceError

if TYPE_CHECKING:
    from index.encoder import Encoder
    from index.milvus.address import Address
    from index.progress import IngestReport, IngestRules

SOME_SKIPPED = 10
_MOST_PROBLEMS = 20


def run(options: Namespace) -> int:
    """Ingest and report; returns 0, `SOME_SKIPPED`, or SourceError's code when nothing went in."""
    from corpus.load import Limits
    from index.progress import IngestRules
    from index.shard import WHOLE

    if "" in options.sources:
        raise SourceError(
            'a source is empty (""; a variable that is not set?); name files or folders, a dot for '
            "the one you are in: quoth ingest FOLDER"
        )
    sources = [Path(source) for source in options.sources]
    if options.sample:
        sources += sample_folders()
    if not sources:
        raise SourceError("name files or folders to ingest, or --sample: quoth ingest FOLDER")
    check_outputs(options, {"--report": options.report}, [s for s in sources if s.is_file()])
    if options.report:
        check_place(options.report, sources)
    rules = IngestRules(
        limits=Limits(max_bytes=options.max_megabytes * 1_000_000),
        allow_removals=options.allow_removals,
        bring_back=options.bring_back,
        shard=options.shard or WHOLE,
    )
    if options.shard and not options.store:
        raise SourceError("--shard is for ingests side by side, which a library folder does not "
                          "take; name a store, too: --store milvus://HOST:PORT/NAME")  # fmt: skip
    progress = ProgressLine()
    try:
        report, known = _ingested(sources, options, rules, progress)
    except KeyboardInterrupt:
        progress.close()
        print("stopped; what was done is kept, and the next ingest goes on from there",
              file=sys.stderr)  # fmt: skip
        return 130
    progress.close()
    if options.sample:
        _remember_examples(options)
    _print(report, place_of(options), known)
    if options.report:
        write_report(options.report, report)
    return _exit_code(report)


def sample_folders() -> list[Path]:
    """Return the folders of the sample articles that come with Quoth."""
    sample = Path(str(files("corpus"))) / "sample"
    return [sample / "world-desk", sample / "handbook"]


def _ingested(
    sources: Sequence[Path], options: Namespace, rules: IngestRules, progress: ProgressLine
) -> tuple[IngestReport, int]:
    """Ingest; return the report, and how many passages needed no encoding."""
    from index.ingest import ingest
    from index.remembering import RememberingEncoder

    encoder = encoder_for(options.library, options.encoder, options.store)
    with RememberingEncoder(encoder, options.cache_megabytes) as remembering:
        if options.store is not None:
            from index.milvus.putting import ingest_into

            report = ingest_into(sources, options.store, remembering, rules=rules, watch=progress)
        else:
            report = ingest(sources, options.library, remembering, rules=rules, watch=progress)
        return report, remembering.known


def encoder_for(folder: Path, name: str | None, store: Address | None = None) -> Encoder:
    """Load the encoder asked for, else the one the archive was built with, else the default."""
    from index.library import Library
    from index.schema import DATABASE
    from index.sentence_encoder import DEFAULT_MODEL, SentenceEncoder

    if name is None and store is not None:
        from index.milvus.putting import encoder_at

        name = encoder_at(store)
    elif name is None and (folder / DATABASE).exists():
        library = Library.open(folder)
        name = library.settings.encoder
        library.close()
    return SentenceEncoder(name or DEFAULT_MODEL)


def _remember_examples(options: Namespace) -> None:
    from index.writer import Writer, writer_lock
    from qa.archive import EXAMPLES

    folder: Path = options.library

    text = (Path(str(files("corpus"))) / "sample" / "examples.txt").read_text(encoding="utf-8")
    questions = json.dumps([line.strip() for line in text.splitlines() if line.strip()])
    if options.store is not None:
        from index.milvus.putting import remember

        remember(options.store, EXAMPLES, questions)
        return
    with writer_lock(folder) as place:
        writer = Writer(folder, place)
        try:
            writer.remember(EXAMPLES, questions)
        finally:
            writer.close()


def _print(report: IngestReport, place: str, known: int) -> None:
    style = Style(sys.stderr)
    for problem in report.problems[:_MOST_PROBLEMS]:
        print(style.warn("note " if problem.is_slight else "skipped ") + str(problem),
              file=sys.stderr)  # fmt: skip
    if len(report.problems) > _MOST_PROBLEMS:
        more = len(report.problems) - _MOST_PROBLEMS
        print(f"… and {more} more; all of them: --report FILE.json", file=sys.stderr)
    parts = [
        f"{count} {word}"
        for word in ("added", "changed", "unchanged", "removed")
        if (count := getattr(report, word))
    ]
    rate = f", {report.passages / report.seconds:.0f} passages/s" if report.passages else ""
    print(
        f"{place}: {', '.join(parts) or 'no articles'}; {report.passages} passages encoded in "
        f"{report.seconds:.1f} s{rate}{f', {known} of them known' if known else ''}"
        f"{_copies(report)}"
    )


def _copies(report: IngestReport) -> str:
    if not report.copies:
        return ""
    one = report.copies == 1
    are = "1 is a near-duplicate of another" if one else f"{report.copies} are near-duplicates"
    return f"; {are}: quoth articles --copies"


def _exit_code(report: IngestReport) -> int:
    if not report.problems:
        return 0
    return SOME_SKIPPED if report.done else SourceError.exit_code
