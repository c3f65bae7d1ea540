"""`--store`: where the archive is when it is not a library folder, and which commands can use it.

What `--library` names then only keeps what belongs to a server: its tokens and its votes.
"""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from corpus.errors import LibraryError, NotALibrary

if TYPE_CHECKING:
    from index.milvus.address import Address
    from index.shard import Shard
    from index.store import Store

_WITH = {
    "cli.ingest:run", "cli.ask:run", "cli.serve:run", "cli.articles:run_articles",
    "cli.articles:run_show", "cli.articles:run_remove", "cli.evaluate:run", "cli.verify:run",
    "cli.proof:run_check", "cli.feedback:run_export",
}  # fmt: skip
_WITHOUT = {
    "cli.proof:run_proof", "cli.settings:run", "cli.token:run_new", "cli.token:run_list",
    "cli.token:run_revoke", "cli.feedback:run_list", "cli.feedback:run_clear",
}  # fmt: skip
"""Commands that look at no article: they do what they always do."""


def check_store(options: Namespace) -> None:
    """Refuse a command that works on a library folder only.

    Raises:
        LibraryError: a store is named; one line with what can be done instead.
    """
    if getattr(options, "store", None) and options.run not in _WITH | _WITHOUT:
        name = options.run.partition(":")[2].removeprefix("run").strip("_")
        command = name or options.run.partition(":")[0].rpartition(".")[2]
        raise LibraryError(
            f"quoth {command} works on a library folder, not on --store {options.store}; leave "
            "--store away (QUOTH_STORE, too), or see docs/milvus.md for what Milvus itself has"
        )


def store_of(options: Namespace) -> Store:
    """Open what is meant: the store that is named, else the library folder."""
    if options.store is not None:
        from index.milvus.store import MilvusStore

        return MilvusStore.open(options.store)
    from index.clusters import DEFAULT_RECALL
    from index.library import Library

    return Library.open(options.library, getattr(options, "recall", DEFAULT_RECALL))


def check_library(options: Namespace) -> None:
    """Refuse a folder without a library, such as a slip of the pen, where its absence says nothing.

    Beside a store the folder may well be empty yet.
    """
    from index.schema import DATABASE

    if options.store is None and not (options.library / DATABASE).is_file():
        raise NotALibrary(f"{options.library} holds no library; make one with: quoth ingest FOLDER")


def place_of(options: Namespace) -> str:
    """Return what people call the archive that is meant."""
    return str(options.store or options.library)


def read_store(text: str) -> Address:
    """Read the value of `--store`."""
    from index.milvus.address import Address

    try:
        return Address.read(text)
    except LibraryError as error:
        raise ArgumentTypeError(str(error)) from error


def read_shard(text: str) -> Shard:
    """Read the value of `--shard`."""
    from index.shard import Shard

    try:
        return Shard.read(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
