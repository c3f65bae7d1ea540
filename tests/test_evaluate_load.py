"""Reading test sets: every format, and what is said about broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.article import Span
from corpus.errors import TestSetError
from qa.evaluate.load import load_testset
from qa.evaluate.testset import Gold


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def squad(tmp_path: Path, **change: object) -> Path:
    qas = [
        {"id": "a", "question": "When?", "answers": [{"text": "1917", "answer_start": 19}]},
        {
            "id": "b",
            "question": "Who?",
            "answers": [],
            "is_impossible": True,
            "plausible_answers": [{"text": "war", "answer_start": 4}],
        },
    ]
    paragraph = {"context": "The war of 1917, no 1917.", "qas": qas} | change
    record = {"version": "v2.0", "data": [{"title": "A_war", "paragraphs": [paragraph]}]}
    return write(tmp_path / "small.json", json.dumps(record))


def beir(tmp_path: Path, qrels: str) -> Path:
    folder = tmp_path / "beirset"
    write(
        folder / "corpus.jsonl",
        '{"_id": "d 1", "title": "T", "text": "One"}\n'
        '{"_id": "d2", "title": "Only a title", "text": ""}\n',
    )
    write(folder / "queries.jsonl", '{"_id": "q1", "text": "one?"}\n{"_id": "q9", "text": "no"}')
    write(folder / "qrels" / "test.tsv", qrels)
    return folder


def test_jsonl_keeps_quotes_history_and_line(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl",
        '\ufeff{"question": "Who?", "answers": ["Freight"], "article": "ferry", "id": 7,'
        ' "history": ["What?"], "note": "x"}\n\n{"question": "Why?"}\n'
        '{"question": "One?", "answer": "just\u2028one"}\n',
    )
    loaded = load_testset(path)
    first, second, third = loaded.questions
    assert (first.id, first.history, first.where) == ("7", ("What?",), f"{path}:1")
    assert first.golds == (Gold("ferry", "Freight"),)
    assert (second.id, second.answerable) == ("line-3", False)
    assert len(third.golds) == 1
    assert third.golds[0].article is None


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_merges_rows_of_one_id(tmp_path: Path, separator: str) -> None:
    rows = ["Question", "Answer", "ARTICLE", "id"], ["Who?", "A", "x", "1"], ["Who?", "B", "x", "1"]
    text = "\r\n".join(separator.join(row) for row in rows)
    loaded = load_testset(write(tmp_path / "set.csv", text + f"\r\nNone?{separator * 3}\r\n"))
    assert [gold.quote for gold in loaded.questions[0].golds] == ["A", "B"]
    assert not loaded.questions[1].answerable


def test_squad_points_at_the_second_1917_and_keeps_the_plausible_paragraph(tmp_path: Path) -> None:
    record = squad(tmp_path, context="The war of 1917, no 1917.")
    text = record.read_text().replace('"answer_start": 19', '"answer_start": 20')
    loaded = load_testset(write(tmp_path / "s.json", text))
    gold = loaded.questions[0].golds[0]
    assert gold.span == Span(20, 24)
    assert loaded.articles[0].title == "A war"
    assert loaded.questions[1].golds == ()
    assert loaded.questions[1].paragraph == "The war of 1917, no 1917."


def test_squad_answer_follows_the_text_when_cleaning_moves_it(tmp_path: Path) -> None:
    context = "  The\u200b wa\u0301r of\r\n1917, no 1917."
    start = context.rindex("1917")
    path = squad(
        tmp_path,
        context=context,
        qas=[
            {"id": "a", "question": "When?", "answers": [{"text": "1917", "answer_start": start}]}
        ],
    )
    question = load_testset(path).questions[0]
    assert question.paragraph is not None
    span = question.golds[0].span
    assert span is not None
    assert span.of(question.paragraph) == "1917"
    assert span.start == question.paragraph.rindex("1917")


def test_beir_golds_are_whole_articles_with_grades(tmp_path: Path) -> None:
    folder = beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\td 1\t2\nq1\td2\t0\n")
    loaded = load_testset(folder)
    assert [question.id for question in loaded.questions] == ["q1"]
    assert loaded.questions[0].golds == (Gold(loaded.articles[0].id, "", grade=2),)
    assert loaded.articles[1].text == "Only a title"


def test_the_digest_is_of_the_content_not_the_file(tmp_path: Path) -> None:
    line = '{"id": "1", "question": "Who?", "answers": ["A"]}'
    one = load_testset(write(tmp_path / "one.jsonl", line))
    same = load_testset(write(tmp_path / "two.jsonl", f"\n\n{line}"))
    other = load_testset(write(tmp_path / "three.jsonl", line.replace("[", '["B", ')))
    assert one.digest == same.digest != other.digest


BROKEN = {
    "empty json": ("x.json", "", "empty"),
    "foreign json": ("x.json", '{"people": []}', "no SQuAD file"),
    "json that is none": ("x.json", "{", "not valid JSON"),
    "deep json": ("x.json", "[" * 200_000, "not"),
    "unknown format": ("x.docx", "hello", "unknown format"),
    "empty jsonl": ("x.jsonl", "\n\n", "holds no question"),
    "line 2 broken": ("x.jsonl", '{"question": "a"}\n{"question', "x.jsonl:2: not valid JSON"),
    "not an object": ("x.jsonl", "[1]", "x.jsonl:1: expected a JSON object"),
    "foreign jsonl": ("x.jsonl", '{"text": "a"}', "no “question” (found: text)"),
    "empty question": ("x.jsonl", '{"question": "  "}', "missing or empty"),
    "answers no list": ("x.jsonl", '{"question": "a", "answers": 3}', "must be a list"),
    "empty quote": ("x.jsonl", '{"question": "a", "answers": [""]}', "non-empty texts"),
    "id twice": ("x.jsonl", '{"id":1,"question":"a"}\n{"id":1,"question":"b"}', "2: id “1”"),
    "csv without columns": ("x.csv", "who,what\n1,2\n", "no column “question”"),
    "csv with too many cells": ("x.csv", "question,answer\na,b,c\n", "x.csv:2: more cells"),
    "csv id reused": ("x.csv", "id,question\n1,a\n1,b\n", "x.csv:3: id “1”"),
    "half a character in a question": (
        "x.jsonl", '{"question": "Sur \\ud800?"}', "x.jsonl:1: a text holds half a character",
    ),
    "half a character in an id": ("x.jsonl", '{"id": "\\udfff", "question": "a"}', "(\\udfff)"),
    "half a character in the history": (
        "x.jsonl", '{"question": "a"}\n{"question": "b", "history": ["\\uD800"]}', "x.jsonl:2: a t",
    ),
    "endless number": ("x.jsonl", f'{{"question": "a", "id": {"9" * 5_000}}}', "5,000 digits"),
    "endless squad offset": ("x.json", f'{{"data": [{"9" * 5_000}]}}', "5,000 digits"),
    "csv with a broken header": ("x.csv", '"question', "x.csv:1: broken CSV"),
    "squad offset": (
        "x.json",
        '{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "1", "question": "q",'
        ' "answers": [{"text": "zz", "answer_start": 0}]}]}]}]}',
        "data[0].paragraphs[0].qas[0]: the answer “zz” does not occur",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_named_in_one_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = write(tmp_path / name, text)
    with pytest.raises(TestSetError) as caught:
        load_testset(path)
    message = str(caught.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message


def test_a_pair_of_escapes_is_one_whole_character(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"question": "Who \\ud83d\\udea2?"}')
    loaded = load_testset(path)
    assert loaded.questions[0].text == "Who \N{SHIP}?"
    assert loaded.digest


def test_latin1_and_missing_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("question,answer\nWarum,Größe".encode("latin-1"))
    (tmp_path / "empty").mkdir()
    for path, said in (("x.csv", "UTF-8"), ("no.json", "no such file"), ("empty", "corpus.jsonl")):
        with pytest.raises(TestSetError, match=said):
            load_testset(tmp_path / path)


@pytest.mark.parametrize(
    ("qrels", "said"),
    [
        ("query-id\tcorpus-id\tscore\nq5\td2\t1\n", r"test.tsv:2: query “q5” is not in queries"),
        ("q1 d2 1\n", r"test.tsv:1: expected"),
        ("q1\td2\thigh\n", r"test.tsv:1: expected"),
        ("q1\td2\t--1\n", r"test.tsv:1: expected"),
        (f"q1\td2\t{'9' * 5_000}\n", r"test.tsv:1: expected"),
        ("query-id\tcorpus-id\tscore\n", "holds no question"),
    ],
    ids=["query missing", "spaces", "grade", "two signs", "endless grade", "empty"],
)
def test_broken_qrels(tmp_path: Path, qrels: str, said: str) -> None:
    with pytest.raises(TestSetError, match=said):
        load_testset(beir(tmp_path, qrels))
