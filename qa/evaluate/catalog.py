"""Every measure by name: its label, what it means, and which way is better.

The one list behind the terminal table, the report, `--require` and the documentation.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """How a measure is presented. `group` is the heading it stands under."""

    group: str
    label: str
    meaning: str
    lower_is_better: bool = False


_RANKING = {
    "success@1": ("Success@1", "the first {unit} is relevant"),
    "success@3": ("Success@3", "a relevant {unit} among the first 3"),
    "success@5": ("Success@5", "a relevant {unit} among the first 5"),
    "success@10": ("Success@10", "a relevant {unit} among the first 10"),
    "rr@10": ("RR@10", "one over the rank of the first relevant {unit}, 0 after the tenth"),
    "ndcg@10": ("nDCG@10", "gain of the first 10 {unit}s, discounted by rank"),
    "recall@100": ("Recall@100", "share of the relevant {unit}s among the first 100"),
}
_LEVELS = {
    "": ("Finding passages", "passage", ""),
    "quote.": ("Finding the answer's words", "passage", " (relevant: holds the answer itself)"),
    "article.": ("Finding articles", "article", ""),
}

CATALOG: dict[str, Entry] = {
    prefix + name: Entry(group, label, meaning.format(unit=unit) + note)
    for prefix, (group, unit, note) in _LEVELS.items()
    for name, (label, meaning) in _RANKING.items()
} | {
    "shown@1": Entry("What is shown", "Extract 1 answers", "the first extract holds the answer"),
    "shown@3": Entry("What is shown", "Extracts 1–3 answer", "the first three extracts hold it"),
    "shown": Entry("What is shown", "Any extract answers", "the extracts shown hold the answer"),
    "lit.sentence": Entry("What is shown", "Lit sentence answers", "lit sentences hold the answer"),
    "lit.answer": Entry("What is shown", "Lit words answer", "the answer mark holds the answer"),
    "exact": Entry("The answer's words", "Exact match", "SQuAD's EM over all questions"),
    "f1": Entry("The answer's words", "F1", "SQuAD's F1 over all questions"),
    "answerable.exact": Entry(
        "The answer's words", "Exact match, answerable", "EM where the archive has an answer"
    ),
    "answerable.f1": Entry(
        "The answer's words", "F1, answerable", "F1 where the archive has an answer"
    ),
    "decided": Entry("Abstaining", "Rightly decided", "answered if, and only if, there is a gold"),
    "abstain.precision": Entry(
        "Abstaining", "Abstention precision", "abstentions where the archive has no answer"
    ),
    "abstain.recall": Entry(
        "Abstaining", "Abstention recall", "questions without answer on which it abstained"
    ),
    "auroc": Entry("Confidence", "AUROC", "surer on a question with an answer than on one without"),
    "aurc": Entry("Confidence", "AURC", "risk averaged over all coverages", lower_is_better=True),
    "ece": Entry(
        "Confidence",
        "Calibration error",
        "confidence minus share right, in ten equal bins",
        lower_is_better=True,
    ),
}
