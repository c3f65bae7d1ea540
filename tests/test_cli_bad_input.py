"""Bad input: one line that names the thing and the next step, a code of its own, nothing lost."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from cli.style import Style
from corpus.errors import EncoderError
from index import sentence_encoder
from qa import archive as archive_module
from tests.cli_tools import NamedEncoder, Quoth, one_line, ready
from tests.tiny_pdf import column, tiny_pdf

OTTER = b"---\ntitle: Otter\nsource: https://example.org/b-otter\n---\n\nIn 1985 otters came.\n"
MENU = (
    b"<html><title>M</title><nav><ul><li><a href='/a'>Home</a><li><a href='/b'>News</a></ul></nav>"
)
BAD_FILES = {
    "empty.txt": (b"", "empty file; put text into it or remove it"),
    "blank.md": (b" \n\n", "empty file; put text into it or remove it"),
    "huge.txt": (b"word " * 300_000, "1.5 MB is over the limit of 1 MB; raise it with --max-"),
    "binary.txt": (bytes(range(256)) * 40, "is not text (binary file); remove it or give it its"),
    "cut.pdf": (tiny_pdf([column("A ferry.")])[:200], "is not a readable PDF (damaged or half-w"),
    "nothing.pdf": (tiny_pdf([[]]), "has no text layer; run OCR on it first"),
    "cut.docx": (b"PK\x03\x04half a zip", "is not a readable DOCX (damaged, half-written or"),
    "cut.json": (b'{"data": [{"title": "x", "par', "is not valid JSON (line 1: Unterminated"),
    "lines.jsonl": (b'{"text": "A tram."}\n{"text": "A bu\n', "is not valid JSON (Unterminated"),
    "menu.html": (MENU, "nothing but menus and links; no article text found"),
    "other.md": (OTTER, "is the same article as articles/b-otter.md (https://example.org/b-otter)"),
}


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Quoth:
    return ready(monkeypatch, capsys, tmp_path)


@pytest.fixture
def filled(quoth: Quoth, folder: Path) -> Quoth:
    assert quoth("ingest", folder).code == 0
    return quoth


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_and_the_rest_goes_in(quoth: Quoth, folder: Path, name: str) -> None:
    data, what = BAD_FILES[name]
    (folder / "b-otter.md").write_bytes(OTTER)
    (folder / name).write_bytes(data)
    result = quoth("ingest", folder, "--max-megabytes", 1)
    assert result.code == 10
    line, *more = result.err.splitlines()
    assert more == []
    assert line.startswith(f"skipped articles/{name}")
    assert what in line
    assert len(quoth("articles", "--json").json) == 4 + (name == "lines.jsonl")
    if name != "other.md":
        alone = quoth("ingest", folder / name, "--max-megabytes", 1, "--library", "other")
        assert alone.code == (10 if name == "lines.jsonl" else 3)


def test_what_is_only_left_out_is_not_called_skipped(quoth: Quoth, folder: Path) -> None:
    (folder / "tram.md").write_text("---\ntitle: [open\n---\nA tram stopped.")
    result = quoth("ingest", folder)
    assert (result.code, "4 added" in result.out) == (10, True)
    assert result.err.startswith("note articles/tram.md: front matter is not valid YAML and was")
    assert "skipped" not in result.err


def test_a_file_in_an_old_encoding_is_read_not_skipped(quoth: Quoth, folder: Path) -> None:
    text = "Größe\n\nDie Fähre fährt über den Öresund und kostet 40 Kronen."
    (folder / "latin.txt").write_bytes(text.encode("latin-1"))
    assert quoth("ingest", folder).code == 0
    name = next(a["id"] for a in quoth("articles", "--json").json if a["title"] == "Größe")
    assert "über den Öresund" in quoth("show", name).out


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("", "the question is empty; type what you would like to know"),
        (" \t\n", "the question is empty; type what you would like to know"),
        ("why? " * 20_000, "the question has 100,000 characters, 2,000 at most; ask it in a"),
        ("?!… — «»", "has no words; ask in plain words"),
    ],
    ids=["empty", "blank", "100,000 characters", "only punctuation"],
)
def test_what_is_no_question_is_refused(filled: Quoth, question: str, what: str) -> None:
    result = filled("ask", question)
    assert (result.code, result.out) == (5, "")
    assert what in one_line(result)


@pytest.mark.parametrize("question", ["Сколько грузовиков?", "夜间渡轮？", "كم شاحنة؟", "🚢 ferry"])
def test_a_question_in_another_script_is_answered_or_not(filled: Quoth, question: str) -> None:
    result = filled("ask", question, "--json")
    assert result.code in {0, 20}
    assert result.json["question"] == question
    assert result.err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["ingest", "nowhere"], 3, "nowhere: no such file or folder; check the path and try"),
        (["ingest"], 3, "name files or folders to ingest, or --sample: quoth ingest FOLDER"),
        (["ingest", ""], 3, 'a source is empty (""; a variable that is not set?); name files or'),
        (
            ["ingest", "articles", "--report", "no/r.json"],
            3,
            "no/r.json: cannot be written",
        ),
        (["ingest", "articles", "--report", "articles"], 3, "--report articles: cannot be written"),
        (
            ["ingest", "articles", "--report", "articles/heat.txt"],
            3,
            "is one of the sources",
        ),
        (["ingest", "articles", "--report", "articles/new.txt"], 3, "would be read as an article"),
        (["ingest", "articles", "--library", "articles"], 4, "holds no library but other files"),
        (["ingest", "articles", "--library", "articles/heat.txt"], 4, "is a file; name a folder"),
        (["ask", "Who?", "--library", "articles"], 4, "articles holds no library; make one with"),
        (["serve", "--library", "nowhere"], 4, "nowhere holds no library; make one with: quoth in"),
        (["ask", "Who?", "--encoder", "other"], 4, "not 'other' (fake-oth); ask without --encoder"),
        (["ingest", "articles", "--encoder", "other"], 4, "(encoder 'other'); use the old setting"),
        (["show", "nobody"], 3, "no article has the id 'nobody'; list them with: quoth articles"),
        (["serve", "--port", "abc"], 2, "argument --port: 'abc' is not a whole number of at least"),
        (["serve", "--port", "70000"], 2, "'70000' is no port; ports end at 65535; see: quoth ser"),
        (["ask", "Who?", "--context", "0"], 2, "--context: '0' is not a whole number of at least"),
        (["ask", "Who?", "-k", "-1"], 2, "-k: '-1' is not a whole number of at least 1; see: quo"),
        (
            ["ask", "What", "is", "it?"],
            2,
            "put the question in quotes: quoth ask 'What is it?'; see",
        ),
        (["ask", "What", "is", "it?"], 2, "; see: quoth ask --help"),
        (["ingest", "-dash.txt"], 2, "unrecognized arguments: -dash.txt; see: quoth ingest --help"),
        (["token", "list", "--library", "TYPO"], 4, "TYPO holds no library; make one with: quoth"),
        (["feedback", "list", "--library", "TYPO"], 4, "TYPO holds no library; make one with: qu"),
        (["ask", "Why?", "--after", "w " * 2_500], 5, "a question asked before has 5,000 charact"),
        (["serve", "--host", "999.1.1.1"], 8, "no address of that name is known ("),
        (["ingest", "articles", "--library", "/dev/null/x"], 4, "/dev/null/x can be no folder (No"),
        (["frobnicate"], 2, "argument COMMAND: invalid choice: 'frobnicate'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_with_a_code_of_its_own(
    filled: Quoth, arguments: list[str], code: int, what: str
) -> None:
    result = filled(*arguments)
    assert (result.code, result.out) == (code, "")
    assert what in one_line(result)
    assert len(filled("articles", "--json").json) == 3


def test_a_report_never_replaces_a_source(filled: Quoth, folder: Path) -> None:
    tram = folder / "tram.json"
    for text in ('[{"text": "A tram stopped."}]', '{"added": "half'):
        tram.write_text(text)
        result = filled("ingest", folder, "--report", tram)
        assert (result.code, "is one of the sources" in one_line(result)) == (3, True)
        assert tram.read_text() == text


def test_an_ingest_of_the_folder_it_works_in_reads_nothing_of_its_own(
    quoth: Quoth, folder: Path
) -> None:
    for _ in range(3):
        result = quoth("ingest", ".", "--report", "articles/report.json")
        assert (result.code, result.err.count("skipped")) == (0, 0)
        report = json.loads((folder / "report.json").read_text())
        assert report["problems"] == []
        assert report["added"] + report["unchanged"] == 3
    result = quoth("ingest", quoth.library)
    assert "library: is a library of Quoth; name the folder with the articles" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "\udcff"],
        ["remove", "\udcff"],
        ["articles", "--author", "\udcff"],
        ["why", "Who?", "--quote", "\udcff"],
        ["ask", "Who?", "--encoder", "\udcff"],
        ["ingest", "articles", "--library", "b\udcff"],
        ["evaluate", "b\udcff.jsonl"],
        ["token", "new", "\udcff"],
    ],
    ids=" ".join,
)
def test_bytes_that_are_no_text_are_refused_before_anything_is_done(
    filled: Quoth, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "b\udcff.jsonl").write_text('{"question": "Who?"}')
    before = sorted(tmp_path.iterdir())
    result = filled(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "it holds the byte 0xff, no UTF-8; give (or rename) it as UTF-8 text" in one_line(result)
    assert sorted(tmp_path.iterdir()) == before


def test_a_bad_setting_spoils_only_the_command_that_needs_it(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_PORT", "abc")
    assert filled("articles").code == 0
    assert "--port: 'abc' is not a whole number" in one_line(filled("serve"))


def test_a_port_in_use_is_named_with_another(filled: Quoth) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = filled("serve", "--port", port)
    assert result.code == 8
    assert f"127.0.0.1 port {port}: Address already in use" in one_line(result)


def test_a_file_that_looks_like_an_option_is_pointed_at(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "-dash.txt").write_text("A ferry.")
    assert "; a file of that name is: ./-dash.txt; see" in one_line(quoth("ingest", "-dash.txt"))


def test_a_report_does_not_replace_what_was_read(quoth: Quoth, folder: Path) -> None:
    path = folder / "heat.txt"
    before = path.read_bytes()
    result = quoth("ingest", path, "--report", path)
    assert (result.code, result.out) == (3, "")
    assert "would replace it; name another file" in one_line(result)
    assert (path.read_bytes(), quoth.library.exists()) == (before, False)


def test_an_empty_archive_says_how_to_fill_it(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    assert quoth("ingest", "articles").code == 0
    assert quoth("articles").err == "library is empty; fill it with: quoth ingest FOLDER\n"
    reply = quoth("ask", "Who?", "--json")
    assert (reply.code, reply.json["reason"]) == (20, "empty_archive")
    assert "it is empty; fill it with: quoth ingest FOLDER" in quoth("ask", "Who?").out


def test_a_failing_encoder_has_a_code_of_its_own(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: str) -> NamedEncoder:
        raise EncoderError("the encoder 'x' cannot be loaded (no such folder); leave it away")

    monkeypatch.setattr(sentence_encoder, "SentenceEncoder", fails)
    result = filled("ask", "Which ferry?")
    assert (result.code, one_line(result)[:30]) == (6, "quoth: the encoder 'x' cannot ")


def test_ctrl_c_during_a_question_leaves_no_trace(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive_module.Archive, "ask", stopped)
    result = filled("ask", "Which ferry?")
    assert (result.code, result.out, result.err) == (130, "", "stopped\n")


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal: Any = Terminal()
    assert Style(terminal).answer("x") == "\x1b[1;30;43mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Style(terminal).answer("x") == "[x]"
