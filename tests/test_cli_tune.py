"""`quoth tune` and `quoth why`, the scoring in memory they rest on, and the rules in a library."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import LibraryDamaged
from index.library import Library
from qa.archive import Archive
from qa.evaluate.check import check
from qa.evaluate.gathered import fields_of, gather_question
from qa.evaluate.load import load_testset
from qa.evaluate.stages import standing
from qa.evaluate.why import why
from qa.fuse import FusionWeights
from qa.read import RuleReader
from qa.rules import TUNED, AskRules
from tests.conftest import FakeEncoder
from tests.invented import Said, fake, home, say, squad, testset

__all__ = ["fake", "home", "say", "testset"]

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
    assert Archive.open(home, reader=RuleReader()).rules == bad
    assert "kept in" in say("tune", testset, "--library", home, "--apply")[1]
    tuned = Archive.open(home, reader=RuleReader()).rules
    assert tuned.fusion.meaning < 0.5
    assert tuned.bar == bad.bar
    assert "nothing was changed: " in say("tune", testset, "--library", home, "--apply")[1]
    assert Archive.open(home, reader=RuleReader()).rules == tuned
    assert say("tune", "--reset", "--library", home)[0] == 0
    assert Archive.open(home, reader=RuleReader()).rules == AskRules()


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
