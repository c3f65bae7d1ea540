"""Which addresses may be linked to: `safe_url`, the one rule for pages, cards and exports.

An address from an article, or from anybody's file, is hostile until it was let through here.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_JUNK = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def safe_url(address: str) -> str | None:
    """Return the address if it may be linked to: http or https, a host, no credentials.

    >>> safe_url("java\\nscript:alert(1)") is None
    True
    >>> safe_url(" https://example.org/a b")
    'https://example.org/ab'
    """
    cleaned = _JUNK.sub("", address)
    try:
        parts = urlsplit(cleaned)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    # \s: blanks beyond ASCII, such as U+00A0, are no part of a host either.
    return None if re.search(r"[\s\\<>\"'`]", parts.netloc) else cleaned
