"""The process that `benchmarks.kill_ingest` kills: a real ingest that tells what it has reported.

It is forked from a server that has everything imported, so that a trial costs no start of Python.

The log gets a line for each article once its commit has returned, written straight to the system,
so that it outlives a SIGKILL. Every call that makes something durable or visible (fsync, rename,
unlink, the putting of an article) is two numbered steps, before and after, and every statement
that SQLite is about to run is one; at the step it is told to, the process kills itself.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.torture.parsing import parse_here
from index import ingest
from index.encoder import Encoded, Encoder, PassageInput
from index.writer import Writer
from tests.conftest import FakeEncoder

SECONDS_PER_PASSAGE = 0.003
BATCH_PASSAGES = 8
FIRST_PUBLISH = 40
"""Small, so that one short run has many commits and publishes several times."""

_PRELOADED = ("corpus.formats.markdown", "corpus.formats.plain", "datasketch")


class SlowEncoder(FakeEncoder):
    """The deterministic fake, slowed down so that kills fall everywhere."""

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode after a while."""
        time.sleep(SECONDS_PER_PASSAGE * len(inputs))
        return super().encode_passages(inputs)


class Order(NamedTuple):
    """What one child is to do; it dies at step `die_at`, or writes the names of all to `steps`.

    `without_fsync` takes away what makes things durable, to see a harness fail.
    """

    articles: Path
    library: Path
    log: Path
    real: bool = False
    die_at: int | None = None
    steps: Path | None = None
    without_fsync: bool = False


class Steps:
    """Numbers the steps of a run; dies at one of them, or writes their names down."""

    def __init__(self, die_at: int | None, names: Path | None) -> None:
        self._die_at = die_at
        self._names = names.open("w", encoding="utf-8") if names else None
        self._count = 0

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return `call` with a step before and after it."""

        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.step(f"before {name}")
            result = call(*args, **kwargs)
            self.step(f"after {name}")
            return result

        return stepped

    def statement(self, sql: str) -> None:
        """Count a statement that SQLite is about to run, by its first word."""
        self.step(f"before sql {sql.split(None, 1)[0]}")

    def step(self, name: str) -> None:
        """Count a step; die if it is the one."""
        self._count += 1
        if self._names:
            self._names.write(f"{self._count} {name}\n")
            self._names.flush()
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def forkserver(*modules: str) -> multiprocessing.context.ForkServerContext:
    """Return what starts children, with all imported that an ingest needs, and `modules`."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([*modules, *_PRELOADED])
    return server


def start(order: Order) -> BaseProcess:
    """Start a child from the fork server."""
    server = forkserver("benchmarks.kill_child")
    process = server.Process(target=run, args=(order,))
    process.start()
    return process


def run(order: Order) -> None:
    """Ingest as `quoth ingest` does, with the hooks in place."""
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    encoder = encoder_for(real=order.real)
    small_batches()
    parse_here()
    steps = Steps(order.die_at, order.steps)
    for name in ("fsync", "replace", "rename", "unlink", "rmdir"):
        setattr(os, name, steps.wrapped(name, getattr(os, name)))
    tell_of_commits(log, steps)
    if order.without_fsync:
        forget_fsync()
    os.write(log, b"started\n")
    ingest.ingest([order.articles], order.library, encoder)


def encoder_for(*, real: bool) -> Encoder:
    """Return the encoder of this measurement."""
    if not real:
        return SlowEncoder()
    from index.sentence_encoder import SentenceEncoder

    return SentenceEncoder()


def small_batches() -> None:
    """Make a short run commit and publish often, in this process."""
    vars(ingest).update(_BATCH_PASSAGES=BATCH_PASSAGES, _FIRST_PUBLISH=FIRST_PUBLISH)


def forget_fsync() -> None:
    """Let nothing in this process be made durable."""
    vars(os)["fsync"] = lambda _: None
    begin = Writer.__init__

    def careless(self: Writer, folder: Path) -> None:
        begin(self, folder)
        self.connection.execute("PRAGMA synchronous = OFF")

    setattr(Writer, "__init__", careless)  # noqa: B010 - a method, replaced for good


def tell_of_commits(log: int, steps: Steps | None = None) -> None:
    """Log an article after its commit has returned, which is when the ingest counts it as done."""
    steps = steps or Steps(None, None)
    put, forget = steps.wrapped("put", Writer.put), steps.wrapped("forget", Writer.forget_file)
    begin = Writer.__init__

    def traced_init(self: Writer, folder: Path) -> None:
        begin(self, folder)
        self.connection.set_trace_callback(steps.statement)

    def told_put(self: Writer, article: Any, file: str, chunks: Any) -> None:
        put(self, article, file, chunks)
        os.write(log, f"done {article.id} {article.fingerprint}\n".encode())

    def told_forget(self: Writer, address: str) -> None:
        rows = self.connection.execute("SELECT id FROM articles WHERE file = ?", (address,))
        names = [name for (name,) in rows.fetchall()]
        forget(self, address)
        os.write(log, "".join(f"gone {name} -\n" for name in names).encode())

    vars_of_writer = {"__init__": traced_init, "put": told_put, "forget_file": told_forget}
    for name, method in vars_of_writer.items():
        setattr(Writer, name, method)
