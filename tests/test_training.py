"""The training programme: what the model is shown, that training resumes, that export agrees."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Span
from index.models import packaged_model
from qa.reader.model import WEIGHTS, OnnxModel
from qa.reader.tokens import ReaderTokenizer, Tokens
from training.examples import Cut, Examples, Unit, as_typed, token_range
from training.questions import GROUPS, SETS, Paragraph, Question, read_set
from training.train import Training, batched, padded

TEXT = (
    "The night ferry carries forty-one lorries. It leaves Norrhamn at 22:40 on every day but "
    "Sunday. The council pays 2.4 million crowns a year for it. Nobody else would."
)


@pytest.fixture(scope="module")
def tokenizer() -> ReaderTokenizer:
    return ReaderTokenizer(packaged_model())


@pytest.fixture
def mined(tmp_path: Path) -> Path:
    """One wrong passage from the question's set, and a better-ranked one from a set left out."""
    passages = {
        "1": ["squad2", "Elsewhere", "A ferry of another town leaves at noon. It is small."],
        "2": ["xquad.en", "Elsewhere", "SECRET words of a set that is left out."],
    }
    file = tmp_path / "mined.json"
    file.write_text(json.dumps({"passages": passages, "questions": {"q": [2, 1]}}))
    return file


def question(words: str = "22:40") -> Question:
    at = TEXT.index(words)
    paragraph = Paragraph("squad2", "The night ferry", TEXT)
    return Question("q", "When does the ferry leave?", paragraph, (Span(at, at + len(words)),))


def words_of(unit: Unit, number: int, tokenizer: ReaderTokenizer) -> str:
    """The answer's tokens turned back into words, as the model is told to mark them."""
    shown = unit.shown[number]
    places = shown.window.places
    first, last = shown.start - shown.window.first, shown.end - shown.window.first
    return Span(places[first].start, places[last].end).of(TEXT)


@pytest.mark.parametrize("words", ["22:40", "forty-one lorries", "Nobody else", TEXT[43:94]])
def test_the_target_is_the_answer_whatever_is_cropped(
    tokenizer: ReaderTokenizer, mined: Path, words: str
) -> None:
    examples = Examples(tokenizer, mined, ["squad2"])
    for seed in range(40):
        unit = examples.unit(question(words), random.Random(seed))
        assert words_of(unit, 0, tokenizer) == words
        assert unit.shown[0].answers


def test_a_wrong_passage_never_comes_from_a_set_that_is_left_out(
    tokenizer: ReaderTokenizer, mined: Path
) -> None:
    examples = Examples(tokenizer, mined, ["squad2"])
    secret = set(tokenizer.tokens("SECRET").ids)
    units = [examples.unit(question(), random.Random(seed)) for seed in range(40)]
    pairs = [unit for unit in units if len(unit.shown) == 2]
    assert 10 < len(pairs) < 40
    for unit in pairs:
        wrong = unit.shown[1]
        assert (wrong.start, wrong.end, wrong.answers) == (0, 0, False)
        assert not secret & set(wrong.window.ids)


def test_groups_left_out_cover_every_set_once() -> None:
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(SETS)


@pytest.mark.parametrize("room", [1, 6, 9, 100])
def test_a_crop_is_whole_sentences_around_the_answer(room: int) -> None:
    cut = Cut(Tokens(tuple(range(12)), ()), ((0, 3), (3, 6), (6, 9), (9, 12)))
    for seed in range(20):
        low, high = cut.around(4, 5, room, random.Random(seed))
        assert low <= 4 < 5 <= high
        assert (low, high) != (3, 6) or room < 6
        assert low % 3 == high % 3 == 0
        assert high - low <= max(room, 3)


def test_token_ranges_touch_the_span() -> None:
    tokens = Tokens((1, 2, 3), (Span(0, 3), Span(4, 7), Span(8, 9)))
    assert token_range(tokens, Span(5, 9)) == (1, 3)
    assert token_range(tokens, Span(3, 4)) == (0, 0)


def test_questions_are_hurried_now_and_then_but_never_emptied() -> None:
    rng = random.Random(0)
    typed = {as_typed("Who is it?", rng) for _ in range(200)}
    assert {"Who is it?", "Who is it"} <= typed
    assert all(words.strip() for words in typed)


def test_a_set_is_read_with_its_wrong_offsets_left_out(tmp_path: Path) -> None:
    qas = [
        {"id": "a", "question": " When? ", "answers": [{"text": "noon", "answer_start": 3}]},
        {"id": "b", "question": "Who?", "answers": [{"text": "noon", "answer_start": 2}]},
        {"id": "c", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    data = {"data": [{"title": "A_b", "paragraphs": [{"context": "At noon.", "qas": qas}]}]}
    (tmp_path / "squad2.json").write_text(json.dumps(data))
    found = list(read_set(tmp_path, "squad2"))
    assert [q.answers for q in found] == [(Span(3, 7),), (), ()]
    assert (found[0].text, found[0].paragraph.title) == ("When?", "A b")


def test_batches_hold_everything_once_and_like_lengths(
    tokenizer: ReaderTokenizer, mined: Path
) -> None:
    examples = Examples(tokenizer, mined, ["squad2"])
    units = examples.epoch([question()] * 70, seed=1)
    groups = batched(units, random.Random(0))
    assert sorted(map(id, units)) == sorted(id(unit) for group in groups for unit in group)
    ids, mask, _ = padded([item for unit in groups[0] for item in unit.shown])
    assert ids.shape == mask.shape
    assert bool(((ids == 0) == (mask == 0)).all())


@pytest.mark.encoder
def test_training_learns_resumes_and_its_export_agrees(
    tokenizer: ReaderTokenizer, mined: Path, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from safetensors.torch import load_file

    from training import train
    from training.export import export
    from training.model import ReaderModel, packaged_encoder

    units = Examples(tokenizer, mined, ["squad2"]).epoch([question()] * 8, seed=1)
    batches = [units[:4], units[4:]] * 3

    def run(folder: Path, steps: int) -> None:
        torch.manual_seed(0)
        folder.mkdir(exist_ok=True)
        model = ReaderModel(packaged_encoder(packaged_model()))
        training = Training(model, batches, folder, 1e-4)
        if steps < len(batches):
            training.run_until(steps)
        else:
            training.run()

    run(tmp_path / "whole", len(batches))
    run(tmp_path / "parts", 4)
    run(tmp_path / "parts", len(batches))
    whole = load_file(tmp_path / "whole" / "model.safetensors")
    parts = load_file(tmp_path / "parts" / "model.safetensors")
    fresh = ReaderModel(packaged_encoder(packaged_model())).state_dict()
    name = "encoder.encoder.layer.5.output.dense.weight"
    assert float((whole[name] - fresh[name]).abs().max()) > 1e-5
    for key, tensor in whole.items():
        assert torch.allclose(tensor, parts[key], atol=2e-5), key
    assert not (tmp_path / "parts" / train.CHECKPOINT).exists()

    (tmp_path / "whole" / "about.json").write_text("{}")
    export(tmp_path / "whole", tmp_path / "plain", quantised=False)
    window = units[0].shown[0].window
    model = ReaderModel(packaged_encoder(packaged_model()))
    model.load_state_dict(whole)
    with torch.inference_mode():
        logits = model.eval()(*padded([units[0].shown[0]]))
    output = OnnxModel(tmp_path / "plain").run([window])
    np.testing.assert_allclose(output.start, logits.start.numpy(), atol=1e-3)
    np.testing.assert_allclose(output.relevance, logits.relevance.numpy(), atol=1e-3)


@pytest.mark.encoder
def test_the_shipped_weights_come_back_in_32_bits() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from training.export import NAME
    from training.model import ReaderModel, packaged_encoder
    from training.shipped import restored

    model = ReaderModel(packaged_encoder(packaged_model())).eval()
    model.load_state_dict(restored(WEIGHTS / NAME))
    off: list[float] = []
    for known in json.loads((WEIGHTS / "parity.json").read_text(encoding="utf-8"))[:8]:
        ids, types = torch.tensor([known["ids"]]), torch.tensor([known["types"]])
        with torch.inference_mode():
            said = model(ids, torch.ones_like(ids), types)
        assert said.relevance.item() == pytest.approx(known["relevance"], abs=0.2)
        off += np.abs(said.start[0].numpy() - np.array(known["start"])).tolist()
    assert np.mean(off) < 0.08  # a weight that is turned the wrong way round gives more than 1
