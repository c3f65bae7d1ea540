"""Other people's readers: tiny models made here, with nothing learnt. Plumbing, not quality."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.article import Article, Passage, Span
from corpus.errors import ReaderError
from qa.reader.choose import reader_for
from qa.reader.passages import Reading
from qa.reader.tokens import MOST_QUESTION
from qa.reader.trained import TrainedReader
from tests.fake_reader import PointingReader

pytestmark = pytest.mark.encoder

BEFORE = "Something else stands before it.\n\n"
TEXT = "The night ferry carries forty-one lorries. It leaves Norrhamn at 22:40 on every day. " * 30


def save(folder: Path, kind: str) -> Path:
    """Save a two-layer BERT without training, with the packaged tokenizer."""
    import torch
    import transformers

    from index.models import packaged_model

    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        num_labels=1 if "Sequence" in kind else 2,
    )  # fmt: skip
    getattr(transformers, kind)(config).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(str(packaged_model())).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("answering"), "BertForQuestionAnswering")


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("crossing"), "BertForSequenceClassification")


def passage() -> Passage:
    article = Article("a", "The night ferry", BEFORE + TEXT, "a.txt")
    return Passage(article, Span(len(BEFORE), len(BEFORE) + len(TEXT)))


def test_an_answering_model_reads_all_windows_in_article_offsets(answering: Path) -> None:
    from qa.reader.foreign import AnsweringModel

    reader = AnsweringModel(answering)
    readings = reader.read("When does it leave?", [passage()] * 5, 0.0)
    assert [reading is not None for reading in readings] == [True] * 3 + [False] * 2
    first = readings[0]
    assert first is not None
    assert first.spans
    assert first.relevance == first.odds
    for item in first.spans:
        assert len(BEFORE) <= item.span.start < item.span.end <= len(BEFORE + TEXT)
    assert reader.fingerprint == AnsweringModel(answering).fingerprint


@pytest.mark.parametrize("words", [64, 330, 380, 399])
def test_of_a_long_question_the_end_is_read(answering: Path, words: int) -> None:
    from qa.reader.foreign import AnsweringModel

    reader = AnsweringModel(answering)
    end = " ".join(["when"] * (MOST_QUESTION - 1)) + "?"
    readings = reader.read("when " * (words - MOST_QUESTION + 1) + end, [passage()], 0.0)
    assert readings == reader.read(end, [passage()], 0.0)
    assert readings[0] is not None
    for item in readings[0].spans:
        assert len(BEFORE) <= item.span.start < item.span.end <= len(BEFORE + TEXT)


def test_a_long_question_whose_characters_are_several_tokens_is_read(answering: Path) -> None:
    from qa.reader.foreign import AnsweringModel

    (reading,) = AnsweringModel(answering).read("각 " * 900, [passage()], 0.0)
    assert reading is not None
    assert reading.spans


def test_a_cross_encoder_judges_what_was_read(crossing: Path) -> None:
    from qa.reader.foreign import Reranked

    words = PointingReader("22:40", most=1)
    reader = Reranked(words, str(crossing))
    readings = reader.read("When does it leave?", [passage()] * 2, 0.0)
    plain = PointingReader("22:40", most=1).read("When does it leave?", [passage()] * 2, 0.0)
    assert readings[1] is None
    assert isinstance(readings[0], Reading)
    assert isinstance(plain[0], Reading)
    assert readings[0].spans == plain[0].spans
    assert readings[0].relevance != plain[0].relevance
    assert reader.fingerprint != words.fingerprint


def test_they_are_chosen_by_their_folders(answering: Path, crossing: Path) -> None:
    one = reader_for(str(answering))
    two = reader_for(str(answering), reranker=str(crossing))
    assert isinstance(one, TrainedReader)
    assert one.fingerprint != two.fingerprint


def test_what_is_no_such_model_is_told_in_one_line(tmp_path: Path, answering: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ReaderError, match=r"cannot be loaded.*--reader none"):
        reader_for(str(tmp_path))
    with pytest.raises(ReaderError, match="no safetensors"):
        reader_for(str(answering), reranker=str(tmp_path / "none"))
