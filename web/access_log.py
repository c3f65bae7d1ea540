"""One line for each request: what was asked for, how it ended, how long it took.

The line holds method, path, status, milliseconds, the request's number and a hash of who asked.
Never in it: query strings, headers, bodies, addresses; so no question, and no name. The hash is
keyed anew at each start: it tells callers apart, and cannot be turned back.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import sys
import time
from dataclasses import dataclass
from urllib.parse import quote

from web.access import Caller

LOGGER = "quoth.access"

_KEY = secrets.token_bytes(32)
_LONGEST_PATH = 200


@dataclass(frozen=True)
class Line:
    """What is logged of a request; status 499 means that the caller went away."""

    method: str
    path: str
    status: int
    milliseconds: int
    request_id: str
    who: str


def hashed(caller: Caller | None) -> str:
    """Return a short hash of an identity or a token's name, or `-` if nobody was asked."""
    if caller is None or caller.how == "open":
        return "-"
    name = f"{caller.how}:{caller.name}".encode()
    return hmac.digest(_KEY, name, "sha256").hex()[:12]


def write(line: Line, kind: str) -> None:
    """Log a line as `text` or `json`; `off` logs nothing."""
    if kind == "off":
        return
    # The path is as it was sent: what is no plain character in it must not end the line.
    path = quote(line.path[:_LONGEST_PATH], safe="/=.:@,;~+-_")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if kind == "json":
        row = {"time": now, "method": line.method, "path": path, "status": line.status,
               "ms": line.milliseconds, "id": line.request_id, "who": line.who}  # fmt: skip
        logging.getLogger(LOGGER).info("%s", json.dumps(row))
        return
    logging.getLogger(LOGGER).info(
        "%s %s %s %d %d ms id=%s who=%s",
        now, line.method, path, line.status, line.milliseconds, line.request_id, line.who,
    )  # fmt: skip


def to_stderr() -> None:
    """Send the lines to standard error, and nowhere else."""
    logger = logging.getLogger(LOGGER)
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
