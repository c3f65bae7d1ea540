"""New indexes are taken up in the background: no question waits, and every answer stays right."""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import LibraryDamaged
from index import derived, loading
from index.ingest import ingest
from index.library import Library
from index.snapshot import Snapshot
from index.words import FieldWeights
from tests.conftest import FakeEncoder

SLOW = 1.5
QUESTION = "barge strait danger ferry"


@pytest.fixture
def home(folder: Path, tmp_path: Path, encoder: FakeEncoder) -> Path:
    for number in range(40):
        note(folder, number, "went by at noon")
    ingest([folder], tmp_path / "library", encoder)
    return tmp_path / "library"


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    library = Library.open(home)
    yield library
    library.close()


def note(folder: Path, number: int, what: str) -> None:
    text = f"Note {number}\n\nBarge {number} {what} through the strait."
    (folder / f"n{number:02}.txt").write_text(text, encoding="utf-8")


def slow(function: Callable[..., Any], begun: threading.Event) -> Callable[..., Any]:
    """Return a function that takes its time before it does the same."""

    def slowly(*args: Any, **more: Any) -> Any:
        begun.set()
        time.sleep(SLOW)
        return function(*args, **more)

    return slowly


def wrong_in(library: Library, snapshot: Snapshot, encoder: FakeEncoder) -> str:
    """Compare what a view finds with a look at every row of the same snapshot; "" if it agrees."""
    view = library.view(snapshot)
    numbers, vectors = snapshot.vectors_after(0, encoder.dimension)
    held = {int(number) for number in numbers}
    vector = encoder.encode_question(QUESTION)
    scores = vectors @ vector[0]
    exact = sorted(zip(numbers.tolist(), scores.tolist(), strict=True), key=lambda p: (-p[1], p[0]))
    found = [pair for pair in view.by_meaning(vector, 10_000) if pair[0] in held]
    same = [n for n, _ in found] == [n for n, _ in exact] and np.allclose(
        [s for _, s in found], [s for _, s in exact], atol=1e-6
    )
    terms = ("barg", "strait")
    by_words = {n for n, _ in view.by_words(terms, 10_000, FieldWeights())} & held
    with_terms = {row.number for row in snapshot.words_after(0) if set(terms) & set(row.text)}
    if same and by_words == with_terms:
        return ""
    return f"{len(found)} of {len(exact)} by meaning, {len(by_words)} of {len(with_terms)} by words"


def wait_for(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not what():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.02)


def generation(library: Library) -> int:
    with library.snapshot() as snapshot:
        return library.view(snapshot).indexed


def test_a_slow_load_delays_no_question_and_all_are_right(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    first = generation(library)
    begun, over = threading.Event(), threading.Event()
    monkeypatch.setattr(derived, "load", slow(derived.load, begun))
    waits: list[float] = []
    wrong: list[str] = []

    def ask() -> None:
        while not over.is_set():
            with library.snapshot() as snapshot:
                started = time.perf_counter()
                library.view(snapshot)
                waits.append(time.perf_counter() - started)
                wrong.append(wrong_in(library, snapshot, encoder))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for change in range(3):
        for number in range(change, 40, 4):
            note(folder, number, f"was seen for the {change}. time, and again,")
        (folder / f"n{30 + change}.txt").unlink()
        ingest([folder], home, encoder)
    assert begun.wait(20)
    last = derived.read_manifest(home)
    assert last is not None
    wait_for(lambda: generation(library) == last.generation > first)
    over.set()
    for thread in threads:
        thread.join()
    assert set(wrong) == {""}
    assert len(waits) > 20
    assert max(waits) < SLOW / 2


def test_a_question_that_began_before_the_switch_lacks_nothing(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder
) -> None:
    library.watch()
    with library.snapshot() as early:
        before = early.generation
        for number in range(40):
            note(folder, number, "is gone for good, and came back,")
        ingest([folder], home, encoder)
        wait_for(lambda: generation(library) > before)
        assert wrong_in(library, early, encoder) == ""
        library._views._before = None  # as if it had been let go of
        assert wrong_in(library, early, encoder) == ""
    with library.snapshot() as late:
        assert wrong_in(library, late, encoder) == ""


def test_what_gathers_beside_the_indexes_is_built_in_the_background(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    generation(library)
    begun = threading.Event()
    monkeypatch.setattr(loading, "MOST_TAIL", 5)
    monkeypatch.setattr(derived, "build", slow(derived.build, begun))
    monkeypatch.setattr(derived, "publish", lambda *_, **__: None)
    for number in range(50, 60):
        note(folder, number, "is new here")
    ingest([folder], home, encoder)
    started = time.perf_counter()
    before = generation(library)
    assert time.perf_counter() - started < SLOW / 2
    assert begun.wait(5)
    wait_for(lambda: generation(library) > before)
    with library.snapshot() as snapshot:
        assert len(library.view(snapshot).tail.numbers) == 0
        assert wrong_in(library, snapshot, encoder) == ""


def test_a_watched_library_is_up_to_date_before_it_is_asked(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder
) -> None:
    library.watch()
    note(folder, 70, "is new here")
    ingest([folder], home, encoder)
    with library.snapshot() as snapshot:
        newest = snapshot.generation
    views = library._views
    wait_for(lambda: views._view is not None and views._view.generation == newest)


def test_useless_indexes_are_tried_once(
    home: Path, library: Library, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.watch()
    tried: list[int] = []
    load = derived.load
    monkeypatch.setattr(derived, "load", lambda *args: tried.append(1) or load(*args))
    monkeypatch.setattr(loading, "_BEAT_SECONDS", 0.02)
    library.watch()
    manifest = home / derived.MANIFEST
    later = re.sub(r'("generation": |meaning-|words-)(?=\d)', r"\g<1>99", manifest.read_text())
    manifest.write_text(later)
    wait_for(lambda: bool(tried))
    time.sleep(0.5)
    assert tried == [1]


def test_a_manifest_that_cannot_be_read_is_not_told_at_every_beat(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loading, "_BEAT_SECONDS", 0.02)
    library.watch()
    (home / derived.MANIFEST).write_text("[")
    time.sleep(0.5)
    assert len(caplog.records) <= 1


def test_trouble_in_the_background_is_told_once_and_ends_nothing(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(loading, "_BEAT_SECONDS", 0.02)
    library.watch()

    def damaged(*_: object) -> None:
        raise LibraryDamaged("a page is gone")

    with monkeypatch.context() as patched:
        patched.setattr(loading.Views, "_renew", damaged)
        wait_for(lambda: "a page is gone" in caplog.text)
        time.sleep(0.2)
        assert caplog.text.count("a page is gone") == 1
    note(folder, 71, "is new here")
    ingest([folder], home, encoder)
    published = derived.read_manifest(home)
    assert published is not None
    wait_for(lambda: generation(library) == published.generation)


def test_the_thread_ends_with_the_library(home: Path) -> None:
    def at_work() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "quoth-indexes"]

    before = len(at_work())
    library = Library.open(home)
    with library.snapshot() as snapshot:
        library.view(snapshot)
    assert len(at_work()) == before  # one question needs none
    library.watch()
    assert len(at_work()) == before + 1
    library.close()
    assert len(at_work()) == before
    forgotten = Library.open(home)
    forgotten.watch()
    del forgotten
    wait_for(lambda: len(at_work()) == before)


def test_the_thread_of_an_unwatched_library_ends_with_its_work_and_comes_again(
    folder: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_KEPT_SECONDS", 0.1)

    def changed(library: Library, number: int) -> None:
        indexed = generation(library)
        note(folder, number, "is new here")
        ingest([folder], home, encoder)
        wait_for(lambda: generation(library) > indexed)
        wait_for(lambda: library._views._thread is None)

    library = Library.open(home)
    for number in range(80, 83):
        changed(library, number)
    left = weakref.ref(library._views)
    del library  # not closed
    wait_for(lambda: left() is None)


def test_a_question_begun_before_a_change_finds_what_was_there_then(
    folder: Path, home: Path, library: Library, encoder: FakeEncoder
) -> None:
    with library.snapshot() as snapshot:
        library.view(snapshot)
    note(folder, 90, "carried danger")
    ingest([folder], home, encoder)
    with library.snapshot() as old:
        note(folder, 90, "carried nothing at all")
        ingest([folder], home, encoder)
        with library.snapshot() as new:
            assert wrong_in(library, new, encoder) == ""
        assert old.generation < new.generation
        assert wrong_in(library, old, encoder) == ""
