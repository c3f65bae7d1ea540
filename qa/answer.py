"""The nouns of a reply: `Highlight`, `Copy`, `Extract`, and `Answer` or `Abstention`.

A reply is one or the other, never both. All spans are in characters of the article's text, so
that anyone can slice the stored article and compare; nothing here holds a copy of the words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from corpus.article import Article, Passage, Span
from index.facets import Unknown
from index.filters import NO_FILTERS, Filters

Kind = Literal["sentence", "answer"]
"""`sentence`: worth reading. `answer`: the words that answer; always inside a lit sentence."""

Reason = Literal["no_match", "below_bar", "empty_archive", "filtered_out"]
"""Why a reply abstains: nothing found at all, nothing good enough, nothing to search, or filters
that no article passes."""

AccountKind = Literal["amount", "date", "words"]
"""What the answering words of an account are."""


@dataclass(frozen=True)
class Highlight:
    """A lit slice of an article; `score` in 0…1, higher is better."""

    span: Span
    kind: Kind
    score: float


@dataclass(frozen=True)
class Copy:
    """Another article's passage that says what is shown: a reprint, or another version of it.

    `same_words` is true when every word of the passage shown stands in that article, in one piece.
    """

    passage: Passage
    same_words: bool

    @property
    def article(self) -> Article:
        """The article the copy is in."""
        return self.passage.article


@dataclass(frozen=True)
class Extract:
    """A passage shown in a reply, its highlights in reading order, and its score in 0…1.

    `also_in` names other articles that carry it, newest first.
    """

    passage: Passage
    highlights: tuple[Highlight, ...]
    score: float
    also_in: tuple[Copy, ...] = field(default=())

    def marked(self) -> tuple[Highlight, ...]:
        """Return the strongest marks: the answering words, or the sentences when there are none."""
        answers = tuple(mark for mark in self.highlights if mark.kind == "answer")
        return answers or self.highlights

    def page(self) -> int | None:
        """Return the page of a PDF on which the first of the strongest marks begins."""
        first = next((mark.span for mark in self.marked()), self.passage.span)
        return self.passage.article.page_at(first.start)

    def sentences_with_answers(self) -> tuple[Span, ...]:
        """Return the lit sentences that hold answering words."""
        answers = [mark.span for mark in self.highlights if mark.kind == "answer"]
        lit = (mark.span for mark in self.highlights if mark.kind == "sentence")
        return tuple(span for span in lit if any(span.overlaps(answer) for answer in answers))


class Saying(NamedTuple):
    """Answering words: `span` in the article of the extract at that position of the answer."""

    extract: int
    span: Span


@dataclass(frozen=True)
class Account:
    """One answer that articles give; `sayings` are their words for it, best extract first.

    `articles` counts all that say so, `reprints` how many of them only carry another's passage.
    `newest` marks the account of the latest date, if the dates of all accounts leave no doubt.
    """

    kind: AccountKind
    sayings: tuple[Saying, ...]
    articles: int
    reprints: int = 0
    newest: bool = False


@dataclass(frozen=True)
class Answer:
    """The archive answers: extracts, best first. `understood_as` is the question as searched.

    `accounts` holds one account when several articles say the same, several when articles give
    different answers, and none when neither can be said. `filters` say what was searched.
    """

    question: str
    understood_as: str
    extracts: tuple[Extract, ...]
    confidence: float
    accounts: tuple[Account, ...] = ()
    filters: Filters = NO_FILTERS

    def words_of(self, saying: Saying) -> str:
        """Return the words of a saying: the slice of its article's text."""
        return saying.span.of(self.extracts[saying.extract].passage.article.text)

    def wordings(self, account: Account) -> tuple[Saying, ...]:
        """Return the sayings of an account, the first of each wording."""
        first: dict[str, Saying] = {}
        for saying in account.sayings:
            first.setdefault(self.words_of(saying), saying)
        return tuple(first.values())

    def sources(self, account: Account) -> tuple[Saying, ...]:
        """Return the sayings of an account, the first of each article."""
        first: dict[str, Saying] = {}
        for saying in account.sayings:
            first.setdefault(self.extracts[saying.extract].passage.article.id, saying)
        return tuple(first.values())


@dataclass(frozen=True)
class Abstention:
    """The archive does not answer; `nearest` holds the closest passages all the same.

    `filters` say what was searched; `unknown` names their values that no article has, if they are
    the reason.
    """

    question: str
    understood_as: str
    reason: Reason
    nearest: tuple[Extract, ...] = ()
    confidence: float = 0.0
    filters: Filters = NO_FILTERS
    unknown: tuple[Unknown, ...] = ()


Reply = Answer | Abstention
