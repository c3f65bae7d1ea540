"""The geometry of a PDF page: which characters form a line, which lines form a paragraph.

Knows nothing of articles. Where a page's geometry cannot be read, lines come without it and only
their text decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ctypes import c_double
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_HYPHENS = "-\u00ad\u2010\ufffe\x02"  # pdfium marks a hyphen at a line's end as U+0002 or U+FFFE
_HYPHEN_INSIDE = re.compile(r"[\ufffe\x02](?=\S)")  # two lines that pdfium has joined already
_BROKEN_WORD = re.compile(r"[^\W\d_]{2,}\Z")
_DIGITS = re.compile(r"\d+")
_FEWEST_PAGES = 3
_LONGEST_FURNITURE = 100
_LONGEST_HEADING = 120


@dataclass(frozen=True)
class Line:
    """A line of a page: its text, baseline height, size of type, left and right edge (points)."""

    text: str
    y: float | None = None
    size: float = 0.0
    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True)
class Layout:
    """What is usual in a document: size of type, distance between lines, right edge (points)."""

    body_size: float
    gap: float
    width: float


def lines_of(page: pdfium.PdfPage) -> list[Line]:
    """Return the lines of a page in the file's own order.

    Raises:
        pypdfium2.PdfiumError: the page cannot be loaded.
    """
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range()
        # Offsets count what pdfium counts; where Python disagrees, geometry would be of the wrong
        # characters, so there is none.
        placed = len(text) == textpage.count_chars()
        lines, start = [], 0
        for part in re.split(r"(\r\n|\r|\n)", text):
            if part.strip():
                lines.append(_placed(textpage, part, start) if placed else Line(part.strip()))
            start += len(part)
        return lines
    finally:
        textpage.close()
        page.close()


def _placed(textpage: pdfium.PdfTextPage, part: str, start: int) -> Line:
    """Return a line with its geometry, read at its first and last visible characters."""
    first = start + len(part) - len(part.lstrip())
    last = start + len(part.rstrip()) - 1
    x, y = c_double(), c_double()
    if not pdfium_c.FPDFText_GetCharOrigin(textpage, first, x, y):
        return Line(part.strip())
    size = pdfium_c.FPDFText_GetFontSize(textpage, first)
    right = c_double()
    pdfium_c.FPDFText_GetCharOrigin(textpage, last, right, c_double())
    return Line(part.strip(), y.value, round(size, 1), x.value, right.value)


def furniture_lines(pages: list[list[Line]]) -> frozenset[Line]:
    """Return running heads and feet: lines at a page's edge that most pages share but for digits.

    >>> pages = [[Line(f"Handbook, page {n}"), Line(f"Text {'abc'[n]} here.")] for n in range(3)]
    >>> sorted(line.text for line in furniture_lines(pages))
    ['Handbook, page 0', 'Handbook, page 1', 'Handbook, page 2']
    """
    if len(pages) < _FEWEST_PAGES:
        return frozenset()
    edges = [{*lines[:2], *lines[-2:]} for lines in pages]
    seen = Counter(shape for edge in edges for shape in {_shape(line) for line in edge})
    shared = {shape for shape, count in seen.items() if count > len(pages) / 2}
    return frozenset(
        line
        for edge in edges
        for line in edge
        if _shape(line) in shared and len(line.text) <= _LONGEST_FURNITURE
    )


def _shape(line: Line) -> str:
    return _DIGITS.sub("#", line.text)


def measure(pages: list[list[Line]]) -> Layout:
    """Return what is usual in a document, so that headings and gaps can be told by contrast."""
    lines = [line for page in pages for line in page]
    return Layout(
        body_size=_most_common([line.size for line in lines for _ in range(len(line.text))]),
        gap=_most_common([round(gap) for page in pages for gap in _gaps(page)]),
        width=max((line.right for line in lines), default=0.0),
    )


def paragraphs(lines: list[Line], layout: Layout) -> Iterator[tuple[str, int]]:
    """Join lines to paragraphs and headings; yield each text with its level (0 = body)."""
    group: list[Line] = []
    for line in lines:
        if group and _breaks(group[-1], line, layout):
            yield _joined(group, layout.body_size)
            group = []
        group.append(line)
    if group:
        yield _joined(group, layout.body_size)


def _gaps(lines: list[Line]) -> Iterator[float]:
    """Yield the distances from each line down to the next."""
    for above, below in pairwise(lines):
        if above.y is not None and below.y is not None and above.y - below.y > 1:
            yield above.y - below.y


def _most_common(values: list[float] | list[int]) -> float:
    """Return the most frequent value, 0 if there is none; ties go to the smaller."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else 0.0


def _breaks(above: Line, line: Line, layout: Layout) -> bool:
    """Tell whether a new paragraph begins with `line`."""
    if above.y is None or line.y is None:
        return above.text.endswith((".", "!", "?", ":")) and len(above.text) < 50
    if abs(above.size - line.size) > 0.5:
        return True
    distance = above.y - line.y
    if distance > max(layout.gap * 1.3, line.size * 0.9):
        return True
    # Without a gap, a line that ends well before the margin after a full stop ends its paragraph,
    # and so does an indent; a jump upwards is a new column and breaks nothing.
    short = above.right < layout.width * 0.75 and above.text.endswith((".", "!", "?"))
    return distance > 0 and (short or line.left - above.left > line.size * 0.8 > 0)


def _joined(group: list[Line], body_size: float) -> tuple[str, int]:
    """Join the lines of a paragraph and tell its level from the size of its type."""
    text = ""
    for line in group:
        for part in _HYPHEN_INSIDE.sub("\\g<0>\n", line.text).split("\n"):
            text = _append(text, part)
    size = group[0].size
    large = size > body_size * 1.15 > 0 and len(text) <= _LONGEST_HEADING
    if not large:
        return text, 0
    return text, 1 if size >= body_size * 1.6 else 2


def _append(text: str, line: str) -> str:
    """Append a line, mending a word broken at the line's end only where that is safe.

    A hyphen goes only if both halves are plain letters and the second begins in lower case;
    "Russia-" + "Ukraine", "30-" + "day" and "well- " keep theirs.

    >>> _append("the exam-", "ple shows"), _append("the Russia-", "Ukraine war")
    ('the example shows', 'the Russia-Ukraine war')
    """
    if not text:
        return line
    if text[-1] not in _HYPHENS:
        return f"{text} {line}"
    stem = text[:-1]
    if _BROKEN_WORD.search(stem) and line[:1].islower() and text[-1] in _HYPHENS:
        return stem + line
    return f"{stem}-{line}" if stem[-1:].strip() else f"{text} {line}"
