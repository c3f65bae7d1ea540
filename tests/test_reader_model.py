"""The reader that comes with Quoth: its hashes, and that it says what was trained."""

from __future__ import annotations

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, Passage, Span
from corpus.errors import ReaderError
from qa.reader import model as reader_model
from qa.reader.model import WEIGHTS, OnnxModel
from qa.reader.passages import OwnPassageReader
from qa.reader.spans import best_spans
from qa.reader.tokens import Window

pytestmark = pytest.mark.encoder

TEXT = (
    "The night ferry carries forty-one lorries. It leaves Norrhamn at 22:40 on every day but "
    "Sunday. The council pays 2.4 million crowns a year for it. Marta Lindqvist is its captain."
)


@pytest.fixture(scope="module")
def reader() -> OwnPassageReader:
    return OwnPassageReader()


def passage(text: str, before: str = "") -> Passage:
    article = Article("a", "The night ferry", before + text, "a.txt")
    return Passage(article, Span(len(before), len(before) + len(text)))


def test_it_says_what_was_trained() -> None:
    """Recorded before compiling, in 32 bits; 8-bit weights may move a score, not its meaning."""
    model = OnnxModel()
    recorded = json.loads((WEIGHTS / "parity.json").read_text(encoding="utf-8"))
    assert len(recorded) >= 30
    relevance, same = [], 0
    for item in recorded:
        places = tuple(Span(n, n + 1) for n in range(len(item["ids"]) - item["first"] - 1))
        window = Window(tuple(item["ids"]), tuple(item["types"]), item["first"], places)
        output = model.run([window])
        start, end = (np.array(item[name], dtype=np.float32) for name in ("start", "end"))
        trained = best_spans(start, end, window.first, places)[0]
        compiled = best_spans(output.start[0], output.end[0], window.first, places)[0]
        same += trained.span.overlaps(compiled.span)
        relevance.append((item["relevance"], float(output.relevance[0])))
    trained_relevance, compiled_relevance = np.array(relevance).T
    assert np.corrcoef(trained_relevance, compiled_relevance)[0, 1] > 0.99
    assert same >= 0.9 * len(recorded)


@pytest.mark.parametrize("passes", [1, 2])
def test_no_more_passes_run_at_once_than_there_are_cores_for(
    monkeypatch: pytest.MonkeyPatch, passes: int
) -> None:
    monkeypatch.setattr(reader_model, "AT_ONCE", passes)
    model = OnnxModel()
    inside, most, lock = [0], [0], threading.Lock()

    class Session:
        def run(self, names: list[str], given: object) -> list[list[float]]:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            with lock:
                inside[0] -= 1
            return [[0.0]] * 3

    monkeypatch.setattr(model, "_session", Session())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: model.run([Window((101, 102), (0, 0), 2, ())]), range(12)))
    assert most == [passes]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When does the ferry leave?", "22:40"),
        ("How many lorries does it carry?", "forty-one"),
        ("Who is the captain?", "Marta Lindqvist"),
        ("what does the council pay", "2.4 million crowns"),
    ],
)
def test_it_points_at_the_words(reader: OwnPassageReader, question: str, words: str) -> None:
    before = "Something else stands before it.\n\n"
    reading = reader.read(question, [passage(TEXT, before)], 0.0)[0]
    assert reading is not None
    assert words in reading.spans[0].span.of(before + TEXT)
    assert reading.odds > 0


def test_it_tells_a_passage_that_answers_from_one_that_does_not(reader: OwnPassageReader) -> None:
    other = "Otters have come back to the river. Biologists counted nineteen adults this spring."
    question = "When does the night ferry leave Norrhamn?"
    right, wrong = reader.read(question, [passage(TEXT), passage(other)], 1e9)
    assert right is not None
    assert wrong is not None
    assert right.relevance > wrong.relevance + 2
    assert right.odds > wrong.odds


def test_a_long_passage_is_read_to_its_end(reader: OwnPassageReader) -> None:
    filler = "The river rose and fell, and nobody wrote down by how much. " * 60
    reading = reader.read("When does the ferry leave Norrhamn?", [passage(filler + TEXT)], 0.0)[0]
    assert reading is not None
    assert "22:40" in reading.spans[0].span.of(filler + TEXT)


def test_time_bounds_what_is_read_but_never_below_three(reader: OwnPassageReader) -> None:
    many = [passage(f"{TEXT} This is copy {n}.") for n in range(12)]
    hurried = reader.read("When does the ferry leave?", many, 0.0)
    assert [reading is not None for reading in hurried] == [True] * 3 + [False] * 9
    patient = reader.read("When does the ferry leave?", many, 1e9)
    assert all(reading is not None for reading in patient)


@pytest.mark.parametrize("text", ["x", "?!", "日本語の文章です。", "مرحبا", "a\u0301e\u0308 🎉"])
def test_anything_can_be_read(reader: OwnPassageReader, text: str) -> None:
    reading = reader.read("What is it?", [passage(text)], 0.0)[0]
    assert reading is not None
    assert np.isfinite(reading.relevance)
    assert all(0 <= s.span.start < s.span.end <= len(text) for s in reading.spans)


@pytest.mark.parametrize("name", ["reader.onnx", "tokenizer.json"])
def test_a_flipped_bit_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(ReaderError, match=f"{name} is damaged"):
        OwnPassageReader(folder)
