"""Wrong passages that our own finder ranks high: what the reader must learn to turn down.

    python -m training.mine DATA [--library build-pool] [--out build-training/mined.json]

Every question is put to the pool of all paragraphs by meaning and by words; passages of other
paragraphs that do not hold one of its answers are kept, best first. The file maps a question to
passage numbers and holds each passage once, with the set its paragraph comes from, so that a set
that is left out is left out as a source of wrong passages, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pool import Paragraphs, build
from cli.progress import CountLine
from corpus.article import Passage
from corpus.clean import clean_text
from index.encoder import PassageInput, Vectors
from index.library import Library
from index.sentence_encoder import SentenceEncoder
from index.snapshot import Snapshot
from index.terms import question_terms
from index.view import View
from index.words import FieldWeights
from qa.evidence import QuestionForm, most_words
from training.questions import SETS, Question, read_sets

KEPT = 8
LOOKED_AT = 24
_MEANING = 0.4
_BLOCK = 256


def main() -> None:
    """Mine for every question and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--out", type=Path, default=Path("build-training/mined.json"))
    options = parser.parse_args()
    build(options.data, options.library)
    mined = mine(Library.open(options.library), read_sets(options.data, SETS))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(mined), encoding="utf-8")
    print(f"{options.out}: {len(mined['questions'])} questions, {len(mined['passages'])} passages")


def mine(library: Library, questions: Sequence[Question]) -> dict[str, dict[Any, Any]]:
    """Return `{"passages": {number: [set, context, text]}, "questions": {id: [number, …]}}`."""
    sets = {clean_text(q.paragraph.text): q.paragraph.set for q in questions}
    with library.snapshot() as snapshot:
        every = _passages(snapshot)
        paragraphs = Paragraphs(snapshot)
        homes = {number: paragraphs.of(passage) for number, passage in every.items()}
        ranked = _ranked(library, snapshot, questions)
        wrong = {
            question.id: _wrong(question, numbers, every, homes)
            for question, numbers in zip(questions, ranked, strict=True)
        }
    used = {number for numbers in wrong.values() for number in numbers}
    kept = {
        number: [_home(sets, homes[number]), _context(every[number]), every[number].text]
        for number in sorted(used)
    }
    return {"passages": kept, "questions": wrong}


def _passages(snapshot: Snapshot) -> dict[int, Passage]:
    numbers = range(1, snapshot.last_number() + 1)
    return {number: stored.passage for number, stored in snapshot.passages(numbers).items()}


def _home(sets: dict[str, str], paragraph: str) -> str:
    """Return the set of a paragraph; "" for one that was cut apart when it was read."""
    return sets.get(paragraph, "")


def _context(passage: Passage) -> str:
    return " - ".join(dict.fromkeys((passage.article.title, *passage.heading)))


def _wrong(
    question: Question,
    numbers: Sequence[int],
    every: dict[int, Passage],
    homes: dict[int, str],
) -> list[int]:
    """Return the passages that lie elsewhere and do not hold an answer's words."""
    own = clean_text(question.paragraph.text)
    answers = [span.of(question.paragraph.text).casefold() for span in question.answers]
    kept = []
    for number in numbers:
        text = every[number].text.casefold()
        if homes[number] not in own and not any(answer in text for answer in answers):
            kept.append(number)
    return kept[:KEPT]


def _ranked(
    library: Library, snapshot: Snapshot, questions: Sequence[Question]
) -> Iterator[list[int]]:
    """Yield the best passages of each question, by cosine and BM25 on our fusion's scale."""
    view = library.view(snapshot)
    numbers, vectors = snapshot.vectors_after(0, library.settings.dimension)
    rows = {int(number): row for row, number in enumerate(numbers)}
    languages = snapshot.languages()
    progress = CountLine("questions mined")
    for start in range(0, len(questions), _BLOCK):
        block = questions[start : start + _BLOCK]
        cosines = _encoded([question.text for question in block]) @ vectors.T
        for question, row in zip(block, cosines, strict=True):
            terms = tuple(question_terms(question.text, languages))
            score = _MEANING * row + (1 - _MEANING) * _by_words(view, terms, rows)
            best = np.argsort(-score, kind="stable")[:LOOKED_AT]
            yield [int(numbers[at]) for at in best]
        progress(start + len(block), len(questions))
    progress.close()


def _by_words(view: View, terms: tuple[str, ...], rows: dict[int, int]) -> NDArray[np.float32]:
    """Return BM25 over its limit for every passage, float32 `(n,)`; 0 outside the first 100."""
    scores = np.zeros(len(rows), dtype=np.float32)
    limit = most_words(QuestionForm(np.zeros((1, 1), dtype=np.float32), terms, view))
    for number, found in view.by_words(terms, 100, FieldWeights()):
        scores[rows[number]] = found / limit
    return scores


_ENCODERS: list[SentenceEncoder] = []


def _encoded(texts: list[str]) -> Vectors:
    """Encode questions many at a time."""
    if not _ENCODERS:
        _ENCODERS.append(SentenceEncoder())
    return _ENCODERS[0].encode_passages([PassageInput(text, ()) for text in texts]).passages


if __name__ == "__main__":
    main()
