"""What filters look at in an article, and how names and places are compared.

Which articles pass is `index.filters`' business; counting what there is, that of `index.facets`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

_BY = re.compile(r"by:?\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|&)\s+")
_PORT = re.compile(r":\d+(?=/|$)")


class Facts(NamedTuple):
    """What is known of an article that a filter may look at."""

    author: str | None
    published: str | None
    source: str
    language: str | None


@lru_cache(maxsize=16_384)
def names_of(author: str | None) -> tuple[str, ...]:
    """Return the authors that a line of authors names.

    A comma or an "and" parts names only where each part has two words: "Lee, Ann" is one name.

    >>> names_of("By Ann Lee, Bo Ray and Cy Fox"), names_of("Lee, Ann; Ray, Bo")
    (('Ann Lee', 'Bo Ray', 'Cy Fox'), ('Lee, Ann', 'Ray, Bo'))
    """
    line = _BY.sub("", " ".join((author or "").split()), count=1) if author else ""
    if ";" in line:
        return tuple(part for each in line.split(";") if (part := each.strip()))
    parts = tuple(part for part in _BETWEEN.split(line) if part)
    return parts if all(" " in part for part in parts) else (line,)


@lru_cache(maxsize=16_384)
def folded_name(name: str) -> str:
    """Return a name as it is compared: in lower case, one blank between words, no "by"."""
    return _BY.sub("", " ".join(name.casefold().split()), count=1)


@lru_cache(maxsize=16_384)
def forms_of(author: str | None) -> frozenset[str]:
    """Return every form by which the authors of a line can be meant: each, or the whole line."""
    return frozenset(folded_name(name) for name in (*names_of(author), author or "") if name)


def place_of(source: str) -> tuple[str, str]:
    """Return the host of an address and what follows it; a path has no host.

    >>> place_of("https://www.example.org/news/a?b"), place_of("notes/2023/a.md")
    (('example.org', 'news/a?b'), ('', 'notes/2023/a.md'))
    """
    try:
        parts = urlsplit(source)
        if parts.scheme.lower() in ("http", "https") and parts.hostname:
            query = f"?{parts.query}" if parts.query else ""
            path = (parts.path + query).strip("/")
            return parts.hostname.removeprefix("www."), path
    except ValueError:  # such as "http://[::1"
        pass
    return "", source.replace("\\", "/").strip("/")


def is_from(source: str, wanted: str) -> bool:
    """Tell whether a source is at a host (or below it), or begins with an address or path.

    >>> is_from("https://news.example.org/2023/a.html", "example.org/2023")
    True
    """
    host, path = _folded_place(source)
    asked = folded_source(wanted)
    if not host:
        return _begins(path, asked)
    start, _, rest = asked.partition("/")
    return (host == start or host.endswith(f".{start}")) and _begins(path, rest)


def _begins(path: str, part: str) -> bool:
    """Tell whether a path begins with whole parts of itself."""
    return not part or path == part or (path.startswith(part) and path[len(part)] in "/?#")


@lru_cache(maxsize=16_384)
def _folded_place(source: str) -> tuple[str, str]:
    host, path = place_of(source)
    return host.casefold(), path.casefold()


@lru_cache(maxsize=256)
def folded_source(wanted: str) -> str:
    """Return a wanted source as hosts and paths are compared: no scheme, port, "www." or edges."""
    text = re.sub(r"^https?://", "", wanted.casefold()).strip("/")
    return _PORT.sub("", text, count=1).removeprefix("www.")
