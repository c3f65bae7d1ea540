"""Pairs of texts of which it is known whether they are near-duplicates, made out of real stories.

Each kind is one way in which pages of an archive come to share words. What makes a copy: most of
the story's words stand in both, in the same order. All is drawn with a seed.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cli.ingest import sample_folders
from corpus.clean import clean_text
from corpus.load import find_files, read_files


class Story(NamedTuple):
    """A text, and what it is about: stories of one topic tell different things of it."""

    topic: str
    text: str


class Pair(NamedTuple):
    """Two texts, the way the second was made, and whether they are copies."""

    kind: str
    copies: bool
    a: str
    b: str


_SITE = (
    "The {0} Courier. Independent since 18{1}. News, sport and weather from the whole {0} region.",
    "This story is free to read thanks to the members of the {0} Courier. Join them from {1} euros "
    "a month, and help us keep a reporter in every town hall between here and the coast.",
    "The {0} Courier takes part in the complaints scheme of the press council. If you believe that "
    "something here is wrong, write to the readers' editor, who answers within {1} days.",
    "You can read this story in our app as well. Allow notices in its settings and we will tell "
    "you when it is updated. Puzzles, the crossword and the television guide are in the app, too.",
    "More from the {0} desk: the council's week in {1} pictures; what the harbour needs now; five "
    "walks for the first warm days; our recipe of the month. Letters to the editor are welcome.",
)
_PLACES = ("Brenna", "Osk", "Lusaine", "Kalderin", "Sahrin", "Almery", "Corvane", "Orrin", "Tarn")
_REPORT = (
    "Weather report for {} on day {}. The highest temperature was {} degrees and the lowest {}. "
    "There were {} hours of sun and {} millimetres of rain. The wind came from the {} at {} knots. "
    "Ships are asked to listen to channel {}. The next report follows at {} hundred hours."
)


def stories(data: Path | None, most: int, seed: int) -> list[Story]:
    """Return the sample articles, and `most` runs of paragraphs of the public question sets."""
    files, _ = find_files(sample_folders())
    found = [
        Story(f"sample {article.title}", article.text)
        for parsed in read_files(files)
        for article in parsed.articles
    ]
    public = [] if data is None else _public(data, random.Random(seed))
    return found + random.Random(seed).sample(public, min(most, len(public)))


def _public(data: Path, chance: random.Random) -> list[Story]:
    """Cut the paragraphs of each public text into runs of one to eight."""
    found = []
    for file in sorted(data.glob("*.json")):
        for number, entry in enumerate(json.loads(file.read_text(encoding="utf-8"))["data"]):
            paragraphs = [clean_text(each["context"]) for each in entry["paragraphs"]]
            paragraphs = list(dict.fromkeys(text for text in paragraphs if len(text.split()) > 40))
            while paragraphs:
                size = chance.choice((1, 1, 2, 3, 5, 8))
                run, paragraphs = paragraphs[:size], paragraphs[size:]
                found.append(Story(f"{file.stem} {number}", "\n\n".join(run)))
    return found


def pairs(told: list[Story], seed: int) -> Iterator[Pair]:
    """Yield one pair of every kind for each story."""
    chance = random.Random(seed)
    for story in told:
        other = chance.choice([each for each in told if each.topic != story.topic])
        for kind, make in COPIES.items():
            yield Pair(kind, True, story.text, make(story.text, other.text, chance))
        for kind, both in OTHERS.items():
            yield Pair(kind, False, *both(story.text, other.text, chance))
        kin = [each for each in told if each.topic == story.topic and each is not story]
        if kin:
            yield Pair("the same topic", False, story.text, chance.choice(kin).text)


def _footer(text: str, _: str, chance: random.Random) -> str:
    blocks = [_filled(each, chance) for each in chance.sample(_SITE, 3)]
    return "\n\n".join([blocks[0], text, *blocks[1:]])


def _filled(pattern: str, chance: random.Random) -> str:
    return pattern.format(chance.choice(_PLACES), chance.randint(10, 99))


def _headline(text: str, other: str, chance: random.Random) -> str:
    """Put another headline and place in front, and leave the first sentence out."""
    head = " ".join(chance.sample(other.split(), 8)).capitalize()
    rest = " ".join(sentences(text)[1:]) or text
    return f"{head}\n\n{chance.choice(_PLACES).upper()} (agency) - {rest}"


def _cut_tail(text: str, _: str, chance: random.Random) -> str:
    whole = sentences(text)
    return " ".join(whole[: max(1, round(len(whole) * chance.uniform(0.6, 0.9)))])


def _corrected_words(text: str, other: str, chance: random.Random) -> str:
    """Change one to four words or numbers."""
    return _with_words(text, other, chance.randint(1, 4), chance)


def _corrected_sentences(text: str, other: str, chance: random.Random) -> str:
    """Put a fifth of the sentences, at least one, in other words."""
    whole, spare = sentences(text), sentences(other)
    for at in chance.sample(range(len(whole)), max(1, len(whole) // 5)):
        whole[at] = chance.choice(spare)
    return " ".join(whole)


def _edited(text: str, other: str, chance: random.Random) -> str:
    """Change one word in 30, all over the text."""
    return _with_words(text, other, max(1, len(text.split()) // 30), chance)


def _inside(text: str, other: str, chance: random.Random) -> str:
    """Put the story into a page of which it is 35 to 90 percent."""
    words = other.split() * 20
    room = round(len(text.split()) * (1 / chance.uniform(0.35, 0.9) - 1))
    before = chance.randint(0, room)
    return "\n\n".join([" ".join(words[:before]), text, " ".join(words[before:room])])


def _with_words(text: str, other: str, count: int, chance: random.Random) -> str:
    parts, spare = re.split(r"(\s+)", text), other.split()
    places = [at for at, part in enumerate(parts) if part.strip()]
    for at in chance.sample(places, min(count, len(places))):
        number = re.sub(r"\d", lambda _: str(chance.randint(1, 9)), parts[at])
        parts[at] = number if number != parts[at] else chance.choice(spare)
    return "".join(parts)


def _translated(text: str, _: str, __: random.Random) -> tuple[str, str]:
    """Turn all words but names and numbers into others, as a translation does."""
    plain = re.compile(r"\b(?![A-Z][a-z])[^\W\d]\w*")
    return text, plain.sub(lambda found: found.group()[::-1] + "en", text)


def _boilerplate(text: str, other: str, chance: random.Random) -> tuple[str, str]:
    """Put two short notes into the same page of 60 to 110 other words."""
    around = [_filled(each, chance) for each in chance.sample(_SITE, 3)]
    notes = [" ".join(each.split()[: chance.randint(30, 70)]) for each in (text, other)]
    first, second = ("\n\n".join([around[0], note, *around[1:]]) for note in notes)
    return first, second


def _quoted(text: str, other: str, chance: random.Random) -> tuple[str, str]:
    """Let another text quote a quarter of the story at most."""
    words = text.split()
    share = words[: round(len(words) * chance.uniform(0.1, 0.25))]
    return text, "\n\n".join([other, f"As was reported: “{' '.join(share)}”", other[::-1]])


def _template(_: str, __: str, chance: random.Random) -> tuple[str, str]:
    """Fill one form with the figures of two days."""
    first, second = (
        _REPORT.format(
            chance.choice(_PLACES), *(chance.randint(1, 40) for _ in range(5)),
            chance.choice(("north", "east", "south", "west")),
            *(chance.randint(1, 40) for _ in range(3)),
        )
        for _ in range(2)
    )  # fmt: skip
    return first, second


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, roughly: they are only moved about."""
    return [each for each in re.split(r"(?<=[.!?])\s+", text) if each]


COPIES: dict[str, Callable[[str, str, random.Random], str]] = {
    "another footer": _footer, "another headline": _headline, "a cut tail": _cut_tail,
    "words corrected": _corrected_words, "sentences corrected": _corrected_sentences,
    "edited all over": _edited, "inside a longer page": _inside,
}  # fmt: skip
OTHERS: dict[str, Callable[[str, str, random.Random], tuple[str, str]]] = {
    "a translation": _translated, "the same page around": _boilerplate,
    "a quotation": _quoted, "the same form": _template,
}  # fmt: skip
