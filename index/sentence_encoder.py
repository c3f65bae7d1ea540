"""The encoder that carries meaning: any sentence-transformers model, by name or path.

The default is the packaged all-MiniLM-L6-v2, whose weights come with an ordinary Python package
and are checked by their hash; nothing is downloaded. How a model is loaded, and why PyTorch is
seldom needed for it, is in `index.compile`.

One pass gives the passage's vector (the model's own pooling) and the vectors of its sentences
(the mean of their token vectors), so that lighting a sentence costs nothing extra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from corpus.article import Span
from index.compile import load
from index.encoder import Encoded, PassageInput, Vectors, unit_rows
from index.models import DEFAULT_MODEL
from index.network import Loaded, TokenVectors
from index.tokenizing import EncoderTokenizer, Tokens

__all__ = ["DEFAULT_MODEL", "SentenceEncoder"]


class SentenceEncoder:
    """A sentence-transformers model behind the `Encoder` protocol; see the module.

    `loading` says how its name becomes a network: compiled, unless told otherwise.
    """

    def __init__(
        self, model: str = DEFAULT_MODEL, *, loading: Callable[[str], Loaded] = load
    ) -> None:
        self.name = model
        self._network, text, self._about = loading(model)
        self.fingerprint = self._about.fingerprint
        self.dimension = self._about.dimension
        self.max_tokens = self._about.max_tokens
        self._tokenizer = EncoderTokenizer(text, self.max_tokens, self._about.pad)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        return self._tokenizer.count(texts)

    def spans(self, text: str) -> list[Span]:
        """Return where each token stands in `text`."""
        return self._tokenizer.spans(text)

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        """Encode passages, each by itself, as many at once as the network has workers.

        Nothing is padded, and a passage's vectors do not depend on those beside it.
        """
        prompt = self._about.prompt("document", "passage")
        heads = [prompt + item.context for item in inputs]
        texts = [head + item.text for head, item in zip(heads, inputs, strict=True)]
        passages = np.zeros((len(texts), self.dimension), dtype=np.float32)
        sentences: list[Vectors] = [passages[:0]] * len(texts)
        tokens = self._tokenizer.tokens(texts)

        def encode(i: int) -> None:
            output = self._network.run(self._tokenizer.batch([tokens[i]]))
            passages[i] = output.rows[0]
            spans = [span.shifted(len(heads[i])) for span in inputs[i].sentences]
            sentences[i] = _pooled(output.tokens[0], tokens[i], spans, passages[i])

        # The longest first, so that at the end no worker is left alone with a long one.
        order = sorted(range(len(texts)), key=lambda i: (-len(tokens[i].ids), i))
        with ThreadPoolExecutor(self._network.workers) as pool:
            for _ in pool.map(encode, order):
                pass  # raises what a worker raised
        return Encoded(passages, sentences)

    def encode_question(self, question: str) -> Vectors:
        """Encode one question with the model's question prompt, if it has one."""
        prompt = self._about.prompt("query", "question")
        return self._network.run(
            self._tokenizer.batch(self._tokenizer.tokens([prompt + question]))
        ).rows


def _pooled(
    vectors: TokenVectors, tokens: Tokens, spans: Sequence[Span], whole: Vectors
) -> Vectors:
    """Return the mean token vector of each span as unit rows; a span not seen gets the whole's.

    `vectors` is `(t, d)`.
    """
    rows = np.empty((len(spans), vectors.shape[1]), dtype=np.float32)
    starts, ends = tokens.places.T
    for row, span in enumerate(spans):
        inside = (starts < ends) & (starts < span.end) & (ends > span.start)
        rows[row] = vectors[inside].mean(axis=0) if inside.any() else whole
    return unit_rows(rows)
