"""Ask the server on this machine whether it is well: exit code 0, or 1 with a line that says why.

For a container's health check, so nothing but the standard library is used. `QUOTH_PORT` says where
it listens. A server that is stopping is not well: nothing new should be sent to it.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE_SECONDS = 4


def main() -> int:
    """Ask once."""
    port = os.environ.get("QUOTH_PORT") or "7860"
    try:
        connection = HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE_SECONDS)
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, ValueError, HTTPException) as error:
        sys.stderr.write(f"port {port} does not answer ({error})\n")
        return 1
    if status != 200:
        sys.stderr.write(f"port {port} answers {status}\n")
    return int(status != 200)


if __name__ == "__main__":
    raise SystemExit(main())
