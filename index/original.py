"""A sentence-transformers model as it was published, run by PyTorch.

Its compiled form is made from it once (`index.compile`); it encodes by itself only where there is
no compiled form. Safetensors only, never code from a model's folder, always on the CPU. A model
is downloaded only when a user names one that is not on this machine.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from corpus.errors import EncoderError
from corpus.problem import reason_of
from index.download import check_can_be_had
from index.encoder import unit_rows
from index.models import DEFAULT_MODEL, local_folder, packaged_model
from index.network import About, Batch, Loaded, Output, named_inputs

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SHORT = 64
"""Tokens that are not worth a second thread."""
_COUNTING = Lock()
"""Held while the number of PyTorch's threads is looked at or changed."""


class TorchNetwork:
    """A model run by PyTorch, which shares one batch out among all cores."""

    workers = 1

    def __init__(self, model: SentenceTransformer, inputs: tuple[str, ...]) -> None:
        self.model = model
        self._inputs = inputs

    def run(self, batch: Batch) -> Output:
        """Compute a batch; a short one in this thread alone."""
        import torch

        arrays = named_inputs(batch, self._inputs)
        alone = _one_thread() if batch.ids.size <= _SHORT else nullcontext()
        with alone, torch.inference_mode():
            output = self.model({name: torch.from_numpy(each) for name, each in arrays.items()})
        rows = unit_rows(output["sentence_embedding"].float().numpy())
        return Output(output["token_embeddings"].float().numpy(), rows)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in this thread alone: a question is too short to share out.

    On two busy cores waiting for the second thread made 16 ms of work take half a second.

    PyTorch has a number for each thread, and one that new threads begin with; to set the first
    sets the second, too. That one is set back at once, by a thread that ends with it.
    """
    import torch

    with _COUNTING:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        with ThreadPoolExecutor(1) as other:
            other.submit(torch.set_num_threads, before).result()
    try:
        yield
    finally:
        with _COUNTING:
            torch.set_num_threads(before)


def load_original(name: str) -> Loaded:
    """Load a model by name or folder.

    Raises:
        EncoderError: it is not there, or is none that can be used.
    """
    model = _load(name)
    tokenizer: Any = model.tokenizer
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise EncoderError(
            f"the encoder {name!r} has no tokenizer that says where tokens stand (tokenizer.json); "
            "give another sentence-transformers model, or leave --encoder away"
        )
    window = int(model.get_max_seq_length() or tokenizer.model_max_length)
    max_tokens = window - int(tokenizer.num_special_tokens_to_add())
    about = About(
        fingerprint=_fingerprint(model, max_tokens),
        dimension=int(model.get_embedding_dimension() or 0),
        max_tokens=max_tokens,
        pad=int(tokenizer.pad_token_id or 0),
        inputs=tuple(tokenizer.model_input_names),
        prompts=dict(_prompts(model)),
    )
    text = str(tokenizer.backend_tokenizer.to_str())
    return Loaded(TorchNetwork(model, about.inputs), text, about)


def _prompts(model: SentenceTransformer) -> Mapping[str, str]:
    return model.prompts or {}


def _fingerprint(model: SentenceTransformer, max_tokens: int) -> str:
    """Return a digest of the model's weights, prompts and window."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    digest.update(repr(sorted(_prompts(model).items())).encode())
    digest.update(str(max_tokens).encode())
    return digest.hexdigest()[:32]


def _load(model: str) -> SentenceTransformer:
    """Load a model: packaged, from a folder, from the cache, and only then by download."""
    packaged = packaged_model() if model == DEFAULT_MODEL else None
    if local_folder(model) is None:
        check_can_be_had(model)
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
    """Open one model, or say in one line why it cannot be."""
    try:
        return kind(
            model,
            device="cpu",
            trust_remote_code=False,
            local_files_only=local,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EncoderError(
            f"the encoder {model!r} cannot be loaded ({reason_of(error)}); give the folder of a "
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
