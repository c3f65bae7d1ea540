"""`docs/json.md` says what the commands print: the same keys, no more and no fewer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import app
from corpus import errors
from qa import archive as archive_module
from qa.answer import Reason
from qa.rules import AskRules
from tests.cli_tools import Quoth, ready

DOCUMENT = (Path(__file__).parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
FERRY = "How many lorries does the night ferry carry?"


@pytest.fixture
def filled(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    quoth = ready(monkeypatch, capsys, tmp_path)
    (folder / "copy.txt").write_bytes((folder / "ferry.txt").read_bytes())
    (folder / "log.txt").write_text("The log\n\nThe night ferry does carry 41 lorries, it says.")
    (folder / "lines.jsonl").write_text('{"title": "One", "text": "A tram."}\n{"title": "Tw\n')
    assert quoth("ingest", folder, "--report", "report.json").code == 10
    return quoth


def tables(heading: str) -> list[set[str]]:
    """Return the keys of each table under a heading."""
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.split(r"\n(?!\|)", section)
    found = [set(re.findall(r"^\| `?([\w.\[\]]+)`? \|", block, re.M)) for block in blocks]
    return [keys - {"key", "code"} for keys in found if keys]


def paths(value: Any, before: str = "", opaque: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the path of each key, as the document writes it; `opaque` ones are not entered."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, f"{before}[]" if before else "", opaque)
    elif isinstance(value, dict):
        for key, inner in value.items():
            path = f"{before}.{key}" if before else key
            yield path
            if path not in opaque:
                yield from paths(inner, path, opaque)


def printed(value: Any, *opaque: str) -> set[str]:
    return set(paths(value, opaque=frozenset(opaque)))


def test_ask(filled: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, extract, copied, account = tables("`quoth ask QUESTION --json`")
    only_abstained = {"reason", "nearest", "unknown"}
    answered = filled("ask", FERRY, "--json").json
    assert printed(answered, "extracts", "accounts") == whole - only_abstained
    assert answered["filters"] == {}
    assert printed(answered["accounts"]) == account
    assert any(item["also_in"] for item in answered["extracts"])
    assert printed(answered["extracts"], "also_in") == extract
    article = {key.removeprefix("article.") for key in extract if key.startswith("article.")}
    copies = [copy for item in answered["extracts"] for copy in item["also_in"]]
    assert printed(copies) == article | copied
    strict = AskRules(bar=2.0)
    monkeypatch.setattr(archive_module, "AskRules", lambda **_: strict)
    abstained = filled("ask", FERRY, "--json").json
    assert printed(abstained, "extracts", "nearest") == whole
    assert printed(abstained["nearest"], "also_in") == extract


def test_filters(filled: Quoth) -> None:
    filters, unknown = tables("Filters")
    given = ["--since", "2020", "--until", "2024", "--author", "Tom Wilk", "--source", "x.org",
             "--language", "fr"]  # fmt: skip
    reply = filled("ask", FERRY, "--json", *given).json
    assert reply["reason"] == "filtered_out"
    assert printed(reply["filters"]) == filters
    assert printed(reply["unknown"]) == unknown
    assert {each["filter"] for each in reply["unknown"]} == {"author", "source", "language"}
    (facets,) = tables("`quoth articles --facets --json`")
    assert printed(filled("articles", "--facets", "--json").json) == facets


def test_every_reason_is_documented() -> None:
    line = next(line for line in DOCUMENT.splitlines() if line.startswith("| `reason` |"))
    assert all(f"`{reason}`" in line for reason in get_args(Reason))


def test_show_and_articles(filled: Quoth) -> None:
    (listed,), (shown,) = tables("`quoth articles --json`"), tables("`quoth show ID --json`")
    articles = filled("articles", "--json").json
    assert printed(articles) == listed
    (grouped,) = tables("`quoth articles --copies --json`")
    assert printed(filled("articles", "--copies", "--json").json) == grouped
    otter = next(item["id"] for item in articles if "otter" in item["id"])
    assert printed(filled("show", otter, "--json").json) == shown


def test_report(filled: Quoth) -> None:
    (documented,) = tables("`quoth ingest SOURCE --report FILE`")
    assert printed(json.loads(Path("report.json").read_text())) == documented


def test_calibrate(filled: Quoth) -> None:
    (documented,) = tables("`quoth calibrate --json`")
    assert printed(filled("calibrate", "--show", "--json").json) == {
        key for key in documented if "." not in key
    }
    assert printed(filled("calibrate", "--wrong-answers", "70%", "--json").json) == documented


def test_exit_codes() -> None:
    (documented,) = tables("Exit codes")
    helped = re.findall(r"(?:Exit codes:|·) (\d+) ", " ".join(app.parser().format_help().split()))
    assert documented == set(helped)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    raised = {str(kind.exit_code) for kind in kinds}  # type: ignore[attr-defined]
    assert raised - {"1"} <= documented  # 1 is the base's, and never raised
