"""What was removed is erased from the disk, if not by the removal then by the next change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import SourceError
from index import derived
from index.ingest import ingest
from index.remove import remove
from index.verify import CUT_SHORT, verify
from index.words import Words
from tests.conftest import FakeEncoder
from tests.test_segments import note, opened, sizes

ROOT = Path(__file__).parent.parent
WORD = "zeppelin"

KILLED = """
import os, sys
from pathlib import Path
import index.remove as removing
from index import derived
from index.writer import Writer
derived.WHOLE_MOST = 0
def end(*_, **__):
    os._exit(9)
if sys.argv[3] == "after the commit":
    removing.publish_if_behind = end
if sys.argv[3] == "before old indexes go":
    derived.sweep = end
if sys.argv[3] == "before the log is emptied":
    Writer.empty_log = end
removing.remove(Path(sys.argv[1]), [sys.argv[2]])
"""


@pytest.fixture
def home(tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of two segments; the secret one is in the second."""
    monkeypatch.setattr(derived, "WHOLE_MOST", 0)  # any library counts as a large one
    notes, home = tmp_path / "notes", tmp_path / "library"
    notes.mkdir()
    for number in range(40):
        note(notes, number)
    ingest([notes], home, encoder)
    note(notes, 40, f"was a {WORD}")
    note(notes, 41)
    ingest([notes], home, encoder)
    assert sizes(home) == [40, 2]
    return home


def id_of(home: Path, title: str = "Note 40") -> str:
    with opened(home) as library, library.snapshot() as snapshot:
        return next(info.id for info in snapshot.articles() if info.title == title)


def files_with(home: Path) -> list[str]:
    whole = [path for path in home.rglob("*") if path.is_file()]
    plain = [path.name for path in whole if WORD.encode() in path.read_bytes().lower()]
    # An index keeps its words squeezed: it has to be asked.
    names = [each.words for each in derived.read_chain(home)]
    return plain + [name for name in names if Words.open(home / name).matching(WORD)]


def another_change(home: Path, encoder: FakeEncoder) -> None:
    more = home.with_name("more")
    more.mkdir(exist_ok=True)
    note(more, 100 + len(list(more.iterdir())))
    ingest([more], home, encoder)


def the_same_again(home: Path, secret: str) -> None:
    assert remove(home, [secret]).articles == ()
    with pytest.raises(SourceError, match="no article has the id"):
        remove(home, [secret])


@pytest.mark.parametrize("how", ["another change", "the same again"])
@pytest.mark.parametrize(
    "cut", ["after the commit", "before old indexes go", "before the log is emptied"]
)
def test_a_removal_that_is_cut_short_is_finished(
    home: Path, encoder: FakeEncoder, cut: str, how: str
) -> None:
    secret = id_of(home)
    command = [sys.executable, "-c", KILLED, str(home), secret, cut]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert files_with(home)
    assert next(verify(home)).what == CUT_SHORT
    if how == "another change":
        another_change(home, encoder)
    else:
        the_same_again(home, secret)
    assert files_with(home) == []
    assert list(verify(home)) == []


def test_of_an_article_that_was_changed_the_earlier_words_go_too(
    home: Path, encoder: FakeEncoder
) -> None:
    notes, home = home.with_name("notes"), home.with_name("another")
    (notes / "n040.txt").unlink()
    note(notes, 7, f"was a {WORD}")
    ingest([notes], home, encoder)
    note(notes, 7, "was a balloon")
    ingest([notes], home, encoder)
    assert sizes(home) == [41, 1]  # the first has the earlier words
    remove(home, [id_of(home, "Note 7")])
    assert files_with(home) == []


def test_the_next_change_empties_a_log_that_a_reader_needed(
    home: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.schema.PATIENCE_SECONDS", 0)
    with opened(home) as server:
        with server.snapshot() as reading:
            reading.size()
            assert not remove(home, [id_of(home)]).log_emptied
            another_change(home, encoder)
            assert [each.what for each in verify(home)] == [CUT_SHORT]
        assert files_with(home)
        another_change(home, encoder)
        assert files_with(home) == []
        assert list(verify(home)) == []


def test_what_replaced_a_segment_counts_although_the_old_one_still_lies_there(home: Path) -> None:
    secret = id_of(home)
    command = [sys.executable, "-c", KILLED, str(home), secret, "before old indexes go"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert len(list(home.glob("manifest-*.json"))) == 2
    assert sizes(home) == [40, 1]
