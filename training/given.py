"""Exact match and F1 with the answering paragraph given, on sets the reader was not trained on.

    python -m training.given DATA --reader DIR --sets squad2,xquad.en [--questions 1200]

The best span of the paragraph is compared with the gold answers as SQuAD's own scorer does it;
questions without an answer are left out. 95 % intervals by bootstrap over questions.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cli.progress import CountLine
from corpus.article import Article, Passage, Span
from qa.evaluate.squad_metrics import best_scores
from qa.evaluate.statistics import bootstrap_means, percentile_interval
from qa.reader.marks import whole_words
from qa.reader.model import OnnxModel
from qa.reader.passages import OwnPassageReader, PassageReader
from training.questions import Question, read_set


def main() -> None:
    """Read, compare, print a row a set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--questions", type=int, default=1200)
    parser.add_argument("--threads", type=int, default=2, help="of the model")
    options = parser.parse_args()
    reader = OwnPassageReader(options.reader, OnnxModel(options.reader, options.threads))
    for name in options.sets.split(","):
        found = [q for q in read_set(options.data, name) if q.answers]
        random.Random(0).shuffle(found)
        print(row(name, scores(reader, found[: options.questions])), flush=True)


def scores(reader: PassageReader, questions: Sequence[Question]) -> np.ndarray:
    """Return EM and F1 of each question, float64 `(q, 2)`."""
    progress = CountLine("questions")
    values = []
    for number, question in enumerate(questions):
        predicted = answer_in(reader, question)
        golds = [span.of(question.paragraph.text) for span in question.answers]
        values.append(best_scores(predicted, golds))
        progress(number + 1, len(questions))
    progress.close()
    return np.array(values, dtype=np.float64)


def answer_in(reader: PassageReader, question: Question) -> str:
    """Return the words the reader finds likeliest in the question's own paragraph."""
    text = question.paragraph.text
    whole = Span(0, len(text))
    article = Article(question.id, question.paragraph.title, text, question.paragraph.set)
    reading = reader.read(question.text, [Passage(article, whole)], 0.0)[0]
    if reading is None or not reading.spans:
        return ""
    return whole_words(text, reading.spans[0].span, whole).of(text)


def row(name: str, values: np.ndarray) -> str:
    """Return a line of a table: both measures with their intervals."""
    low, high = percentile_interval(bootstrap_means(values))
    cells = [
        f"{measure} {100 * values[:, at].mean():.1f} [{100 * low[at]:.1f}, {100 * high[at]:.1f}]"
        for at, measure in enumerate(("EM", "F1"))
    ]
    return json.dumps({"set": name, "n": len(values)}) + "  " + "  ".join(cells)


if __name__ == "__main__":
    main()
