"""From replies to a report: stages, figures, the cross-check with ir_measures, stable JSON."""

from __future__ import annotations

import json
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from corpus.errors import TestSetError
from qa.answer import Copy, Extract
from qa.evaluate import report as records
from qa.evaluate import trec
from qa.evaluate.catalog import CATALOG
from qa.evaluate.check import check
from qa.evaluate.judge import covers
from qa.evaluate.ranking import UNFOUND, Judged
from qa.evaluate.report import EvaluationReport, QuestionResult
from qa.evaluate.resolve import Place
from qa.evaluate.runner import evaluate, timing
from qa.evaluate.terminal import findings_lines, report_table
from qa.evaluate.testset import Gold, Question, TestSet
from tests.evaluate_fake import BRIDGE, FERRY, FakeArchive, candidate, extract, lines_of, replied

SAILS, FREIGHT, COSTS, MILK = lines_of(FERRY)
TONNES, OPENED = lines_of(BRIDGE)
QUOTE = Gold("ferry", "Freight saved the ferry.")


def run(
    script: object = None, *questions: Question, k: int = 2, articles: tuple[Article, ...] = ()
) -> EvaluationReport:
    asked = questions or (Question("q", "Who?", (QUOTE,), "set:1"),)
    scripted = {asked[0].text: lambda: script} if script is not None else None
    archive = FakeArchive(articles or (FERRY, BRIDGE), scripted)  # type: ignore[arg-type]
    return evaluate(archive, check(TestSet("set", "jsonl", asked), archive), k=k)


OTHERS = [candidate(TONNES, 0.9), candidate(OPENED, 0.8, 2, 2)]
SHOWN = [extract(TONNES), extract(OPENED)]
STAGES = {
    "answered": replied([candidate(FREIGHT, 0.9)], [extract(FREIGHT)]),
    "never found": replied(OTHERS, SHOWN),
    "found by words only": replied([*OTHERS, candidate(FREIGHT, 0.1, None, 7)], SHOWN),
    "found by meaning only": replied([*OTHERS, candidate(FREIGHT, 0.1, 1, None)], SHOWN),
    "lost in fusion": replied([*OTHERS, candidate(FREIGHT, 0.1, 9, 9)], SHOWN),
    "lost in reading": replied([*OTHERS, candidate(FREIGHT, 0.85, None, 3)], SHOWN),
    "below the bar": replied([candidate(FREIGHT, 0.9)], [extract(FREIGHT)], abstain=True),
}


@pytest.mark.parametrize(("outcome", "script"), STAGES.items(), ids=STAGES.keys())
def test_the_stage_that_lost_it_is_named(outcome: str, script: object) -> None:
    row = run(script).rows[0]
    assert row.outcome == outcome
    assert row.values["shown"] == float(outcome == "answered")
    assert row.right == (outcome in {"answered", "below the bar"})


def test_ranks_after_each_stage_are_kept() -> None:
    row = run(replied([*OTHERS, candidate(FREIGHT, 0.85, 4, 3)], SHOWN)).rows[0]
    assert (row.rank, row.fused_rank, row.meaning_rank, row.words_rank) == (3, 2, 4, 3)
    assert row.article_rank == 2


def test_questions_without_gold_count_for_abstaining_only() -> None:
    question = Question("q", "Who?", (), "set:1")
    silent = run(replied(OTHERS, SHOWN, abstain=True), question).rows[0]
    loud = run(replied(OTHERS, SHOWN), question).rows[0]
    assert (silent.outcome, loud.outcome) == ("rightly abstained", "answered without gold")
    assert silent.values == {"exact": 1.0, "f1": 1.0, "decided": 1.0}
    assert loud.values == {"exact": 0.0, "f1": 0.0, "decided": 0.0}


def test_the_answer_mark_is_the_prediction() -> None:
    question = Question("q", "Cost?", (Gold("ferry", "12 crowns"),), "set:1")
    row = run(replied([candidate(COSTS, 0.9)], [extract(COSTS, "12 crowns")]), question).rows[0]
    assert (row.prediction, row.values["exact"]) == ("12 crowns", 1.0)
    assert (row.values["lit.sentence"], row.values["lit.answer"]) == (1.0, 1.0)
    short = run(replied([candidate(COSTS, 0.9)], [extract(COSTS, "12")]), question).rows[0]
    assert (short.values["lit.answer"], short.values["f1"]) == (0.0, pytest.approx(2 / 3, abs=1e-5))
    plain = Extract(COSTS, (), 0.5)
    assert run(replied([], [plain]), question).rows[0].prediction == COSTS.text


def test_a_quote_may_run_over_two_extracts() -> None:
    question = Question("q", "?", (Gold("ferry", "nine.\nFreight"),), "set:1")
    both = [extract(SAILS), extract(FREIGHT)]
    row = run(replied([candidate(SAILS, 0.9)], both), question).rows[0]
    assert (row.values["shown@1"], row.values["shown"]) == (0.0, 0.0)  # the line end is missing
    assert covers([Place("a", Span(0, 5)), Place("a", Span(5, 9))], [Place("a", Span(2, 8))])
    assert not covers([Place("a", Span(0, 5)), Place("a", Span(6, 9))], [Place("a", Span(2, 8))])
    assert not covers([Place("b", Span(0, 9))], [Place("a", Span(2, 8))])


def test_a_copy_in_another_article_shows_the_answer() -> None:
    copy = Article("copy", "A reprint", FERRY.text, "copy.md")
    original = Copy(lines_of(FERRY)[1], same_words=True)
    shown = Extract(lines_of(copy)[1], (), 0.5, also_in=(original,))
    row = run(replied([candidate(SAILS, 0.1)], [shown])).rows[0]
    assert (row.outcome, row.values["shown@1"]) == ("answered", 1.0)


def test_a_failed_question_and_a_missing_article_score_zero() -> None:
    report = run(
        None,
        Question("empty", "?", (QUOTE,), "set:1"),
        Question("lost", "Freight?", (Gold("tunnel", "x"),), "set:2"),
    )
    failed, lost = report.rows
    assert (failed.outcome, failed.error) == ("no reply", "the question is empty; type one")
    assert set(failed.values.values()) == {0.0}
    assert failed.values.keys() == lost.values.keys()
    assert lost.values["recall@100"] == lost.values["article.success@10"] == 0.0
    assert all(m.mean == 0 for m in report.measures if m.name.startswith(("success", "ndcg")))


def test_ids_that_a_scorer_would_take_for_equal_are_told_apart() -> None:
    asked = [Question(id, "Freight saved what?", (QUOTE,), id) for id in ("a\0b", "a\0c", "a", " ")]
    other = Question("\0", "It opened when?", (QUOTE,), "x")
    rows = run(None, *asked, other, k=1).rows
    assert [row.values["success@1"] for row in rows] == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_recall_counts_relevant_passages_that_were_not_found() -> None:
    question = Question("q", "Who?", (Gold("ferry", ""),), "set:1")
    row = run(replied([candidate(MILK, 0.9)], [extract(MILK)]), question).rows[0]
    assert (row.values["recall@100"], row.values["article.recall@100"]) == (0.25, 1.0)
    assert "f1" not in row.values


spans = st.tuples(st.integers(0, 40), st.integers(1, 15)).map(lambda t: Span(t[0], t[0] + t[1]))


@given(st.lists(spans, max_size=12, unique=True), spans)
def test_judged_passages_are_all_that_touch_the_place(parts: list[Span], place: Span) -> None:
    article = Article("a", "A", "x" * 60, "a.md")
    judged = Judged(lambda _: [Passage(article, span) for span in parts])
    touching = {f"a:{span.start}-{span.end}": 3 for span in parts if span.overlaps(place)}
    assert judged.ids([Place("a", place)], {"a": 3}) == (touching or {UNFOUND: 1})


def many() -> EvaluationReport:
    questions = [
        Question(f"q{i}", text, golds, f"set:{i}")
        for i, (text, golds) in enumerate(
            [
                ("what saved the ferry", (QUOTE,)),
                ("when does it open in 1931", (Gold("bridge", "1931"),)),
                ("how many tonnes it costs", (Gold(None, "12"),)),
                ("it costs crowns", (Gold("ferry", "12 crowns"),)),
                ("unicorns", ()),
                ("unicorn ferry", ()),
                ("the the", (Gold("ferry", "Milk goes by night."),)),
                ("?", (QUOTE,)),
            ]
        )
    ]
    return run(None, *questions)


@pytest.mark.parametrize("level", ["passage", "article"])
def test_our_figures_equal_ir_measures_on_the_trec_files(tmp_path: Path, level: trec.Level) -> None:
    report = many()
    run_file, qrels_file = tmp_path / "run", tmp_path / "qrels"
    run_file.write_text(trec.trec_run(report, level))
    qrels_file.write_text(trec.trec_qrels(report, level))
    names = {
        "Success@1": "success@1",
        "RR@10": "rr@10",
        "nDCG@10": "ndcg@10",
        "R@100": "recall@100",
    }
    theirs = ir_measures.calc_aggregate(
        [ir_measures.parse_measure(name) for name in names],
        list(ir_measures.read_trec_qrels(str(qrels_file))),
        list(ir_measures.read_trec_run(str(run_file))),
    )
    prefix = "article." if level == "article" else ""
    for measure, value in theirs.items():
        ours = report.measure(prefix + names[str(measure)])
        assert ours is not None
        assert ours.n == 6
        assert ours.mean == pytest.approx(value, abs=1e-4)
        assert 0 < value < 1 or level == "article"


def test_the_report_is_the_same_twice_and_survives_its_json() -> None:
    report = many()
    text = records.to_json(report)
    assert text == records.to_json(many())
    assert "timing" not in json.loads(text)
    assert records.from_dict(json.loads(text), "x.json") == report
    again = records.from_dict(json.loads(records.to_json(report, timing=True)), "x.json")
    assert again.timing == report.timing != ()


@pytest.mark.parametrize("text", ["[]", "{}", '{"schema": "quoth-evaluation-1"}', "{"])
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(TestSetError, match=r"base\.json"):
        records.load_report(path)


def test_every_measure_is_in_the_catalogue_with_an_interval_around_it() -> None:
    report = many()
    names = [measure.name for measure in report.measures]
    assert names == [name for name in CATALOG if name in set(names)]
    for measure in report.measures:
        assert measure.mean is not None
        assert measure.low is not None
        assert measure.high is not None
        assert measure.low <= measure.mean <= measure.high
    assert report.measure("abstain.recall") is not None


def test_history_and_k_reach_the_archive_and_progress_counts() -> None:
    archive, seen = FakeArchive(), []
    testset = TestSet("s", "jsonl", (Question("q", "ferry", (), "s:1", history=("before",)),))
    evaluate(archive, check(testset, archive), k=3, progress=lambda *done: seen.append(done))
    assert archive.asked == [("ferry", ("before",), 3)]
    assert seen == [(1, 1)]


def test_stage_times() -> None:
    stages = timing([{"find": 0.001, "total": 0.004}, {"find": 0.003, "total": 0.006, "odd": 0.1}])
    assert [stage.stage for stage in stages] == ["find", "total", "odd"]
    assert (stages[0].p50_ms, stages[0].mean_ms) == (pytest.approx(2), pytest.approx(2))
    assert stages[2].p50_ms == pytest.approx(50)


def test_predictions_and_table() -> None:
    report = many()
    predictions = json.loads(trec.squad_predictions(report))
    assert predictions.keys() == {row.id for row in report.rows}
    assert predictions["q4"] == ""
    table = report_table(report)
    assert "8 questions · 6 with an answer" in table
    assert "no reply" in table
    assert max(map(len, table.splitlines())) <= 100
    assert findings_lines(list("abc"), 2) == "a\nb\n… and 1 more\n"


def test_rows_are_frozen() -> None:
    row: QuestionResult = many().rows[0]
    with pytest.raises(AttributeError):
        row.rank = 1  # type: ignore[misc]
