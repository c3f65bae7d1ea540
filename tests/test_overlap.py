"""Folders that lie in one another: each file is kept once, in a library folder and in Milvus."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpus.errors import SourceError
from tests.store_tools import Kept


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with one article, and two more in the folder `sub`."""
    root = tmp_path / "docs"
    (root / "sub").mkdir(parents=True)
    for name in ("top.txt", "sub/ferry.txt", "sub/tram.txt"):
        (root / name).write_text(f"The {Path(name).stem}\n\nIt carries 41 people.")
    return root


def texts(kept: Kept) -> dict[str, str]:
    """Return the text of each article by its source; no source has two."""
    store = kept.store()
    with store.snapshot() as snapshot:
        articles = [snapshot.article(info.id) for info in snapshot.articles()]
    store.close()
    found = {each.source: each.text for each in articles if each}
    assert len(found) == len(articles)
    return found


WHOLE = {"docs/top.txt", "docs/sub/ferry.txt", "docs/sub/tram.txt"}


def test_a_folder_takes_over_the_files_of_a_smaller_one(kept: Kept, docs: Path) -> None:
    kept.ingest(docs / "sub")
    assert set(texts(kept)) == {"sub/ferry.txt", "sub/tram.txt"}
    report = kept.ingest(docs)
    assert (report.added, report.removed) == (3, 2)
    assert set(texts(kept)) == WHOLE
    (docs / "sub" / "ferry.txt").write_text("The ferry\n\nIt carries 52 people.")
    assert kept.ingest(docs).changed == 1
    assert "41" not in texts(kept)["docs/sub/ferry.txt"]
    (docs / "sub" / "ferry.txt").unlink()
    assert kept.ingest(docs).removed == 1
    assert set(texts(kept)) == WHOLE - {"docs/sub/ferry.txt"}


def test_a_smaller_folder_goes_on_under_the_larger_one(kept: Kept, docs: Path) -> None:
    kept.ingest(docs)
    assert kept.ingest(docs / "sub").unchanged == 2
    (docs / "sub" / "ferry.txt").write_text("The ferry\n\nIt carries 52 people.")
    (docs / "sub" / "bus.txt").write_text("The bus\n\nIt carries 7 people.")
    report = kept.ingest(docs / "sub")
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert set(texts(kept)) == {*WHOLE, "docs/sub/bus.txt"}
    (docs / "sub" / "tram.txt").unlink()
    (docs / "top.txt").unlink()
    assert kept.ingest(docs / "sub").removed == 1  # of what lies outside it nothing is said
    assert set(texts(kept)) == {"docs/top.txt", "docs/sub/ferry.txt", "docs/sub/bus.txt"}
    assert kept.ingest(docs).removed == 1


def test_a_smaller_folder_that_is_gone_stops_the_ingest(kept: Kept, docs: Path) -> None:
    kept.ingest(docs)
    for path in (docs / "sub").iterdir():
        path.unlink()
    with pytest.raises(SourceError, match=r"2 of 2 files .* --allow-removals"):
        kept.ingest(docs / "sub")
    assert set(texts(kept)) == WHOLE


def test_a_single_file_and_its_folder_are_one_source(kept: Kept, docs: Path) -> None:
    kept.ingest(docs / "sub" / "ferry.txt")
    assert set(texts(kept)) == {"ferry.txt"}
    kept.ingest(docs / "sub" / "tram.txt")
    kept.ingest(docs)
    assert set(texts(kept)) == WHOLE
    (docs / "sub" / "ferry.txt").write_text("The ferry\n\nIt carries 52 people.")
    assert kept.ingest(docs / "sub" / "ferry.txt").changed == 1
    assert set(texts(kept)) == WHOLE


def test_what_an_earlier_version_stored_twice_is_kept_once(
    kept: Kept, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.ingest(docs)
    with monkeypatch.context() as patch:
        patch.setattr("index.ingest.under_larger", lambda files, _: list(files), raising=False)
        patch.setattr("index.ingest.kept_under", lambda *_: {}, raising=False)
        kept.ingest(docs / "sub")
    assert set(texts(kept)) == {*WHOLE, "sub/ferry.txt", "sub/tram.txt"}
    (docs / "sub" / "tram.txt").unlink()
    kept.ingest(docs)
    assert set(texts(kept)) == WHOLE - {"docs/sub/tram.txt"}


def test_what_the_larger_folder_cannot_read_is_kept(kept: Kept, docs: Path) -> None:
    (docs / ".hidden").mkdir()
    (docs / ".hidden" / "note.txt").write_text("A note\n\nNobody sees it.")
    kept.ingest(docs / ".hidden")
    kept.ingest(docs / "sub")
    (docs / "sub" / "ferry.txt").write_bytes(b"\x00\x01\x02" * 100)
    kept.ingest(docs)
    kept.ingest(docs / ".hidden")
    assert set(texts(kept)) == {
        *WHOLE - {"docs/sub/ferry.txt"}, "sub/ferry.txt", ".hidden/note.txt",
    }  # fmt: skip


def test_what_was_removed_from_a_page_of_its_own_stays_away(kept: Kept, docs: Path) -> None:
    source = "https://example.org/a"
    (docs / "sub" / "a.md").write_text(f"---\nsource: {source}\n---\nA page.")
    kept.ingest(docs / "sub")
    assert source in texts(kept)
    store = kept.store()
    with store.snapshot() as snapshot:
        (name,) = [info.id for info in snapshot.articles() if info.source == source]
    store.close()
    kept.remove(name)
    kept.ingest(docs)
    assert set(texts(kept)) == WHOLE


def test_a_folder_whose_name_is_not_utf8_is_taken(kept: Kept, tmp_path: Path) -> None:
    above = Path(os.fsdecode(os.fsencode(tmp_path) + b"/above\xff"))
    root = Path(os.fsdecode(os.fsencode(above) + b"/d\xfe"))
    root.mkdir(parents=True)
    for n in range(3):
        (root / f"{n}.txt").write_text(f"Story {n}\n\nThe keeper saw {n} ships.")
    (root / "picture.png").write_bytes(b"\x89PNG")
    report = kept.ingest(root)
    assert (report.added, [str(each) for each in report.problems]) == (
        3, ["d?: 1 file of other kinds passed over"],
    )  # fmt: skip
    assert set(texts(kept)) == {f"d?/{n}.txt" for n in range(3)}
    assert kept.ingest(root).unchanged == 3
    (root / "0.txt").unlink()
    assert kept.ingest(root).removed == 1
    assert set(texts(kept)) == {"d?/1.txt", "d?/2.txt"}
    assert kept.ingest(root / "1.txt").unchanged == 1
    kept.ingest(above)
    assert set(texts(kept)) == {"above?/d?/1.txt", "above?/d?/2.txt"}
