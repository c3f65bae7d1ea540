"""Check a test set against a library before it is used.

Names every quote that occurs in no article, missing article, duplicate and contradiction with
its line. Locating is done by `resolve`; reading the file, and refusing what is no test set at
all, by `load`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qa.evaluate.resolve import ArticleSource, Finding, Target, resolve
from qa.evaluate.testset import Question, TestSet

WRONG_LIBRARY_SHARE = 0.5
"""From this share of golds without their article on, the library itself is doubted first."""


@dataclass(frozen=True)
class Checked:
    """A test set with the places of its golds (by question id) and what is wrong with it."""

    testset: TestSet
    targets: Mapping[str, Target]
    findings: tuple[Finding, ...]

    @property
    def wrong_library(self) -> Finding | None:
        """The finding that says most gold articles are missing, if that is so."""
        first = self.findings[0] if self.findings else None
        return first if first is not None and first.kind == "wrong library" else None


def check(testset: TestSet, library: ArticleSource) -> Checked:
    """Locate the golds and list what is wrong, the gravest first."""
    targets, missing = resolve(testset, library)
    findings = [
        *_wrong_library(testset, missing),
        *missing,
        *_contradictions(testset.questions),
        *_duplicates(testset),
    ]
    return Checked(testset, targets, tuple(findings))


def _wrong_library(testset: TestSet, missing: Iterable[Finding]) -> Iterator[Finding]:
    """Say first that the library is probably another one, when most articles are not in it."""
    golds = sum(len(question.golds) for question in testset.questions)
    absent = sum(finding.kind == "missing article" for finding in missing)
    if golds and absent / golds >= WRONG_LIBRARY_SHARE:
        hint = "--build ingests its own" if testset.articles else "check --library"
        yield Finding(
            "wrong library",
            testset.name,
            f"{absent} of {golds} gold answers name articles this library does not hold; "
            f"is it the right library? ({hint})",
        )


Key = tuple[object, ...]


def _asked(question: Question) -> Key:
    """What makes two questions the same: their words and their conversation."""
    return (" ".join(question.text.casefold().split()), question.history)


def _duplicates(testset: TestSet) -> Iterator[Finding]:
    """Yield repeated questions; about different paragraphs (SQuAD) they are not repeats."""
    seen: dict[Key, str] = {}
    for question in testset.questions:
        key = (*_asked(question), question.paragraph, question.answerable)
        if key in seen:
            yield Finding(
                "duplicate",
                question.where,
                f"“{question.text:.60}” was asked before at {seen[key]}; merge the two",
            )
        seen.setdefault(key, question.where)


def _contradictions(questions: Iterable[Question]) -> Iterator[Finding]:
    """Yield questions that have an answer in one place and none in another."""
    first: dict[Key, Question] = {}
    for question in questions:
        before = first.setdefault(_asked(question), question)
        if before.answerable != question.answerable:
            has = "has an answer" if question.answerable else "has no answer"
            yield Finding(
                "contradiction",
                question.where,
                f"“{question.text:.60}” {has} here but not at {before.where}; keep one of them"
                if question.answerable
                else f"“{question.text:.60}” {has} here but one at {before.where}; keep one",
            )
