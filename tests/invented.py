"""A test set in an invented language, the library of its articles, and commands as typed.

Imported by the tests of `quoth evaluate`, `tune` and `why`; a fake encoder stands where the
command line loads one, except in tests marked `encoder`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from app import main
from index.put import put_articles
from qa.evaluate.load import load_testset
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
