"""Golds of a test set → places in the articles of a library.

A gold names its article by id, source or title; here the article is looked up and the quote (or
SQuAD's paragraph, and the answer inside it) is located in the stored text. Whatever cannot be
found is reported as a `Finding`, never dropped: such a question stays and scores zero.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from corpus.article import Article, Passage, Span
from qa.evaluate.locate import occurrences
from qa.evaluate.testset import Gold, Question, TestSet

FindingKind = Literal[
    "wrong library", "missing article", "missing quote", "duplicate", "contradiction"
]


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a test set: what, and where (`set.jsonl:12`)."""

    kind: FindingKind
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class Place(NamedTuple):
    """A span of a stored article, named by its id."""

    article: str
    span: Span


@dataclass(frozen=True)
class Target:
    """What counts as right for one question.

    `answers` are the places of the quotes; `places` make a passage relevant (SQuAD's paragraph,
    else the quotes, else the whole article); `articles` are the judged articles with their grade.
    """

    answers: tuple[Place, ...] = ()
    places: tuple[Place, ...] = ()
    articles: tuple[tuple[str, int], ...] = ()


class ArticleRow(Protocol):
    """What a listing of the library says of an article."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def source(self) -> str: ...  # noqa: D102


class ArticleSource(Protocol):
    """The part of an archive that resolving needs."""

    def article(self, article_id: str) -> Article | None:
        """Return the stored article, None when there is none of that id."""

    def articles(self) -> Iterable[ArticleRow]:
        """List all articles."""


def touches(passage: Passage, places: Iterable[Place]) -> bool:
    """Tell whether the passage shares a character with one of the places."""
    return any(
        place.article == passage.article.id and place.span.overlaps(passage.span)
        for place in places
    )


class _Names:
    """The articles of a library by id, source, title, and the last part of their address.

    A page that was saved under its own name has its URL as source, often without the ending: so
    `desk/ferry.html` also means `https://example.org/2023/ferry`, if nothing fits better.
    """

    def __init__(self, rows: Iterable[ArticleRow]) -> None:
        self.ids: list[str] = []
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_title: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            self.ids.append(row.id)
            for name in dict.fromkeys((row.id, row.source)):
                self._by_name[name].append(row.id)
            self._by_title[row.title.strip().casefold()].append(row.id)
        self._tails: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for name, ids in self._by_name.items():
            self._tails[_tail(name)].extend(ids)
            self._stems[_stem(name)].extend(ids)

    def find(self, name: str) -> list[str]:
        """Return the ids the name may mean: exact first, then by title, then by file name."""
        if not name.strip():
            return []
        return (
            self._by_name.get(name)
            or self._by_title.get(name.strip().casefold())
            or self._tails.get(_tail(name))
            or self._stems.get(_stem(name))
            or []
        )


def _tail(address: str) -> str:
    """Return the last part of an address: `a/b.html` → `b.html`."""
    return address.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _stem(address: str) -> str:
    """Return the last part of an address without its ending: `a/b.html` → `b`."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", _tail(address))


def resolve(
    testset: TestSet, library: ArticleSource
) -> tuple[Mapping[str, Target], tuple[Finding, ...]]:
    """Locate all golds; return a `Target` per question id, and what could not be found.

    Each article is loaded once, whatever the number of questions about it.
    """
    names = _Names(library.articles())
    titles = {article.id: article.title for article in testset.articles}
    wanted: dict[str, list[tuple[Question, Gold]]] = defaultdict(list)
    anywhere: list[tuple[Question, Gold]] = []
    findings: list[Finding] = []
    for question in testset.questions:
        for gold in question.golds:
            if gold.article is None:
                anywhere.append((question, gold))
                continue
            ids = names.find(gold.article) or names.find(titles.get(gold.article, ""))
            if not ids:
                findings.append(_missing_article(question, gold))
            for article in ids:
                wanted[article].append((question, gold))
    targets = {question.id: Target() for question in testset.questions}
    found: set[tuple[str, Gold]] = set()
    for name in names.ids if anywhere else list(wanted):
        home = library.article(name)
        if home is not None:
            found.update(_locate_all(home, [*wanted[name], *anywhere], targets))
    findings.extend(_missing_quotes(testset, found, findings))
    return targets, tuple(findings)


def _locate_all(
    article: Article, pairs: Iterable[tuple[Question, Gold]], targets: dict[str, Target]
) -> Iterator[tuple[str, Gold]]:
    """Add to `targets` what the article holds; yield the golds found in it."""
    paragraphs: dict[str, tuple[Span, ...]] = {}
    for question, gold in pairs:
        context = question.paragraph
        if context is not None and context not in paragraphs:
            paragraphs[context] = occurrences(context, article.text)
        around = paragraphs[context] if context is not None else ()
        answers = _answer_spans(question, gold, article.text, around)
        places = around or answers or ((Span(0, len(article.text)),) if not gold.quote else ())
        if not places or (gold.quote and not answers):
            continue
        yield question.id, gold
        before = targets[question.id]
        targets[question.id] = replace(
            before,
            answers=_merged(before.answers, article.id, answers),
            places=_merged(before.places, article.id, places),
            articles=tuple((dict(before.articles) | {article.id: gold.grade}).items()),
        )


def _answer_spans(
    question: Question, gold: Gold, text: str, around: tuple[Span, ...]
) -> tuple[Span, ...]:
    """Return where the quote stands: inside its paragraph when that is known, else anywhere."""
    if question.paragraph is None:
        return occurrences(gold.quote, text)
    spans: list[Span] = []
    for paragraph in around:
        if gold.span is not None and paragraph.of(text) == question.paragraph:
            spans.append(gold.span.shifted(paragraph.start))
        else:  # the white space differs, so the offset does too
            inside = occurrences(gold.quote, paragraph.of(text))
            spans.extend(place.shifted(paragraph.start) for place in inside)
    return tuple(spans)


def _merged(before: tuple[Place, ...], article: str, spans: Iterable[Span]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys((*before, *(Place(article, span) for span in spans))))


def _missing_article(question: Question, gold: Gold) -> Finding:
    return Finding(
        "missing article",
        question.where,
        f"article “{gold.article}” is not in the library; ingest it or correct the name",
    )


def _missing_quotes(
    testset: TestSet, found: set[tuple[str, Gold]], missing: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield the golds whose article is there but not their words."""
    reported = {finding.where for finding in missing}
    for question in testset.questions:
        for gold in question.golds:
            if (question.id, gold) not in found and question.where not in reported:
                home = f"article “{gold.article}”" if gold.article else "any article"
                yield Finding(
                    "missing quote",
                    question.where,
                    f"the quote “{gold.quote:.60}” does not occur in {home}; copy it word for word",
                )
