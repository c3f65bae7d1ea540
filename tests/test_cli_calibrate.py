"""`quoth calibrate`: fitted, kept with the library, in force when it is opened, taken away."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.article import Passage
from corpus.errors import LibraryDamaged
from index.library import Library
from qa.answer import Answer
from qa.archive import Archive
from qa.calibrate.stored import CALIBRATED, Calibration
from qa.decide import ConfidenceWeights
from qa.evaluate.load import load_testset
from qa.read import Reader, RuleReader
from qa.rules import TUNED, AskRules
from tests.conftest import FakeEncoder
from tests.invented import ENCODERS, Said, fake, home, say, squad, testset

__all__ = ["fake", "home", "say", "testset"]


def reopened(home: Path, rules: AskRules | None = None) -> Archive:
    return Archive.open(home, rules=rules, reader=RuleReader())


def stored(home: Path, key: str = CALIBRATED) -> str | None:
    library = Library.open(home)
    with library.snapshot() as snapshot:
        found = snapshot.meta(key)
    library.close()
    return found


def test_the_bar_is_kept_and_in_force(say: Said, testset: Path, home: Path) -> None:
    code, out, _ = say("calibrate", testset, "--library", home, "--wrong-answers", "20%")
    assert code == 0
    assert "set: 90 questions\n  90 with an answer, asked as they are, and with what answers" in out
    assert "promised   at most 20% of the questions asked" in out
    assert f"kept in {home}" in out
    made = Calibration.from_json(stored(home) or "")
    assert made.wrong <= made.promised == 0.2
    assert (made.testset, made.digest) == ("set", load_testset(testset).digest)
    archive = reopened(home)
    assert archive.calibration == made
    assert archive.rules == replace(AskRules(), bar=made.bar)
    assert archive.under(AskRules(bar=0.7)).rules.bar == 0.7
    question = load_testset(testset).questions[0].text
    reply, trace = archive.ask_traced(question)
    assert trace.bar == made.bar
    assert isinstance(reply, Answer) == (trace.confidence >= made.bar)
    assert reply.confidence == made.shown(trace.confidence) != trace.confidence
    raw = reopened(home, rules=AskRules()).ask(question)
    assert raw.confidence == trace.confidence
    archive.close()


def test_the_bar_is_compared_with_the_raw_confidence(home: Path, testset: Path) -> None:
    question = load_testset(testset).questions[0].text
    plain = Archive(Library.open(home), FakeEncoder())
    raw = plain.ask_traced(question)[1].confidence
    made = fitted(plain, raw)
    # All probabilities are the same, and far below the bar: that must not matter.
    assert isinstance(plain.calibrated(made).ask(question), Answer)
    above = replace(made, bar=raw + 1e-9)
    held = plain.calibrated(above).ask(question)
    assert not isinstance(held, Answer)
    assert held.confidence == 0.01
    plain.close()


def fitted(archive: Archive, bar: float) -> Calibration:
    return Calibration(
        0.05, bar, 40, 40, True, False, 0.5, 0.9, 0.03, 0.06, ((0.1, 0.01), (0.9, 0.01)),
        "set", "d", archive.reader.fingerprint, "l", "s",
    )  # fmt: skip


def test_passages_can_be_left_out(home: Path, testset: Path) -> None:
    archive = Archive(Library.open(home), FakeEncoder())
    question = load_testset(testset).questions[0].text
    first = archive.ask_traced(question)[1].candidates[0].passage.article.id

    def others(passage: Passage) -> bool:
        return passage.article.id == first

    _, trace = archive.ask_traced(question, without=others)
    assert trace.candidates
    assert first not in {item.passage.article.id for item in trace.candidates}
    nothing, trace = archive.ask_traced(question, without=lambda _: True)
    assert (trace.candidates, getattr(nothing, "reason", "")) == ((), "no_match")
    archive.close()


def test_another_reader_is_not_calibrated(
    say: Said, testset: Path, home: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    assert "not calibrated; the bar is 0.25" in say("calibrate", "--show", "--library", home)[1]
    assert say("calibrate", testset, "--library", home, "--wrong-answers", ".2")[0] == 0
    shown = say("calibrate", "--show", "--library", home)[1]
    assert "calibration in force" in shown
    assert "fit it again" not in shown
    other: Reader = RuleReader(ConfidenceWeights(cosine=2.0))
    assert other.fingerprint != RuleReader().fingerprint
    monkeypatch.setattr("qa.reader.choose.RuleReader", lambda: other)
    with caplog.at_level(logging.WARNING):
        archive = Archive.open(home, reader=other)
    assert (archive.calibration, archive.rules) == (None, AskRules())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "another reader" in caplog.text
    archive.close()
    shown = say("calibrate", "--show", "--library", home)[1]
    assert "calibration not in force" in shown
    assert f"not {other.fingerprint}, and is not applied; fit it again" in shown


def test_tune_and_calibrate_leave_each_other_alone(say: Said, testset: Path, home: Path) -> None:
    from cli.tune import remember

    bad = AskRules(bar=0.31).having("fusion.meaning", 1.0).having("fusion.sentence_meaning", 0.0)
    remember(home, TUNED, bad.to_json())
    assert say("calibrate", testset, "--library", home, "--wrong-answers", "30%")[0] == 0
    before = stored(home)
    assert stored(home, TUNED) == bad.to_json()
    out = say("tune", testset, "--library", home, "--apply")[1]
    assert "it was calibrated with the settings before" in out
    tuned = AskRules.from_json(stored(home, TUNED) or "")
    assert tuned.fusion != bad.fusion
    assert tuned.bar == 0.31  # not the calibration's
    assert stored(home) == before
    assert "the settings of finding have changed" in say(
        "calibrate", "--show", "--library", home
    )[1]  # fmt: skip
    assert say("calibrate", "--reset", "--library", home)[0] == 0
    assert reopened(home).rules == replace(tuned, bar=RuleReader.bar)  # the bar is the reader's
    assert reopened(home).calibration is None
    assert say("tune", "--reset", "--library", home)[0] == 0


def test_the_mix_of_questions(say: Said, tmp_path: Path, home: Path) -> None:
    path = squad(tmp_path / "mixed.json", impossible=True)
    asked = ("calibrate", path, "--library", home, "--wrong-answers", "40%")
    assert "60 with an answer, asked as they are, and with" in (out := say(*asked)[1])
    assert "30 without, asked once" in out
    assert "60 with an answer, asked once\n  30 without" in say(*asked, "--no-leave-out")[1]
    assert Calibration.from_json(stored(home) or "").left_out is False


def test_questions_are_made_when_there_is_no_test_set(say: Said, home: Path) -> None:
    asked = ("calibrate", "--library", home, "--wrong-answers", "30%", "--questions", "20")
    code, _, err = say(*asked)
    assert code == 7  # words without meaning hold no amount, date or name
    assert "holds no sentence that a question can be made of" in err.splitlines()[-1]


def test_made_questions_are_called_easier(say: Said, folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "made"
    assert say("ingest", folder, "--library", library)[0] == 0
    code, out, _ = say("calibrate", "--library", library, "--wrong-answers", "70%")
    assert code == 0
    assert "made out of the archive's own sentences, and are easier" in out
    assert Calibration.from_json(stored(library) or "").made_up


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--wrong-answers", "5"], 2, "'5' is no share between 0 and 1; write 5% or 0.05"),
        (["--wrong-answers", "0%"], 2, "is no share"),
        (["--wrong-answers", "nan"], 2, "is no share"),
        (["--wrong-answers", "many"], 2, "is no share"),
        ([], 2, "one of the arguments --wrong-answers --show --reset is required"),
        (["SET", "--wrong-answers", "1%"], 7, "90 questions are too few to promise 1% wrong"),
        (["none.jsonl", "--wrong-answers", "5%"], 7, "no such file"),
        (["EMPTY", "--wrong-answers", "5%"], 7, "holds no question"),
        (["--reset", "--library", "nowhere"], 4, "holds no library"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_is_one_line(
    arguments: list[str], code: int, message: str, say: Said, testset: Path, home: Path,
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").write_text("")
    named = {"SET": str(testset), "EMPTY": "empty.jsonl"}
    given = ["calibrate", "--library", str(home), *(named.get(each, each) for each in arguments)]
    if code == 2:
        with pytest.raises(SystemExit) as stopped:
            say(*given)
        assert stopped.value.code == 2
        err = capsys.readouterr().err
    else:
        got, _, err = say(*given)
        assert got == code
        assert not ENCODERS  # told before anything is asked
    assert message in err
    assert len(err.splitlines()) == 1
    assert stored(home) is None


def test_a_damaged_calibration_can_be_taken_away(say: Said, home: Path) -> None:
    from cli.tune import remember

    remember(home, CALIBRATED, '{"bar": 0.5}')
    with pytest.raises(LibraryDamaged):
        reopened(home)
    code, _, err = say("ask", "Who?", "--library", home)
    assert (code, "quoth calibrate --reset" in err) == (4, True)
    assert say("calibrate", "--reset", "--library", home)[0] == 0
    assert reopened(home).calibration is None


def test_json_says_the_same_whether_fitted_or_shown(say: Said, testset: Path, home: Path) -> None:
    asked = ("calibrate", "--library", home, "--json")
    made = json.loads(say(*asked, testset, "--wrong-answers", "20%")[1])
    assert made["status"] == "in force"
    assert json.loads(say(*asked, "--show")[1]) == made
    none = json.loads(say(*asked, "--reset")[1])
    assert none == json.loads(say(*asked, "--show")[1])
    assert none == made | {"status": "none", "calibration": None}


def test_evaluate_judges_the_probability_that_is_shown(
    say: Said, testset: Path, home: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    asked = ("evaluate", testset, "--library", home, "--json", report)

    def error() -> tuple[float, float]:
        assert say(*asked)[0] == 0
        measures = {m["name"]: m["mean"] for m in json.loads(report.read_text())["measures"]}
        return measures["ece"], measures["aurc"]

    plain = error()
    options = ("--wrong-answers", "30%", "--no-leave-out")
    assert say("calibrate", testset, "--library", home, *options)[0] == 0
    calibrated = error()
    assert calibrated[0] < 0.06 < plain[0]
    assert calibrated[1] == plain[1]  # the order is the reader's own
