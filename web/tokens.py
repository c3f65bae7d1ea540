"""API tokens: made here, kept as hashes in the library's `tokens.json`, and checked.

A token is 256 random bits, so a plain SHA-256 hides it; only whoever made it has ever seen it. The
file is replaced as a whole and stat'ed at each request, so that a running server knows a new or a
revoked token at once. Whoever has one may read the whole archive; when it was used is not kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from corpus.errors import NotALibrary, TokenError
from index import schema
from index.durable import durable_write, storage_error
from index.home import TOKENS

PREFIX = "quoth_"
MOST_DAYS = 36_500

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Token:
    """What is kept of a token."""

    name: str
    sha256: str
    created: str
    """UTC, such as `2026-01-17T08:30:00Z`."""
    expires: str | None = None

    def is_expired(self, now: datetime | None = None) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= _written(now or datetime.now(UTC))


def new_token(folder: Path, name: str, days: int | None = None) -> tuple[str, Token]:
    """Add a token to a library; return its text, which is kept nowhere, and what is kept.

    Raises:
        TokenError: the name is none, or taken; or the file is damaged.
        LibraryError: there is no library in `folder`, or it cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise TokenError(
            f"{name!r} cannot name a token; take up to 64 letters, digits, dots, - and _"
        )
    now = datetime.now(UTC)
    until = None if days is None else _written(now + timedelta(days=days))
    text = PREFIX + secrets.token_urlsafe(32)
    token = Token(name, _hash(text), _written(now), until)
    with _changing(folder) as path:
        tokens = read_tokens(path) if path.exists() else ()
        if any(each.name == name for each in tokens):
            raise TokenError(
                f"there is a token {name!r} already; take another name, or first: "
                f"quoth token revoke {name}"
            )
        _write(path, (*tokens, token))
    return text, token


def revoke_token(folder: Path, name: str) -> int:
    """Take a token out of a library; return how many are left.

    Raises:
        TokenError: there is no token of that name; or the file is damaged.
        LibraryError: there is no library in `folder`, or it cannot be written.
    """
    with _changing(folder) as path:
        tokens = read_tokens(path) if path.exists() else ()
        left = [each for each in tokens if each.name != name]
        if len(left) == len(tokens):
            raise TokenError(f"no token is called {name!r}; list them with: quoth token list")
        _write(path, left)
    return len(left)


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Return the tokens of a file.

    Raises:
        TokenError: it cannot be read, or is no such file; never taken for "no tokens".
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["tokens"]
        tokens = tuple(Token(**row) for row in rows)
        if not all(re.fullmatch("[0-9a-f]{64}", each.sha256) for each in tokens):
            raise ValueError("a hash is no SHA-256")
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise TokenError(
            f"{path} cannot be read as tokens ({reason}); mend its permissions, or remove it and "
            "make new ones: quoth token new NAME"
        ) from error
    return tokens


class TokenFile:
    """The tokens of a running server: read again when the file changes, closed when in doubt.

    Once there was a file, tokens stay needed, even if it is emptied, damaged or removed: an
    accident must not throw the archive open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()
        self._existed = False

    def exists(self) -> bool:
        """Tell whether tokens are needed."""
        self._look()
        return self._existed

    def name_of(self, text: str) -> str:
        """Return the name of the token that was shown; "" if it is none, or expired.

        Every token is compared, and in constant time, so that the time taken tells nothing.
        """
        self._look()
        if not _TOKEN.fullmatch(text):
            return ""
        shown, found = _hash(text), ""
        for token in self._tokens:
            if hmac.compare_digest(token.sha256, shown) and not token.is_expired():
                found = token.name
        return found

    def _look(self) -> None:
        try:
            state = self._path.stat()
            seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        except OSError:
            self._seen, self._tokens = None, ()
            return
        self._existed = True
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._tokens = read_tokens(self._path)
        except TokenError as error:
            self._tokens = ()
            log.error("%s; until then no token is believed", error)


@contextmanager
def _changing(folder: Path) -> Iterator[Path]:
    """Let one process at a time change the tokens; a running ingest is not in the way."""
    if not (folder / schema.DATABASE).is_file():
        raise NotALibrary(f"{folder} holds no library yet; first: quoth ingest FOLDER")
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # of the folder: it leaves no file behind
            yield folder / TOKENS
        finally:
            os.close(descriptor)
    except OSError as error:
        raise storage_error(folder, error) from error


def _write(path: Path, tokens: Sequence[Token]) -> None:
    text = json.dumps({"tokens": [asdict(each) for each in tokens]}, indent=1) + "\n"
    durable_write(path, lambda file: file.write(text.encode()), mode=0o600)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


def _written(time: datetime) -> str:
    return time.strftime(_TIME)
