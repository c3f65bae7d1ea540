"""`quoth ingest --report FILE`: where it may be written, and what stands in it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import SourceError
from corpus.problem import one_line, shown_name

if TYPE_CHECKING:
    from index.progress import IngestReport


def check_place(path: Path, sources: Sequence[Path]) -> None:
    """Refuse a place before hours have gone into what would be written there.

    Raises:
        SourceError: it cannot be written, or is a file that an ingest of the sources reads.
    """
    folder = path.absolute().parent
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise SourceError(
            f"--report {path}: cannot be written there; name a file in a folder that exists and "
            "that you may write"
        )
    source = next((each for each in sources if _is_in(path, each)), None)
    if source is None or (path.suffix.lower() == ".json" and _is_free(path)):
        return
    what = "is one of the sources" if path.exists() else f"would be read as an article of {source}"
    raise SourceError(f"--report {path}: {what}; name a file elsewhere: --report ../report.json")


def write_report(path: Path, report: IngestReport) -> None:
    """Write what an ingest did."""
    counts = {w: getattr(report, w) for w in ("added", "changed", "unchanged", "removed")}
    problems = [
        {"where": shown_name(p.where), "line": p.line, "what": one_line(p.what)}
        for p in report.problems
    ]
    whole = {
        **counts,
        "copies": report.copies,
        "passages": report.passages,
        "problems": problems,
    }
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _is_in(path: Path, source: Path) -> bool:
    """Tell whether an ingest of this source reads a file of this name, or would if it existed."""
    from corpus.formats import SUFFIXES

    real, root = path.resolve(), source.resolve()
    if path.suffix.lower() not in SUFFIXES or not real.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in real.relative_to(root).parts)


def _is_free(path: Path) -> bool:
    """Tell whether nothing is there, or only the report of an earlier ingest."""
    from corpus.formats.records import is_report

    try:
        return is_report(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return True
    except (OSError, ValueError, RecursionError):
        return False
