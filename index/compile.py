"""Compiles an encoder: exports it once, checks it against the original, and keeps it in the cache.

    load(name) ─▶ in the cache? ─▶ read it
                     └ no ─▶ load the original ─▶ export ─▶ compare ─▶ write ─▶ read it

Whatever is in the way (a cache that cannot be written, a model that cannot be exported) is told
in one line, and the original encodes. Only what is the model's own is remembered, and not tried
again; too little memory is not. One process compiles at a time; others wait and read.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from time import perf_counter

from corpus.errors import EncoderError
from index import compiled
from index.durable import durable_write, make_folder
from index.export import NotExportable, Unfit, exported
from index.models import Named, digest_of, local_folder, named
from index.network import Loaded
from index.original import load_original

_LOG = logging.getLogger(__name__)


def load(name: str) -> Loaded:
    """Load an encoder by name: compiled if that can be, else the original.

    Raises:
        EncoderError: it cannot be loaded at all, or not with the weights that were asked for.
    """
    wanted = named(name)
    original = cache(partial(load_original, wanted.model))
    try:
        folder = local_folder(wanted.model)
        if folder is None:  # it is downloaded, and known by its files from then on
            original()
            folder = local_folder(wanted.model)
        if folder is None:
            raise compiled.Refused("its files are not where they were looked for")
        place = compiled.place_of(digest_of(wanted.model, folder), wanted.precision)
        return compiled.read(place) or _made(place, wanted, original)
    except compiled.Refused as error:
        return _instead(wanted, original, f"cannot be compiled ({error})")
    except NotExportable as error:
        return _instead(wanted, original, f"was not compiled this time ({error})")
    except OSError as error:
        reason = f"{error.filename or 'the cache'}: {error.strerror or error}"
        return _instead(
            wanted, original,
            f"cannot be kept compiled ({reason}); name a folder that can be: XDG_CACHE_HOME=DIR",
        )  # fmt: skip


def _instead(wanted: Named, original: Callable[[], Loaded], why: str) -> Loaded:
    """Return the original, and say why; it cannot stand in for other weights."""
    if wanted.precision != "fp32":
        raise EncoderError(
            f"the encoder {wanted.model!r} {why}; or use it as it is: --encoder {wanted.model}"
        )
    _LOG.warning("the encoder %s %s. PyTorch encodes, which is slower", wanted.model, why)
    return original()


def _made(place: Path, wanted: Named, original: Callable[[], Loaded]) -> Loaded:
    """Compile into `place`, unless another process just did.

    Raises:
        compiled.Refused: the model cannot be compiled.
        NotExportable: it was not compiled, for a reason that may be gone the next time.
        OSError: the cache cannot be written.
    """
    with _lock(place):
        found = compiled.read(place)
        if found is not None:
            return found
        before = compiled.state(place)
        if before != compiled.ABSENT:
            _LOG.warning("%s is %s; it is made anew", place, before)
        started = perf_counter()
        _LOG.warning(
            "compiling the encoder %s, once on this machine (10 to 30 seconds) …", wanted.model
        )
        whole = original()
        try:
            made = exported(whole, wanted.precision)
        except Unfit as error:
            _write_record(place, compiled.sealed({"refused": str(error), "sha256": {}}))
            raise compiled.Refused.kept_in(place, str(error)) from error
        files = {compiled.MODEL: made.model, compiled.TOKENIZER: whole.tokenizer.encode()}
        hashes = {name: _write(place / name, data) for name, data in files.items()}
        _write_record(place, compiled.record_of(made.about, hashes))
        _LOG.warning(
            "compiled in %.0f s, checked (cosine to the original at least %.4f), kept in %s",
            perf_counter() - started, made.cosine, place,
        )  # fmt: skip
        return Loaded(made.network, whole.tokenizer, made.about)


def _write(path: Path, data: bytes) -> str:
    return durable_write(path, lambda file: file.write(data))


def _write_record(place: Path, record: dict[str, object]) -> None:
    _write(place / compiled.RECORD, (json.dumps(record, indent=1) + "\n").encode())


@contextmanager
def _lock(place: Path) -> Iterator[None]:
    """Hold the lock of one compiled form; wait while another process does.

    Raises:
        OSError: the cache cannot be written.
    """
    make_folder(place)
    compiled.check_owner(place)
    with (place / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
