"""What speaks for a passage: itself and its best sentence, by meaning and by words.

Words are BM25 over its theoretical maximum (every term of the question, endlessly often), so
that 0.3 means the same in every question: where a question shares few words with the archive,
words do not decide. Sentence vectors are pooled from the passage's own token vectors; nothing is
encoded here.
"""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

from corpus.article import Span
from index import bm25
from index.encoder import Vectors
from index.join import Weigher
from index.rows import StoredPassage
from index.terms import terms

MEAN_SENTENCE_TERMS = 18.0
"""Length of a usual sentence in terms, for BM25's length norm."""

LIT_BY_MEANING = 0.7
"""Cosine's share in choosing the sentence to light; the rest is the question's weight covered.
`python -m benchmarks.sentences` has the figures."""


class QuestionForm(NamedTuple):
    """A question as the ranking sees it: vector (1, d), distinct terms, and their weigher."""

    vector: Vectors
    terms: tuple[str, ...]
    weigher: Weigher


class SentenceEvidence(NamedTuple):
    """A sentence: cosine, BM25 and share of the question's weight covered, each up to 1."""

    span: Span
    cosine: float
    words: float
    covered: float

    @property
    def score(self) -> float:
        """How well the sentence answers, as far as can be seen without reading it."""
        return LIT_BY_MEANING * self.cosine + (1 - LIT_BY_MEANING) * self.covered


class Evidence(NamedTuple):
    """Cosine and BM25 of a passage, its sentences, and the share of the question's weight that
    the passage covers together with its title and headings."""

    cosine: float
    words: float
    sentences: tuple[SentenceEvidence, ...]
    covered: float

    def best(self, name: str) -> float:
        """Return the highest value any sentence has for `cosine`, `words` or `covered`."""
        return max((float(getattr(s, name)) for s in self.sentences), default=0.0)


def most_words(form: QuestionForm) -> float:
    """Return the limit of BM25 for a question: every term, endlessly often; at least a little."""
    return max(1e-9, (bm25.K1 + 1) * sum(form.weigher.weight(term) for term in form.terms))


def gather(form: QuestionForm, stored: StoredPassage, words: float) -> Evidence:
    """Gather the evidence for a passage whose raw BM25 score is `words`."""
    weights = {term: form.weigher.weight(term) for term in form.terms}
    total = sum(weights.values()) or 1.0
    limit = most_words(form)
    article = stored.passage.article
    cosines = stored.sentence_vectors @ form.vector[0]
    sentences = []
    seen = set(_terms(" ".join((article.title, *stored.passage.heading)), article.language))
    for span, cosine in zip(stored.sentences, cosines, strict=True):
        found = _terms(span.of(article.text), article.language)
        seen.update(found)
        counts = {term: found.count(term) for term in weights if term in found}
        score = bm25.score(form.terms, counts, len(found), MEAN_SENTENCE_TERMS, weights)
        covered = _covered(weights, counts) / total
        sentences.append(SentenceEvidence(span, float(cosine), score / limit, covered))
    cosine = float(form.vector[0] @ stored.vector)
    return Evidence(cosine, words / limit, tuple(sentences), _covered(weights, seen) / total)


def _covered(weights: dict[str, float], found: Container[str]) -> float:
    """Return the weight of the question's terms that are among `found`."""
    return sum(weight for term, weight in weights.items() if term in found)


@lru_cache(maxsize=16_384)
def _terms(text: str, language: str | None) -> tuple[str, ...]:
    """Return the terms of a text; the same sentences are looked at again and again."""
    return tuple(terms(text, language))
