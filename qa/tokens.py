"""Counting tokens the way a language model will: tiktoken when its ranks are at hand.

tiktoken downloads its rank files on first use, which fails offline. So they are looked for where
`TIKTOKEN_CACHE_DIR` says, then in the copy that `litellm` ships when that is installed; a
download is tried only for an encoding the user named; and when all that fails, the encoder's own
tokenizer counts, and the caller is told so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

DEFAULT_ENCODING = "cl100k_base"
_CACHE = "TIKTOKEN_CACHE_DIR"
_DOWNLOAD_SECONDS = 10.0
# tiktoken names a cached rank file by the SHA-1 of the address it comes from.
_CACHED_AS = {
    "r50k_base": "0ea1e91bbb3a60f729a8dc8f777fd2fc07cd8df4",
    "p50k_base": "ec7223a39ce59f226a68acc30dc1af2788490e15",
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
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
    for folder in _places(name):
        counter = _tiktoken(name, folder)
        if counter is not None:
            return Counter(counter, name)
    if encoding is not None and name in _CACHED_AS and not _offline():
        counter = _tiktoken(name, None)
        if counter is not None:
            return Counter(counter, name)
    note = (
        f"tiktoken's {name} is not on this machine; counted with the tokenizer of {fallback_name}"
    )
    if name not in _CACHED_AS:
        known = ", ".join(sorted(_CACHED_AS))
        note = f"{name!r} is no encoding known here ({known}); counted with that of {fallback_name}"
    return Counter(fallback, fallback_name, note)


def _places(name: str) -> Iterator[Path]:
    """Yield the folders that hold the encoding's rank file."""
    folders = [Path(os.environ[_CACHE])] if os.environ.get(_CACHE) else []
    # litellm is only located, not imported: importing it takes seconds.
    spec = find_spec("litellm")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        folders += [package / "litellm_core_utils" / "tokenizers", package / "llms" / "tokenizers"]
    for folder in folders:
        if (folder / _CACHED_AS.get(name, name)).is_file():
            yield folder


def _offline() -> bool:
    return os.environ.get("QUOTH_OFFLINE") == "1" or os.environ.get("HF_HUB_OFFLINE") == "1"


def _tiktoken(name: str, folder: Path | None) -> Count | None:
    """Load an encoding from `folder`, or by download; None if that fails or takes too long."""

    def load() -> Count:
        import tiktoken

        with _cache_folder(folder):
            encoding = tiktoken.get_encoding(name)
        return lambda text: len(encoding.encode(text, disallowed_special=()))

    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(load).result(timeout=_DOWNLOAD_SECONDS)
    except (OSError, ValueError, Late):
        # requests' errors are OSErrors; tiktoken raises ValueError for a damaged rank file.
        return None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _cache_folder(folder: Path | None) -> Iterator[None]:
    """Point tiktoken at a folder while it loads, and only then."""
    before = os.environ.get(_CACHE)
    if folder is not None:
        os.environ[_CACHE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_CACHE, None)
        else:
            os.environ[_CACHE] = before
