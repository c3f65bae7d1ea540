"""Two reports side by side, bars for a gate, and the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from corpus.errors import TestSetError
from qa.evaluate.check import check
from qa.evaluate.compare import compare
from qa.evaluate.html_report import report_page
from qa.evaluate.html_rows import embedded, explain, pieces
from qa.evaluate.report import EvaluationReport, ShownExtract, ShownMark
from qa.evaluate.require import Bar, parse_bar, unmet
from qa.evaluate.runner import evaluate
from qa.evaluate.terminal import comparison_table
from qa.evaluate.testset import Gold, Question, TestSet
from tests.evaluate_fake import BRIDGE, FERRY, FakeArchive

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)>&"\u2028'


def measured(bias: float = 0.0, text: str = "what saved the ferry", k: int = 1) -> EvaluationReport:
    questions = tuple(
        Question(f"q{i}", f"{text} {i}", golds, f"set:{i}")
        for i, golds in enumerate([(Gold("ferry", "Freight"),)] * 12 + [()] * 4)
    )
    archive = FakeArchive([FERRY, BRIDGE], bias=bias)
    return evaluate(archive, check(TestSet("set", "jsonl", questions), archive), k=k)


def test_a_report_against_itself_is_no_difference() -> None:
    comparison = compare(measured(), measured())
    assert comparison.changed == ()
    assert comparison.differences
    for item in comparison.differences:
        assert (item.difference, item.low, item.high, item.p_value) == (0, 0, 0, 1)
        assert item.wins in (0, None)


def test_a_planted_regression_is_found() -> None:
    comparison = compare(measured(bias=5.0), measured(), "base.json")
    lost = comparison.of("success@1")
    assert lost is not None
    assert (lost.base, lost.ours, lost.wins, lost.losses) == (1.0, 0.0, 0, 12)
    assert lost.p_value < 0.01
    assert lost.high < 0
    assert len(comparison.changed) == 16
    table = comparison_table(comparison, shown=3)
    assert "success@1" in table
    assert "… and 13 more" in table


def test_a_base_of_another_test_set_is_refused() -> None:
    with pytest.raises(TestSetError, match=r"base.json: a report of test set “set” \(\w{8}\), not"):
        compare(measured(), measured(text="who saved the ferry"), "base.json")
    ours = measured()
    with pytest.raises(TestSetError, match="questions are missing"):
        compare(ours, replace(ours, rows=ours.rows[1:]))


@pytest.mark.parametrize(
    ("text", "bar"),
    [
        ("success@5>=0.85", Bar("success@5", ">=", 0.85)),
        (" ECE <= 5% ", Bar("ece", "<=", 0.05)),
        ("article.rr@10>.5", Bar("article.rr@10", ">", 0.5)),
    ],
)
def test_bars(text: str, bar: Bar) -> None:
    assert parse_bar(text) == bar


@pytest.mark.parametrize("text", ["", "success@5", "success@5=0.8", "success@5>=high", ">=1"])
def test_a_bar_that_cannot_be_read(text: str) -> None:
    with pytest.raises(TestSetError, match="cannot read"):
        parse_bar(text)


def test_unknown_measures_are_answered_with_the_list() -> None:
    with pytest.raises(TestSetError, match="no measure “mrr”; there are success@1"):
        parse_bar("mrr>=0.5")


def test_bars_not_met_are_one_line_each() -> None:
    report = measured()
    bars = [parse_bar(text) for text in ("success@1>=1", "f1>=0.999", "quote.rr@10>=0.1")]
    lines = unmet(bars, report)
    assert len(lines) == 2
    assert lines[0].startswith("f1>=0.999: not met, f1 is 0.")
    assert "gives no quote.rr@10" in lines[1]


class Page(HTMLParser):
    """Collects the addresses a page names and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "action", "srcset"}
        ]


def hostile() -> EvaluationReport:
    report = measured()
    row = report.rows[0]
    shown = ShownExtract("a", HOSTILE, 0, len(HOSTILE), HOSTILE, (), True)
    rows = (replace(row, question=HOSTILE, expected=(HOSTILE,), shown=(shown,)), *report.rows[1:])
    about = replace(report.about, testset=HOSTILE, version=HOSTILE, settings={HOSTILE: HOSTILE})
    return replace(report, rows=rows, about=about, findings=(HOSTILE,))


def test_the_page_is_one_file_and_nothing_in_it_becomes_markup() -> None:
    report = hostile()
    comparison = compare(report, measured(bias=5.0), HOSTILE)
    html = report_page(report, comparison)
    page = Page()
    page.feed(html)
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert page.addresses == ["data:,"]
    assert not re.search(r"url\(|@import|https?://", html)
    assert "default-src 'none'" in html
    data = re.search(r'id="rows">(.*?)</script>', html, re.S)
    assert data is not None
    assert json.loads(data[1])[0]["q"] == HOSTILE


def test_embedded_rows_hold_no_character_that_ends_a_script() -> None:
    text = embedded(hostile().rows, 5, {})
    assert not set(text) & set("<>&\u2028\u2029")


def test_pieces_join_to_the_extract_and_light_the_marks() -> None:
    text = "One two three. Four five six."
    marks = (ShownMark(115, 129, "sentence"), ShownMark(120, 124, "answer"))
    shown = ShownExtract("a", "A", 100, 129, text, marks, True)
    found = pieces(shown)
    assert "".join(piece for piece, _ in found) == text
    assert [piece for piece, light in found if light == 2] == ["five"]
    assert [piece for piece, light in found if light == 1] == ["Four ", " six."]


def test_a_long_extract_is_cut_around_its_mark() -> None:
    text = "word " * 1_000
    shown = ShownExtract("a", "A", 0, len(text), text, (ShownMark(3000, 3004, "answer"),), True)
    found = pieces(shown)
    joined = "".join(piece for piece, _ in found)
    assert ("word", 2) in found
    assert joined.startswith("… word")
    assert joined.endswith("word …")
    assert len(joined) < 620


def test_each_outcome_is_explained() -> None:
    row = measured().rows[0]
    said = explain(replace(row, outcome="lost in fusion", fused_rank=12, words_rank=None), 5)
    assert said == (
        "Both found it, but it fell behind the first 5. "
        f"By meaning {row.meaning_rank}st, by words not found, fused 12th."
    )
