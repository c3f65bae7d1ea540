"""Which sentence is lit: the share of questions whose lit sentence holds a gold answer.

    python -m benchmarks.sentences DATA [--library DIR] [--questions 300]

The passage that holds the answer is given, so that only the choice of the sentence is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.pool import Asked, Paragraphs, build, questions
from benchmarks.retrieval import SETS
from index.rows import StoredPassage
from index.terms import question_terms
from qa.archive import Archive
from qa.evidence import LIT_BY_MEANING, Evidence, QuestionForm, gather
from qa.expected import answer_words
from qa.read import KIND_BONUS

RULES: dict[str, tuple[float, float, float]] = {
    "cosine alone": (1, 0, 0),
    "share covered alone": (0, 1, 0),
    "half and half": (0.5, 0.5, 0),
    f"{LIT_BY_MEANING} cosine": (LIT_BY_MEANING, 1 - LIT_BY_MEANING, 0),
    f"+ {KIND_BONUS} for the kind asked for (default)": (
        LIT_BY_MEANING, 1 - LIT_BY_MEANING, KIND_BONUS,
    ),
}  # fmt: skip
"""Weights of a sentence's cosine, of the share it covers, and of holding the kind asked for."""


def main() -> None:
    """Light a sentence by every rule and print how often it was right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    build(options.data, options.library)
    archive = Archive.open(options.library)
    by_paragraph = _by_paragraph(archive)
    right: dict[tuple[str, str], list[bool]] = {}
    for name in SETS:
        for item in questions(options.data / f"{name}.json", options.questions, seed=0):
            for rule, hit in _judged(archive, by_paragraph.get(item.paragraph, []), item):
                right.setdefault((rule, name), []).append(hit)
    print(f"{'':44}" + "".join(f"{name:>10}" for name in (*SETS, "mean")))
    for rule in RULES:
        shares = [float(np.mean(right[rule, name])) for name in SETS]
        print(f"{rule:44}" + "".join(f"{value:10.3f}" for value in (*shares, np.mean(shares))))


def _by_paragraph(archive: Archive) -> dict[str, list[StoredPassage]]:
    found: dict[str, list[StoredPassage]] = {}
    with archive.library.snapshot() as snapshot:
        paragraphs = Paragraphs(snapshot)
        for info in snapshot.articles():
            numbers = snapshot.passage_numbers(info.id)
            for stored in snapshot.passages(numbers).values():
                found.setdefault(paragraphs.of(stored.passage), []).append(stored)
    return found


def _judged(
    archive: Archive, passages: list[StoredPassage], item: Asked
) -> Iterator[tuple[str, bool]]:
    """Yield each rule with whether it lit a sentence that holds a gold answer."""
    holding = [p for p in passages if any(gold in p.passage.text for gold in item.answers)]
    if not holding:
        return
    stored = holding[0]
    text = stored.passage.article.text
    evidence = _evidence(archive, stored, item.question)
    if not any(gold in s.span.of(text) for s in evidence.sentences for gold in item.answers):
        return  # the answer runs over a sentence's end; no single sentence can be right
    words = item.question.split()
    kinds = [answer_words(item.question, text, s.span, words) for s in evidence.sentences]
    for name, (cosine, covered, bonus) in RULES.items():
        scores = [
            cosine * sentence.cosine + covered * sentence.covered + bonus * (kind is not None)
            for sentence, kind in zip(evidence.sentences, kinds, strict=True)
        ]
        lit = evidence.sentences[int(np.argmax(scores))]
        yield name, any(gold in lit.span.of(text) for gold in item.answers)


def _evidence(archive: Archive, stored: StoredPassage, question: str) -> Evidence:
    with archive.embedded.snapshot() as snapshot:
        view = archive.embedded.view(snapshot)
        terms = tuple(question_terms(question, snapshot.languages()))
    form = QuestionForm(archive.encoder.encode_question(question), terms, view)
    return gather(form, stored, 0.0)


if __name__ == "__main__":
    main()
