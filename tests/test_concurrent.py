"""Questions while articles change: each reply is from before a change or after it, never both."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from index.ingest import ingest
from index.library import Library
from index.words import FieldWeights
from tests.conftest import FakeEncoder

CHANGES = 12


def write(folder: Path, version: int) -> None:
    """Write one article of eight passages, all of the same version."""
    sections = "\n\n".join(
        f"## Part {part}\n\nVersion {version} of the ferry plan says this about part {part}: "
        f"forty lorries cross the strait at night, and part {part} costs {version} crowns."
        for part in range(8)
    )
    (folder / "plan.md").write_text(f"# The ferry plan\n\n{sections}\n", encoding="utf-8")


def versions_seen(library: Library, encoder: FakeEncoder) -> list[str]:
    """Return the version of each passage of the article that both finders found."""
    found = library.find("ferry plan lorries crowns", encoder, candidates=50, fields=FieldWeights())
    texts = [
        hit.stored.passage.text
        for hit in (*found.by_meaning, *found.by_words)
        if hit.stored.passage.article.title == "The ferry plan"
    ]
    return re.findall(r"Version (\d+)", " ".join(texts))


def test_no_reply_mixes_two_states_and_none_is_stale(folder: Path, tmp_path: Path) -> None:
    home, encoder = tmp_path / "library", FakeEncoder()
    write(folder, 0)
    ingest([folder], home, encoder)
    library = Library.open(home)
    problems: list[str] = []
    asked = [0, 0, 0]
    committed = [0]
    over = threading.Event()

    def reader(number: int) -> None:
        while not over.is_set():
            least = committed[0]
            seen = versions_seen(library, encoder)
            asked[number] += 1
            if len(seen) != 16 or len(set(seen)) != 1:
                problems.append(f"mixed or missing {seen}")
            elif int(seen[0]) < least:
                problems.append(f"stale {seen[0]} after {least}")

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(len(asked))]
    for thread in threads:
        thread.start()
    for version in range(1, CHANGES + 1):
        write(folder, version)
        ingest([folder], home, encoder)
        committed[0] = version
    over.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert min(asked) > CHANGES
