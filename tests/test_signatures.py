"""Shingles, likeness and signatures: by hand, against brute force, and the same for ever."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest

from benchmarks.copies_made import COPIES, pairs, stories
from index.signatures import (
    ROWS,
    VALUES,
    bands_of,
    estimate,
    likeness,
    shingles_of,
    signature_of,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The night, ferry; CARRIES 41.", {"the night ferry carries 41"}),
        ("one two three four five six", {"one two three four five", "two three four five six"}),
        ("한국은 수도", {"한 국 은 수 도"}),
        ("東京B52 line", {"東 京 b52 line"}),
        ("short", {"short"}),
        (" …", set()),
        ("", set()),
    ],
)
def test_shingles(text: str, expected: set[str]) -> None:
    assert shingles_of(text) == expected


def test_likeness_by_hand() -> None:
    short, long = shingles_of("a b c d e f g h"), shingles_of("x a b c d e f g h y z")
    found = likeness(short, long)  # four shingles and seven, the four in common
    assert found == (pytest.approx(4 / 7), 1.0, pytest.approx(4 / 7))
    assert found.are_copies
    assert likeness(long, short) == found
    assert not likeness(short, shingles_of(" ".join("abcdefgh" + "pqrstuvwxyz"))).are_copies
    assert likeness(short, frozenset()) == (0, 0, 0)
    assert not likeness(frozenset(), frozenset()).are_copies


def test_a_signature_stays_as_it_is_stored_in_libraries() -> None:
    """Another digest means that every library's signatures are wrong: that is a new schema."""
    text = " ".join(f"word{n} of the night ferry" for n in range(40))
    values = signature_of(shingles_of(text))
    assert (values.dtype, values.shape) == (np.dtype("<u4"), (VALUES,))
    digest = hashlib.blake2b(values.tobytes(), digest_size=8).hexdigest()
    assert digest == "78d3844c2cb213e1"
    assert bands_of(values)[0] == -6837959260535004376


def test_equal_values_estimate_the_similarity_and_shared_bands_find_it() -> None:
    chance = random.Random(1)
    words = [f"w{n}" for n in range(2_000)]
    text = chance.choices(words, k=600)
    for changed in (0, 60, 120):
        other = text[:-changed] + chance.choices(words, k=changed) if changed else text
        a, b = (shingles_of(" ".join(each)) for each in (text, other))
        mine, theirs = signature_of(a), signature_of(b)
        assert estimate(mine, theirs) == pytest.approx(likeness(a, b).jaccard, abs=0.12)
        assert set(bands_of(mine)) & set(bands_of(theirs))
    assert len(bands_of(mine)) == VALUES // ROWS
    apart = signature_of(shingles_of(" ".join(chance.choices(words, k=600))))
    assert not set(bands_of(mine)) & set(bands_of(apart))


def test_a_text_without_words_has_no_bands() -> None:
    assert bands_of(signature_of(frozenset())) == []


def test_copies_of_the_sample_articles_are_told_from_other_pages() -> None:
    """A short form of `benchmarks.copies`, which has the figures by kind."""
    made = list(pairs(stories(None, 0, 0), 0))
    called = [
        (pair, likeness(shingles_of(pair.a), shingles_of(pair.b)).are_copies) for pair in made
    ]
    assert {pair.kind for pair in made if pair.copies} == set(COPIES)
    assert [pair.kind for pair, copies in called if copies and not pair.copies] == []
    found = [copies for pair, copies in called if pair.copies]
    assert sum(found) / len(found) > 0.95
