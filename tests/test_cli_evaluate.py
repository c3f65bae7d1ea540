"""`quoth evaluate` as it is typed, over an invented language and a fake encoder; one test asks
the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.archive import Archive
from qa.fuse import FusionWeights
from tests.invented import ENCODERS, Said, fake, home, say, squad, testset

__all__ = ["fake", "home", "say", "testset"]


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
        pytest.param(["--compare", "{other}"], 7, "set.json --json BASE", id="advice to repeat"),
        pytest.param(["--compare", "no.json"], 7, "file; check the path\n", id="no such base"),
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


@pytest.mark.parametrize("option", ["--json", "--report", "--run", "--qrels", "--predictions"])
def test_no_output_replaces_what_is_read(
    say: Said, tmp_path: Path, testset: Path, home: Path, option: str
) -> None:
    base, link = tmp_path / "base.json", tmp_path / "link.json"
    assert say("evaluate", testset, "--library", home, "--json", base)[0] == 0
    link.symlink_to(testset)
    asked = ("evaluate", testset, "--library", home, "--compare", base, option)
    for place in (testset, link, base, home / "library.sqlite"):
        before = place.read_bytes()
        code, out, err = say(*asked, place)
        assert (code, out) == (3, "")
        assert err == (
            f"quoth: {option} {place}: the command reads this file, and would replace it; name "
            "another file\n"
        )
        assert place.read_bytes() == before


def test_no_output_replaces_another_or_a_file_of_a_beir_folder(
    say: Said, tmp_path: Path, testset: Path, home: Path
) -> None:
    both = ("--json", tmp_path / "x", "--report", tmp_path / "x")
    code, _, err = say("evaluate", testset, "--library", home, *both)
    assert (code, "--report" in err, "--json is to be written there, too" in err) == (3, True, True)
    nowhere = ("--json", "/dev/null", "--report", "/dev/null")
    assert say("evaluate", testset, "--library", home, *nowhere)[0] == 0
    (tmp_path / "set").mkdir()
    queries = tmp_path / "set" / "queries.jsonl"
    queries.write_text("{}")
    code, _, err = say("evaluate", tmp_path / "set", "--json", queries)
    assert (code, "would replace it" in err, queries.read_text()) == (3, True, "{}")


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


def test_a_beir_folder_brings_its_articles(say: Said, tmp_path: Path) -> None:
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    texts = {"d1": "The ferry sails at nine.", "d2": "Otters live by the weir."}
    rows = [json.dumps({"_id": name, "title": name, "text": text}) for name, text in texts.items()]
    (beir / "corpus.jsonl").write_text("\n".join(rows))
    (beir / "queries.jsonl").write_text('{"_id": "q1", "text": "When does the ferry sail?"}')
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    code, out, err = say("evaluate", beir, "--build", "--require", "article.success@1>=1")
    assert code == 0, err
    assert "1 questions" in out


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
