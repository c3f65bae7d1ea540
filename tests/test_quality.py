"""The floors of quality: what fails, what may be lowered and how, and the floors themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality import PINNED, Measured, QualityError, judge, measure, read, sealed, updated

DATA = {"questions": "a", "articles": "b"}
NOISE = {"success@1": 0.0165}


def floors(value: float = 0.8) -> dict[str, Any]:
    entry = {"success@1": {"floor": value, "noise": 0.0165}}
    return sealed({"data": DATA, "floors": entry, "accepted": []})


def measured(value: float, data: dict[str, str] | None = None) -> Measured:
    return Measured(data or DATA, {"success@1": value}, NOISE)


@pytest.mark.parametrize(
    ("value", "data", "wrong"),
    [
        pytest.param(0.8, DATA, [], id="as pinned"),
        pytest.param(0.784, DATA, [], id="within the noise"),
        pytest.param(0.783, DATA, ["success@1 is 0.7830"], id="below the noise"),
        pytest.param(0.9, {"questions": "a", "articles": "c"}, ["the sample articles"], id="data"),
    ],
)
def test_what_fails(value: float, data: dict[str, str], wrong: list[str]) -> None:
    found = judge(floors(), measured(value, data))
    assert len(found) == len(wrong)
    assert all(line.startswith(start) for line, start in zip(found, wrong, strict=True))


def test_raising_never_lowers() -> None:
    assert updated(floors(), measured(0.9), None)["floors"]["success@1"]["floor"] == 0.9
    assert updated(floors(), measured(0.7), None)["floors"]["success@1"]["floor"] == 0.8


def test_lowering_takes_a_reason_which_is_kept(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match="reason"):
        updated(floors(), measured(0.7), " ")
    lowered = updated(floors(), measured(0.7), "the reader is out")
    assert lowered["floors"]["success@1"]["floor"] == 0.7
    assert lowered["accepted"] == [
        {"reason": "the reader is out", "lowered": {"success@1": [0.8, 0.7]}}
    ]
    path = tmp_path / "quality.json"
    path.write_text(json.dumps(lowered), encoding="utf-8")
    assert read(path) == lowered


def test_floors_edited_by_hand_are_refused(tmp_path: Path) -> None:
    edited = floors()
    edited["floors"]["success@1"]["floor"] = 0.1
    path = tmp_path / "quality.json"
    path.write_text(json.dumps(edited), encoding="utf-8")
    with pytest.raises(QualityError, match="by hand"):
        read(path)


@pytest.mark.encoder
def test_the_sample_questions_reach_their_floors() -> None:
    assert judge(read(PINNED), measure()) == []
