"""Finding and reading files: every bad one is one line, and the rest goes in."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from corpus.article import article_id
from corpus.errors import SourceError
from corpus.load import Limits, Problem, find_files, read_files
from tests.tiny_pdf import tiny_pdf


def archive(folder: Path) -> Path:
    root = folder / "desk"
    (root / "b").mkdir(parents=True)
    (root / "b" / "leave.md").write_text("# Leave\n\nThirty days.")
    (root / "a.TXT").write_bytes(b"Night ferry\r\n\r\nIt left late.\r\n")
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / ".hidden.txt").write_text("secret")
    (root / ".git").mkdir()
    (root / ".git" / "note.txt").write_text("secret")
    return root


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    root = archive(tmp_path)
    files, problems = find_files([root])
    assert [file.address for file in files] == ["desk/a.TXT", "desk/b/leave.md"]
    assert [str(problem) for problem in problems] == ["desk: 1 file of other kinds passed over"]
    assert files[0].size == (root / "a.TXT").stat().st_size


def test_the_address_does_not_depend_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = archive(tmp_path)
    monkeypatch.chdir(root)
    assert [f.address for f in find_files(["."])[0]] == [f.address for f in find_files([root])[0]]


def test_a_file_by_name_and_twice(tmp_path: Path) -> None:
    root = archive(tmp_path)
    files, problems = find_files([root / "a.TXT", root, str(root / "picture.png")])
    assert [file.address for file in files] == ["a.TXT", "desk/b/leave.md"]
    assert any('unknown suffix ".png"' in str(p) and ".docx" in str(p) for p in problems)


def report_of_two_years(folder: Path) -> list[Path]:
    files = [folder / year / "report.txt" for year in ("2023", "2024")]
    for file in files:
        file.parent.mkdir()
        file.write_text(f"Report\n\nThe year {file.parent.name} went well.")
    return files


def test_two_files_of_one_name_are_refused_with_what_helps(tmp_path: Path) -> None:
    one, other = report_of_two_years(tmp_path)
    with pytest.raises(SourceError) as raised:
        find_files([one, other])
    assert f"{one} and {other} would both be kept as report.txt" in str(raised.value)
    assert f"ingest the folder above both: quoth ingest {tmp_path}," in str(raised.value)
    files, _ = find_files([tmp_path])
    assert len(files) == 2


def test_two_folders_of_one_name_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    folders = [tmp_path / name / "articles" for name in "ab"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / f"{folder.parent.name}.txt").write_text("Only here.")
    assert len(find_files(folders)[0]) == 2
    for folder in folders:
        (folder / "x.txt").write_text("In both.")
    with pytest.raises(SourceError, match=r"would both be kept as articles/x\.txt; rename one"):
        find_files(folders)


def test_names_that_are_not_utf8_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    write = lambda name: Path(os.fsdecode(os.fsencode(folder) + name)).write_text("A tram.")  # noqa: E731
    write(b"/z\xff.txt")
    assert [file.address for file in find_files([folder])[0]] == ["s/z?.txt"]
    write(b"/z\xfe.txt")
    found = [file.address for file in find_files([folder])[0]]
    assert found == ["s/z\\xfe.txt", "s/z\\xff.txt"]


def test_names_that_differ_in_blanks_are_told_apart_in_messages() -> None:
    names = ("n l", "n\nl", "n  l", "n l ", "n\u00a0l", "n\u202el")
    shown = {str(Problem(name, "is broken")) for name in names}
    assert len(shown) == len(names)
    assert all(line.isprintable() for line in shown)


def test_a_missing_source_stops_the_run(tmp_path: Path) -> None:
    for missing in (tmp_path / "gone", "with\0nul"):
        with pytest.raises(SourceError, match="no such file or folder"):
            find_files([missing])


def test_links_loops_pipes_and_closed_folders(tmp_path: Path) -> None:
    root = archive(tmp_path)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "broken.txt").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe.txt")
    files, problems = find_files([root])
    assert [file.address for file in files] == ["desk/a.TXT", "desk/b/leave.md"]
    said = "\n".join(map(str, problems))
    assert "desk/broken.txt: cannot be opened" in said
    assert "desk/pipe.txt: is no regular file" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_folders_that_may_not_be_opened(tmp_path: Path) -> None:
    root = archive(tmp_path)
    (root / "b").chmod(0)
    try:
        files, problems = find_files([root])
    finally:
        (root / "b").chmod(0o755)
    assert len(files) == 1
    assert any("cannot be opened" in str(problem) for problem in problems)


def test_reading_gives_articles_with_addresses_and_digests(tmp_path: Path) -> None:
    root = archive(tmp_path)
    parsed = list(read_files(find_files([root])[0], workers=2))
    assert [a.title for p in parsed for a in p.articles] == ["Night ferry", "Leave"]
    assert parsed[0].digest == hashlib.sha256((root / "a.TXT").read_bytes()).hexdigest()
    assert parsed[1].articles[0].id == article_id("desk/b/leave.md")
    assert parsed[1].articles[0].source == "desk/b/leave.md"


def test_bad_files_are_one_line_each_and_the_rest_goes_in(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    contents = {
        "1.txt": b"",
        "2.txt": b"\x7fELF" + bytes(range(256)),
        "3.pdf": tiny_pdf([[]]),
        "4.html": b"<nav><a href=/>Home</a> <a href=/b>News</a></nav>",
        "5.txt": b"x" * 5000,
        "6.docx": b"PK\x03\x04",
        "7.jsonl": b'{"text": "good"}\n{"text": "hal',
        "8.md": b"# Good\n\nText.",
    }
    for name, data in contents.items():
        (root / name).write_bytes(data)
    parsed = list(read_files(find_files([root])[0], limits=Limits(max_bytes=4000)))
    said = [[str(problem) for problem in file.problems] for file in parsed]
    assert [len(lines) for lines in said] == [1, 1, 1, 1, 1, 1, 1, 0]
    wanted = [
        "empty file",
        "binary file",
        "run OCR",
        "no article text",
        "--max-megabytes",
        "DOCX",
        "line 2",
    ]
    for lines, want in zip(said, wanted, strict=False):
        assert want in lines[0]
        assert lines[0].startswith("in/")
        assert "\n" not in lines[0]
    assert [len(file.articles) for file in parsed] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert [bool(file.digest) for file in parsed] == [True] * 4 + [False] + [True] * 3


def test_what_was_dropped_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{'A long line of the story. ' * 9}\n© 2023 The Daily\n")
    (parsed,) = read_files(find_files([tmp_path / "a.txt"])[0])
    assert parsed.dropped == ("© 2023 The Daily",)
    assert "©" not in parsed.articles[0].text


def test_a_file_of_many_broken_lines_does_not_flood(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{broken\n" * 5000)
    (parsed,) = read_files(find_files([tmp_path / "a.jsonl"])[0])
    assert len(parsed.problems) == 20
    assert "(and 4980 more)" in str(parsed.problems[-1])


def test_a_library_and_a_report_of_an_ingest_are_no_articles(tmp_path: Path) -> None:
    root = archive(tmp_path)
    counts = dict.fromkeys(("added", "changed", "unchanged", "removed", "copies", "passages"), 0)
    (root / "report.json").write_text(json.dumps({**counts, "problems": []}))
    for folder, names in (("library", ("library.sqlite", "manifest.json")), ("music", ())):
        (root / folder / "words-4").mkdir(parents=True)
        for name in ("words-4/meta.json", "library.sqlite", *names):
            (root / folder / name).write_text('{"text": "A tram."}')
    files, _ = find_files([root])
    assert {file.address for file in files} == {
        "desk/a.TXT", "desk/b/leave.md", "desk/music/words-4/meta.json", "desk/report.json",
    }  # fmt: skip
    parsed = {each.file.path.name: each for each in read_files(files)}
    assert (parsed["report.json"].articles, parsed["report.json"].problems) == ((), ())
    assert len(parsed["meta.json"].articles) == 1
