"""Talking to Milvus: the calls that are used, and its errors as one line for people.

The only file, with `index.milvus.collections`, that imports pymilvus; it comes with the extra
`milvus`. Reads are strongly consistent (the collections say so): what was written before is seen;
a connection that is `bounded` waits for that only where it matters most.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import LibraryBusy, LibraryError, NotALibrary
from corpus.problem import one_line
from index.milvus.address import Address

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Row = dict[str, Any]
"""A row as Milvus takes and gives it: values by field."""

MOST = 16_384
"""Rows that one search or query may ask for; Milvus' own limit."""
TOKEN = "QUOTH_MILVUS_TOKEN"  # noqa: S105 - the variable's name
_BATCH_BYTES = 16_000_000
"""Of one insert; Milvus takes 64 MB at once."""
_PAGE = 1_000
_TIMEOUT_SECONDS = 60.0
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def quoted(value: str) -> str:
    """Return a text as a literal of Milvus' expressions, whatever is in it.

    >>> quoted('say "no"')
    '"say \\\\"no\\\\""'
    """
    return '"' + value.translate(_ESCAPES) + '"'


def any_of(values: Sequence[str] | Sequence[int]) -> str:
    """Return a list as a literal of Milvus' expressions."""
    return f"[{', '.join(quoted(v) if isinstance(v, str) else str(int(v)) for v in values)}]"


class Client:
    """A connection to one archive's collections. Safe to use from several threads."""

    def __init__(self, address: Address, *, bounded: bool = False, create: bool = False) -> None:
        if address.lite and not create and not Path(address.uri).exists():
            raise NotALibrary(  # opening it would make it
                f"{address} is not there; make it with: quoth ingest FOLDER --store {address}"
            )
        self.address = address
        self._level = {"consistency_level": "Bounded"} if bounded else {}
        self._milvus = _connected(address)

    def close(self) -> None:
        """Close the connection; Milvus Lite itself ends with the process."""
        self._milvus.close()

    @property
    def milvus(self) -> MilvusClient:
        """Milvus' own client, for making collections."""
        return self._milvus

    def load(self, kinds: Sequence[str]) -> None:
        """Have Milvus bring collections into memory; those that are there stay."""
        with self.explained():
            for kind in kinds:
                self._milvus.load_collection(self.collection(kind))

    def collection(self, kind: str) -> str:
        """Return the name of a collection of this archive."""
        return f"{self.address.name}_{kind}"

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise what Milvus says as one line for people.

        Raises:
            LibraryError: it cannot be reached, or refuses.
        """
        from pymilvus import MilvusException

        try:
            yield
        except MilvusException as error:
            raise _trouble(self.address, str(error.message or error)) from error

    def search(
        self, field: str, what: Any, k: int, expression: str = ""
    ) -> list[tuple[int, float]]:
        """Return up to `k` (number, distance as Milvus gives it) of the passages, best first."""
        with self.explained():
            found = self._milvus.search(
                self.collection("passages"), data=[what], anns_field=field, filter=expression,
                limit=max(1, min(k, MOST)), output_fields=["number"], timeout=_TIMEOUT_SECONDS,
                **self._level,
            )  # fmt: skip
        return [(int(hit["number"]), float(hit["distance"])) for hit in found[0]]

    def query(
        self, kind: str, expression: str, fields: Sequence[str], *, latest: bool = False
    ) -> list[Row]:
        """Return the rows that an expression lets through, `MOST` at most.

        With `latest`, what was written before is seen, however this connection reads else.
        """
        with self.explained():
            found = self._milvus.query(
                self.collection(kind), filter=expression, output_fields=list(fields), limit=MOST,
                timeout=_TIMEOUT_SECONDS, **({} if latest else self._level),
            )  # fmt: skip
        return [dict(row) for row in found]

    def count(self, kind: str, expression: str = "") -> int:
        """Count the rows that an expression lets through."""
        with self.explained():
            found = self._milvus.query(
                self.collection(kind), filter=expression, output_fields=["count(*)"],
                timeout=_TIMEOUT_SECONDS, **self._level,
            )  # fmt: skip
        return int(found[0]["count(*)"])

    def every(self, kind: str, expression: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield all rows that an expression lets through, page by page, in no order."""
        with self.explained():
            pages = self._milvus.query_iterator(
                self.collection(kind), batch_size=_PAGE, filter=expression,
                output_fields=list(fields),
            )  # fmt: skip
            try:
                while page := pages.next():
                    yield from (dict(row) for row in page)
            finally:
                pages.close()

    def insert(self, kind: str, rows: Sequence[Row]) -> None:
        """Add rows, in as many calls as their size needs."""
        with self.explained():
            for batch in _batches(rows):
                self._milvus.insert(self.collection(kind), batch, timeout=_TIMEOUT_SECONDS)

    def upsert(self, kind: str, rows: Sequence[Row]) -> None:
        """Put each row in the place of the one with the same key."""
        with self.explained():
            for batch in _batches(rows):
                self._milvus.upsert(self.collection(kind), batch, timeout=_TIMEOUT_SECONDS)

    def delete(self, kind: str, expression: str) -> None:
        """Delete the rows that an expression lets through."""
        with self.explained():
            self._milvus.delete(self.collection(kind), filter=expression, timeout=_TIMEOUT_SECONDS)


def _connected(address: Address) -> MilvusClient:
    try:
        from pymilvus import MilvusClient, MilvusException
    except ImportError as error:
        raise LibraryError(
            f"{address} needs Milvus' client, which is not installed; type: "
            "pip install 'quoth[milvus]'"
        ) from error
    # What they log, we say in one line; a file of Milvus Lite is served from this very process.
    for name in ("pymilvus", "milvus_lite", *(("grpc._server",) if address.lite else ())):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    token = os.environ.get(TOKEN, "")
    known: Mapping[str, str] = {} if address.lite or not token else {"token": token}
    try:
        return MilvusClient(address.uri, timeout=_TIMEOUT_SECONDS / 4, **known)
    except MilvusException as error:
        raise _trouble(address, str(error.message or error)) from error
    except ImportError as error:  # a file without milvus-lite
        raise LibraryError(
            f"{address} needs Milvus Lite, which is not installed; type: "
            "pip install 'quoth[milvus]'"
        ) from error


def _trouble(address: Address, said: str) -> LibraryError:
    why = one_line(said)[:300]
    if address.lite and "Open local milvus failed" in why:
        return LibraryBusy(
            f"{address} cannot be opened: another process has it open, or it is no file of Milvus "
            "Lite; end that process, or use a cluster: --store milvus://HOST:PORT/NAME"
        )
    hint = "" if address.lite else f"; is it there, and is {TOKEN} right?"
    return LibraryError(f"{address}: Milvus says: {why}{hint}")


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows in batches of some megabytes."""
    batch: list[Row] = []
    held = 0
    for row in rows:
        size = _bytes_of(row)
        if batch and held + size > _BATCH_BYTES:
            yield batch
            batch, held = [], 0
        batch.append(row)
        held += size
    if batch:
        yield batch


def _bytes_of(row: Row) -> int:
    """Return about how large a row is on its way."""
    total = 0
    for value in row.values():
        if isinstance(value, str):
            total += 2 * len(value)
        elif isinstance(value, list):
            total += sum(2 * len(v) if isinstance(v, str) else 8 for v in value)
        else:
            total += 8
    return total
