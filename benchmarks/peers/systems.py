"""The systems that are set side by side: how each is started, and how it cuts its chunks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers.environments import pinned, python_of
from index.models import packaged_model

_ADAPTERS = "benchmarks.peers.adapters"
OURS = "quoth"
"""The system that ratios are to."""


class System(NamedTuple):
    """A system. `library` names whose index it asks, where that is not its own."""

    name: str
    title: str
    adapter: str
    options: tuple[str, ...] = ()
    library: str | None = None

    @property
    def is_peer(self) -> bool:
        """Tell whether it has an environment of its own."""
        return self.adapter != OURS

    @property
    def indexed_by(self) -> str:
        """The name of the system whose index it asks."""
        return self.library or self.name

    def command(self, cache: Path) -> list[str]:
        """Return the command that starts its adapter; its environment is made if need be."""
        if self.is_peer:
            python, options = str(python_of(self.adapter, cache)), [str(packaged_model())]
        else:
            python, options = sys.executable, list(self.options)
        return [python, "-m", f"{_ADAPTERS}.{self.adapter}", *options]


SYSTEMS = {
    system.name: system
    for system in (
        System("quoth", "Quoth", OURS),
        System("quoth-300", "Quoth, `--read-ms 300`", OURS, ("--read-ms", "300"), "quoth"),
        System("quoth-none", "Quoth, `--reader none`", OURS, ("--reader", "none"), "quoth"),
        System(
            "quoth-int8", "Quoth, encoder in 8 bits", OURS,
            ("--encoder", "all-MiniLM-L6-v2@int8"),
        ),
        System("quoth-torch", "Quoth, PyTorch, `--reader none`", OURS,
               ("--reader", "none", "--torch")),
        System("txtai", "txtai", "txtai"),
        System("haystack", "Haystack", "haystack"),
        System("llamaindex", "LlamaIndex", "llamaindex"),
    )
}  # fmt: skip

CUT = {
    "quoth": "SQuAD files through `quoth ingest`; its own passages of whole sentences, 220 tokens "
    "at most, small neighbouring paragraphs joined; asked by `Archive.search`; the reader has "
    "no limit of time, as in `quoth ask`, but for the row with 300 ms, as in `quoth serve` "
    "(its order may change on a slower machine)",
    "txtai": "one row a paragraph, title in front; `Embeddings(hybrid=True, content=True)`, saved "
    "and loaded; it reads 512 tokens of a paragraph, the other peers the model's 256; questions "
    "take turns, as its database asks for locking outside",
    "haystack": "one document a paragraph, title in `meta_fields_to_embed`; in-memory store saved "
    "to disk, BM25 and embedding retriever (10 each), `DocumentJoiner` by reciprocal rank",
    "llamaindex": "one document a paragraph, title as metadata; `VectorStoreIndex` and "
    "`BM25Retriever` persisted (10 each), `QueryFusionRetriever` by reciprocal rank, "
    "`use_async=False`, the faster way here",
}
"""For each adapter, how it is used, in a line."""

_PACKAGES = {
    "txtai": ("txtai", "torch", "transformers", "faiss-cpu"),
    "haystack": ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch"),
    "llamaindex": (
        "llama-index-core", "llama-index-retrievers-bm25", "bm25s",
        "llama-index-embeddings-huggingface", "sentence-transformers", "torch",
    ),
}  # fmt: skip
_OWN = ("onnxruntime", "tokenizers", "faiss-cpu", "tantivy")


def versions(adapter: str) -> str:
    """Return the versions that matter of what an adapter runs on."""
    if adapter != OURS:
        return ", ".join(f"{name} {pinned(adapter, name)}" for name in _PACKAGES[adapter])
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in ("quoth", *_OWN))


def chosen(names: Sequence[str]) -> list[System]:
    """Return the systems that are named, and before them those whose index they ask.

    Raises:
        SystemExit: there is none of that name.
    """
    unknown = [name for name in names if name not in SYSTEMS]
    if unknown:
        raise SystemExit(f"no system {unknown[0]!r}; there are {', '.join(SYSTEMS)}")
    wanted = set(names) | {SYSTEMS[name].indexed_by for name in names}
    return [system for name, system in SYSTEMS.items() if name in wanted]
