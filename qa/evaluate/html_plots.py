"""The report's plots as inline SVG: risk-coverage, reliability, ranks, intervals, times.

Pure functions from numbers to markup; colours come from the page's style sheet by class. What
the numbers mean is decided by `abstention` and `summary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qa.evaluate.abstention import Bin, Curve

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 40
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
MOST_POINTS = 400
"""Points drawn of a curve; more would not show and only make the page heavy."""


def risk_coverage_plot(curve: Curve, operating: tuple[float, float] | None) -> str:
    """Draw the share wrong over the share answered; `operating` marks the present bar."""
    count = len(curve.coverage)
    if not count:
        return _frame("Risk-coverage curve", _empty("No questions"))
    step = max(1, count // MOST_POINTS)
    chosen = sorted({*range(0, count, step), count - 1})
    highest = max([0.1, *(float(curve.risk[i]) for i in chosen), *(operating or ())[1:]])
    top = min(1.0, -(-highest * 10 // 1) / 10)  # the next tenth above
    points = [(_x(float(curve.coverage[i])), _y(float(curve.risk[i]) / top)) for i in chosen]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{points[0][0]:.1f},{_y(0):.1f} {line} {points[-1][0]:.1f},{_y(0):.1f}"
    body = f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/>'
    if operating is not None:
        x, y = _x(operating[0]), _y(operating[1] / top)
        body += (
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>At the present bar: '
            f"{operating[0]:.0%} answered, {operating[1]:.0%} of those wrong</title></circle>"
        )
    return _frame("Risk-coverage curve", _axes("questions answered", "wrong", top) + body)


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Draw the share that was right over the confidence, one dot per bin of equal count."""
    if not bins:
        return _frame("Reliability plot", _empty("No questions"))
    points = [(_x(part.confidence), _y(part.right)) for part in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    ideal = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    dots = "".join(
        f'<circle class="dot small" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>confidence '
        f"{part.confidence:.2f}, right {part.right:.0%} of {part.questions}</title></circle>"
        for (x, y), part in zip(points, bins, strict=True)
    )
    curve = f'<polyline class="line" points="{line}"/>'
    return _frame("Reliability plot", _axes("confidence", "right", 1.0) + ideal + curve + dots)


def histogram(bars: Sequence[tuple[str, int]], name: str, last_is_bad: bool = True) -> str:
    """Draw counts as labelled bars; the last one (not found) in the warning colour."""
    total = sum(count for _, count in bars)
    highest = max([1, *(count for _, count in bars)])
    slot = (WIDTH - 2 * RIGHT) / max(1, len(bars))
    parts = [f'<line class="axis" x1="{RIGHT}" y1="{_y(0)}" x2="{WIDTH - RIGHT}" y2="{_y(0)}"/>']
    for number, (label, count) in enumerate(bars):
        tall = (PLOT_HEIGHT - 16) * count / highest
        x, y = RIGHT + slot * number, _y(0) - tall
        bad = " bad" if last_is_bad and number == len(bars) - 1 else ""
        middle = x + slot / 2
        share = _percent(count, total)
        parts.append(
            f'<g><rect class="bar{bad}" x="{x + slot * 0.12:.1f}" y="{y:.1f}" rx="2" '
            f'width="{slot * 0.76:.1f}" height="{tall:.1f}"/>'
            f'<text class="num" x="{middle:.1f}" y="{y - 5:.1f}">{share}</text>'
            f'<text class="tick" x="{middle:.1f}" y="{_y(0) + 17:.1f}">{escape(label)}</text>'
            f"<title>{escape(label)}: {count} questions</title></g>"
        )
    parts.append(f'<text class="tick" x="{WIDTH / 2}" y="{HEIGHT - 4}">{escape(name)}</text>')
    return _frame(f"Histogram: {name}", "".join(parts))


def interval_bar(low: float, mean: float, high: float, least: float = 0, most: float = 1) -> str:
    """Draw a figure with its interval on a track from `least` to `most`; 0 gets a tick."""

    def at(value: float) -> float:
        return 4 + 192 * (min(max(value, least), most) - least) / ((most - least) or 1)

    zero = f'<line class="zero" x1="{at(0):.1f}" y1="1" x2="{at(0):.1f}" y2="15"/>'
    return (
        '<svg class="interval" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" x="4" y="7" width="192" height="2" rx="1"/>'
        f"{zero if least < 0 else ''}"
        f'<rect class="range" x="{at(low):.1f}" y="4.5" rx="3.5" height="7" '
        f'width="{max(2.0, at(high) - at(low)):.1f}"/>'
        f'<rect class="mean" x="{at(mean) - 1.2:.1f}" y="1.5" width="2.4" height="13" rx="1"/>'
        "</svg>"
    )


def stacked_bar(parts: Sequence[tuple[str, float]], name: str, unit: str) -> str:
    """Draw shares of a whole as one bar; the parts are coloured `c0`, `c1`, … in order."""
    whole = sum(value for _, value in parts) or 1.0
    x, shapes = 0.0, []
    for number, (label, value) in enumerate(parts):
        wide = 400 * value / whole
        shapes.append(
            f'<rect class="c{number}" x="{x:.2f}" y="0" width="{wide:.2f}" height="28">'
            f"<title>{escape(label)}: {value:.4g} {escape(unit)}</title></rect>"
        )
        x += wide
    return (
        f'<svg class="stack" viewBox="0 0 400 28" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(name)}">{"".join(shapes)}</svg>'
    )


def _percent(count: int, total: int) -> str:
    """Return a whole percentage; a few of many are not none: `3, 1190` → `<1%`."""
    if count and count / total < 0.005:
        return "<1%"
    return f"{count / total:.0%}" if total else "0%"


def _x(share: float) -> float:
    return LEFT + PLOT_WIDTH * share


def _y(share: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - share)


def _axes(across: str, up: str, top: float) -> str:
    """Grid lines with percentages, and the names of both axes."""
    parts = []
    for fourth in range(5):
        share = fourth / 4
        parts.append(
            f'<line class="grid" x1="{LEFT}" y1="{_y(share)}" x2="{_x(1)}" y2="{_y(share)}"/>'
            f'<text class="tick end" x="{LEFT - 6}" y="{_y(share) + 4}">{share * top:.3g}</text>'
            f'<text class="tick" x="{_x(share)}" y="{_y(0) + 16}">{share:.3g}</text>'
        )
    middle = TOP + PLOT_HEIGHT / 2
    parts.append(
        f'<text class="tick" x="{LEFT + PLOT_WIDTH / 2}" y="{HEIGHT - 5}">{across}</text>'
        f'<text class="tick" transform="translate(10 {middle}) rotate(-90)">{up}</text>'
    )
    return "".join(parts)


def _empty(message: str) -> str:
    return f'<text class="tick" x="{WIDTH / 2}" y="{HEIGHT / 2}">{escape(message)}</text>'


def _frame(name: str, body: str) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(name)}">{body}</svg>'
    )
