"""The report's tables of measures and of differences to a base.

`html_report` puts them on the page; the figures come from `summary` and `compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qa.evaluate.catalog import CATALOG
from qa.evaluate.compare import Comparison, Difference
from qa.evaluate.html_plots import interval_bar
from qa.evaluate.report import Measure

SIGNIFICANT = 0.05
"""A difference with a smaller p-value is coloured as better or worse."""


def measures_table(measures: Sequence[Measure]) -> str:
    """Return the card with all measures, grouped, each with its interval drawn."""
    body = _grouped([(measure.name, _measure(measure)) for measure in measures], 4)
    head = (
        "<thead><tr><th>Measure</th><th>Mean</th><th>95 % interval</th>"
        '<th title="questions">n</th></tr></thead>'
    )
    return (
        '<section class="card"><h2>Measures</h2><div class="scroll"><table class="measures">'
        f"{head}<tbody>{body}</tbody></table></div></section>"
    )


def _grouped(rows: Sequence[tuple[str, str]], width: int) -> str:
    """Join table rows, given with their measure's name, under the headings of the catalogue."""
    parts, group = [], ""
    for name, row in rows:
        if CATALOG[name].group != group:
            group = CATALOG[name].group
            head = f'<th colspan="{width}" scope="colgroup">{escape(group)}</th>'
            parts.append(f'<tr class="group">{head}</tr>')
        parts.append(row)
    return "".join(parts)


def _measure(measure: Measure) -> str:
    entry = CATALOG[measure.name]
    down = " (lower is better)" if entry.lower_is_better else ""
    name = (
        f"<td><b>{escape(entry.label)}</b> <code>{escape(measure.name)}</code>"
        f'<span class="dim">{escape(entry.meaning)}{down}</span></td>'
    )
    if measure.mean is None or measure.low is None or measure.high is None:
        nothing = '<td class="fig">–</td><td class="dim">not defined here</td>'
        return f"<tr>{name}{nothing}<td>{measure.n:,}</td></tr>"
    bar = interval_bar(measure.low, measure.mean, measure.high)
    return (
        f'<tr>{name}<td class="fig">{measure.mean:.3f}</td><td class="ci">{bar}'
        f'<span class="dim">{measure.low:.3f} – {measure.high:.3f}</span></td>'
        f"<td>{measure.n:,}</td></tr>"
    )


def comparison_table(comparison: Comparison | None) -> str:
    """Return the card with the differences to the base; empty without a comparison."""
    if comparison is None:
        return ""
    widest = max((abs(end) for d in comparison.differences for end in (d.low, d.high)), default=1.0)
    rows = _grouped(
        [(item.name, _difference(item, widest or 1.0)) for item in comparison.differences], 6
    )
    return (
        f'<section class="card"><h2>Against {escape(comparison.base)}</h2>'
        f'<p class="dim">{len(comparison.changed):,} questions changed. p by paired randomisation '
        "with 10,000 draws (1,000 for figures that are no means); interval by paired bootstrap."
        '</p><div class="scroll"><table class="measures"><thead><tr><th>Measure</th><th>Base</th>'
        "<th>Now</th><th>Change, 95 %</th><th>p</th><th>Win / tie / loss</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _difference(item: Difference, widest: float) -> str:
    entry = CATALOG[item.name]
    better = (item.difference < 0) == entry.lower_is_better
    real = item.p_value < SIGNIFICANT
    style = ("up" if better else "down") if real else "dim"
    votes = "" if item.wins is None else f"{item.wins} / {item.ties} / {item.losses}"
    bar = interval_bar(item.low, item.difference, item.high, -widest, widest)
    return (
        f"<tr><td><b>{escape(entry.label)}</b> <code>{escape(item.name)}</code></td>"
        f'<td>{item.base:.3f}</td><td class="fig">{item.ours:.3f}</td>'
        f'<td class="ci">{bar}<span class="{style}">{item.difference:+.3f} '
        f"({item.low:+.3f} … {item.high:+.3f})</span></td>"
        f"<td>{item.p_value:.4f}</td><td>{votes}</td></tr>"
    )
