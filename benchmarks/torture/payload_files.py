"""Files that Quoth writes, full of payloads: evidence cards, evaluation reports, JSON.

Each is written as the command line writes it and opened from disk, where no header protects it.
A card is also made of a reply that somebody else wrote: then every one of its fields is a payload.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.torture.payload_library import Shelf, question_of, word_of
from benchmarks.torture.payload_watch import Watch
from qa.as_json import reply_json
from qa.evaluate.check import check
from qa.evaluate.compare import Comparison, compare
from qa.evaluate.html_report import report_page
from qa.evaluate.report import EvaluationReport, to_json
from qa.evaluate.runner import evaluate
from qa.evaluate.testset import Gold, Question, TestSet
from qa.proof import card_of
from qa.proof_html import card_page
from tests.payloads import Payload

_EMPTY = "<!doctype html><title>frames</title><body>"


def files(watch: Watch, _: str, shelf: Shelf) -> None:
    """Write every file with every payload, and open it from disk."""
    folder = shelf.embedded.folder.parent / "files written"
    folder.mkdir(exist_ok=True)
    base = _written(folder, "frames.html", _EMPTY)
    opened = [address for each in shelf.payloads for address in _cards(folder, shelf, each)]
    report = evaluated(shelf, shelf.payloads)
    worse = replace(report, rows=tuple(replace(row, rank=99) for row in report.rows))
    changed = compare(report, worse, "base")
    for payload in shelf.payloads:
        page = report_page(*about(report, changed, payload))
        opened.append(_written(folder, f"report-{payload.number}.html", page))
    watch.open_all(base, opened)
    watch.counts["files"] += len(opened)
    for name, text in (("all.html", report_page(report)), ("all.json", to_json(report))):
        watch.page.goto(_written(folder, name, text))
        while watch.page.locator("#more:visible").count():
            watch.page.click("#more")
        watch.touch(watch.page)
        watch.page.wait_for_timeout(500)
        watch.touch(watch.page)  # the details are built when they are opened
        watch.counts["files"] += 1


def _cards(folder: Path, shelf: Shelf, payload: Payload) -> Iterator[str]:
    """Yield the files of one payload: a reply's JSON, its card as JSON and page, a forged card."""
    number = payload.number
    reply = reply_json(shelf.ask(f"{payload.text[:1_800]} {word_of(payload)}"))
    for name, card in (("card", card_of(reply, "1")), ("forged", forged(payload.text))):
        yield _written(folder, f"{name}-{number}.html", card_page(card))
        yield _written(folder, f"{name}-{number}.json", json.dumps(card, ensure_ascii=False))
    yield _written(folder, f"reply-{number}.json", json.dumps(reply, ensure_ascii=False))


def forged(text: str) -> dict[str, Any]:
    """Return the card of a reply in which every field is this text."""
    fields = ("id", "title", "source", "author", "published", "fingerprint", "captured")
    mark = {"start": 1, "end": 2, "text": text, "kind": "answer"}
    extract = {
        "article": dict.fromkeys(fields, text),
        "passage": {"start": 0, "end": len(text), "text": text},
        "highlights": [mark],
    }
    return card_of({"question": text, "status": text, "extracts": [extract]}, text)


def evaluated(shelf: Shelf, payloads: Sequence[Payload]) -> EvaluationReport:
    """Return the report of a test set that asks and expects the payloads."""
    questions = tuple(
        Question(
            each.text, question_of(each)[:2_000], (Gold(f"payload-{each.number}", each.text),),
            each.text,
        )
        for each in payloads
    )  # fmt: skip
    asked = check(TestSet(payloads[0].text, "jsonl", questions), shelf)
    return evaluate(shelf, asked)


def about(
    report: EvaluationReport, changed: Comparison, payload: Payload
) -> tuple[EvaluationReport, Comparison]:
    """Return the report of one question, with the payload in all it says, and its comparison."""
    text = payload.text
    rows = [row for row in report.rows if row.id == text]
    rows = [replace(row, understood_as=text, prediction=text, error=text) for row in rows]
    named = replace(
        report.about, testset=text, digest=text, library=text, version=text, settings={text: text}
    )
    ours = replace(report, about=named, rows=tuple(rows), findings=(text,))
    return ours, replace(changed, base=text)


def _written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return (folder / name).as_uri()
