"""Quoth as its command line uses it: files in, its own passages; the order that a reply has.

    python -m benchmarks.peers.adapters.quoth [--encoder NAME] [--reader none]
                                            [--read-ms N] [--torch]

Without `--read-ms` the reader has no limit, as in `quoth ask`. `--torch` has PyTorch encode, as
where the encoder cannot be compiled. Asked is for the best passages (`Archive.search`), since the
others do not abstain either.
"""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path

from benchmarks.peers.adapters.protocol import serve
from index.encoder import Encoder
from qa.answer import Answer
from qa.archive import Archive


class Quoth:
    """Behind the `System` protocol."""

    def __init__(
        self, encoder: str | None, reader: str | None, *, read_ms: float = inf, torch: bool = False
    ) -> None:
        self._name, self._reader, self._read_ms, self._torch = encoder, reader, read_ms, torch
        self._encoder: Encoder | None = None
        self._archive: Archive | None = None

    def prepare(self) -> None:
        """Load the encoder, which compiles it where that has not been done."""
        self._encoder = self._load()

    def ingest(self, articles: Path, library: Path) -> int:
        """Read the files as `quoth ingest` does."""
        from index.ingest import ingest

        return ingest([articles], library, self._encoder or self._load()).passages

    def load(self, library: Path) -> None:
        """Open the library as the command line does."""
        from qa.reader.choose import reader_for

        reader = reader_for(self._reader, milliseconds=self._read_ms)
        opened = Archive.open(library, reader=reader)
        self._archive = (
            Archive(opened.library, self._load, reader=reader) if self._torch else opened
        )

    def ask(self, question: str, k: int) -> list[str]:
        """Return the passages shown, best first."""
        if self._archive is None:
            raise RuntimeError("first: load")
        reply = self._archive.search(question, k=k)
        shown = reply.extracts if isinstance(reply, Answer) else reply.nearest
        return [extract.passage.text for extract in shown]

    def _load(self) -> Encoder:
        from index.sentence_encoder import DEFAULT_MODEL, SentenceEncoder

        if not self._torch:
            return SentenceEncoder(self._name or DEFAULT_MODEL)
        from index.original import load_original

        return SentenceEncoder(self._name or DEFAULT_MODEL, loading=load_original)


def main() -> None:
    """Serve the driver."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--encoder")
    parser.add_argument("--reader")
    parser.add_argument("--read-ms", type=float, default=inf)
    parser.add_argument("--torch", action="store_true")
    options = parser.parse_args()
    serve(Quoth(options.encoder, options.reader, read_ms=options.read_ms, torch=options.torch))


if __name__ == "__main__":
    main()
