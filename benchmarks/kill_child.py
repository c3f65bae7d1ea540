"""The process that `benchmarks.kill_ingest` kills: a real ingest that tells what it has reported.

    python -m benchmarks.kill_child ARTICLES LIBRARY LOG [--real] [--die-at N] [--steps FILE]

LOG gets a line for each article once its commit has returned, written straight to the system, so
that it outlives a SIGKILL. Every call that makes something durable or visible (a commit, fsync,
rename, unlink) is two numbered steps, before and after; at step N the process kills itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index import ingest
from index.encoder import Encoded, Encoder, PassageInput
from index.writer import Writer
from tests.conftest import FakeEncoder

SECONDS_PER_PASSAGE = 0.003
BATCH_PASSAGES = 8
FIRST_PUBLISH = 40
"""Small, so that one short run has many commits and publishes several times."""


class SlowEncoder(FakeEncoder):
    """The deterministic fake, slowed down so that kills fall everywhere."""

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode after a while."""
        time.sleep(SECONDS_PER_PASSAGE * len(inputs))
        return super().encode_passages(inputs)


class Steps:
    """Numbers the steps of a run; dies at one of them, or writes their names down."""

    def __init__(self, die_at: int | None, names: Path | None) -> None:
        self._die_at = die_at
        self._names = names.open("w", encoding="utf-8") if names else None
        self._count = 0

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return `call` with a step before and after it."""

        def stepped(*args: Any, **kwargs: Any) -> Any:
            self._step(f"before {name}")
            result = call(*args, **kwargs)
            self._step(f"after {name}")
            return result

        return stepped

    def _step(self, name: str) -> None:
        self._count += 1
        if self._names:
            self._names.write(f"{self._count} {name}\n")
            self._names.flush()
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Ingest as `quoth ingest` does, with the hooks in place."""
    options = _options()
    log = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    encoder = encoder_for(real=options.real)
    small_batches()
    steps = Steps(options.die_at, options.steps)
    for name in ("fsync", "replace", "rename", "unlink", "rmdir"):
        setattr(os, name, steps.wrapped(name, getattr(os, name)))
    _tell_of_commits(log, steps)
    os.write(log, b"started\n")
    ingest.ingest([options.articles], options.library, encoder)


def encoder_for(*, real: bool) -> Encoder:
    """Return the encoder of this measurement."""
    if not real:
        return SlowEncoder()
    from index.sentence_encoder import SentenceEncoder

    return SentenceEncoder()


def small_batches() -> None:
    """Make a short run commit and publish often, in this process."""
    vars(ingest).update(_BATCH_PASSAGES=BATCH_PASSAGES, _FIRST_PUBLISH=FIRST_PUBLISH)


def _tell_of_commits(log: int, steps: Steps) -> None:
    """Log an article after its commit has returned, which is when the ingest counts it as done."""
    put, forget = steps.wrapped("put", Writer.put), steps.wrapped("forget", Writer.forget_file)

    def told_put(self: Writer, article: Any, file: str, chunks: Any) -> int:
        copies: int = put(self, article, file, chunks)
        os.write(log, f"done {article.id} {article.fingerprint}\n".encode())
        return copies

    def told_forget(self: Writer, address: str) -> None:
        rows = self.connection.execute("SELECT id FROM articles WHERE file = ?", (address,))
        names = [name for (name,) in rows.fetchall()]
        forget(self, address)
        os.write(log, "".join(f"gone {name} -\n" for name in names).encode())

    Writer.put = told_put  # type: ignore[method-assign]
    Writer.forget_file = told_forget  # type: ignore[method-assign]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--real", action="store_true", help="the packaged encoder, not the fake")
    parser.add_argument("--die-at", type=int, metavar="N")
    parser.add_argument("--steps", type=Path, metavar="FILE", help="write the steps' names")
    return parser.parse_args()


if __name__ == "__main__":
    main()
