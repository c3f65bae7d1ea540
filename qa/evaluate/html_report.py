"""The report as one self-contained page: no request to anywhere, light and dark, phone width.

Puts the parts together; plots come from `html_plots`, the list of questions from `html_rows`.
Every text is escaped, and the page's own policy forbids it to load anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from qa.evaluate.abstention import reliability, risk_coverage
from qa.evaluate.catalog import CATALOG
from qa.evaluate.compare import Comparison
from qa.evaluate.html_plots import (
    histogram,
    interval_bar,
    reliability_plot,
    risk_coverage_plot,
    stacked_bar,
)
from qa.evaluate.html_rows import embedded
from qa.evaluate.html_tables import comparison_table, measures_table
from qa.evaluate.report import EvaluationReport, Measure, QuestionResult, Timing
from qa.evaluate.summary import columns

HEADLINES = ("success@1", "success@5", "shown", "lit.sentence", "answerable.f1", "decided")
"""Measures shown large at the top, the first four that the test set gives."""

GOOD = ("answered", "rightly abstained")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
RANK_BINS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 50), (51, None))


def report_page(report: EvaluationReport, comparison: Comparison | None = None) -> str:
    """Return the whole page as HTML; with a comparison, also what changed against its base."""
    folder = Path(__file__).parent
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    changed = (
        {item.after.id: item.before.outcome for item in comparison.changed} if comparison else {}
    )
    rows = embedded(report.rows, _shown_at_most(report), changed)
    name = escape(report.about.testset)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{name} – Quoth evaluation</title><style>{style}</style></head><body>"
        f"{_header(report)}<main>{_headlines(report)}{_outcomes(report.rows)}"
        f"{comparison_table(comparison)}{_plots(report)}{measures_table(report.measures)}"
        f"{_questions(report.rows, bool(changed))}</main>{_footer(report)}"
        f'<script type="application/json" id="rows">{rows}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _shown_at_most(report: EvaluationReport) -> int:
    k = report.about.settings.get("k")
    return k if isinstance(k, int) else 5


def _header(report: EvaluationReport) -> str:
    answerable = sum(row.answerable for row in report.rows)
    facts = f"{len(report.rows):,} questions · {answerable:,} with an answer in the archive"
    return (
        '<header><div class="logo" aria-hidden="true">Q</div><div>'
        f"<h1>{escape(report.about.testset)}</h1><p>{facts}</p></div></header>"
    )


def _headlines(report: EvaluationReport) -> str:
    found = [item for name in HEADLINES if (item := report.measure(name)) is not None]
    tiles = "".join(_tile(measure) for measure in found if measure.mean is not None)
    return f'<section class="tiles" aria-label="Summary">{tiles}</section>'


def _tile(measure: Measure) -> str:
    entry = CATALOG[measure.name]
    low, mean, high = measure.low or 0.0, measure.mean or 0.0, measure.high or 0.0
    return (
        f'<div class="tile"><h2>{escape(entry.label)}</h2>'
        f'<p class="big">{100 * mean:.1f}<span>%</span></p>'
        f'<p class="dim">95 %: {100 * low:.1f} – {100 * high:.1f}</p>'
        f'{interval_bar(low, mean, high)}<p class="dim">{escape(entry.meaning)}</p></div>'
    )


def _outcomes(rows: Sequence[QuestionResult]) -> str:
    counts = Counter(row.outcome for row in rows)
    order = sorted(counts, key=lambda name: (name not in GOOD, -counts[name]))
    bar = "".join(
        f'<i class="{_slug(name)}" style="flex:{counts[name]}" '
        f'title="{escape(name)}: {counts[name]}"></i>'
        for name in order
    )
    chips = "".join(
        f'<li><button type="button" data-outcome="{escape(name)}"><i class="{_slug(name)}"></i>'
        f"{escape(name)} <b>{counts[name]:,}</b> "
        f'<span class="dim">{counts[name] / len(rows):.1%}</span></button></li>'
        for name in order
    )
    return (
        '<section class="card"><h2>What became of the questions</h2>'
        f'<div class="outcomes">{bar}</div><ul class="chips" id="chips">{chips}</ul></section>'
    )


def _slug(name: str) -> str:
    """Outcome → CSS class: `below the bar` → `o-below-the-bar`."""
    return "o-" + name.replace(" ", "-")


def _plots(report: EvaluationReport) -> str:
    table = columns(report.rows)
    curve = risk_coverage(table[:, 0], table[:, 1])
    answered = table[table[:, 3] == 0]
    operating = (
        (len(answered) / len(table), float(1 - answered[:, 1].mean())) if len(answered) else None
    )
    figures = [
        (
            "Risk and coverage",
            risk_coverage_plot(curve, operating),
            "Answering only the surest questions: how many of the answers are wrong. "
            "The dot is the present bar.",
        ),
        (
            "Reliability",
            reliability_plot(reliability(table[:, 4], table[:, 1])),
            "Confidence against the share that was right, in ten bins of equal count. "
            "On the dashed line the confidence is honest.",
        ),
        (
            "Rank of the first relevant passage",
            histogram(_ranks(report.rows), "rank"),
            "Over the questions that have an answer.",
        ),
    ]
    cards = "".join(
        f'<figure class="card"><h2>{title}</h2>{plot}<figcaption>{note}</figcaption></figure>'
        for title, plot, note in figures
    )
    return f'<section class="plots">{cards}{_times(report.timing)}</section>'


def _ranks(rows: Sequence[QuestionResult]) -> list[tuple[str, int]]:
    """Count the ranks of answerable questions in growing bins; the last bin was not found."""
    ranks = [row.rank for row in rows if row.answerable]
    bars = []
    for first, last in RANK_BINS:
        label = f"{first}+" if last is None else f"{first}–{last}" if last > first else str(first)
        hits = [r for r in ranks if r is not None and r >= first and (last is None or r <= last)]
        bars.append((label, len(hits)))
    return [*bars, ("none", sum(rank is None for rank in ranks))]


def _times(timing: Sequence[Timing]) -> str:
    if not timing:
        return ""
    stages = [stage for stage in timing if stage.stage != "total"]
    total = next((stage for stage in timing if stage.stage == "total"), None)
    parts = [(stage.stage, stage.mean_ms) for stage in stages]
    if total is not None:
        parts.append(("rest", max(0.0, total.mean_ms - sum(value for _, value in parts))))
    numbers = {name: number for number, (name, _) in enumerate(parts)}
    rows = "".join(
        f'<tr><td><i class="key c{numbers.get(stage.stage, 9)}"></i>{escape(stage.stage)}</td>'
        f"<td>{stage.p50_ms:.1f}</td><td>{stage.p95_ms:.1f}</td><td>{stage.mean_ms:.1f}</td></tr>"
        for stage in timing
    )
    return (
        '<figure class="card"><h2>Where the time goes</h2>'
        f"{stacked_bar(parts, 'Mean time by stage', 'ms')}"
        '<table class="times"><thead><tr><th>Stage, ms</th><th>p50</th><th>p95</th><th>mean</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></figure>"
    )


def _questions(rows: Sequence[QuestionResult], compared: bool) -> str:
    outcomes = "".join(
        f"<option>{escape(name)}</option>" for name in dict.fromkeys(row.outcome for row in rows)
    )
    changed = '<option value="changed">changed against the base</option>' if compared else ""
    return (
        '<section class="card" id="questions"><h2>Questions</h2><div class="tools">'
        '<label>Search<input id="search" type="search" placeholder="words of the question, '
        'answer or article"></label><label>Outcome<select id="outcome"><option value="">all'
        f'</option><option value="missed">all that went wrong</option>{changed}{outcomes}</select>'
        '</label><label>Order<select id="order"><option value="set">as in the test set</option>'
        '<option value="sure">surest first</option><option value="unsure">least sure first'
        '</option><option value="rank">worst rank first</option></select></label></div>'
        '<p class="dim" id="count" role="status"></p><ol id="list"></ol>'
        '<button type="button" id="more">Show 50 more</button>'
        "<noscript><p>The list of questions needs JavaScript; the same rows are in the JSON "
        "file of --json.</p></noscript></section>"
    )


def _footer(report: EvaluationReport) -> str:
    about = report.about
    facts = {
        "Test set": f"{about.testset} ({about.format}), digest {about.digest}",
        "Library": about.library,
        "Quoth": about.version,
        **{name: str(value) for name, value in about.settings.items()},
    }
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value
    )
    notes = "".join(f"<li>{escape(finding)}</li>" for finding in report.findings[:200])
    warned = (
        f"<details><summary>{len(report.findings):,} remarks on the test set</summary>"
        f"<ul>{notes}</ul></details>"
        if notes
        else ""
    )
    return f"<footer>{warned}<dl>{items}</dl></footer>"
