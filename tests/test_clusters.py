"""Large indexes by meaning: their recall is measured, asked for, and kept with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest

from index import clusters
from index.clusters import SHARES, Curve
from index.durable import durable_write
from index.encoder import Vectors, unit_rows
from index.meaning import Meaning, Numbers

COUNT, D = 6_000, 24
MIDDLE = SHARES[len(SHARES) // 2]


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Vectors in some fifty bunches, as passages about fifty subjects would be."""
    chance = np.random.default_rng(0)
    middles = chance.standard_normal((50, D))
    rows = middles[chance.integers(0, 50, COUNT)] + 0.7 * chance.standard_normal((COUNT, D))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return np.arange(COUNT, dtype=np.int64) * 3 + 7


@pytest.fixture(scope="module")
def queries(vectors: Vectors) -> Vectors:
    rows = vectors[::60] + 0.1 * np.random.default_rng(1).standard_normal((100, D))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def gathered(numbers: Numbers, vectors: Vectors, queries: Vectors, recall: float = 0.98) -> Meaning:
    def batches() -> Iterator[tuple[Numbers, Vectors]]:
        for start in range(0, len(numbers), 1_700):
            yield numbers[start : start + 1_700], vectors[start : start + 1_700]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "FLAT_MOST", 1_000)
        return Meaning.gather(batches, len(numbers), lambda: queries, D, recall)


@pytest.fixture(scope="module")
def meaning(numbers: Numbers, vectors: Vectors, queries: Vectors) -> Meaning:
    return gathered(numbers, vectors, queries)


def recall_of(meaning: Meaning, numbers: Numbers, vectors: Vectors, asked: Vectors) -> float:
    shared = []
    for one in asked:
        exact = {int(n) for n in numbers[np.argsort(-(vectors @ one), kind="stable")[:100]]}
        shared.append(len(exact & {n for n, _ in meaning.search(one[None], 100)}) / 100)
    return float(np.mean(shared))


@pytest.mark.parametrize("wanted", [0.7, 0.9, 0.98, 1.0])
def test_the_recall_asked_for_is_reached_with_a_part_of_the_lists(
    numbers: Numbers, vectors: Vectors, queries: Vectors, wanted: float
) -> None:
    meaning = gathered(numbers, vectors, queries, wanted)
    assert recall_of(meaning, numbers, vectors, queries[:40]) >= wanted - 0.01
    assert meaning.curve is not None
    share = meaning.curve.share_for(wanted)
    assert share < 0.75 if wanted < 1 else share == 1.0


def test_more_recall_costs_more() -> None:
    curve = Curve(tuple(np.linspace(0.5, 1.0, len(SHARES))))
    shares = [curve.share_for(recall) for recall in (0.1, 0.6, 0.8, 0.9, 0.98, 1.0)]
    assert shares == sorted(shares)
    assert (shares[0] < SHARES[1], shares[-1]) == (True, 1.0)
    never = Curve((0.5,) * len(SHARES))
    assert never.share_for(0.98) == 1.0


def test_scores_are_set_right_by_the_stored_vectors(
    meaning: Meaning, numbers: Numbers, vectors: Vectors, queries: Vectors
) -> None:
    row = {int(number): place for place, number in enumerate(numbers)}
    rough = meaning.search(queries[:1], 50)
    fine = meaning.search(queries[:1], 50, exact=lambda found: {n: vectors[row[n]] for n in found})
    expected = [float(vectors[row[number]] @ queries[0]) for number, _ in fine]
    assert [score for _, score in fine] == pytest.approx(expected, abs=1e-6)
    assert fine == sorted(fine, key=lambda pair: (-pair[1], pair[0]))
    assert [score for _, score in rough] != pytest.approx(
        [float(vectors[row[number]] @ queries[0]) for number, _ in rough], abs=1e-6
    )


def test_a_recall_of_1_gives_away_no_more_than_8_bits_lose(
    numbers: Numbers, vectors: Vectors, queries: Vectors
) -> None:
    alike = vectors.copy()
    alike[:200] = unit_rows(vectors[0] + 0.02 * vectors[:200])  # of one text, a word apart
    searched = gathered(numbers, alike, queries, recall=1)
    stored = dict(zip(numbers.tolist(), alike, strict=True))
    found = searched.search(vectors[:1], 10, exact=lambda wanted: {n: stored[n] for n in wanted})
    best = np.sort(alike @ vectors[0])[::-1][:10]
    assert np.allclose([score for _, score in found], best, atol=1e-3)


def test_a_narrow_filter_still_fills_the_list(
    meaning: Meaning, numbers: Numbers, vectors: Vectors, queries: Vectors
) -> None:
    only = numbers[::300]
    for one in queries[:20]:
        found = [number for number, _ in meaning.search(one[None], 15, only)]
        exact = only[np.argsort(-(vectors[::300] @ one), kind="stable")[:15]]
        assert len(found) == 15
        assert len(set(found) & set(exact.tolist())) >= 14


def test_what_is_written_is_read_again_with_its_curve(
    meaning: Meaning, queries: Vectors, tmp_path: Path
) -> None:
    durable_write(tmp_path / "meaning.faiss", meaning.write)
    read = Meaning.read(tmp_path / "meaning.faiss")
    assert (read.curve, read.last, len(read)) == (meaning.curve, meaning.last, COUNT)
    assert read.last == 7 + 3 * (COUNT - 1)
    assert read.search(queries[:1], 30) == meaning.search(queries[:1], 30)


def test_a_file_without_its_curve_is_refused(meaning: Meaning, tmp_path: Path) -> None:
    path = tmp_path / "meaning.faiss"
    durable_write(path, meaning.write)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises((ValueError, RuntimeError)):
        Meaning.read(path)


@pytest.mark.parametrize("few", [True, False])
def test_vectors_under_other_numbers_are_noticed(
    meaning: Meaning, numbers: Numbers, vectors: Vectors, few: bool
) -> None:
    many = slice(0, 8 if few else 500)
    names = numbers[many].tolist()
    assert meaning.finds_itself(names, vectors[many])
    assert not meaning.finds_itself(names, np.roll(vectors[many], 1, axis=0))
    assert not meaning.finds_itself([*names[:-1], 8], vectors[many])


def test_few_vectors_are_compared_one_by_one(
    numbers: Numbers, vectors: Vectors, queries: Vectors
) -> None:
    meaning = Meaning.gather(
        lambda: [(numbers[:900], vectors[:900])], 900, lambda: pytest.fail("measured"), D
    )
    assert meaning.curve is None
    best = numbers[:900][np.argsort(-(vectors[:900] @ queries[0]))[:5]]
    assert [number for number, _ in meaning.search(queries[:1], 5)] == best.tolist()


@pytest.mark.parametrize("count", [50, COUNT])
def test_one_question_is_searched_in_one_thread_and_others_are_as_before(
    count: int, numbers: Numbers, vectors: Vectors, queries: Vectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Else FAISS's threads wait in loops for the next search, as long as one takes."""
    made = gathered(numbers[:count], vectors[:count], queries)
    assert (made.curve is None) == (count == 50)
    seen: list[int] = []
    real = made._index.search

    def noted(*given: object, **named: object) -> object:
        seen.append(faiss.omp_get_max_threads())
        return real(*given, **named)

    monkeypatch.setattr(made._index, "search", noted)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        assert made.search(vectors[7:8], 1)[0][0] == numbers[7]
        assert (seen, faiss.omp_get_max_threads()) == ([1], 3)
    finally:
        faiss.omp_set_num_threads(before)
