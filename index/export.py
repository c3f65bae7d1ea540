"""A sentence-transformers model as ONNX: encoder, pooling and scaling in one graph, and the proof.

The proof is a comparison over texts of all kinds, padded and not. In 32 bits every vector must be
that of the original within 10⁻⁴ (a rounding; both count as the same encoder, with one
fingerprint); in 8 bits (dynamic, per channel) the cosine must be .95 or more, and the fingerprint
is another one.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from corpus.errors import EncoderError
from corpus.problem import reason_of
from index.compiled import CompiledNetwork
from index.encoder import Vectors, unit_rows
from index.models import Precision
from index.network import About, Batch, Loaded, Network, named_inputs
from index.onnx_runtime import onnx_errors, onnx_runtime
from index.original import TorchNetwork
from index.tokenizing import EncoderTokenizer

SAME = 1e-4
"""How far a number of a 32-bit unit vector may be from the original's."""
LEAST_COSINE = {"fp32": 0.999, "int8": 0.95}
_OPSET = 17
_FAILURES: tuple[type[Exception], ...] = (
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, MemoryError,
)  # fmt: skip
"""What PyTorch's exporter raises over a model it has no form for, or without enough memory."""
_PROBES = (
    "",
    "ferry",
    "The night ferry leaves Norrhamn at 22:40 and carries 41 lorries.",
    "What may an employee claim for meals on a journey of more than eight hours?",
    "Ärger über Überstunden: 3,5 % mehr, sagte die Behörde – „unerhört“!",
    "한국어 문장도 있습니다. 😀👩‍👩‍👧 مرحبا بالعالم",
    "def f(x):\n\treturn x ** 2  # \x07 \u200b control characters",
    "Otters came back to the river after the mill had closed. " * 8,
    "Extraordinary circumstances, unforeseeable and unforeseen, were named. " * 60,
)


class NotExportable(Exception):
    """No form in ONNX was made of the model this time: there was too little memory, perhaps."""


class Unfit(NotExportable):
    """The model has no form in ONNX that says what the original says; nor will it another time."""


class Exported(NamedTuple):
    """A model as ONNX, loaded; `cosine` is the least of the comparison."""

    model: bytes
    network: CompiledNetwork
    about: About
    cosine: float


def exported(original: Loaded, precision: Precision) -> Exported:
    """Export a model and compare it with the original.

    Raises:
        Unfit: it has an operation that cannot be exported, or says something else then.
        NotExportable: it could not be exported, for whatever other reason.
        EncoderError: 8-bit weights are asked for, and what makes them is not installed.
    """
    if not isinstance(original.network, TorchNetwork):
        raise TypeError("only a model that PyTorch runs can be exported")
    about = original.about
    try:
        model = _as_onnx(original.network, about)
        if precision == "int8":
            model = _quantised(model)
            about = replace(about, fingerprint=_other(about.fingerprint))
        network = CompiledNetwork(model, about)
        batches = _batches(EncoderTokenizer(original.tokenizer, about.max_tokens, about.pad))
        ours, theirs = (_vectors(net, batches) for net in (network, original.network))
    except _FAILURES + onnx_errors() as error:
        kind = Unfit if isinstance(error, _owed_to_the_model()) else NotExportable
        raise kind(reason_of(error)) from error
    return Exported(model, network, about, _compared(ours, theirs, precision))


def _owed_to_the_model() -> tuple[type[Exception], ...]:
    """Return what is raised over an operation that has no form in ONNX, and over nothing else."""
    from torch.onnx import OnnxExporterError

    return (OnnxExporterError, NotImplementedError, *onnx_errors("NotImplemented", "InvalidGraph"))


def _compared(ours: Vectors, theirs: Vectors, precision: Precision) -> float:
    """Return the least cosine of our vectors to theirs.

    Raises:
        Unfit: they are too far apart.
    """
    cosine = float((ours * theirs).sum(axis=1).min())
    apart = float(np.abs(ours - theirs).max())
    if cosine < LEAST_COSINE[precision] or (precision == "fp32" and apart > SAME):
        raise Unfit(
            f"its compiled form says something else: cosine {cosine:.4f}, {apart:.1e} apart"
        )
    return cosine


def _as_onnx(network: TorchNetwork, about: About) -> bytes:
    """Return the model as ONNX: token ids in, `tokens` (b, t, d) and `rows` (b, d) out."""
    import torch

    class Whole(torch.nn.Module):
        """The model with its outputs in the order and precision they are read in."""

        def __init__(self) -> None:
            super().__init__()
            self.model = network.model

        def forward(self, *arrays: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            output = self.model(dict(zip(about.inputs, arrays, strict=True)))
            return output["token_embeddings"].float(), output["sentence_embedding"].float()

    ids = np.array([[1, 2, 3, 4, 5, 6, 7, 8]] * 2, dtype=np.int64)
    mask = np.array([[1] * 8, [1] * 5 + [0] * 3], dtype=np.int64)  # all ones would be left out
    example = named_inputs(Batch(ids, mask, np.zeros_like(ids)), about.inputs)
    axes: dict[str, dict[int, str]] = {name: {0: "texts", 1: "tokens"} for name in about.inputs}
    axes |= {"tokens": {0: "texts", 1: "tokens"}, "rows": {0: "texts"}}
    with TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        file = Path(folder) / "model.onnx"
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(), tuple(map(torch.from_numpy, example.values())), str(file),
            input_names=list(about.inputs), output_names=["tokens", "rows"], dynamic_axes=axes,
            opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
        return file.read_bytes()


def _quantised(model: bytes) -> bytes:
    """Return a model with weights of 8 bits per channel; activations are scaled as they come."""
    onnx_runtime()  # imported there first
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise EncoderError(
            f"making 8-bit weights needs a package that is not here ({error}): pip install onnx"
        ) from error
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        with _no_handler_for_good():
            quantize_dynamic(
                onnx.load_from_string(model), file, per_channel=True, weight_type=QuantType.QInt8
            )
        return file.read_bytes()


@contextmanager
def _no_handler_for_good() -> Iterator[None]:
    """Give the root logger a handler meanwhile; else what is said to it sets one up that stays."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)
    try:
        yield
    finally:
        root.removeHandler(silent)


def _other(fingerprint: str) -> str:
    """Return the fingerprint of an encoder's 8-bit form."""
    return hashlib.sha256(f"{fingerprint} int8".encode()).hexdigest()[:32]


def _batches(tokenizer: EncoderTokenizer) -> list[Batch]:
    """Return the texts that are compared: each alone, and all of them padded to the longest."""
    tokens = tokenizer.tokens(_PROBES)
    return [tokenizer.batch(each) for each in (*([one] for one in tokens), tokens)]


def _vectors(network: Network, batches: Sequence[Batch]) -> Vectors:
    """Return the unit vectors of the texts, and of the mean of their tokens, as sentences have."""
    rows: list[Vectors] = []
    for batch in batches:
        output = network.run(batch)
        weights = batch.mask[..., None].astype(np.float32)
        rows += [output.rows, unit_rows((output.tokens * weights).sum(axis=1))]
    return np.concatenate(rows)
