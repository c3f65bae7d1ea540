"""No passage is encoded twice: what encoders remember, and what becomes of a bad memory."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Span
from index.encoder import Encoded, PassageInput
from index.ingest import ingest
from index.library import Library
from index.remembering import RememberingEncoder, forget
from index.remove import remove
from tests.conftest import FakeEncoder


def passage(words: str, context: str = "") -> PassageInput:
    middle = words.index(" ") + 1
    return PassageInput(words, (Span(0, middle - 1), Span(middle, len(words))), context)


TWO = [passage("The night ferry leaves late."), passage("Heat pumps work in the cold.")]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def remembering(encoder: FakeEncoder, cache: Path, megabytes: int = 10) -> RememberingEncoder:
    return RememberingEncoder(encoder, megabytes, cache)


def test_what_was_encoded_once_is_known_and_the_same(encoder: FakeEncoder, cache: Path) -> None:
    plain = encoder.encode_passages([*TWO, passage("A third one.")])
    with remembering(encoder, cache) as first:
        first.encode_passages(TWO)
    before = encoder.encoded
    with remembering(encoder, cache) as second:
        encoded = second.encode_passages([TWO[1], passage("A third one."), TWO[0]])
        assert (second.known, encoder.encoded - before) == (2, 1)
    for at, place in enumerate((1, 2, 0)):
        np.testing.assert_array_equal(encoded.passages[at], plain.passages[place])
        np.testing.assert_array_equal(encoded.sentences[at], plain.sentences[place])


class OnceWrong(FakeEncoder):
    """Gives what is no number for the passages after the first."""

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        encoded = super().encode_passages(inputs)
        encoded.passages[1:] = np.nan
        return encoded


def test_what_is_no_number_is_not_remembered(encoder: FakeEncoder, cache: Path) -> None:
    with remembering(OnceWrong(), cache) as wrong:
        assert np.isnan(wrong.encode_passages(TWO).passages[1]).all()
    plain = encoder.encode_passages(TWO)
    with remembering(encoder, cache) as right:
        np.testing.assert_array_equal(right.encode_passages(TWO).passages, plain.passages)
        assert right.known == 1


@pytest.mark.parametrize(
    "other",
    [
        passage("The night ferry leaves late!"),
        passage("The night ferry leaves late.", "Ferries"),
        TWO[0]._replace(sentences=(Span(0, 9), Span(10, 28))),
    ],
    ids=["words", "context", "sentences"],
)
def test_all_that_the_encoder_sees_counts(
    encoder: FakeEncoder, cache: Path, other: PassageInput
) -> None:
    with remembering(encoder, cache) as first:
        first.encode_passages(TWO)
        first.encode_passages([other])
        assert first.known == 0


def test_encoders_do_not_share(cache: Path) -> None:
    one, other = FakeEncoder(), FakeEncoder("other")
    with remembering(one, cache) as first:
        first.encode_passages(TWO)
    with remembering(other, cache) as second:
        second.encode_passages(TWO)
        assert (second.known, other.encoded) == (0, 2)


def test_another_library_of_the_same_articles_encodes_nothing(
    folder: Path, tmp_path: Path, encoder: FakeEncoder, cache: Path
) -> None:
    with remembering(encoder, cache) as first:
        ingest([folder], tmp_path / "one", first)
    before = encoder.encoded
    with remembering(encoder, cache) as second:
        report = ingest([folder], tmp_path / "two", second)
        assert second.known == report.passages == 3
    assert encoder.encoded == before
    one, two = Library.open(tmp_path / "one"), Library.open(tmp_path / "two")
    with one.snapshot() as a, two.snapshot() as b:
        np.testing.assert_array_equal(a.vectors_after(0, 16)[1], b.vectors_after(0, 16)[1])
    one.close()
    two.close()


def test_what_is_removed_is_remembered_no_more(
    folder: Path, tmp_path: Path, encoder: FakeEncoder, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.remembering.cache_home", lambda: cache.with_name("encoders"))
    with RememberingEncoder(encoder, 10) as first:
        ingest([folder], tmp_path / "one", first)
    library = Library.open(tmp_path / "one")
    with library.snapshot() as snapshot:
        name = snapshot.articles()[0].id
    library.close()
    remove(tmp_path / "one", [name])
    assert rows(cache) == 2
    with RememberingEncoder(encoder, 10) as again:
        ingest([folder], tmp_path / "two", again)
        assert again.known == 2


def rows(cache: Path) -> int:
    (path,) = cache.glob("*.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def test_forgetting_where_nothing_is_remembered(cache: Path) -> None:
    assert forget("fake-", TWO, cache) == 0


def test_the_oldest_make_room(encoder: FakeEncoder, cache: Path) -> None:
    with remembering(encoder, cache, 1) as first:
        for number in range(80):
            words = f"Passage {number} " + "goes on and on. " * 20
            spans = tuple(Span(at, at + 9) for at in range(0, 290))
            first.encode_passages([PassageInput(words, spans)])
    (path,) = cache.glob("*.sqlite")
    assert path.stat().st_size <= 1_000_000
    assert 20 <= rows(cache) < 60
    with remembering(encoder, cache, 1) as second:
        second.encode_passages([PassageInput(words, spans)])
        assert second.known == 1


def test_a_damaged_row_is_encoded_again(encoder: FakeEncoder, cache: Path) -> None:
    with remembering(encoder, cache) as first:
        right = first.encode_passages(TWO)
    (path,) = cache.glob("*.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        (data,) = connection.execute("SELECT rows FROM vectors WHERE number = 1").fetchone()
        bad = bytes([data[0] ^ 1]) + data[1:]
        connection.execute("UPDATE vectors SET rows = ? WHERE number = 1", (bad,))
    with remembering(encoder, cache) as second:
        again = second.encode_passages(TWO)
        assert second.known == 1
    np.testing.assert_array_equal(again.passages, right.passages)


def _no_database(cache: Path) -> None:
    (path,) = cache.glob("*.sqlite")
    path.write_bytes(b"no database at all, but some text that is long enough" * 100)


def _open_to_all(cache: Path) -> None:
    cache.chmod(0o777)


@pytest.mark.parametrize("spoil", [_no_database, _open_to_all])
def test_a_cache_that_cannot_be_used_costs_encoding_and_one_line(
    encoder: FakeEncoder, cache: Path, spoil: object, caplog: pytest.LogCaptureFixture
) -> None:
    with remembering(encoder, cache) as first:
        first.encode_passages(TWO)
    spoil(cache)  # type: ignore[operator]
    with caplog.at_level(logging.WARNING), remembering(encoder, cache) as second:
        second.encode_passages(TWO)
        second.encode_passages(TWO)
        assert second.known == 0
    assert len(caplog.messages) == 1
    assert "encoded passages are not remembered" in caplog.text


def test_none_is_kept_when_none_is_wanted(encoder: FakeEncoder, cache: Path) -> None:
    with remembering(encoder, cache, 0) as none:
        none.encode_passages(TWO)
        none.encode_passages(TWO)
        assert none.known == 0
    assert not cache.exists()
