"""Write the rankings in TREC's formats and the answers in SQuAD's, for outsiders' scorers."""

from __future__ import annotations

import json
import re
from typing import Literal

from qa.evaluate.report import EvaluationReport, Ranking

Level = Literal["passage", "article", "quote"]


def trec_run(report: EvaluationReport, level: Level = "passage") -> str:
    """Return a TREC run: `query Q0 document rank score quoth`, one line a document.

    Scores fall by whole steps with the rank, so that a scorer that sorts by score sees no tie.
    """
    lines = []
    for item in report.rankings:
        documents = item.articles if level == "article" else item.passages
        for rank, document in enumerate(documents, start=1):
            score = len(documents) - rank + 1
            lines.append(f"{_token(item.question)} Q0 {_token(document)} {rank} {score} quoth\n")
    return "".join(lines)


def trec_qrels(report: EvaluationReport, level: Level = "passage") -> str:
    """Return the judgements the run is scored against: `query 0 document grade`."""
    return "".join(
        f"{_token(item.question)} 0 {_token(document)} {grade}\n"
        for item in report.rankings
        for document, grade in _judged(item, level).items()
    )


def squad_predictions(report: EvaluationReport) -> str:
    """Return SQuAD's prediction file: question id → answer words, empty for an abstention."""
    answers = {row.id: row.prediction for row in report.rows}
    return json.dumps(answers, ensure_ascii=False, indent=1) + "\n"


def _judged(item: Ranking, level: Level) -> dict[str, int]:
    chosen = {
        "passage": item.judged,
        "article": item.judged_articles,
        "quote": item.judged_quotes,
    }[level]
    return dict(chosen)


def _token(name: str) -> str:
    """White space separates TREC's columns, so an id must not hold any: `a b` → `a_b`."""
    return re.sub(r"\s", "_", name)
