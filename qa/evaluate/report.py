"""The records of an evaluation, and their JSON.

The same input gives the same bytes: rows stand in the order of the test set, keys are sorted,
figures are rounded to six decimals, and times, which differ from run to run, have a key of their
own that is left out unless asked for. How the figures come about is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from corpus.errors import TestSetError
from qa.evaluate.fields import parse_json, read_text

SCHEMA = "quoth-evaluation-1"
Setting = str | int | float | bool | None

Outcome = Literal[
    "answered",
    "never found",
    "found by words only",
    "found by meaning only",
    "lost in fusion",
    "lost in reading",
    "below the bar",
    "rightly abstained",
    "answered without gold",
    "no reply",
]
"""What became of a question; the middle six name the stage that lost the answer."""


@dataclass(frozen=True)
class ShownMark:
    """A lit slice, in characters of the article."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class ShownExtract:
    """An extract as it was shown (or, on abstaining, held back as nearest)."""

    article: str
    title: str
    start: int
    end: int
    text: str
    marks: tuple[ShownMark, ...]
    right: bool


@dataclass(frozen=True)
class QuestionResult:
    """One question: what was expected, what was shown, which stage lost it, its figures.

    Ranks are 1-based and None when not found. `right` tells whether the first extracts hold the
    answer, shown or held back, so that other bars can be judged too. `confidence` is the reader's
    own, which the bar is compared with; `probability` is what was shown of it, None in a report
    older than calibration. `values` holds the figures that apply to this question, by the names
    of `catalog`.
    """

    id: str
    question: str
    where: str
    understood_as: str
    answerable: bool
    abstained: bool
    outcome: Outcome
    confidence: float
    bar: float
    right: bool
    expected: tuple[str, ...]
    expected_in: tuple[str, ...]
    prediction: str
    shown: tuple[ShownExtract, ...]
    rank: int | None
    article_rank: int | None
    meaning_rank: int | None
    words_rank: int | None
    fused_rank: int | None
    values: Mapping[str, float]
    error: str | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Measure:
    """A figure over all questions it applies to, with its 95 % interval; None: does not exist."""

    name: str
    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Timing:
    """Wall time of one stage over all questions, in milliseconds."""

    stage: str
    p50_ms: float
    p95_ms: float
    mean_ms: float


@dataclass(frozen=True)
class Ranking:
    """One question's ranked passages and the judged ones, as `article:start-end`; for TREC.

    `judged` maps ids to grades; `articles` and `judged_articles` are the same by article, and
    `judged_quotes` are the passages that hold the answer's own words.
    """

    question: str
    passages: tuple[str, ...]
    judged: Mapping[str, int]
    articles: tuple[str, ...]
    judged_articles: Mapping[str, int]
    judged_quotes: Mapping[str, int]


@dataclass(frozen=True)
class About:
    """What was measured: which test set, which library, with which settings."""

    testset: str
    digest: str
    format: str
    library: str = ""
    version: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluationReport:
    """The whole result. `rankings` are for the TREC files and not kept in the JSON."""

    about: About
    measures: tuple[Measure, ...]
    rows: tuple[QuestionResult, ...]
    findings: tuple[str, ...] = ()
    timing: tuple[Timing, ...] = field(default=(), compare=False)
    rankings: tuple[Ranking, ...] = field(default=(), compare=False, repr=False)

    def measure(self, name: str) -> Measure | None:
        """Return the measure of that name, None when this test set does not give it."""
        return next((measure for measure in self.measures if measure.name == name), None)


def to_dict(report: EvaluationReport, *, timing: bool = False) -> dict[str, Any]:
    """Return the report as plain JSON values; times only when asked for."""
    record = {
        "schema": SCHEMA,
        "about": asdict(report.about),
        "measures": [asdict(measure) for measure in report.measures],
        "findings": list(report.findings),
        "rows": [asdict(row) for row in report.rows],
    }
    if timing:
        record["timing"] = [asdict(stage) for stage in report.timing]
    return record


def to_json(report: EvaluationReport, *, timing: bool = False) -> str:
    """Return the report as JSON text that is the same, byte for byte, for the same result."""
    record = to_dict(report, timing=timing)
    return json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def from_dict(record: Any, where: str) -> EvaluationReport:
    """Rebuild a report; raise `TestSetError` naming `where` when it is none of ours."""
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise TestSetError(
            f"{where}: not a report of this version of Quoth ({SCHEMA}); "
            "make one with `quoth evaluate TESTSET --json FILE`"
        )
    try:
        return EvaluationReport(
            about=About(**record["about"]),
            measures=tuple(Measure(**measure) for measure in record["measures"]),
            rows=tuple(_row(row) for row in record["rows"]),
            findings=tuple(record["findings"]),
            timing=tuple(Timing(**stage) for stage in record.get("timing", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise TestSetError(f"{where}: a damaged report ({error}); make it anew") from None


def load_report(path: Path) -> EvaluationReport:
    """Read a report written with `--json`."""
    return from_dict(parse_json(read_text(path), str(path)), str(path))


def _row(record: dict[str, Any]) -> QuestionResult:
    shown = tuple(
        ShownExtract(**{**extract, "marks": tuple(ShownMark(**mark) for mark in extract["marks"])})
        for extract in record["shown"]
    )
    lists = {name: tuple(record[name]) for name in ("expected", "expected_in")}
    return QuestionResult(**{**record, **lists, "shown": shown})
