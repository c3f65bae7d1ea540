"""The library: incremental ingest, snapshots, derived indexes that are never trusted."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import (
    EncoderError,
    LibraryBusy,
    LibraryDamaged,
    LibraryMismatch,
    NotALibrary,
    SourceError,
)
from index import clusters, derived, schema
from index.encoder import Encoded, PassageInput
from index.ingest import ingest
from index.library import Library
from index.progress import IngestRules
from index.verify import verify
from index.words import FieldWeights
from index.writer import Writer, writer_lock
from tests.conftest import FakeEncoder

FIELDS = FieldWeights()


def found(
    library: Library, encoder: FakeEncoder, question: str = "night ferry lorries"
) -> list[str]:
    result = library.find(question, encoder, candidates=10, fields=FIELDS)
    return [hit.stored.passage.text for hit in (*result.by_words, *result.by_meaning)]


def ids(library: Library) -> list[str]:
    with library.snapshot() as snapshot:
        return [info.id for info in snapshot.articles()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


def test_a_second_ingest_encodes_nothing(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    first = ingest([folder], home, encoder)
    assert (first.added, first.problems) == (3, [])
    before = encoder.encoded
    second = ingest([folder], home, encoder)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 3)
    assert encoder.encoded == before > 0


def test_touched_but_equal_files_cost_no_encoding(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    before = encoder.encoded
    for path in folder.iterdir():
        os.utime(path, ns=(1, 1))
    assert ingest([folder], home, encoder).unchanged == 3
    assert encoder.encoded == before


def test_a_changed_article_is_replaced(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    library = Library.open(home)
    assert any("41 lorries" in text for text in found(library, encoder))
    path = folder / "ferry.txt"
    path.write_text(path.read_text().replace("41 lorries", "52 lorries"))
    report = ingest([folder], home, encoder)
    assert (report.changed, report.unchanged) == (1, 2)
    texts = found(library, encoder)
    assert any("52 lorries" in text for text in texts)
    assert not any("41 lorries" in text for text in texts)


def test_new_facts_about_an_unchanged_text_are_kept_without_encoding(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    before = encoder.encoded
    path = folder / "otter.md"
    path.write_text(path.read_text().replace("Tomasz Wilk", "T. Wilk"))
    ingest([folder], home, encoder)
    library = Library.open(home)
    with library.snapshot() as snapshot:
        article = next(info for info in snapshot.articles() if "otter" in info.id)
    assert article.author == "T. Wilk"
    assert article.passages == 1
    assert encoder.encoded == before


def test_an_article_whose_file_is_gone_is_removed(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    library = Library.open(home)
    (folder / "ferry.txt").unlink()
    assert ingest([folder], home, encoder).removed == 1
    assert not any("lorries" in text for text in found(library, encoder))


def test_a_vanished_folder_stops_the_ingest(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    for path in list(folder.iterdir())[:2]:
        path.unlink()
    with pytest.raises(SourceError, match=r"2 of 3 files .* --allow-removals"):
        ingest([folder], home, encoder)
    assert len(ids(Library.open(home))) == 3
    report = ingest([folder], home, encoder, rules=IngestRules(allow_removals=True))
    assert report.removed == 2


def test_rows_without_a_readable_date_go_with_their_row_but_not_with_a_broken_line(
    home: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    path = tmp_path / "trams.jsonl"
    rows = [f'{{"id": {n}, "text": "Tram {n}.", "date": "31/12/{n}"}}' for n in range(100, 130)]
    path.write_text("\n".join(rows))
    report = ingest([path], home, encoder)
    assert (report.added, len(report.problems)) == (30, 20)
    path.write_text("\n".join(rows[1:]))
    assert ingest([path], home, encoder).removed == 1
    path.write_text("\n".join([*rows[2:], '{"half']))
    report = ingest([path], home, encoder)
    assert (report.removed, "line 29: is not valid JSON" in str(report.problems[0])) == (0, True)
    table = tmp_path / "trams.csv"
    for text, added in (("text\nA tram.\n", 1), ("was left out\nA tram.\n", 0)):
        table.write_text(text)
        report = ingest([table], home, encoder)
        assert (report.added, report.removed) == (added, 0)


def test_a_broken_file_keeps_the_article_it_had(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    (folder / "ferry.txt").write_bytes(b"\x00\x01\x02" * 100)
    report = ingest([folder], home, encoder)
    assert len(report.problems) == 1
    assert len(ids(Library.open(home))) == 3


def test_the_same_article_in_two_files_is_named(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    (folder / "zcopy.md").write_text((folder / "otter.md").read_text())
    report = ingest([folder], home, encoder)
    assert report.added == 3
    assert "same article as articles/otter.md" in str(report.problems[0])


def test_folders_of_the_same_name_are_not_confused(
    folder: Path, home: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    ingest([folder], home, encoder)
    other = tmp_path / "elsewhere" / "articles"
    other.mkdir(parents=True)
    (other / "ferry.txt").write_text("Another ferry\n\nThis one sank long ago.")
    with pytest.raises(SourceError, match=r"both hold articles/ferry\.txt"):
        ingest([other], home, encoder)


def test_single_files_of_the_same_name_are_not_confused(
    home: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    for year in ("2023", "2024"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "report.txt").write_text(f"Report\n\nThe year {year} went well.")
    files = [tmp_path / year / "report.txt" for year in ("2023", "2024")]
    with pytest.raises(SourceError, match="would both be kept as"):
        ingest(files, home, encoder)
    assert not home.exists()
    ingest(files[:1], home, encoder)
    with pytest.raises(SourceError, match=f"folder above both: quoth ingest {tmp_path},"):
        ingest(files[1:], home, encoder)
    assert len(ids(Library.open(home))) == 1


def test_an_article_of_two_names_names_both(
    home: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "n l.txt").write_text("A tram stopped.")
    (folder / "n\nl.txt").write_text("A bus stopped.")
    report = ingest([folder], home, encoder)
    assert report.added == 1
    assert str(report.problems[0]).startswith("s/n l.txt: is the same article as s/n\\nl.txt (")


def test_another_encoder_is_refused_by_name(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    other = FakeEncoder("other")
    with pytest.raises(LibraryMismatch, match=r"encoder 'fake' \(fake-\).*'fake' \(fake-oth\)"):
        Library.open(home).check_encoder(other)
    with pytest.raises(LibraryMismatch, match="fake-other"):
        ingest([folder], home, other)


@pytest.mark.parametrize(
    "rules",
    [IngestRules(context="none"), IngestRules(chunk=schema.ChunkRules(max_tokens=99))],
    ids=["context", "chunk"],
)
def test_other_rules_are_refused_by_name(
    folder: Path, home: Path, encoder: FakeEncoder, rules: IngestRules
) -> None:
    ingest([folder], home, encoder)
    with pytest.raises(LibraryMismatch, match="--library NEW"):
        ingest([folder], home, encoder, rules=rules)


def test_another_schema_is_refused(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    connection = sqlite3.connect(home / schema.DATABASE)
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.commit()
    connection.close()
    with pytest.raises(LibraryMismatch, match="schema 99, this version reads"):
        Library.open(home)


def test_a_folder_without_a_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotALibrary, match="quoth ingest FOLDER"):
        Library.open(tmp_path)


def test_a_library_is_not_mixed_into_other_files(folder: Path, encoder: FakeEncoder) -> None:
    with pytest.raises(NotALibrary, match=r"ferry\.txt"):
        ingest([folder], folder, encoder)


def test_a_cut_database_is_refused_and_left_alone(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    path = home / schema.DATABASE
    path.write_bytes(path.read_bytes()[:5_000])
    for action in (
        lambda: found(Library.open(home), encoder),
        lambda: ingest([folder], home, encoder),
    ):
        with pytest.raises((LibraryDamaged, LibraryMismatch)):
            action()
    assert path.stat().st_size == 5_000


def test_a_flipped_word_is_never_shown(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    connection = sqlite3.connect(home / schema.DATABASE)
    connection.execute("UPDATE articles SET text = replace(text, '41 lorries', '47 lorries')")
    connection.commit()
    connection.close()
    assert not any("lorries" in text for text in found(Library.open(home), encoder))


def spoiled(home: Path, number: int, value: float) -> None:
    """Put one value into the stored vector of a passage."""
    connection = sqlite3.connect(home / schema.DATABASE)
    (raw,) = connection.execute(
        "SELECT vector FROM passages WHERE number = ?", (number,)
    ).fetchone()
    vector = np.frombuffer(raw, dtype=np.float32).copy()
    vector[3] = value
    connection.execute(
        "UPDATE passages SET vector = ? WHERE number = ?", (vector.tobytes(), number)
    )
    connection.commit()
    connection.close()


def ranked(home: Path, encoder: FakeEncoder) -> list[int]:
    library = Library.open(home, recall=1.0)
    hits = library.find("barge b7 passed l7", encoder, candidates=100, fields=FIELDS).by_meaning
    library.close()
    return [hit.stored.number for hit in hits]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, 1e18])
@pytest.mark.parametrize("where", ["newest", "flat", "clusters"])
def test_a_damaged_vector_is_passed_over_and_spoils_nothing(
    folder: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch,
    value: float, where: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(clusters, "FLAT_MOST", 10 if where == "clusters" else 1_000)
    ingest([folder], home, encoder)
    for number in range(60):
        text = f"Note {number}\n\nBarge b{number} passed l{number}."
        (folder / f"n{number:02}.txt").write_text(text)
    with monkeypatch.context() as patch:
        patch.setattr(derived, "publish", lambda *_, **__: None)
        ingest([folder], home, encoder)
    if where != "newest":  # those are compared one by one, beside an index of the others
        (home / derived.MANIFEST).unlink()
    before = ranked(home, encoder)
    assert len(before) == 63
    damaged = list(range(5, 63, 6))
    for number in damaged:
        spoiled(home, number, value)
    assert ranked(home, encoder) == [number for number in before if number not in damaged]
    named = {finding.where.rpartition(" ")[2] for finding in verify(home)}
    assert named >= set(map(str, damaged))


DAMAGE = {
    "manifest garbage": lambda home: (home / derived.MANIFEST).write_text("{]"),
    "manifest missing": lambda home: (home / derived.MANIFEST).unlink(),
    "manifest elsewhere": lambda home: _edit(home, meaning="../../etc/passwd"),
    "manifest of the future": lambda home: _edit(home, generation=10_000),
    "faiss cut": lambda home: _meaning(home).write_bytes(_meaning(home).read_bytes()[:-40]),
    "faiss zeroed": lambda home: _meaning(home).write_bytes(bytes(_meaning(home).stat().st_size)),
    "faiss missing": lambda home: _meaning(home).unlink(),
    "words missing": lambda home: next(home.glob("words-*/*.term")).unlink(),
    "words flipped": lambda home: _flip(next(home.glob("words-*/*.idx"))),
}


def _meaning(home: Path) -> Path:
    return next(home.glob("meaning-*.faiss"))


def _edit(home: Path, **fields: object) -> None:
    path = home / derived.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_indexes_are_rebuilt_not_trusted(
    folder: Path, home: Path, encoder: FakeEncoder, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    ingest([folder], home, encoder)
    expected = found(Library.open(home), encoder)
    damage(home)  # type: ignore[operator]
    assert found(Library.open(home), encoder) == expected
    assert len(caplog.records) <= 1
    ingest([folder], home, encoder)  # the next writer needs no other command
    assert found(Library.open(home), encoder) == expected


def test_a_damage_that_loads_silently_is_seen_by_its_hash(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    for number in range(30):  # more than the passages that are probed at each end
        (folder / f"n{number:02}.txt").write_text(f"Note {number}\n\nBarge {number} went by.")
    ingest([folder], home, encoder)
    library = Library.open(home)
    with library.snapshot() as snapshot:
        numbers, vectors = snapshot.vectors_after(0, encoder.dimension)
    middle = len(numbers) // 2
    data = _meaning(home).read_bytes()
    assert data.count(vectors[middle].tobytes()) == 1
    _meaning(home).write_bytes(
        data.replace(vectors[middle].tobytes(), (-vectors[middle]).tobytes())
    )
    with library.snapshot() as snapshot:
        best = library.view(snapshot).by_meaning(vectors[middle][None, :], 1)
    assert best == [(int(numbers[middle]), pytest.approx(1.0))]


def test_published_indexes_are_what_is_used(
    folder: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest([folder], home, encoder)
    monkeypatch.setattr(derived, "build", lambda *_: pytest.fail("built again"))
    assert found(Library.open(home), encoder)


def test_commits_are_found_at_once_without_a_rebuild(
    folder: Path, home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest([folder], home, encoder)
    library = Library.open(home)
    found(library, encoder)
    monkeypatch.setattr(derived, "publish", lambda *_, **__: None)
    (folder / "new.txt").write_text("Zeppelins\n\nA zeppelin crossed the strait in May.")
    ingest([folder], home, encoder)
    result = library.find("zeppelin strait", encoder, candidates=10, fields=FIELDS)
    for hits in (result.by_words, result.by_meaning):  # each finder by itself
        assert hits[0].stored.passage.text == "A zeppelin crossed the strait in May."


def test_removed_articles_are_gone_from_the_next_reply(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    library = Library.open(home)
    name = next(name for name in ids(library) if "ferry" in name)
    assert any("lorries" in text for text in found(library, encoder))
    with writer_lock(home):
        writer = Writer(home)
        writer.remove([name])
        writer.close()
    assert not any("lorries" in text for text in found(library, encoder))


def test_meaning_equals_brute_force(folder: Path, home: Path, encoder: FakeEncoder) -> None:
    ingest([folder], home, encoder)
    library = Library.open(home)
    with library.snapshot() as snapshot:
        numbers, vectors = snapshot.vectors_after(0, encoder.dimension)
        view = library.view(snapshot)
    for question in ("ferry", "efficiency of heat pumps", "danger"):
        vector = encoder.encode_question(question)
        scores = vectors @ vector[0]
        order = sorted(zip(-scores, numbers, strict=True))[:3]
        result = view.by_meaning(vector, 3)
        assert [number for number, _ in result] == [number for _, number in order]
        np.testing.assert_allclose([s for _, s in result], [-s for s, _ in order], atol=1e-6)


def test_more_candidates_than_passages_is_fine(
    folder: Path, home: Path, encoder: FakeEncoder
) -> None:
    ingest([folder], home, encoder)
    result = Library.open(home).find("ferry", encoder, candidates=10_000, fields=FIELDS)
    assert len(result.by_meaning) == 3


def test_the_second_writer_is_told_who_writes(folder: Path, home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from index.writer import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, home], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(LibraryBusy, match=f"process {holder.pid} since"):
            ingest([folder], home, FakeEncoder())
    finally:
        holder.kill()
        holder.wait()
    assert ingest([folder], home, FakeEncoder()).added == 3  # the lock died with its process


class BrokenEncoder(FakeEncoder):
    """Gives a vector that is not finite for passages with a certain word."""

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        encoded = super().encode_passages(inputs)
        for row, item in enumerate(inputs):
            if "otters" in item.text:
                encoded.passages[row, 0] = np.nan
        return encoded


def test_a_vector_that_is_not_finite_is_refused_and_its_passage_named(
    folder: Path, home: Path
) -> None:
    with pytest.raises(EncoderError, match=r"not finite.*In 1985 a survey found otters") as raised:
        ingest([folder], home, BrokenEncoder())
    assert "\n" not in str(raised.value)
    assert ingest([folder], home, FakeEncoder()).problems == []
    assert len(ids(Library.open(home))) == 3
