"""A report or a comparison as a plain-text table for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qa.evaluate.catalog import CATALOG
from qa.evaluate.compare import Comparison, Difference
from qa.evaluate.report import EvaluationReport, Measure

LABEL_WIDTH = 32
NAME_WIDTH = max(map(len, CATALOG))


def report_table(report: EvaluationReport) -> str:
    """Return measures with their intervals, what became of the questions, and the times."""
    about = report.about
    lines = [
        f"{about.testset} · {len(report.rows)} questions · "
        f"{sum(row.answerable for row in report.rows)} with an answer",
    ]
    group = ""
    for measure in report.measures:
        entry = CATALOG[measure.name]
        if entry.group != group:
            group = entry.group
            lines += ["", f"{group:<{LABEL_WIDTH}} {'mean':>6}  {'95 % interval':^15}  {'n':>6}"]
        lines.append(f"  {entry.label:<{LABEL_WIDTH - 2}} {_figures(measure)}")
    lines += ["", "What became of the questions", *_outcomes(report)]
    if report.timing:
        lines += ["", f"{'Time of a reply, ms':<{LABEL_WIDTH}} {'p50':>8} {'p95':>8} {'mean':>8}"]
        lines += [
            f"  {stage.stage:<{LABEL_WIDTH - 2}} {stage.p50_ms:>8.1f} {stage.p95_ms:>8.1f} "
            f"{stage.mean_ms:>8.1f}"
            for stage in report.timing
        ]
    return "\n".join(lines) + "\n"


def comparison_table(comparison: Comparison, shown: int = 10) -> str:
    """Return both sides, the differences, and the first `shown` questions that changed."""
    head = f"{'':<{NAME_WIDTH}} {'base':>6} {'now':>6}   {'change, 95 %':^24}  {'p':>6}"
    lines = [f"Against {comparison.base}", f"{head}  win/tie/loss"]
    lines += [_difference(item) for item in comparison.differences]
    lines += ["", f"{len(comparison.changed)} questions changed"]
    for change in comparison.changed[:shown]:
        lines += [
            f"  {change.after.id}  {_one_line(change.after.question)}",
            f"      {change.before.outcome} → {change.after.outcome}",
        ]
    if len(comparison.changed) > shown:
        lines.append(f"  … and {len(comparison.changed) - shown} more; --report shows them all")
    return "\n".join(lines) + "\n"


def findings_lines(findings: Sequence[object], shown: int = 10) -> str:
    """Return the first findings of a check, one a line, and how many more there are."""
    lines = [str(finding) for finding in findings[:shown]]
    if len(findings) > shown:
        lines.append(f"… and {len(findings) - shown} more")
    return "".join(f"{line}\n" for line in lines)


def _figures(measure: Measure) -> str:
    if measure.mean is None or measure.low is None or measure.high is None:
        return f"{'–':>6}  {'':^15}  {measure.n:>6}"
    return f"{measure.mean:>6.3f}  {measure.low:>6.3f} – {measure.high:<6.3f}  {measure.n:>6}"


def _outcomes(report: EvaluationReport) -> list[str]:
    counts = Counter(row.outcome for row in report.rows)
    return [
        f"  {name:<{LABEL_WIDTH - 2}} {count:>6}  {count / len(report.rows):>6.1%}"
        for name, count in counts.most_common()
    ]


def _difference(item: Difference) -> str:
    interval = f"{item.difference:+.3f} ({item.low:+.3f} … {item.high:+.3f})"
    votes = "" if item.wins is None else f"{item.wins}/{item.ties}/{item.losses}"
    sides = f"{item.name:<{NAME_WIDTH}} {item.base:>6.3f} {item.ours:>6.3f}"
    return f"{sides}   {interval:<24}  {item.p_value:>6.4f}  {votes}".rstrip()


def _one_line(text: str) -> str:
    """Fold white space and drop control characters, so that a question cannot move the cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:70]
