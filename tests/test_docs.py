"""The README is true: its paths exist, its commands parse, its program runs."""

from __future__ import annotations

import re
import shlex
from argparse import _SubParsersAction
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    folders = "corpus|index|qa|web|cli|tests|training|benchmarks|docs"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    for path in named:
        assert (ROOT / path).exists(), path
    for path in linked:
        assert (document.parent / path).exists(), path


def test_every_command_is_in_the_readme() -> None:
    commands = next(a for a in app.parser()._actions if isinstance(a, _SubParsersAction))
    for name in commands.choices:
        assert re.search(rf"quoth {name}\b|`{name}[ `]", README), name


def test_every_command_line_in_the_documents_parses() -> None:
    lines = [
        line.split("#")[0].strip()
        for document in DOCUMENTS
        for block in re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip().startswith("quoth ")
    ]
    assert len(lines) >= 3
    for line in lines:
        app.parser().parse_args(shlex.split(line)[1:])


@pytest.mark.encoder
def test_the_program_in_the_readme_runs(
    sample_library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    monkeypatch.chdir(sample_library.parent)
    exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == "answer six months"
