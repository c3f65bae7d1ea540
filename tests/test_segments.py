"""Large libraries: what is new becomes a segment of its own, and nothing else is built again."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks.torture import power
from benchmarks.torture.forgetful import crashes
from index import derived
from index.ingest import ingest
from index.library import Found, Library
from index.remove import remove
from index.snapshot import Snapshot
from index.verify import verify
from index.words import FieldWeights
from index.writer import Writer, writer_lock
from qa.archive import Archive
from tests.conftest import FakeEncoder

FIELDS = FieldWeights()
SUBJECTS = ("otter", "lock", "barge", "heron", "mill", "ferry", "weir", "reed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def notes(tmp_path: Path, home: Path, encoder: FakeEncoder, small: None) -> Path:
    """Forty notes, ingested: the first segment."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(40):
        note(folder, number)
    ingest([folder], home, encoder)
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any library counts as a large one."""
    monkeypatch.setattr(derived, "WHOLE_MOST", 0)


def note(folder: Path, number: int, what: str = "was seen") -> None:
    dice = random.Random(number)
    words = " ".join(dice.choices(SUBJECTS, k=12))
    text = f"Note {number}\n\nNumber {number} {what} at dawn. {words.capitalize()} it was."
    (folder / f"n{number:03}.txt").write_text(text, encoding="utf-8")


@contextmanager
def opened(home: Path) -> Iterator[Library]:
    library = Library.open(home)
    yield library
    library.close()


def found(library: Library, encoder: FakeEncoder, question: str, k: int = 1_000) -> Found:
    return library.find(question, encoder, candidates=k, fields=FIELDS)


def scores(hits: Found) -> tuple[dict[str, float], dict[str, float]]:
    """Return scores by the passages' words, whatever their numbers."""
    by_meaning, by_words = (
        {hit.stored.passage.text: hit.score for hit in part}
        for part in (hits.by_meaning, hits.by_words)
    )
    return by_meaning, by_words


def sizes(home: Path) -> list[int]:
    return [each.count for each in derived.read_chain(home)]


def test_what_is_new_becomes_a_segment_and_the_first_stays(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    (first,) = derived.read_chain(home)
    held = (home / first.meaning).stat().st_mtime_ns
    for number in range(40, 44):
        note(notes, number)
    ingest([notes], home, encoder)
    assert sizes(home) == [40, 4]
    assert derived.read_chain(home)[0] == first
    assert (home / first.meaning).stat().st_mtime_ns == held
    assert list(verify(home)) == []


def test_segments_answer_as_one_index_would(
    notes: Path, home: Path, encoder: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (40, 41, 3):  # two that are new, and one that has changed
        note(notes, number, "was heard")
    ingest([notes], home, encoder)
    assert sizes(home) == [40, 3]
    monkeypatch.setattr(derived, "WHOLE_MOST", 5_000)
    ingest([notes], tmp_path / "whole", encoder)
    assert sizes(tmp_path / "whole") == [42]
    for question in ("heron at the mill", "number 41 was heard", "note otter"):
        with opened(home) as many, opened(tmp_path / "whole") as one:
            meaning, words = scores(found(many, encoder, question))
            expected_meaning, expected_words = scores(found(one, encoder, question))
        assert meaning == pytest.approx(expected_meaning, abs=1e-6)
        assert words.keys() == expected_words.keys()
        # Lengths are means of a segment, and a changed note still counts in the first one.
        assert words == pytest.approx(expected_words, rel=0.1)


def test_weights_of_terms_are_those_of_everything(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    """In a segment of two both have the term: by itself it would count for nothing there."""
    for number in (40, 41):
        note(notes, number, "was a zeppelin")
    ingest([notes], home, encoder)
    assert sizes(home) == [40, 2]
    with opened(home) as library:
        best = found(library, encoder, "heron zeppelin", 2).by_words
    assert all("zeppelin" in hit.stored.passage.text for hit in best)


def test_segments_stay_few(notes: Path, home: Path, encoder: FakeEncoder) -> None:
    most = 0
    for number in range(40, 100):
        note(notes, number)
        ingest([notes], home, encoder)
        counts = sizes(home)
        assert sum(counts) == number + 1
        assert all(a >= derived.GROWTH * b for a, b in itertools.pairwise(counts))
        most = max(most, len(counts))
    assert 2 <= most <= 4
    assert list(verify(home)) == []
    names = {name for each in derived.read_chain(home) for name in (*each.files, each.name)}
    derived_files = {
        path.name
        for path in home.iterdir()
        if path.name.startswith(("meaning-", "words-", "manifest"))
    }
    assert derived_files == names


def test_a_library_that_is_not_large_is_always_one_segment(
    notes: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(notes, 40)
    ingest([notes], home, encoder)
    assert len(sizes(home)) == 2
    monkeypatch.setattr(derived, "WHOLE_MOST", 5_000)
    note(notes, 41)
    ingest([notes], home, encoder)
    assert sizes(home) == [42]
    assert list(home.glob("manifest-*.json")) == []


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_segment_is_told_not_used_and_mended(
    notes: Path, home: Path, encoder: FakeEncoder, which: int, caplog: pytest.LogCaptureFixture
) -> None:
    note(notes, 40)
    ingest([notes], home, encoder)
    with opened(home) as library:
        right = scores(found(library, encoder, "heron mill"))
    path = home / derived.read_chain(home)[which].meaning
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)
    assert any("is damaged" in str(each) for each in verify(home))
    with opened(home) as library:
        assert scores(found(library, encoder, "heron mill"))[0] == pytest.approx(right[0], abs=1e-6)
    assert sum("is damaged" in message for message in caplog.messages) == 1
    ingest([notes], home, encoder)
    assert list(verify(home)) == []


def test_a_later_manifest_counts_only_behind_the_one_it_was_made_for(
    notes: Path, home: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    note(notes, 40)
    ingest([notes], home, encoder)
    later = derived.read_chain(home)[1]
    shutil.copy(home / later.name, tmp_path / "kept.json")
    for number in range(41, 120):
        note(notes, number)
    ingest([notes], home, encoder)
    assert sizes(home) == [120]
    shutil.copy(tmp_path / "kept.json", home / later.name)
    assert sizes(home) == [120]
    fields = json.loads((home / later.name).read_text())
    (home / later.name).write_text(json.dumps(fields | {"after": 0}))
    assert sizes(home) == [120]


def test_what_is_removed_is_in_no_index_any_more(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    note(notes, 40, "was a zeppelin")
    ingest([notes], home, encoder)
    first, second = derived.read_chain(home)
    with opened(home) as library, library.snapshot() as snapshot:
        new, old = (
            next(info.id for info in snapshot.articles() if info.title == f"Note {number}")
            for number in (40, 7)
        )
    assert remove(home, [new]).indexes == second.files
    assert derived.read_chain(home) == (first,)
    assert remove(home, [old]).indexes == first.files
    assert sizes(home) == [39]


def test_when_much_is_gone_everything_is_built_again(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    for number in range(5):
        note(notes, number, "was missed")
    ingest([notes], home, encoder)
    assert sizes(home) == [40, 5]
    for number in range(5, 11):
        note(notes, number, "was missed")
    ingest([notes], home, encoder)
    assert sizes(home) == [40]


def test_a_server_reads_only_the_segment_that_is_new(
    notes: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(home) as library:
        found(library, encoder, "heron")
        first = view_segments(library)
        note(notes, 40)
        ingest([notes], home, encoder)
        library._views._renew()
        second = view_segments(library)
    assert [len(each) for each in second] == [40, 1]
    assert second[0] is first[0]


def view_segments(library: Library) -> tuple[derived.Segment, ...]:
    with library.snapshot() as snapshot:
        return library.view(snapshot).segments


def test_replies_are_right_after_any_cut_of_publishing_a_segment(
    tmp_path: Path, small: None
) -> None:
    case = power.Publishing(tmp_path, FakeEncoder())
    wrong = [
        case.wrong_after(tree, tmp_path / "cut", completed=False)
        for moment in case.recorded().moments[-12:]
        for tree in crashes(moment, random.Random(3), 2)
    ]
    assert wrong == [None] * len(wrong)
    assert len(wrong) > 12


def test_counts_are_read_once_in_a_generation(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    with opened(home) as library:
        asked: list[str] = []
        for _ in range(3):
            with library.snapshot() as snapshot:
                snapshot._connection.set_trace_callback(asked.append)
                assert (snapshot.size(), snapshot.languages()) == ((40, 40), ("en",))
                snapshot._connection.set_trace_callback(None)
        assert sum("count(*)" in line or "DISTINCT" in line for line in asked) == 2
        with writer_lock(home):
            writer = Writer(home)
            names = [info.id for info in Snapshot(writer.connection).articles()]
            writer.remove(names[:1])
            writer.close()
        with library.snapshot() as snapshot:
            assert snapshot.size() == (39, 39)


def test_numbers_and_vectors_come_in_batches(notes: Path, home: Path, encoder: FakeEncoder) -> None:
    with opened(home) as library, library.snapshot() as snapshot:
        numbers, vectors = snapshot.vectors_after(5, 16)
        parts = list(snapshot.vector_batches(5, 16, size=8))
    assert [len(part) for part, _ in parts] == [8, 8, 8, 8, 3]
    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), numbers)
    np.testing.assert_array_equal(np.concatenate([part for _, part in parts]), vectors)


def test_a_reply_from_a_shortlist_is_that_from_everything(
    notes: Path, home: Path, encoder: FakeEncoder
) -> None:
    for number in range(40, 160):
        note(notes, number)
    ingest([notes], home, encoder)
    archive = Archive(Library.open(home), encoder)
    for question in ("Which heron was seen?", "What of number 77?", "Which ferry at the weir?"):
        asked = archive.library.find(question, encoder, candidates=100, fields=FIELDS)
        assert len(asked.by_meaning) + len(asked.by_words) > 100
        assert archive.ask(question) == archive.ask_traced(question)[0]
    archive.close()
