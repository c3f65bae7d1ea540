"""What all systems get: the same files of articles, and the same questions about them.

Paragraphs are taken from the sets in equal parts, article after article in an order drawn with a
seed; what a small set cannot fill goes to the others. A paragraph that is in several sets counts
once. Questions are drawn in turn from each set, so that each is asked as often as it can be.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple


class Question(NamedTuple):
    """A question, the paragraph that answers it, and the set both come from."""

    text: str
    gold: str
    set: str


class Corpus(NamedTuple):
    """The folder of articles, how many paragraphs they have, and the questions in turn."""

    folder: Path
    paragraphs: dict[str, int]
    questions: list[Question]

    @property
    def size(self) -> int:
        """The number of paragraphs."""
        return sum(self.paragraphs.values())


Piece = tuple[str, dict[str, Any]]
"""The title of an article, and one of its paragraphs in SQuAD's form."""


def build(
    data: Path, folder: Path, sets: Sequence[str], passages: int, questions: int, seed: int
) -> Corpus:
    """Write the articles into `folder`, one SQuAD-format file a set, and draw the questions."""
    chosen = _shared_out({name: _unique(data, name, sets, seed) for name in sets}, passages)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, pieces in chosen.items():
        text = json.dumps({"data": _articles(pieces)}, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    drawn = [_drawn(pieces, name, seed) for name, pieces in chosen.items()]
    turns = [item for turn in zip_longest(*drawn) for item in turn if item is not None]
    return Corpus(folder, {name: len(p) for name, p in chosen.items()}, turns[:questions])


def _pieces(data: Path, name: str, seed: int) -> list[Piece]:
    whole = json.loads((data / f"{name}.json").read_text(encoding="utf-8"))["data"]
    random.Random(seed).shuffle(whole)
    return [
        (str(article.get("title") or number), paragraph)
        for number, article in enumerate(whole)
        for paragraph in article["paragraphs"]
        if paragraph["context"].strip()
    ]


def _unique(data: Path, name: str, sets: Sequence[str], seed: int) -> list[Piece]:
    """Return the paragraphs of a set that no earlier set has."""
    earlier = {
        paragraph["context"].strip()
        for other in sets[: list(sets).index(name)]
        for _, paragraph in _pieces(data, other, seed)
    }
    own: dict[str, Piece] = {}
    for title, paragraph in _pieces(data, name, seed):
        text = paragraph["context"].strip()
        if text not in earlier:
            own.setdefault(text, (title, paragraph))
    return list(own.values())


def _shared_out(found: dict[str, list[Piece]], passages: int) -> dict[str, list[Piece]]:
    """Take equal parts, smallest set first; what it lacks is left to the others."""
    chosen: dict[str, list[Piece]] = {}
    left = passages
    for number, name in enumerate(sorted(found, key=lambda name: len(found[name]))):
        part = found[name][: left // (len(found) - number)]
        chosen[name] = part
        left -= len(part)
    return {name: chosen[name] for name in found}


def _articles(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    articles: dict[str, list[dict[str, str]]] = {}
    for title, paragraph in pieces:
        articles.setdefault(title, []).append({"context": paragraph["context"]})
    return [{"title": title, "paragraphs": own} for title, own in articles.items()]


def _drawn(pieces: Sequence[Piece], name: str, seed: int) -> list[Question]:
    found = list(_answerable(pieces, name))
    random.Random(seed).shuffle(found)
    return found


def _answerable(pieces: Sequence[Piece], name: str) -> Iterator[Question]:
    for _, paragraph in pieces:
        for item in paragraph["qas"]:
            if item["answers"] and not item.get("is_impossible"):
                yield Question(item["question"].strip(), paragraph["context"], name)
