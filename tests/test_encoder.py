"""The real encoder, compiled and not: the vectors of sentence-transformers, checked weights,
prompts kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event
from typing import Any, cast

import numpy as np
import pytest
import torch

from corpus.article import Article, Span
from corpus.chunk import split
from corpus.errors import EncoderError
from index import models
from index.download import check_can_be_had
from index.encoder import PassageInput, unit_rows
from index.network import Batch
from index.original import TorchNetwork, load_original
from index.sentence_encoder import SentenceEncoder

pytestmark = pytest.mark.encoder

ROOT = Path(__file__).parent.parent
FINGERPRINT = "3663be816d1d94eb2f2d62d4504661cb"
"""Of every library that the default encoder built, since the first."""
TEXTS = [
    "The night ferry leaves at 22:40.",
    "Otters came back. Roads are the danger now.",
    "é 😀 한국",
]


ODD = [
    "",
    " \n\t ",
    "😀👩‍👩‍👧🏳️‍🌈",
    "한국어 문장입니다. 배는 밤에 떠난다.",
    "a\x00b \x07 \u200b\u202e e\u0301 \ufeff",
    "مرحبا بالعالم",
    "x" * 5_000,
    "Otters came back to the river. " * 400,
]
"""Texts on which two tokenizers are likely to differ."""


@pytest.fixture(scope="module")
def real() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def original() -> SentenceEncoder:
    return SentenceEncoder(loading=load_original)


@pytest.fixture(scope="module")
def published(original: SentenceEncoder) -> Any:
    """The model of sentence-transformers itself."""
    return original._network.model  # type: ignore[attr-defined]


@pytest.fixture
def prompted(real: SentenceEncoder) -> Iterator[SentenceEncoder]:
    before = real._about
    real._about = replace(before, prompts={"query": "ask: ", "document": "tell: "})
    yield real
    real._about = before


def plain(texts: list[str]) -> list[PassageInput]:
    return [PassageInput(text, (Span(0, len(text)),)) for text in texts]


def test_vectors_are_those_of_sentence_transformers(
    real: SentenceEncoder, original: SentenceEncoder, published: Any
) -> None:
    texts = TEXTS + ODD
    expected = published.encode(texts, normalize_embeddings=True)
    for encoder in (real, original):
        found = encoder.encode_passages(plain(texts)).passages
        np.testing.assert_allclose(found, expected, atol=2e-6)
        np.testing.assert_allclose(encoder.encode_question(texts[0])[0], expected[0], atol=2e-6)


def test_sentences_and_tokens_are_those_of_the_original(
    real: SentenceEncoder, original: SentenceEncoder, published: Any
) -> None:
    texts = TEXTS + ODD
    halves = [
        PassageInput(text, (Span(0, len(text) // 2), Span(len(text) // 2, len(text))), "Above\n")
        for text in texts
    ]
    for ours, theirs in zip(
        real.encode_passages(halves).sentences,
        original.encode_passages(halves).sentences,
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=2e-6)
    assert real.fingerprint == original.fingerprint == FINGERPRINT
    assert (real.max_tokens, real.dimension) == (254, 384)
    plainly = published.tokenizer(texts, add_special_tokens=False, truncation=False)
    assert real.count(texts) == [len(ids) for ids in plainly["input_ids"]]


class WaitingModel:
    """Says that it was asked and with how many threads, and waits until it may answer."""

    def __init__(self) -> None:
        self.asked, self.may_answer = Event(), Event()
        self.threads = 0

    def __call__(self, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.threads = torch.get_num_threads()
        self.asked.set()
        assert self.may_answer.wait(10)
        shape = given["input_ids"].shape
        return {"sentence_embedding": torch.ones(shape[0], 4),
                "token_embeddings": torch.ones(*shape, 4)}  # fmt: skip


def in_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as other:
        return other.submit(torch.get_num_threads).result()


def test_questions_at_once_leave_pytorch_its_threads() -> None:
    ids = np.ones((1, 5), dtype=np.int64)
    models = WaitingModel(), WaitingModel()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(2) as pool:
            asking = []
            for model in models:
                network = TorchNetwork(cast("Any", model), ("input_ids",))
                asking.append(pool.submit(network.run, Batch(ids, ids, ids)))
                assert model.asked.wait(10)
                assert in_a_new_thread() == 3
            for model, asked in zip(models, asking, strict=True):  # the first to ask ends first
                model.may_answer.set()
                asked.result()
        assert [model.threads for model in models] == [1, 1]
        assert (torch.get_num_threads(), in_a_new_thread()) == (3, 3)
    finally:
        torch.set_num_threads(before)


def test_a_batch_keeps_the_order_and_does_not_change_a_bit(real: SentenceEncoder) -> None:
    texts = TEXTS + ODD
    alone = np.concatenate([real.encode_passages(plain([text])).passages for text in texts])
    for order in (slice(None), slice(None, None, -1)):
        together = real.encode_passages(plain(texts[order])).passages
        np.testing.assert_array_equal(together, alone[order])
    assert real.encode_passages([]).passages.shape == (0, 384)


def test_sentence_vectors_tell_the_sentences_apart(real: SentenceEncoder) -> None:
    text = TEXTS[1]
    spans = (Span(0, 17), Span(18, len(text)))
    for context in ("", "River life > Otters\n"):
        _, (rows,) = real.encode_passages([PassageInput(text, spans, context)])
        scores = rows @ real.encode_question("What is dangerous for them, traffic?")[0]
        assert scores[1] > scores[0]
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_prompts_of_a_model_are_put_in_front(prompted: SentenceEncoder) -> None:
    question, passage = prompted.encode_question("x y"), prompted.encode_passages(plain(["x y"]))
    prompted._about = replace(prompted._about, prompts={})
    np.testing.assert_array_equal(question, prompted.encode_question("ask: x y"))
    same = prompted.encode_passages(plain(["tell: x y"])).passages
    np.testing.assert_array_equal(passage.passages, same)


def test_no_passage_of_the_default_size_is_cut_off(real: SentenceEncoder) -> None:
    words = " ".join(f"Extraordinary{n} circumstances, unforeseeable." for n in range(300))
    article = Article("a", "A title of several words", words, "a.txt")
    for chunk in split(article, real):
        size = real.count([f"{article.title}\n{chunk.passage.text}"])[0]
        assert 100 < size <= real.max_tokens or chunk.passage.span.end == len(words)


def test_token_spans_are_slices_in_order(real: SentenceEncoder) -> None:
    text = "Überraschung: 3.5 km 😀 ok"
    spans = real.spans(text)
    assert "".join(span.of(text) for span in spans) == text.replace(" ", "")
    assert real.count([text, ""]) == [len(spans), 0]


def test_tampered_weights_are_refused_before_they_are_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "_DEFAULT_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="pip install --force-reinstall"):
        SentenceEncoder()


@pytest.mark.parametrize("planted", ["pytorch_model.bin", "model.pkl"])
def test_a_folder_with_pickled_weights_is_refused(tmp_path: Path, planted: str) -> None:
    (tmp_path / planted).write_bytes(b"\x80\x04cos\nsystem\n")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(EncoderError, match="safetensors"):
        SentenceEncoder(str(tmp_path))


def test_a_model_that_is_nowhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="'no/such-model'") as raised:
        SentenceEncoder("no/such-model")
    assert "\n" not in str(raised.value)


def nobody_answers() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("nosuchmodel", "cannot be reached to download it"),
        ("no/such-model@int8", "cannot be reached to download it"),
        ("./nofolder", "there is no such folder"),
        ("two words", "there is no such folder"),
    ],
)
def test_a_model_that_nobody_has_is_refused_at_once_and_in_one_line(model: str, why: str) -> None:
    code = f"from index.sentence_encoder import SentenceEncoder\nSentenceEncoder({model!r})"
    bare = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    there = {**bare, "HF_ENDPOINT": nobody_answers(), "NO_PROXY": "127.0.0.1"}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=there,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert "Retrying" not in result.stderr
    *_, line = result.stderr.splitlines()
    assert line.startswith("corpus.errors.EncoderError: the encoder ")
    assert why in line


def test_a_hub_that_answers_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), Nothing) as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_port}")
        answering = threading.Thread(target=hub.handle_request)
        answering.start()
        check_can_be_had("no/such-model")
        answering.join(10)


def test_rows_that_are_not_finite_are_refused() -> None:
    with pytest.raises(EncoderError, match="row 1"):
        unit_rows(np.array([[1.0, 0.0], [np.inf, 0.0]]))
    np.testing.assert_array_equal(unit_rows(np.zeros((1, 3))), np.zeros((1, 3)))
