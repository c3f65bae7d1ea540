"""`quoth evaluate`, `tune` and `why` as they are typed, over an invented language and a fake
encoder; one test asks the real one."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import main
from corpus.errors import LibraryDamaged
from index.library import Library
from index.put import put_articles
from qa.archive import Archive
from qa.evaluate.check import check
from qa.evaluate.gathered import fields_of, gather_question
from qa.evaluate.load import load_testset
from qa.evaluate.stages import standing
from qa.evaluate.why import why
from qa.fuse import FusionWeights
from qa.rules import TUNED, AskRules
from tests.conftest import FakeEncoder

ENCODERS: list[FakeEncoder] = []


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Put the fake where the command line loads an encoder."""
    ENCODERS.clear()
    if "encoder" in request.keywords:
        return

    def made(name: str = "fake") -> FakeEncoder:
        ENCODERS.append(FakeEncoder())
        return ENCODERS[-1]

    monkeypatch.setattr("index.sentence_encoder.SentenceEncoder", made)


def squad(path: Path, articles: int = 30, *, first: int = 0, impossible: bool = False) -> Path:
    """Write a SQuAD file of invented words; each question takes four words of its answer."""
    dice = random.Random(7)
    words = ["".join(dice.choices("abdeiklmnorstu", k=6)) for _ in range(900)]
    data = []
    for number in range(articles):
        paragraphs = []
        for part in range(3):
            text = " ".join(dice.choices(words, k=24)).capitalize() + "."
            answer = " ".join(text.split()[8:14])
            asked = "Who " + " ".join(dice.sample(answer.split(), 4)) + "?"
            name = f"{number}-{part}"
            answers = [] if impossible and part == 2 else [answer]
            gold = [{"text": each, "answer_start": text.index(each)} for each in answers]
            item = {"id": name, "question": asked, "answers": gold, "is_impossible": not gold}
            paragraphs.append({"context": text, "qas": [item]})
        data.append({"title": f"Title {number}", "paragraphs": paragraphs})
    path.write_text(json.dumps({"data": data[first:]}), encoding="utf-8")
    return path


@pytest.fixture
def testset(tmp_path: Path) -> Path:
    return squad(tmp_path / "set.json")


@pytest.fixture
def home(tmp_path: Path, testset: Path) -> Path:
    """A library of the test set's own articles."""
    folder = tmp_path / "library"
    put_articles(load_testset(testset).articles, folder, FakeEncoder(), address="test set set")
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(item) for item in arguments])
    out, err = capsys.readouterr()
    return code, out, err


Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    return lambda *arguments: said(capsys, *arguments)


def test_it_prints_and_writes_everything(say: Said, tmp_path: Path, testset: Path) -> None:
    names = {"--json": "r.json", "--report": "r.html", "--run": "r.run", "--qrels": "r.qrels",
             "--predictions": "r.pred"}  # fmt: skip
    files = [item for option, name in names.items() for item in (option, tmp_path / name)]
    code, out, err = say("evaluate", testset, "--build", *files)
    assert code == 0, err
    assert "Success@1" in out
    assert "90 questions" in out
    record = json.loads((tmp_path / "r.json").read_text())
    assert record["about"]["settings"]["fusion.meaning"] == FusionWeights().meaning
    assert record["about"]["library"]
    assert len(record["rows"]) == 90
    assert "timing" not in record
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert len({line.split()[0] for line in (tmp_path / "r.run").read_text().splitlines()}) == 90
    assert len((tmp_path / "r.qrels").read_text().splitlines()) >= 90
    assert len(json.loads((tmp_path / "r.pred").read_text())) == 90


def test_the_same_json_twice_even_in_another_library(
    say: Said, tmp_path: Path, testset: Path, home: Path
) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    assert say("evaluate", testset, "--library", home, "--json", one)[0] == 0
    assert say("evaluate", testset, "--build", "--json", two)[0] == 0
    assert one.read_bytes() == two.read_bytes()


def test_build_again_encodes_nothing_and_removes_what_is_gone(
    say: Said, tmp_path: Path, testset: Path
) -> None:
    folder = tmp_path / "named"
    assert "30 articles put in" in say("evaluate", testset, "--build", "--library", folder)[2]
    ENCODERS.clear()
    assert "30 unchanged" in say("evaluate", testset, "--build", "--library", folder)[2]
    assert sum(encoder.encoded for encoder in ENCODERS) == 0
    squad(testset, first=20)
    assert "20 removed" in say("evaluate", testset, "--build", "--library", folder)[2]
    assert Archive.open(folder).size()[0] == 10


def test_bars(say: Said, testset: Path, home: Path) -> None:
    asked = ("evaluate", testset, "--library", home)
    code, _, err = say(*asked, "--require", "success@10>=1%", "success@1>1", "abstain.recall>=.5")
    assert code == 30
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "success@1>1",
        "abstain.recall>=0.5",
    ]
    assert say(*asked, "--require", "success@10>=1%")[0] == 0


def test_compared_with_itself_nothing_differs(
    say: Said, tmp_path: Path, testset: Path, home: Path
) -> None:
    base = tmp_path / "base.json"
    say("evaluate", testset, "--library", home, "--json", base)
    _, out, _ = say("evaluate", testset, "--library", home, "--compare", base)
    assert "0 questions changed" in out
    rows = [line for line in out.split("Against")[1].splitlines() if "…" in line]
    assert len(rows) > 10
    assert all("+0.000 (+0.000 … +0.000)" in row and "1.0000" in row for row in rows)


def test_times_are_kept_only_when_asked_for(say: Said, tmp_path: Path, testset: Path) -> None:
    path = tmp_path / "r.json"
    say("evaluate", testset, "--build", "--json", path, "--timing")
    stages = [item["stage"] for item in json.loads(path.read_text())["timing"]]
    assert stages == ["encode", "find", "fuse", "read", "render", "total"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["--require", "success@5=>.8"], 7, "cannot read", id="bar"),
        pytest.param(["--require", "sucess@5>.8"], 7, "no measure", id="measure"),
        pytest.param(["--compare", "{other}"], 7, "not of this test set", id="base of another set"),
        pytest.param(["--compare", "{testset}"], 7, "not a report", id="base is no report"),
        pytest.param(["--json", "{tmp}/none/r.json"], 3, "cannot be written", id="no such folder"),
    ],
)
def test_what_is_refused_before_a_question_is_asked(
    say: Said, tmp_path: Path, testset: Path, home: Path, arguments: list[str], code: int,
    message: str,
) -> None:  # fmt: skip
    smaller = squad(tmp_path / "smaller.json", 2)
    other = tmp_path / "other.report.json"
    if "{other}" in arguments:
        say("evaluate", smaller, "--build", "--json", other)
    filled = [item.format(other=other, testset=testset, tmp=tmp_path) for item in arguments]
    found, out, err = say("evaluate", testset, "--library", home, *filled)
    assert found == code
    assert message in err
    assert len(err.splitlines()) == 1
    assert not out


def test_the_wrong_library_is_said_first_and_stops(
    say: Said, tmp_path: Path, testset: Path, folder: Path
) -> None:
    say("ingest", folder, "--library", tmp_path / "foreign")
    code, out, err = say("evaluate", testset, "--library", tmp_path / "foreign")
    assert (code, out) == (7, "")
    assert "90 of 90 gold answers name articles this library does not hold" in err
    assert len(err.splitlines()) == 1


def test_a_set_without_articles_cannot_be_built(say: Said, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"question": "Who?", "answers": ["x"]}\n')
    code, _, err = say("evaluate", path, "--build")
    assert code == 7
    assert "brings no articles" in err


RULES = [
    AskRules(),
    AskRules(fusion=FusionWeights(meaning=1.0)),
    AskRules(fusion=FusionWeights(0.1, 0.4, 0.2, 0.2, depth=3)),
    AskRules(candidates=4, title_weight=0.0),
    AskRules(candidates=50, fusion=FusionWeights(depth=200), heading_weight=1.0, title_weight=1.0),
]


@pytest.mark.parametrize("rules", RULES, ids=range(len(RULES)))
def test_scoring_in_memory_gives_the_order_of_the_fusion(
    rules: AskRules, testset: Path, home: Path
) -> None:
    archive = Archive(Library.open(home), FakeEncoder(), rules=rules)
    checked = check(load_testset(testset), archive)
    for question in checked.testset.questions[:40]:
        places = checked.targets[question.id].places
        gathered = gather_question(
            archive.library, archive.encoder, question.text, places, [fields_of(rules)]
        )
        _, trace = archive.ask_traced(question.text)
        assert gathered.rank(rules) == (standing(trace, places).fused or 0)
    archive.close()


def test_tuning_mends_a_planted_fault_and_keeps_it_only_when_told(
    say: Said, testset: Path, home: Path
) -> None:
    from cli.tune import remember

    bad = AskRules(fusion=FusionWeights(meaning=1.0, sentence_meaning=0.0))
    remember(home, TUNED, bad.to_json())
    code, out, _ = say("tune", testset, "--library", home)
    assert code == 0
    assert re.search(r"fusion.meaning +1 → 0", out)
    assert "nothing was changed. To keep it" in out
    assert Archive.open(home).rules == bad
    assert "kept in" in say("tune", testset, "--library", home, "--apply")[1]
    tuned = Archive.open(home).rules
    assert tuned.fusion.meaning < 0.5
    assert tuned.bar == bad.bar
    assert "nothing was changed: " in say("tune", testset, "--library", home, "--apply")[1]
    assert Archive.open(home).rules == tuned
    assert say("tune", "--reset", "--library", home)[0] == 0
    assert Archive.open(home).rules == AskRules()


def test_tuning_needs_questions(say: Said, tmp_path: Path, home: Path) -> None:
    code, _, err = say("tune", squad(tmp_path / "set.json", 13), "--library", home)
    assert code == 7
    assert "39 questions with an answer in this library are too few" in err.splitlines()[-1]
    assert say("tune", "--library", home)[0] == 7
    assert say("tune", "--reset", "--library", tmp_path / "none")[0] == 4
    assert not (tmp_path / "none").exists()


def test_rules_go_through_json_and_back() -> None:
    rules = AskRules(50, FusionWeights(meaning=0.2, depth=10), 0.0, 1.0, 0.4, 5)
    assert AskRules.from_json(rules.to_json()) == rules
    assert AskRules.from_json('{"bar": 0.5}') == replace(AskRules(), bar=0.5)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"bar": "high"}', '{"candidates": 2.5}', '{"speed": 1}',
             '{"fusion": {"meaning": true}}', '{"fusion": 3}'],
)  # fmt: skip
def test_damaged_rules_are_told(text: str) -> None:
    with pytest.raises(LibraryDamaged, match="tune --reset"):
        AskRules.from_json(text)


def test_why_tells_the_way_of_a_passage(say: Said, testset: Path, home: Path) -> None:
    question = load_testset(testset).questions[4]
    asked = ("why", question.text, "--library", home)
    code, out, _ = say(*asked, "--quote", question.golds[0].quote)
    assert code == 0
    assert "Title 1" in out
    passages = Archive.open(home).size()[1]
    assert re.search(rf"by meaning +\d+ of {passages}", out)
    assert re.search(r"by words +1 of", out)
    found = json.loads(say(*asked, "--article", "Title 7", "--json")[1])
    assert found["passage"]["title"] == "Title 7"
    assert found["by_meaning"]["of"] == passages
    assert found["tried"]
    assert say(*asked, "--article", "Nothing of the kind")[0] == 3
    assert say(*asked, "--quote", "words that stand nowhere")[0] == 3
    assert say(*asked)[0] == 3


def test_why_finds_the_one_setting(testset: Path, home: Path) -> None:
    bad = AskRules(candidates=5, fusion=FusionWeights(meaning=1.0, sentence_meaning=0.0), bar=0.0)
    archive = Archive(Library.open(home), FakeEncoder(), rules=bad)
    checked = check(load_testset(testset), archive)
    remedies = []
    for question in checked.testset.questions[:12]:
        found = why(archive, question.text, checked.targets[question.id].places)
        assert found.by_meaning.rank is not None
        assert found.fused.rank is not None
        if found.by_meaning.rank > 5 and (found.by_words.rank or 99) > 5:
            assert found.fused_beyond is not None
        if found.remedy is not None:
            remedies.append(found.remedy)
            rules = bad.having(found.remedy.setting, found.remedy.value)
            first = archive.under(rules).ask_traced(question.text)[1].candidates[0]
            place = checked.targets[question.id].places[0]
            assert (first.passage.article.id, True) == (
                place.article, place.span.overlaps(first.passage.span),
            )  # fmt: skip
    assert {item.setting for item in remedies} >= {"fusion.meaning"}
    archive.close()


def test_why_names_the_bar_when_that_is_all(testset: Path, home: Path) -> None:
    archive = Archive(Library.open(home), FakeEncoder(), rules=AskRules(bar=0.999))
    checked = check(load_testset(testset), archive)
    found = [
        why(archive, question.text, checked.targets[question.id].places)
        for question in checked.testset.questions[:12]
    ]
    first = next(item for item in found if item.replied.rank == 1)
    assert first.remedy is not None
    assert first.remedy.setting == "bar"
    assert not first.answered
    archive.close()


def test_a_file_name_means_the_article_of_that_address(say: Said, tmp_path: Path) -> None:
    """A saved page has its URL as source; test sets name it by its file."""
    desk = tmp_path / "desk"
    desk.mkdir()
    page = "---\nsource: https://example.org/2023/ferry\n---\n\nThe ferry sails at nine.\n"
    (desk / "ferry.md").write_text(page)
    path = tmp_path / "own.jsonl"
    row = {"question": "When does it sail?", "answers": ["at nine"], "article": "desk/ferry.md"}
    path.write_text(json.dumps(row) + "\n")
    say("ingest", desk, "--library", tmp_path / "library")
    code, _, err = say("evaluate", path, "--library", tmp_path / "library")
    assert (code, err) == (0, "")


@pytest.mark.encoder
def test_a_sample_with_the_real_encoder(say: Said, tmp_path: Path) -> None:
    path = tmp_path / "three.json"
    texts = {
        "Ferries": "The night ferry leaves Norrhamn at 22:40. It carries 41 lorries.",
        "Otters": "Otters were counted at three bridges in 1985. Cars kill most of them.",
        "Leave": "Every employee has 28 days of annual leave. Unused days lapse in March.",
    }
    asked = {"Ferries": ("When does the boat sail?", "22:40"),
             "Otters": ("What is the danger for the animals?", "Cars"),
             "Leave": ("How much holiday do I get?", "28 days")}  # fmt: skip
    data = [
        {"title": title, "paragraphs": [{"context": text, "qas": [
            {"id": title, "question": asked[title][0], "answers": [
                {"text": asked[title][1], "answer_start": text.index(asked[title][1])}]}]}]}
        for title, text in texts.items()
    ]  # fmt: skip
    path.write_text(json.dumps({"data": data}), encoding="utf-8")
    assert say("evaluate", path, "--build", "--require", "success@1>=1")[0] == 0
