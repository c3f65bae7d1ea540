"""`quoth serve`: the chat page in the browser."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from argparse import Namespace


def run(options: Namespace) -> int:
    """Serve until stopped."""
    from qa.archive import Archive
    from web.serve import OFFLINE, check_address, serve

    # Set before the encoder is loaded: its libraries read these when they are imported.
    os.environ.update(OFFLINE)
    check_address(options.host, options.port)  # told before anything is loaded
    archive = Archive.open(options.library, encoder=options.encoder)
    articles, passages = archive.size()
    address = f"http://{options.host}:{options.port}/"
    print(f"{articles} articles, {passages} passages; loading …", file=sys.stderr)
    try:
        if articles:
            _ = archive.encoder  # a wrong encoder is told here, not to the first visitor
        if options.open:
            threading.Timer(2.0, webbrowser.open, [address]).start()
        print(f"Quoth answers at {address}  (Ctrl-C stops it)", file=sys.stderr)
        serve(archive, host=options.host, port=options.port)
    finally:
        archive.close()
    return 0
