"""Readers that other people trained: question answering and cross-encoders, from a folder.

Only safetensors weights are loaded, never code from the folder, and nothing is fetched. How much
their scores count was fitted for Quoth's own reader; `quoth calibrate` fits the bar to any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from corpus.article import Passage, Span
from corpus.errors import ReaderError
from corpus.problem import reason_of
from qa.reader.passages import AT_LEAST, PassageReader, Reading, context_of
from qa.reader.spans import ScoredSpan, best_spans, merged
from qa.reader.tokens import MOST_QUESTION

_MOST_TOKENS = 384
_OVERLAP = 96


class AnsweringModel:
    """Any extractive question-answering model in transformers format (BERT, RoBERTa, …)."""

    def __init__(self, folder: Path) -> None:
        self.fingerprint = _digest(folder)
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
            self._model: Any = AutoModelForQuestionAnswering.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
            ).eval()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise _unusable(folder, error) from error
        if not self._tokenizer.is_fast:
            raise ReaderError(
                f"{folder}: its tokenizer does not say where tokens stand (no tokenizer.json); "
                "choose another model, or: --reader none"
            )

    def read(
        self, question: str, passages: Sequence[Passage], milliseconds: float
    ) -> list[Reading | None]:
        """Read as many passages as the time allows, at least three, one after the other."""
        deadline = perf_counter() + milliseconds / 1000
        question = self._cut(question)
        readings: list[Reading | None] = []
        for number, passage in enumerate(passages):
            late = number >= AT_LEAST and perf_counter() > deadline
            readings.append(None if late else self._read(question, passage))
        return readings

    @property
    def _window(self) -> int:
        """Tokens in one pass, special tokens counted."""
        return min(_MOST_TOKENS, int(self._tokenizer.model_max_length))

    def _cut(self, question: str) -> str:
        """Return the end of a question that is too long, as our own reader sees it.

        Beside it each window must have room for more of the passage than two windows share; else
        the tokenizer panics.
        """
        special = int(self._tokenizer.num_special_tokens_to_add(pair=True))
        most = max(1, min(MOST_QUESTION, self._window - special - _OVERLAP - 1))
        while len(places := self._places(question)) > most:  # the end alone may be more tokens
            question = question[max(1, places[-most][0]) :]
        return question

    def _places(self, text: str) -> list[tuple[int, int]]:
        encoded = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return list(encoded["offset_mapping"])

    def _read(self, question: str, passage: Passage) -> Reading:
        """Read one passage in overlapping windows; its relevance is that of its best span."""
        import torch

        encoded = self._tokenizer(
            question, passage.text, truncation="only_second", max_length=self._window,
            stride=_OVERLAP, return_overflowing_tokens=True, return_offsets_mapping=True,
            padding=True, return_tensors="pt",
        )  # fmt: skip
        offsets = encoded.pop("offset_mapping").tolist()
        encoded.pop("overflow_to_sample_mapping")
        with torch.inference_mode():
            output = self._model(**encoded)
        windows: list[list[ScoredSpan]] = []
        for row, places in enumerate(offsets):
            second = [at for at, part in enumerate(encoded.sequence_ids(row)) if part == 1]
            start, end = output.start_logits[row].numpy(), output.end_logits[row].numpy()
            spans = [Span(*places[at]) for at in second]
            windows.append(best_spans(start, end, second[0], spans) if second else [])
        shift = passage.span.start
        found = tuple(s._replace(span=s.span.shifted(shift)) for s in merged(windows))
        reading = Reading(0.0, found)
        return reading._replace(relevance=reading.odds)


class Reranked:
    """A reader whose judgement of relevance is left to a cross-encoder."""

    def __init__(self, words: PassageReader, model: str) -> None:
        folder = Path(model)
        self._words = words
        self.fingerprint = f"{words.fingerprint[:16]}{_digest(folder)[:16]}"
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(
                str(folder), device="cpu", local_files_only=True, trust_remote_code=False,
                num_labels=1, model_kwargs={"use_safetensors": True},
            )  # fmt: skip
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise _unusable(folder, error) from error

    def read(
        self, question: str, passages: Sequence[Passage], milliseconds: float
    ) -> list[Reading | None]:
        """Read the words first; then judge what was read."""
        import torch

        readings = self._words.read(question, passages, milliseconds)
        pairs = [
            (question, "\n".join((context_of(passage), passage.text)))
            for passage, reading in zip(passages, readings, strict=True)
            if reading is not None
        ]
        raw = self._model.predict(pairs, activation_fn=torch.nn.Identity()) if pairs else []
        scores = iter(raw)
        return [r and r._replace(relevance=float(next(scores))) for r in readings]


def _digest(folder: Path) -> str:
    """Return the sha256 of a folder's weights, in hex.

    Raises:
        ReaderError: there are no safetensors weights.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ReaderError(
            f"{folder} has no safetensors weights; other kinds can carry code and are not loaded; "
            "convert the model, or choose another"
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def _unusable(folder: Path, error: Exception) -> ReaderError:
    return ReaderError(
        f"the reader in {folder} cannot be loaded ({reason_of(error)}); give the folder of an "
        "extractive question-answering model or a cross-encoder, or: --reader none"
    )
