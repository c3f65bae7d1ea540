"""A system that answers with what it is asked; tests start it as an adapter of its own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.adapters import protocol


class Echo:
    """Behind the `System` protocol."""

    def prepare(self) -> None:
        print("noise")

    def ingest(self, articles: Path, library: Path) -> int:
        library.mkdir()
        (library / "index").write_text("x" * 1000)
        return len(list(protocol.paragraphs(articles)))

    def load(self, library: Path) -> None:
        self.library = library

    def ask(self, question: str, k: int) -> list[str]:
        if question == "fail":
            raise ValueError("no such thing")
        return [question, *(f"{question} {number}" for number in range(1, k))]


if __name__ == "__main__":
    protocol.serve(Echo())
