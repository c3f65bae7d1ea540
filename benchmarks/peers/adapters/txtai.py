"""txtai as its documentation does hybrid search: `Embeddings(hybrid=True, content=True)`.

    python -m benchmarks.peers.adapters.txtai MODEL

One row is one paragraph, its title in front, as txtai embeds the text of a row only. Its database
says that "thread locking must be handled externally", so questions take turns at a lock.
"""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Lock

from txtai import Embeddings

from benchmarks.peers.adapters.protocol import paragraphs, serve


class Txtai:
    """Behind the `System` protocol."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = Lock()
        self._embeddings: Embeddings = None

    def prepare(self) -> None:
        """Make an empty index, which loads the encoder."""
        self._embeddings = Embeddings(path=self._model, hybrid=True, content=True)

    def ingest(self, articles: Path, library: Path) -> int:
        """Index and save all paragraphs."""
        rows = [f"{each.title}\n{each.text}" for each in paragraphs(articles)]
        self._embeddings.index(rows)
        self._embeddings.save(str(library))
        return int(self._embeddings.count())

    def load(self, library: Path) -> None:
        """Load what was saved; the encoder is named in it."""
        self._embeddings = Embeddings()
        self._embeddings.load(str(library))

    def ask(self, question: str, k: int) -> list[str]:
        """Search with the default weights."""
        with self._lock:
            return [found["text"] for found in self._embeddings.search(question, k)]


if __name__ == "__main__":
    serve(Txtai(sys.argv[1]))
