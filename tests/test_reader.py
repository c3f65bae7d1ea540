"""The reader without its model: windows, spans, marks, weighing, order, time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from corpus.errors import ReaderError
from index.rows import StoredPassage
from qa.evidence import Evidence, QuestionForm, SentenceEvidence
from qa.fuse import Fused
from qa.reader.choose import reader_for
from qa.reader.marks import likely, marked, whole_words
from qa.reader.model import batch_of, checked
from qa.reader.passages import Reading, batches
from qa.reader.spans import LONGEST, ScoredSpan, best_spans, merged
from qa.reader.tokens import Window, window_starts
from qa.reader.trained import TrainedReader
from qa.reader.weigh import (
    AnswerWeights,
    RankWeights,
    Seen,
    chance,
    facts,
    rank,
    sigmoid,
)
from tests.fake_reader import PointingReader

Make = Callable[..., Article]


class Flat:
    """Weighs every term alike."""

    def weight(self, term: str) -> float:
        return 1.0


FORM = QuestionForm(np.array([[1.0, 0.0]], dtype=np.float32), ("ferry",), Flat())


def fused(article: Article, span: Span, score: float, number: int = 1) -> Fused:
    """A candidate whose one sentence is the whole passage."""
    row = np.array([0.5, 0.5], dtype=np.float32)
    stored = StoredPassage(number, Passage(article, span), row, (span,), row[None])
    evidence = Evidence(0.5, 0.0, (SentenceEvidence(span, 0.5, 0.0, 0.0),), 0.0)
    return Fused(stored, 0.5, None, 1, None, score, evidence)


@given(st.integers(0, 900), st.integers(2, 300), st.integers(0, 64))
def test_windows_leave_no_token_unread(length: int, room: int, overlap: int) -> None:
    starts = window_starts(length, room, overlap)
    read = {token for start in starts for token in range(start, min(length, start + room))}
    assert read == set(range(length))
    assert all(start + room <= max(length, room) for start in starts)


def test_a_batch_is_padded_and_masked() -> None:
    short = Window((1, 2), (0, 1), 1, (Span(0, 1),))
    long = Window((1, 2, 3), (0, 1, 1), 1, (Span(0, 1),))
    ids, mask, types = batch_of([short, long])
    assert ids.tolist() == [[1, 2, 0], [1, 2, 3]]
    assert mask.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert types.tolist() == [[0, 1, 0], [0, 1, 1]]
    assert {ids.dtype, mask.dtype, types.dtype} == {np.dtype(np.int64)}


def test_the_best_span_is_the_best_pair_in_the_passage() -> None:
    # Tokens: [CLS] q [SEP] then four of the passage; the question's own token scores highest.
    start = np.array([1.0, 9.0, 0.0, 0.0, 3.0, 0.0, 0.0], dtype=np.float32)
    end = np.array([1.0, 9.0, 0.0, 0.0, 0.0, 4.0, 0.0], dtype=np.float32)
    places = [Span(0, 3), Span(4, 7), Span(8, 11), Span(12, 15)]
    best = best_spans(start, end, 3, places)[0]
    assert best == ScoredSpan(Span(4, 11), 5.0)  # 3 + 4 - (1 + 1)


def test_an_answer_never_ends_before_it_starts_nor_grows_too_long() -> None:
    tokens = LONGEST + 5
    start, end = np.zeros(tokens, dtype=np.float32), np.zeros(tokens, dtype=np.float32)
    start[4], end[2] = 9, 9  # backwards
    end[tokens - 1] = 5  # too far from the best start
    places = [Span(2 * n, 2 * n + 1) for n in range(tokens - 1)]
    for item in best_spans(start, end, 1, places):
        width = (item.span.end - item.span.start + 1) // 2
        assert 0 < width <= LONGEST


@given(
    st.lists(st.floats(-8, 8, width=32), min_size=3, max_size=40),
    st.lists(st.floats(-8, 8, width=32), min_size=3, max_size=40),
)
def test_spans_agree_with_brute_force(starts: list[float], ends: list[float]) -> None:
    size = min(len(starts), len(ends))
    start = np.array(starts[:size], dtype=np.float32)
    end = np.array(ends[:size], dtype=np.float32)
    places = [Span(2 * n, 2 * n + 1) for n in range(size - 1)]
    found = best_spans(start, end, 1, places)
    every = [start[a] + end[b] for a in range(1, size) for b in range(a, size) if b - a < LONGEST]
    best = max(every) - start[0] - end[0]
    if size <= 21:  # all starts and ends are among those that are paired
        assert found[0].odds == pytest.approx(best, abs=1e-4)
    spans = [item.span for item in found]
    assert all(not a.overlaps(b) for n, a in enumerate(spans) for b in spans[n + 1 :])
    assert [s.odds for s in found] == sorted((s.odds for s in found), reverse=True)


def test_overlapping_windows_keep_the_better_of_two_spans() -> None:
    left = [ScoredSpan(Span(5, 9), 2.0), ScoredSpan(Span(0, 3), 1.0)]
    right = [ScoredSpan(Span(6, 12), 3.0)]
    assert merged([left, right]) == (right[0], left[1])


@pytest.mark.parametrize(
    ("span", "within", "expected"),
    [
        (Span(8, 12), Span(0, 24), "fifteen"),
        (Span(10, 20), Span(0, 24), "fifteen dollars"),
        (Span(8, 24), Span(0, 15), "fifteen"),
        (Span(7, 16), Span(0, 24), "fifteen"),
        (Span(0, 3), Span(8, 15), ""),
    ],
)
def test_marks_are_whole_words(span: Span, within: Span, expected: str) -> None:
    text = "It cost fifteen dollars."
    assert whole_words(text, span, within).of(text) == expected


TEXT = "Crews wait. The ferry costs 2 crowns, 3 crowns by night. It is late."
SENTENCES = (Span(0, 11), Span(12, 56), Span(57, 68))


def sentences(*scores: float) -> list[SentenceEvidence]:
    return [
        SentenceEvidence(s, score, 0.0, score) for s, score in zip(SENTENCES, scores, strict=True)
    ]


def test_the_words_lie_in_a_lit_sentence_and_a_list_has_several() -> None:
    reading = Reading(3.0, (ScoredSpan(Span(28, 36), 4.0), ScoredSpan(Span(38, 46), 3.5)))
    marks = marked(TEXT, sentences(0.2, 0.3, 0.2), reading)
    assert [(m.kind, m.span.of(TEXT)) for m in marks] == [
        ("sentence", TEXT[12:56]),
        ("answer", "2 crowns"),
        ("answer", "3 crowns"),
    ]


def test_what_is_unlikely_is_not_marked_but_the_likeliest_sentence_is_lit() -> None:
    reading = Reading(-5.0, (ScoredSpan(Span(28, 36), -6.0),))
    marks = marked(TEXT, sentences(0.2, 0.3, 0.9), reading)
    assert [(m.kind, m.span) for m in marks] == [("sentence", SENTENCES[2])]


def test_words_far_less_likely_than_the_best_are_not_marked_beside_it() -> None:
    reading = Reading(3.0, (ScoredSpan(Span(28, 36), 6.0), ScoredSpan(Span(38, 46), 1.0)))
    marks = marked(TEXT, sentences(0.2, 0.3, 0.2), reading)
    assert [m.span.of(TEXT) for m in marks if m.kind == "answer"] == ["2 crowns"]


def test_a_span_over_two_sentences_is_cut_to_the_one_that_holds_most() -> None:
    reading = Reading(3.0, (ScoredSpan(Span(47, 62), 4.0),))
    marks = marked(TEXT, sentences(0.1, 0.1, 0.1), reading)
    answer = next(m for m in marks if m.kind == "answer")
    assert answer.span.of(TEXT) == "by night."
    assert any(m.kind == "sentence" and m.span == SENTENCES[1] for m in marks)


spans = st.builds(
    lambda a, n, odds: ScoredSpan(Span(a, a + n), odds),
    st.integers(0, len(TEXT) - 1), st.integers(1, 30), st.floats(-10, 10),
)  # fmt: skip


@given(st.lists(spans, max_size=4), st.tuples(*[st.floats(-1, 1)] * 3))
def test_every_mark_is_proper(found: list[ScoredSpan], scores: tuple[float, ...]) -> None:
    ordered = tuple(sorted(found, key=lambda item: -item.odds))
    marks = marked(TEXT, sentences(*scores), Reading(0.0, ordered))
    lit = [m.span for m in marks if m.kind == "sentence"]
    words = [m.span for m in marks if m.kind == "answer"]
    assert lit
    assert len(likely(Reading(0.0, ordered))) >= len(words)
    for place in words:
        assert place.of(TEXT) == place.of(TEXT).strip() != ""
        assert any(s.start <= place.start and place.end <= s.end for s in lit)
    assert all(not a.overlaps(b) for n, a in enumerate(words) for b in words[n + 1 :])
    assert all(0 <= m.score <= 1 for m in marks)


def test_more_evidence_never_ranks_lower() -> None:
    weights = RankWeights()
    low = Seen(0.3, -1.0, -1.0)
    for better in (low._replace(fused=0.5), low._replace(relevance=2), low._replace(odds=2)):
        assert rank(better, weights) > rank(low, weights)


def test_facts_are_about_all_passages() -> None:
    weights = RankWeights(fused=1.0, relevance=1.0, odds=0.0, bias=0.0)
    every = [Seen(0.2, 1.0, 3.0), Seen(0.4, 2.0, -3.0)]
    assert facts(every, 0.5, weights) == pytest.approx((2.4, 1.2, 2.0, 3.0, 0.0))
    assert facts([], 0.0, weights).rank < -5
    found = facts(every, 0.5, weights)
    only = AnswerWeights(-2.4, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert chance(found, only) == pytest.approx(0.5)
    assert chance(found, replace(only, rules=1.0)) == pytest.approx(0.5)  # even odds add nothing
    assert chance(facts(every, 0.9, weights), replace(only, rules=1.0)) == pytest.approx(0.9)


@given(st.floats(-1e6, 1e6))
def test_sigmoid_stays_a_probability(odds: float) -> None:
    assert 0 <= sigmoid(odds) <= 1
    assert sigmoid(odds) + sigmoid(-odds) == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 11, 30])
def test_every_passage_is_in_one_batch(count: int) -> None:
    lengths = [(7 * n) % 11 for n in range(count)]
    order = [at for batch in batches(lengths) for at in batch]
    assert sorted(order) == list(range(count))
    assert order[:3] == list(range(min(3, count)))


def test_reading_turns_the_order_round_and_keeps_what_was_not_read_behind(
    make_article: Make,
) -> None:
    article = make_article("The ferry is blue. It costs 2 crowns. Nobody knows. The end.")
    places = [Span(0, 18), Span(19, 37), Span(38, 51), Span(52, 60)]
    candidates = [fused(article, place, 0.5 - 0.1 * at, at) for at, place in enumerate(places)]
    reader = TrainedReader(PointingReader("2 crowns", most=3))
    read = reader.read("What does it cost?", "What does it cost? (ferry)", FORM, FORM, candidates)
    assert [item.fused.stored.number for item in read.passages] == [1, 0, 2, 3]
    scores = [item.score for item in read.passages]
    assert scores[0] == read.confidence
    assert scores[0] > scores[1] > scores[2] > scores[3] == 0.0
    best = read.passages[0]
    assert [m.span.of(article.text) for m in best.highlights if m.kind == "answer"] == ["2 crowns"]


def test_the_model_sees_the_completed_question(make_article: Make) -> None:
    passages = PointingReader()
    article = make_article("The ferry is blue.")
    candidates = [fused(article, Span(0, 18), 0.5)]
    TrainedReader(passages).read("And it?", "And it? (the ferry)", FORM, FORM, candidates)
    assert passages.asked == ["And it? (the ferry)"]


def test_in_a_follow_up_the_finders_order_stays_and_the_words_are_marked(
    make_article: Make,
) -> None:
    article = make_article("The ferry is blue. It costs 2 crowns.")
    candidates = [fused(article, Span(0, 18), 0.5, 0), fused(article, Span(19, 37), 0.4, 1)]
    own = FORM._replace(terms=("cost",))
    read = TrainedReader(PointingReader("2 crowns")).read("And?", "And? (x)", FORM, own, candidates)
    assert [item.fused.stored.number for item in read.passages] == [0, 1]
    marks = read.passages[1].highlights
    assert [m.span.of(article.text) for m in marks if m.kind == "answer"] == ["2 crowns"]


def test_a_language_the_model_does_not_know_is_left_to_the_rules(make_article: Make) -> None:
    article = make_article("Die Fähre kostet 2 Kronen.", language="de")
    candidates = [fused(article, Span(0, 26), 0.5)]
    passages = PointingReader("2 Kronen")
    reader = TrainedReader(passages)
    read = reader.read("Was kostet die Fähre?", "Was kostet die Fähre?", FORM, FORM, candidates)
    assert passages.asked == []
    assert read.passages[0].highlights[0].kind == "sentence"


def test_the_fingerprint_tells_weights_apart() -> None:
    model = PointingReader()
    one = TrainedReader(model).fingerprint
    assert one == TrainedReader(PointingReader()).fingerprint
    assert one != TrainedReader(model, ranks=RankWeights(fused=1.0)).fingerprint


def test_a_damaged_reader_is_refused(tmp_path: Path) -> None:
    for name in ("reader.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "reader.json").write_text(json.dumps({"sha256": {"reader.onnx": "00"}}))
    with pytest.raises(ReaderError, match=r"reader\.onnx is damaged.*--reader none"):
        checked(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sha256": 1}', "\x00"])
def test_a_folder_that_is_no_reader_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "reader.json").write_text(content)
    with pytest.raises(ReaderError, match="holds no reader"):
        checked(tmp_path)


def test_a_reader_is_chosen_by_what_its_folder_holds(tmp_path: Path) -> None:
    assert reader_for("none").fingerprint.startswith("rules")
    with pytest.raises(ReaderError, match="neither"):
        reader_for(str(tmp_path))
    with pytest.raises(ReaderError, match="--reranker needs a reader"):
        reader_for("none", reranker="x")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"never read")
    with pytest.raises(ReaderError, match="no safetensors"):
        reader_for(str(tmp_path))
