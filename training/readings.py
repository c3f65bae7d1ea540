"""What a reader says of the passages found for public questions: kept, to be weighed and judged.

    python -m training.readings DATA --reader DIR --sets squad2,xquad.en --out FILE.jsonl
                                [--library build-pool] [--questions 1200] [--read 12]

The whole chain runs as it does in an archive; only the weighing is left out. One line a question:
what was found and read, and which passages lie in the paragraph that answers. The first
`--removed` questions of a set are asked again as if the article that answers were not there
(reddit is one single article: the paragraph; the sample: what holds the quote).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.pool import Asked, Paragraphs, build_sample, questions
from cli.ingest import sample_folders
from cli.progress import CountLine
from corpus.article import Passage
from corpus.clean import clean_text
from qa.archive import Archive
from qa.evidence import QuestionForm, gather
from qa.fuse import Fused
from qa.read import Read, RuleReader
from qa.reader.model import OnnxModel
from qa.reader.passages import OwnPassageReader, PassageReader, Reading
from qa.rules import AskRules

_NO_HURRY = 1e9
SAMPLE = "sample"
_ONE_ARTICLE = frozenset({"reddit", SAMPLE})


class Recorder:
    """A reader that orders nothing and remembers what it read."""

    bar = 0.0

    def __init__(self, passages: PassageReader) -> None:
        self._passages = passages
        self._rules = RuleReader()
        self.fingerprint = passages.fingerprint
        self.last: list[dict[str, Any]] = []
        self.rules = 0.0
        self._read: dict[tuple[str, int], Reading | None] = {}
        self._question = ""

    def read(
        self,
        asked: str,
        understood: str,
        form: QuestionForm,
        own: QuestionForm,
        passages: Sequence[Fused],
    ) -> Read:
        """Read all, remember, and leave the order as it is."""
        places = [fused.stored.passage for fused in passages]
        readings = self._once(understood, places)
        self.last = []
        for fused, reading in zip(passages, readings, strict=True):
            if reading is None:
                continue
            found = fused.evidence or gather(form, fused.stored, 0.0)
            self.last.append(
                {
                    "passage": fused.stored.passage,
                    "fused": fused.score,
                    "sentences": [(*s.span, round(s.score, 4)) for s in found.sentences],
                    "sentence": found.best("cosine"),
                    "relevance": reading.relevance,
                    "spans": [(*s.span, round(s.odds, 4)) for s in reading.spans],
                }
            )
        by_rules = self._rules.read(asked, understood, form, own, passages)
        self.rules = by_rules.confidence
        return by_rules

    def _once(self, question: str, places: Sequence[Passage]) -> list[Reading | None]:
        """Read the passages that this question did not read before."""
        if self._question != question:
            self._question = question
            self._read = {}
        new = [place for place in places if _key(place) not in self._read]
        for place, reading in zip(new, self._passages.read(question, new, _NO_HURRY), strict=True):
            self._read[_key(place)] = reading
        return [self._read[_key(place)] for place in places]


def _key(passage: Passage) -> tuple[str, int]:
    return passage.article.id, passage.span.start


def main() -> None:
    """Ask the questions of the sets and write the lines."""
    options = _options()
    recorder = Recorder(
        OwnPassageReader(options.reader, OnnxModel(options.reader, options.threads))
    )
    rules = AskRules(read=options.read)
    archive = Archive.open(options.library, rules=rules, reader=recorder)
    build_sample(options.sample_library)
    sample = Archive.open(options.sample_library, rules=rules, reader=recorder)
    with archive.library.snapshot() as snapshot:
        paragraphs = Paragraphs(snapshot)
    beside = options.out.with_suffix(".tmp")
    with beside.open("w", encoding="utf-8") as file:
        for name in options.sets.split(","):
            of_sample = name.rstrip("!") == SAMPLE
            drawn = _drawn(options.data, name, options.questions)
            asked = sample if of_sample else archive
            progress = CountLine(f"questions of {name}")
            for number, item in enumerate(drawn):
                gold = Quotes(item.answers) if of_sample else paragraphs
                asked.ask(item.question)
                line = _line(name, item, recorder, gold)
                if item.answers and number < options.removed:
                    asked.ask_traced(item.question, without=_home(name, item, gold))
                    line["removed"] = _line(name, item, recorder, gold)
                file.write(json.dumps(line) + "\n")
                progress(number + 1, len(drawn))
            progress.close()
    beside.replace(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--sample-library", type=Path, default=Path("build-sample"))
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--sets", required=True, help="a name ending in ! means: no answer there")
    parser.add_argument("--questions", type=int, default=1200)
    parser.add_argument("--removed", type=int, default=500)
    parser.add_argument("--read", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2, help="of the model")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def _drawn(data: Path, name: str, most: int) -> list[Asked]:
    """Return questions of a set: answerable ones, or with `!` those that have no answer."""
    if name.rstrip("!") == SAMPLE:
        return _sample_questions(answerable=name == SAMPLE)
    if not name.endswith("!"):
        return questions(data / f"{name}.json", most, seed=0)
    articles = json.loads((data / f"{name[:-1]}.json").read_text(encoding="utf-8"))["data"]
    found = [
        Asked(item["question"], clean_text(paragraph["context"]), ())
        for article in articles
        for paragraph in article["paragraphs"]
        for item in paragraph["qas"]
        if item.get("is_impossible")
    ]
    random.Random(0).shuffle(found)
    return found[:most]


class Gold(Protocol):
    """Tells whether a passage answers; `benchmarks.pool.Paragraphs` does, by its paragraph."""

    def lies_in(self, passage: Passage, gold: str) -> bool:
        """Tell whether the passage lies in the paragraph whose text is `gold`."""
        ...


class Quotes:
    """The gold of a sample question: a passage answers if it holds one of the quotes."""

    def __init__(self, quotes: Sequence[str]) -> None:
        self._quotes = quotes

    def lies_in(self, passage: Passage, gold: str) -> bool:  # noqa: ARG002 - there is no paragraph
        """Tell whether the passage holds a quote."""
        return any(quote in passage.text for quote in self._quotes)


def _sample_questions(*, answerable: bool) -> list[Asked]:
    """Return the sample questions that stand alone."""
    file = sample_folders()[0].parent / "questions.jsonl"
    items = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Asked(item["question"], "", tuple(item["answers"]))
        for item in items
        if not item.get("history") and bool(item["answers"]) is answerable
    ]


def _home(name: str, item: Asked, gold: Gold) -> Callable[[Passage], bool]:
    """Return what leaves out the article that answers."""
    if name in _ONE_ARTICLE:
        return lambda passage: gold.lies_in(passage, item.paragraph)
    return lambda passage: item.paragraph in passage.article.text


def _line(name: str, item: Asked, recorder: Recorder, gold: Gold) -> dict[str, Any]:
    """Return one question with its passages; offsets become those of the passage's text."""
    rows = []
    for row in recorder.last:
        passage = row["passage"]
        start = passage.span.start
        rows.append(
            {
                **row,
                "passage": passage.text,
                "gold": gold.lies_in(passage, item.paragraph),
                "sentences": [(a - start, b - start, s) for a, b, s in row["sentences"]],
                "spans": [(a - start, b - start, s) for a, b, s in row["spans"]],
            }
        )
    return {
        "set": name,
        "question": item.question,
        "answers": item.answers,
        "rules": recorder.rules,
        "read": rows,
    }


if __name__ == "__main__":
    main()
