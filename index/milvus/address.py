"""Where an archive in Milvus is: `milvus://HOST:PORT/NAME`, or a file of Milvus Lite.

    milvus://milvus.example:19530/news      a cluster, and the name of the archive in it
    milvus://./news.db                      a file of Milvus Lite; milvus:///srv/news.db, too

After the `//` what ends in `.db` is a file (a name cannot have a dot), anything else a host. A
name after the file, `milvus://./news.db/NAME`, tells several archives in one file apart. A user
and a password never stand here, but in QUOTH_MILVUS_TOKEN. Nothing is connected to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from corpus.errors import LibraryError

SCHEME = "milvus://"
PORT = 19_530
"""Milvus' own default."""
USUAL_NAME = "quoth"
INDEXES = ("AUTOINDEX", "FLAT", "HNSW", "HNSW_SQ", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "DISKANN")
"""Indexes over the vectors that an address may ask for with `?index=`, when an archive is made."""
_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "index": ("", ("", *(each.lower() for each in INDEXES))),
    "tls": ("no", ("no", "yes")),
    "consistency": ("strong", ("strong", "bounded")),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}", re.ASCII)
_FILE = re.compile(r"(?P<path>.*\.db)(?:/(?P<name>[^/]*))?")
_FORMS = (
    "write milvus://HOST:PORT/NAME for a cluster, or milvus://./FILE.db for a file of Milvus Lite"
)


@dataclass(frozen=True)
class Address:
    """A parsed address: `uri` as Milvus' client takes it, and the archive's name there.

    `index` is the index over the vectors that a new archive gets, "" for the usual one. `bounded`
    lets questions see what was put or changed some seconds late; what was removed never.
    """

    uri: str
    name: str
    index: str = ""
    bounded: bool = False

    @property
    def lite(self) -> bool:
        """Tell whether it is a file of Milvus Lite."""
        return "://" not in self.uri

    def __str__(self) -> str:
        """Return the address as people type it; it holds no secret."""
        if self.lite:
            return f"{SCHEME}{self.uri}" + (f"/{self.name}" if self.name != USUAL_NAME else "")
        tls = ["tls=yes"] if self.uri.startswith("https") else []
        query = "&".join([*tls, *(["consistency=bounded"] if self.bounded else [])])
        place = f"{SCHEME}{self.uri.partition('://')[2]}/{self.name}"
        return f"{place}?{query}" if query else place

    @staticmethod
    def read(text: str) -> Address:
        """Read an address.

        Raises:
            LibraryError: it is none; one line with both forms.
        """
        if not text.startswith(SCHEME):
            raise _no_address(text, "it does not begin with milvus://")
        place, _, query = text.removeprefix(SCHEME).partition("?")
        options = _options(text, query)
        file = _FILE.fullmatch(place)
        if file:
            name = _name(text, file["name"] or USUAL_NAME)
            return Address(file["path"], name, options["index"].upper())
        return _cluster(text, place, options)


def _cluster(text: str, place: str, options: Mapping[str, str]) -> Address:
    try:
        parts = urlsplit(f"//{place}")
        host, port = parts.hostname, parts.port or PORT
    except ValueError as error:
        raise _no_address(text, str(error)) from error
    if not host:
        raise _no_address(text, "it names no host")
    if "@" in parts.netloc:
        raise LibraryError(
            "a user or password does not belong into the address of a store, where others can see "
            "it; take it out, and set QUOTH_MILVUS_TOKEN to USER:PASSWORD"
        )
    shown = f"[{host}]" if ":" in host else host
    name = _name(text, parts.path.strip("/"))
    uri = f"{'https' if options['tls'] == 'yes' else 'http'}://{shown}:{port}"
    return Address(uri, name, options["index"].upper(), options["consistency"] == "bounded")


def _options(text: str, query: str) -> dict[str, str]:
    """Return what stands behind the question mark, each option with its usual value."""
    found = {name: usual for name, (usual, _) in _OPTIONS.items()}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _OPTIONS:
            raise _no_address(text, f"it has the option {name!r}; there are {', '.join(_OPTIONS)}")
        if value.lower() not in _OPTIONS[name][1]:
            allowed = ", ".join(each for each in _OPTIONS[name][1] if each)
            raise _no_address(text, f"{name}={value} is none of {allowed}")
        found[name] = value.lower()
    return found


def _name(text: str, name: str) -> str:
    if not name:
        raise _no_address(text, "it ends without the archive's name")
    if not _NAME.fullmatch(name):
        raise _no_address(text, f"{name!r} is no name (letters, digits and _, no digit first)")
    return name


def _no_address(text: str, why: str) -> LibraryError:
    return LibraryError(f"{text[:200]!r} is no store: {why}; {_FORMS}")
