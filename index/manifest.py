"""Manifests: what the derived files of a library claim to be. Every claim is checked before use.

`manifest.json` is of the first segment, which begins at the first passage. A large library has
later ones, `manifest-<generation>.json`; each says after which passage its segment begins, and
counts only if that is where the one before it ends. So a segment that is replaced takes those
behind it out of use in the same instant. What is in a segment is `index.derived`'s part.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
_log = logging.getLogger("quoth.index")


@dataclass(frozen=True)
class Manifest:
    """A segment as it was published: passages numbered from beyond `after` up to `last`."""

    generation: int
    settings: str
    last: int
    count: int
    meaning: str
    meaning_sha256: str
    words: str
    words_sha256: str
    after: int = 0

    @property
    def name(self) -> str:
        """The file it is kept in."""
        return f"manifest-{self.generation}.json" if self.after else MANIFEST

    @property
    def files(self) -> tuple[str, str]:
        """The names of its index by meaning and of its folder of words."""
        return self.meaning, self.words

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()


def read_chain(folder: Path, *, log: bool = True) -> tuple[Manifest, ...]:
    """Return the manifests of all segments in order; none when the first cannot be read."""
    first = read_manifest(folder, log=log)
    if first is None:
        return ()
    read = (read_manifest(folder, path.name, log=log) for path in folder.glob("manifest-*.json"))
    later = [each for each in read if each is not None]
    chain = [first]
    while following := [each for each in later if _follows(each, chain[-1])]:
        # Where a writer was stopped before it swept, the newest has replaced the others.
        chain.append(max(following, key=lambda each: each.generation))
    return tuple(chain)


def _follows(later: Manifest, last: Manifest) -> bool:
    joins = (later.after, later.settings) == (last.last, last.settings)
    return joins and later.generation > last.generation


def read_manifest(folder: Path, name: str = MANIFEST, *, log: bool = True) -> Manifest | None:
    """Return a manifest, or None when it is missing or not one of ours, which is logged."""
    path = folder / name
    if not os.path.lexists(path):
        return None
    try:
        if not path.is_file():  # reading a pipe would never end
            raise OSError(errno.EINVAL, "is no regular file")
        return _checked(json.loads(path.read_text(encoding="utf-8")), name)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        if log:
            _log.warning("%s is not readable (%s); indexes are rebuilt", path, reason)
        return None


def _checked(fields: dict[str, Any], name: str) -> Manifest:
    """Return the manifest of these fields, if its names are those that `publish` gives.

    A generation that is too high would hide newer passages, so the names must agree with it.

    Raises:
        TypeError: a field is missing, unknown, or of another type.
        ValueError: a name is another one.
    """
    manifest = Manifest(**fields)
    for field, value in asdict(manifest).items():
        if type(value).__name__ != Manifest.__annotations__[field]:
            raise TypeError(f"{field} is {value!r:.40}")
    number = manifest.generation
    if manifest.files != (f"meaning-{number}.faiss", f"words-{number}"):
        raise ValueError(f"its indexes are not of generation {number}")
    if manifest.name != name or not 0 <= manifest.after <= manifest.last:
        raise ValueError(f"it begins after passage {manifest.after}")
    return manifest
