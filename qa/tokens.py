"""Counting tokens the way a language model will: tiktoken when its ranks are at hand.

tiktoken downloads its rank files on first use, which fails offline. So they are looked for where
`TIKTOKEN_CACHE_DIR` says, then in the copy that `litellm` ships when that is installed; a
download is tried only for an encoding the user named; and when all that fails, the encoder's own
tokenizer counts, and the caller is told so.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import NamedTuple

DEFAULT_ENCODING = "cl100k_base"
_CACHE = "TIKTOKEN_CACHE_DIR"
_MOST_SECONDS = 10.0


class _Ranks(NamedTuple):
    """A rank file: tiktoken names it by the SHA-1 of its address; the SHA-256 is of its bytes."""

    file: str
    sha256: str


_RANKS = {
    "r50k_base": _Ranks(
        "0ea1e91bbb3a60f729a8dc8f777fd2fc07cd8df4",
        "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
    ),
    "p50k_base": _Ranks(
        "ec7223a39ce59f226a68acc30dc1af2788490e15",
        "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    ),
    "cl100k_base": _Ranks(
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": _Ranks(
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}

Count = Callable[[str], int]


class Counter(NamedTuple):
    """How to count, what counts (`cl100k_base`, or the encoder's name), and a line if it differs
    from what was asked for."""

    count: Count
    name: str
    note: str = ""


def token_counter(encoding: str | None, fallback: Count, fallback_name: str) -> Counter:
    """Return a counter for tiktoken's `encoding`; None means the default, without a download.

    >>> token_counter("no_such_encoding", len, "letters").name
    'letters'
    """
    name = encoding or DEFAULT_ENCODING
    if name not in _RANKS:
        known = ", ".join(sorted(_RANKS))
        note = f"{name!r} is no encoding known here ({known}); counted with that of {fallback_name}"
        return Counter(fallback, fallback_name, note)
    sources: list[Path | None] = list(_places(name))
    if encoding is not None and not _offline():
        sources.append(None)
    for folder in sources:
        counter = _tiktoken(name, folder)
        if counter is not None:
            return Counter(counter, name)
    note = (
        f"tiktoken's {name} is not on this machine; counted with the tokenizer of {fallback_name}"
    )
    return Counter(fallback, fallback_name, note)


def _places(name: str) -> Iterator[Path]:
    """Yield the folders that hold the encoding's rank file, whole.

    A damaged one is passed over: tiktoken itself would delete it and reach for the network.
    """
    folders = [Path(os.environ[_CACHE])] if os.environ.get(_CACHE) else []
    # litellm is only located, not imported: importing it takes seconds.
    spec = find_spec("litellm")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        folders += [package / "litellm_core_utils" / "tokenizers", package / "llms" / "tokenizers"]
    ranks = _RANKS[name]
    for folder in folders:
        with suppress(OSError), (folder / ranks.file).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == ranks.sha256:
                yield folder


def _offline() -> bool:
    return os.environ.get("QUOTH_OFFLINE") == "1" or os.environ.get("HF_HUB_OFFLINE") == "1"


def _tiktoken(name: str, folder: Path | None) -> Count | None:
    """Load an encoding from `folder`, or by download; None if that fails or takes too long."""
    found: list[Count] = []

    def load() -> None:
        # Whatever it is that fails (no network, no disk, no tiktoken), the fallback counts.
        with suppress(Exception), _cache_folder(folder):
            import tiktoken

            encoding = tiktoken.get_encoding(name)
            found.append(lambda text: len(encoding.encode(text, disallowed_special=())))

    # A daemon, so that a download that hangs holds up neither this call nor the end of Python.
    thread = Thread(target=load, daemon=True)
    thread.start()
    thread.join(_MOST_SECONDS)
    return found[0] if found else None


@contextmanager
def _cache_folder(folder: Path | None) -> Iterator[None]:
    """Point tiktoken at a folder while it loads, and only then; None leaves it alone."""
    if folder is None:
        yield
        return
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_CACHE, None)
        else:
            os.environ[_CACHE] = before
