"""Haystack as its documentation does hybrid retrieval: BM25 and embeddings, joined by rank.

    python -m benchmarks.peers.adapters.haystack MODEL

One document is one paragraph; its title is in its metadata and embedded with it
(`meta_fields_to_embed`). The document store that comes with Haystack is in memory and saved to a
file. The tutorial's last step, a cross-encoder, is a second model and left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.adapters.protocol import CANDIDATES, paragraphs, serve

_FILE = "documents.json"


class Haystack:
    """Behind the `System` protocol."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._embedder: SentenceTransformersDocumentEmbedder = None
        self._pipeline: Pipeline = None

    def prepare(self) -> None:
        """Load the encoder for documents."""
        self._embedder = SentenceTransformersDocumentEmbedder(
            model=self._model, meta_fields_to_embed=["title"], progress_bar=False
        )
        self._embedder.warm_up()

    def ingest(self, articles: Path, library: Path) -> int:
        """Run the indexing pipeline and save the store."""
        store = InMemoryDocumentStore()
        indexing = Pipeline()
        indexing.add_component("embedder", self._embedder)
        indexing.add_component("writer", DocumentWriter(document_store=store))
        indexing.connect("embedder", "writer")
        documents = [
            Document(content=each.text, meta={"title": each.title, "name": each.name})
            for each in paragraphs(articles)
        ]
        indexing.run({"embedder": {"documents": documents}})
        library.mkdir(parents=True)
        store.save_to_disk(str(library / _FILE))
        return int(store.count_documents())

    def load(self, library: Path) -> None:
        """Load the store and build the pipeline for questions."""
        store = InMemoryDocumentStore.load_from_disk(str(library / _FILE))
        pipeline = Pipeline()
        embedder = SentenceTransformersTextEmbedder(model=self._model, progress_bar=False)
        pipeline.add_component("text_embedder", embedder)
        by_meaning = InMemoryEmbeddingRetriever(document_store=store, top_k=CANDIDATES)
        pipeline.add_component("embedding_retriever", by_meaning)
        by_words = InMemoryBM25Retriever(document_store=store, top_k=CANDIDATES)
        pipeline.add_component("bm25_retriever", by_words)
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        pipeline.connect("text_embedder", "embedding_retriever")
        pipeline.connect("bm25_retriever", "joiner")
        pipeline.connect("embedding_retriever", "joiner")
        pipeline.warm_up()
        self._pipeline = pipeline

    def ask(self, question: str, k: int) -> list[str]:
        """Run the pipeline."""
        given = {
            "text_embedder": {"text": question},
            "bm25_retriever": {"query": question},
            "joiner": {"top_k": k},
        }
        found = self._pipeline.run(given)["joiner"]["documents"]
        return [document.content for document in found]


if __name__ == "__main__":
    serve(Haystack(sys.argv[1]))
