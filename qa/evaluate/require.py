"""Bars for a gate: parse `success@5>=0.85`, and say which are not met."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from corpus.errors import TestSetError
from qa.evaluate.catalog import CATALOG
from qa.evaluate.report import EvaluationReport

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_BAR = re.compile(
    r"\s*([a-z0-9.@]+)\s*(>=|<=|>|<)\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(%?)\s*", re.I
)


@dataclass(frozen=True)
class Bar:
    """A measure's name, the comparison, and the number it has to stand against."""

    name: str
    comparison: str
    number: float

    def __str__(self) -> str:
        return f"{self.name}{self.comparison}{self.number:g}"


def parse_bar(text: str) -> Bar:
    """Parse one bar; a percentage is taken as its hundredth.

    >>> parse_bar("success@5 >= 85%")
    Bar(name='success@5', comparison='>=', number=0.85)
    """
    match = _BAR.fullmatch(text)
    if match is None:
        raise TestSetError(
            f"--require: cannot read “{text:.60}”; write a bar as 'success@5>=0.85' (quoted)"
        )
    name, comparison, number, percent = match.groups()
    name = name.lower()
    if name not in CATALOG:
        raise TestSetError(f"--require: no measure “{name}”; there are {', '.join(CATALOG)}")
    return Bar(name, comparison, float(number) / (100 if percent else 1))


def unmet(bars: Iterable[Bar], report: EvaluationReport) -> list[str]:
    """Return one line per bar that the report does not meet; a missing figure meets none."""
    lines = []
    for bar in bars:
        measure = report.measure(bar.name)
        if measure is None or measure.mean is None:
            lines.append(f"{bar}: not met, this test set gives no {bar.name}")
        elif not OPERATORS[bar.comparison](measure.mean, bar.number):
            lines.append(f"{bar}: not met, {bar.name} is {measure.mean:.4f} (n = {measure.n})")
    return lines
