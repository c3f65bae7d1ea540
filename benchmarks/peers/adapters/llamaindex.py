"""LlamaIndex as its documentation does hybrid retrieval: a vector index and BM25, joined by rank.

    python -m benchmarks.peers.adapters.llamaindex MODEL

One document is one paragraph (the default splitter leaves them whole); its title is metadata, which
LlamaIndex embeds and gives to BM25 by default. Index and BM25 are persisted as documented.
`num_queries=1` is the documented way to have no language model invent more queries. Its examples
set `use_async=True`, which starts threads anew for each question and was several times slower here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from llama_index.core import (
    Document,
    Settings,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever

from benchmarks.peers.adapters.protocol import CANDIDATES, paragraphs, serve

_BM25 = "bm25"


class LlamaIndex:
    """Behind the `System` protocol."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._retriever: QueryFusionRetriever = None

    def prepare(self) -> None:
        """Load the encoder; no language model is there, and none is asked."""
        Settings.llm = MockLLM()
        Settings.embed_model = HuggingFaceEmbedding(model_name=self._model)

    def ingest(self, articles: Path, library: Path) -> int:
        """Build the vector index and BM25, and persist both."""
        documents = [
            Document(text=each.text, metadata={"title": each.title}, doc_id=each.name)
            for each in paragraphs(articles)
        ]
        index = VectorStoreIndex.from_documents(documents)
        index.storage_context.persist(persist_dir=str(library))
        by_words = BM25Retriever.from_defaults(docstore=index.docstore, similarity_top_k=CANDIDATES)
        by_words.persist(str(library / _BM25))
        return len(index.docstore.docs)

    def load(self, library: Path) -> None:
        """Load both from disk and fuse them."""
        self.prepare()
        storage = StorageContext.from_defaults(persist_dir=str(library))
        index = load_index_from_storage(storage)
        by_meaning = index.as_retriever(similarity_top_k=CANDIDATES)
        by_words = BM25Retriever.from_persist_dir(str(library / _BM25))
        self._retriever = QueryFusionRetriever(
            [by_meaning, by_words], num_queries=1, mode="reciprocal_rerank", use_async=False,
            similarity_top_k=CANDIDATES,
        )  # fmt: skip

    def ask(self, question: str, k: int) -> list[str]:
        """Retrieve."""
        return [found.node.text for found in self._retriever.retrieve(question)[:k]]


if __name__ == "__main__":
    serve(LlamaIndex(sys.argv[1]))
