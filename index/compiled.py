"""The compiled encoder: read from its cache, checked by its hashes, run by ONNX Runtime alone.

    ~/.cache/quoth/encoders/1-53aa51172d142c89d9012cce15ae4d6c-fp32/
        model.onnx  tokenizer.json  encoder.json (hashes of both, what is known, its own seal)

`encoder.json` is written last, and nothing is used before its hash was compared: what is damaged
counts as not there, and is made anew by `index.compile`. A folder that other people may write is
not read at all. Neither PyTorch nor transformers is imported here.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.errors import EncoderError
from corpus.problem import reason_of
from index.encoder import unit_rows
from index.models import Precision
from index.network import About, Batch, Loaded, Output, named_inputs
from index.onnx_runtime import onnx_runtime

FORMAT = 1
"""Grows when a compiled form of earlier versions must not be used."""
MODEL, TOKENIZER, RECORD = "model.onnx", "tokenizer.json", "encoder.json"
WORKERS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
"""Texts encoded at once, one thread each: beside the reader, no thread waits for another."""
_SHORT_WINDOW = 512
"""Tokens up to which ONNX Runtime may keep the memory of a run for the next one."""
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError)
ABSENT, WHOLE, REFUSED = "absent", "whole", "cannot be compiled"


class Refused(Exception):
    """The model was tried and cannot be compiled; the message says why."""

    @staticmethod
    def kept_in(place: Path, why: str) -> Refused:
        """Return a refusal that is remembered in `place`, with the way to another try."""
        return Refused(f"{why}; for another try delete {place}")


class CompiledNetwork:
    """A compiled encoder, run in the thread that asks."""

    workers = WORKERS

    def __init__(self, model: Path | bytes, about: About) -> None:
        """Load a model: a file, or what would stand in one (of which ONNX Runtime keeps a copy)."""
        onnxruntime = onnx_runtime()
        self._inputs = about.inputs
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Memory that is kept never shrinks; with a long window that would be gigabytes.
        options.enable_cpu_mem_arena = about.max_tokens <= _SHORT_WINDOW
        options.enable_mem_pattern = False  # it helps only where all texts are of one length
        try:
            self._session: Any = onnxruntime.InferenceSession(
                model if isinstance(model, bytes) else str(model),
                options,
                providers=["CPUExecutionProvider"],
            )
        except (RuntimeError, ValueError) as error:
            raise EncoderError(
                f"the compiled encoder cannot be run ({reason_of(error)}); delete {cache_home()}, "
                "and it is compiled again"
            ) from error

    def run(self, batch: Batch) -> Output:
        """Compute a batch in this thread."""
        rows, tokens = self._session.run(["rows", "tokens"], named_inputs(batch, self._inputs))
        return Output(tokens, unit_rows(rows))


def cache_home() -> Path:
    """Return the folder of compiled encoders: XDG_CACHE_HOME, else ~/.cache.

    Raises:
        OSError: this user has no home.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    try:
        place = named.expanduser()
    except RuntimeError as error:
        raise FileNotFoundError(errno.ENOENT, "this user has no home", str(named)) from error
    return place.absolute() / "quoth" / "encoders"


def place_of(digest: str, precision: Precision) -> Path:
    """Return the folder of one model's compiled form.

    Raises:
        OSError: this user has no home.
    """
    return cache_home() / f"{FORMAT}-{digest[:32]}-{precision}"


def read(place: Path) -> Loaded | None:
    """Return the compiled encoder in `place`, or None when there is none that is whole.

    Raises:
        Refused: the model cannot be compiled; that was found out before.
        OSError: the folder may be written by others, or cannot be read.
    """
    if not (place / RECORD).exists():
        return None
    check_owner(place)
    try:
        record = checked(place)
        if record.get("refused"):
            raise Refused.kept_in(place, str(record["refused"]))
        return _loaded(place, record)
    except _DAMAGED:
        return None  # `index.compile` says so, and makes it anew


def _loaded(place: Path, record: dict[str, Any]) -> Loaded:
    """Load what was checked.

    ONNX Runtime reads the model's file itself, since of bytes it keeps a second copy, 90 MB. That
    it read what was hashed is seen from the file: it is the one it was before it was hashed.
    """
    about = About(**{**record["about"], "inputs": tuple(record["about"]["inputs"])})
    network = CompiledNetwork(place / MODEL, about)
    tokenizer = (place / TOKENIZER).read_bytes().decode()
    for name, before in record["files"].items():
        if _identity(place / name) != before:
            raise ValueError(f"{name} was changed while it was read")
    return Loaded(network, tokenizer, about)


def checked(place: Path) -> dict[str, Any]:
    """Return the record; the files it tells of have the hashes it says.

    Under `files` it names what each file was before it was hashed.

    Raises:
        ValueError: the record or a file is not what it was.
        OSError: one cannot be read.
    """
    record: dict[str, Any] = json.loads((place / RECORD).read_text(encoding="utf-8"))
    if sealed(record) != record:
        raise ValueError(f"{RECORD} does not match its seal")
    files = {name: _identity(place / name) for name in record["sha256"]}
    for name, expected in record["sha256"].items():
        with (place / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise ValueError(f"{name} does not match its hash")
    return record | {"files": files}


def _identity(file: Path) -> tuple[int, ...]:
    """Return what is another one for another file, and for one that was written to."""
    found = file.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with a digest of all that stands in it."""
    rest = {name: value for name, value in record.items() if name != "seal"}
    text = json.dumps(rest, sort_keys=True)
    return rest | {"seal": hashlib.sha256(text.encode()).hexdigest()}


def record_of(about: About, hashes: dict[str, str]) -> dict[str, Any]:
    """Return the record that `read` reads back."""
    return sealed({"format": FORMAT, "about": asdict(about), "sha256": hashes})


def check_owner(place: Path) -> None:
    """Refuse a folder where other people could plant an encoder.

    Raises:
        PermissionError: it belongs to somebody else, or all may write to it.
    """
    found = place.stat()
    if found.st_uid not in {0, os.geteuid()} or found.st_mode & stat.S_IWOTH:
        raise PermissionError(errno.EPERM, "others may write it", str(place))


def state(place: Path) -> str:
    """Say how the compiled form in `place` is, without loading it: whole, absent, or why not."""
    try:
        if not (place / RECORD).exists():
            return ABSENT
        check_owner(place)
        record = checked(place)
    except PermissionError as error:
        return f"not used ({error.strerror})"
    except (OSError, *_DAMAGED) as error:
        return f"damaged ({error})"
    refused = record.get("refused")
    return f"{REFUSED} ({refused})" if refused else WHOLE
