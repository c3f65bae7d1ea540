"""The report's list of questions as data for its script: shown, expected, which stage lost it.

Only plain text goes in; the script puts it on the page as text, never as markup. The page
around it is made by `html_report`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from qa.evaluate.report import Outcome, QuestionResult, ShownExtract

WINDOW = 600
"""Characters shown of an extract, around its first mark."""

Piece = tuple[str, int]
"""Text and how it is lit: 0 not, 1 as a sentence, 2 as the answer."""


def embedded(rows: Sequence[QuestionResult], k: int, before: Mapping[str, Outcome]) -> str:
    """Return the rows as JSON that is safe inside a `<script>` element.

    `before` gives the outcome in the base report of each question that changed.
    """
    data = [_row(row, k, before.get(row.id)) for row in rows]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for unsafe in "<>&\u2028\u2029":  # no tag, comment or line end can begin inside the script
        text = text.replace(unsafe, f"\\u{ord(unsafe):04x}")
    return text


def explain(row: QuestionResult, k: int) -> str:
    """Say in one or two sentences what became of the question, and why."""
    ranks = (
        f"By meaning {_ordinal(row.meaning_rank)}, by words {_ordinal(row.words_rank)}, "
        f"fused {_ordinal(row.fused_rank)}."
    )
    bar = f"Confidence {row.confidence:.2f}, bar {row.bar:.2f}."
    return {
        "answered": f"An extract shows the place. {ranks}",
        "never found": "Neither finder brought up a passage with the answer.",
        "found by words only": f"Only the words found it, and too weakly. {ranks}",
        "found by meaning only": f"Only the meaning found it, and too weakly. {ranks}",
        "lost in fusion": f"Both found it, but it fell behind the first {k}. {ranks}",
        "lost in reading": f"Among the first {k} after fusion, but not shown. {ranks}",
        "below the bar": f"Found, but held back. {bar} {ranks}",
        "rightly abstained": f"The archive has no answer, and the reply says so. {bar}",
        "answered without gold": f"The test set knows no answer, but one was given. {bar}",
        "no reply": f"No reply: {row.error or 'the question could not be asked'}",
    }[row.outcome]


def pieces(extract: ShownExtract) -> list[Piece]:
    """Cut the extract to a window around its first mark and split it where the light changes."""
    lit = sorted(extract.marks, key=lambda mark: (mark.kind != "answer", mark.start))
    focus = (lit[0].start - extract.start) if lit else 0
    first = max(0, min(focus - WINDOW // 3, len(extract.text) - WINDOW))
    last = min(len(extract.text), first + WINDOW)
    first = extract.text.find(" ", first, focus) + 1 or first if first else 0
    last = max(focus, extract.text.rfind(" ", focus, last)) if last < len(extract.text) else last
    found: list[Piece] = [("… ", 0)] if first else []
    edges = {first, last}
    for mark in extract.marks:
        edges |= {mark.start - extract.start, mark.end - extract.start}
    cuts = sorted(edge for edge in edges if first <= edge <= last)
    for start, end in pairwise(cuts):
        found.append((extract.text[start:end], _light(extract, extract.start + start)))
    if last < len(extract.text):
        found.append((" …", 0))
    return found


def _light(extract: ShownExtract, offset: int) -> int:
    """Return the strongest light on the character at `offset` of the article."""
    lights = (
        2 if mark.kind == "answer" else 1
        for mark in extract.marks
        if mark.start <= offset < mark.end
    )
    return max(lights, default=0)


def _row(row: QuestionResult, k: int, before: Outcome | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "q": row.question,
        "as": row.understood_as if row.understood_as != row.question else "",
        "at": row.where,
        "o": row.outcome,
        "was": before or "",
        "c": row.confidence,
        "r": row.rank or 0,
        "f1": row.values.get("f1"),
        "why": explain(row, k),
        "want": list(row.expected),
        "in": list(row.expected_in),
        "said": row.prediction[:WINDOW],
        "shown": [
            {"t": item.title, "at": f"{item.start}–{item.end}", "ok": item.right, "p": pieces(item)}
            for item in row.shown
        ],
    }


def _ordinal(rank: int | None) -> str:
    """Name a rank: 1 → `1st`, 12 → `12th`, None → `not found`."""
    if rank is None:
        return "not found"
    ending = "th" if 10 < rank % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"
