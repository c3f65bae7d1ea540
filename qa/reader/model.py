"""The trained model, run by ONNX Runtime: token ids in, scores of tokens and passages out.

The files are checked against the hashes in `reader.json` before a byte of them is used. Only ONNX
is read: no pickle, no code from the model's folder. `TokenModel` is the seam for other models.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ReaderError
from corpus.problem import reason_of
from index.onnx_runtime import onnx_runtime
from qa.reader.tokens import Window

WEIGHTS = Path(__file__).with_name("weights")
"""The reader that comes with Quoth."""
THREADS = min(4, os.cpu_count() or 1)
"""Threads of one pass: more do not make so small a model faster."""
AT_ONCE = max(1, (os.cpu_count() or 1) // THREADS)
"""Passes at once: as many as there are cores for. Each keeps some 120 MB of its own."""

Ids = NDArray[np.int64]
"""int64, shape `(b, t)`, padded with zeros."""
Floats = NDArray[np.float32]
"""float32; start and end `(b, t)`, relevance `(b,)`."""


class Outputs(NamedTuple):
    """What the model says of a batch; higher is better, the relevance is a log-odds."""

    start: Floats
    end: Floats
    relevance: Floats


class TokenModel(Protocol):
    """Scores windows; all that the rest of the reader knows of a model."""

    @property
    def fingerprint(self) -> str:
        """Digest of everything that shapes its scores."""
        ...

    def run(self, windows: Sequence[Window]) -> Outputs:
        """Score a batch of windows."""
        ...


class OnnxModel:
    """A reader's folder, opened; safe to use from several threads."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = THREADS) -> None:
        self.fingerprint = checked(folder)[:32]
        onnxruntime = onnx_runtime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_mem_pattern = False  # windows are of all lengths: it would keep 40 MB more
        # Threads that wait in a loop take the time of other questions: 574 ms of the processor for
        # a question were 384 without (sixteen users, two cores; `python -m benchmarks.peers`).
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._turns = BoundedSemaphore(AT_ONCE)
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, ValueError) as error:
            raise ReaderError(
                f"{folder / 'reader.onnx'} cannot be run ({reason_of(error)}); "
                "answer without it: --reader none"
            ) from error

    def run(self, windows: Sequence[Window]) -> Outputs:
        """Score a batch of windows, padded to the longest; waits while the cores score others."""
        ids, mask, types = batch_of(windows)
        given = {"ids": ids, "mask": mask, "types": types}
        with self._turns:
            start, end, relevance = self._session.run(["start", "end", "relevance"], given)
        return Outputs(start, end, relevance)


def batch_of(windows: Sequence[Window]) -> tuple[Ids, Ids, Ids]:
    """Return ids, mask and token types of a batch, int64 `(b, t)` each."""
    longest = max(len(window.ids) for window in windows)
    ids, mask, types = (np.zeros((len(windows), longest), dtype=np.int64) for _ in range(3))
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        types[row, : len(window.ids)] = window.types
    return ids, mask, types


def checked(folder: Path) -> str:
    """Compare a reader's files with the hashes beside them; return the model's.

    Raises:
        ReaderError: a file is missing, or is not what `reader.json` says.
    """
    try:
        record = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        hashes: dict[str, str] = record["sha256"]
        for name in ("reader.onnx", "tokenizer.json"):
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != hashes[name]:
                raise ReaderError(
                    f"{folder / name} is damaged (sha256 {found[:12]}… instead of "
                    f"{hashes[name][:12]}…); install Quoth again, or answer without: --reader none"
                )
        return hashes["reader.onnx"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(
            f"{folder} holds no reader ({error}); a reader's folder has reader.json, reader.onnx "
            "and tokenizer.json; answer without one: --reader none"
        ) from error
