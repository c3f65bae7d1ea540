"""The command line as users type it: what each command prints, and its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

import app
import cli.serve
from index import ingest as ingest_module
from qa import archive as archive_module
from qa.archive import EXAMPLES
from tests.cli_tools import Quoth, Result, one_line, ready

ROOT = Path(__file__).parent.parent
FERRY = "How many lorries does the night ferry carry?"


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Quoth:
    return ready(monkeypatch, capsys, tmp_path)


@pytest.fixture
def filled(quoth: Quoth, folder: Path) -> Quoth:
    assert quoth("ingest", folder).code == 0
    return quoth


def process(*arguments: str, **known: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "app.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **known)


def test_ingest_counts_what_it_did(quoth: Quoth, folder: Path) -> None:
    first = quoth("ingest", folder)
    assert first.code == 0
    assert re.fullmatch(r"library: 3 added; 3 passages encoded in .* passages/s\n", first.out)
    assert first.err == ""
    (folder / "heat.txt").write_text("Heat pumps\n\nThe average efficiency was 3.1.")
    (folder / "otter.md").unlink()
    again = quoth("ingest", folder)
    assert (again.code, again.out.split(";")[0]) == (
        0,
        "library: 1 changed, 1 unchanged, 1 removed",
    )


def test_ingest_writes_a_report(quoth: Quoth, folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"title": "One", "text": "A tram."}\n{"title": "Tw\n')
    for added, unchanged in ((4, 0), (0, 4)):  # the second time from memory: the same problem
        result = quoth("ingest", folder, "--report", "report.json")
        assert result.code == 10
        assert result.err.startswith("skipped articles/lines.jsonl, line 2: is not valid JSON")
        report = json.loads(Path("report.json").read_text())
        assert (report["added"], report["unchanged"]) == (added, unchanged)
        assert report["problems"][0]["line"] == 2


def test_ingest_names_at_most_twenty_problems(quoth: Quoth, folder: Path) -> None:
    for number in range(30):
        (folder / f"empty-{number:02}.txt").touch()
    lines = quoth("ingest", folder).err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more; all of them: --report FILE.json"


def test_ingest_of_the_sample_remembers_its_questions(quoth: Quoth) -> None:
    assert quoth("ingest", "--sample").code == 0
    library = archive_module.Library.open(quoth.library)
    with library.snapshot() as snapshot:
        assert len(json.loads(snapshot.meta(EXAMPLES) or "[]")) >= 4
    library.close()


def test_a_stopped_ingest_keeps_what_was_done_and_goes_on(
    quoth: Quoth, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = ingest_module.Run._take

    def stopped(self: Any, parsed: Any) -> None:
        if self.report.added == 2:
            raise KeyboardInterrupt
        take(self, parsed)
        self._flush()

    with monkeypatch.context() as patched:
        patched.setattr(ingest_module.Run, "_take", stopped)
        result = quoth("ingest", folder)
    assert result.code == 130
    assert result.err == "stopped; what was done is kept, and the next ingest goes on from there\n"
    assert len(quoth("articles", "--json").json) == 2
    assert quoth("ingest", folder).out.startswith("library: 1 added, 2 unchanged;")


def test_ask_prints_the_extract_with_its_source(filled: Quoth) -> None:
    result = filled("ask", FERRY)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("1. The night ferry\n")
    assert "ferry carries [41 lorries]. It" in result.out  # brackets where there are no colours
    assert "\x1b" not in result.out
    assert re.search(r"articles/ferry\.txt  \(ferry-\w{8}\)", result.out)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_limits_the_extracts(filled: Quoth, k: int) -> None:
    extracts = filled("ask", FERRY, "--json", "-k", k).json["extracts"]
    assert 1 <= len(extracts) <= k


def test_every_offset_slices_the_text_that_show_gives(filled: Quoth) -> None:
    reply = filled("ask", FERRY, "--json").json
    assert reply["status"] == "answered"
    for extract in reply["extracts"]:
        text = filled("show", extract["article"]["id"], "--json").json["text"]
        assert extract["highlights"]
        for part in [extract["passage"], *extract["highlights"]]:
            assert part["text"]
            assert text[part["start"] : part["end"]] == part["text"]


def test_ask_says_first_what_several_articles_say(quoth: Quoth, folder: Path) -> None:
    (folder / "log.txt").write_text(
        "The log\n\nThe night ferry does carry 41 lorries, it says.", encoding="utf-8"
    )
    quoth("ingest", folder)
    assert quoth("ask", FERRY).out.startswith("2 articles say the same:\n   [41 lorries]\n\n1. ")
    account = quoth("ask", FERRY, "--json").json["accounts"][0]
    assert (account["kind"], account["articles"], account["reprints"]) == ("amount", 2, 0)
    (folder / "log.txt").write_text(
        "---\ntitle: The log\ndate: 2024-05-01\n---\n\nThe night ferry does carry 43 lorries.\n",
        encoding="utf-8",
    )
    (folder / "log.txt").rename(folder / "log.md")
    quoth("ingest", folder)
    first, *rows = quoth("ask", FERRY).out.split("\n\n")[0].splitlines()
    assert first == "The articles give different answers:"
    assert sorted(rows) == [
        "   [41 lorries]  The night ferry",
        "   [43 lorries]  The log, 2024-05-01",
    ]
    reply = quoth("ask", FERRY, "--json").json
    for saying in [saying for account in reply["accounts"] for saying in account["sayings"]]:
        home = reply["extracts"][saying["extract"]]["article"]["id"]
        text = quoth("show", home, "--json").json["text"]
        assert text[saying["start"] : saying["end"]] == saying["text"]


def test_an_archive_that_does_not_answer_says_so(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = archive_module.AskRules(bar=2.0)
    monkeypatch.setattr(archive_module, "AskRules", lambda **_: rules)
    plain = filled("ask", "Who won the regatta?")
    assert plain.code == 20
    assert plain.out.startswith("The archive does not say: nothing in it is close enough")
    reply = filled("ask", "Who won the regatta?", "--json")
    assert reply.code == 20
    assert (reply.json["status"], reply.json["reason"]) == ("abstained", "below_bar")
    assert reply.json["extracts"] == []
    assert reply.json["nearest"]
    assert filled("ask", "Who won?", "--context", 99).err.startswith("no context: nothing in it")


def test_a_follow_up_is_completed_and_says_how(filled: Quoth) -> None:
    alone = filled("ask", "And when does it leave?", "--json").json
    after = filled("ask", "And when does it leave?", "--after", FERRY, "--json").json
    assert alone["understood_as"] == alone["question"] == "And when does it leave?"
    assert "ferry" in after["understood_as"]
    shown = filled("ask", "And when does it leave?", "--after", FERRY)
    assert shown.out.startswith(f"understood as: {after['understood_as']}\n")


def test_context_is_markdown_within_its_budget(filled: Quoth) -> None:
    result = filled("ask", FERRY, "--context", 400, "--encoding", "no_such_encoding")
    assert result.code == 0
    assert result.out.startswith("[1] **The night ferry**, articles/ferry.txt\n> ")
    assert len(result.err.splitlines()) == 1
    assert "'no_such_encoding' is no encoding known here" in result.err
    tiny = filled("ask", FERRY, "--context", 3, "--encoding", "no_such_encoding")
    assert tiny.out == ""
    assert "no passage fits into 3 tokens" in tiny.err


def test_a_budget_too_small_for_any_passage_is_told_with_what_it_takes(filled: Quoth) -> None:
    def given(tokens: object) -> Result:
        return filled("ask", FERRY, "--context", tokens, "--encoding", "no_such_encoding", "-k", 1)

    tiny = given(3)
    assert (tiny.code, tiny.out) == (2, "")
    needed = int(tiny.err.split("the best one takes ")[1].split(":")[0])
    assert tiny.err.endswith(f"--context {needed}\n")
    assert (given(needed).code, given(needed).out[:4]) == (0, "[1] ")
    assert "**The night ferry**" not in given(needed - 1).out


def test_context_and_json_exclude_each_other(filled: Quoth) -> None:
    result = filled("ask", FERRY, "--json", "--context", 400)
    assert result.code == 2
    assert "--context: not allowed with argument --json" in one_line(result)


def test_articles_are_listed_shown_and_removed(filled: Quoth) -> None:
    listed = filled("articles")
    assert [line.split("  ")[-2].strip() for line in listed.out.splitlines()] == [
        "Heat pumps", "The night ferry", "The river otter",
    ]  # fmt: skip
    name = filled("articles", "--json").json[2]["id"]
    assert "The river otter\nTomasz Wilk · 2023-05-12\nhttps://" in filled("show", name).out
    removed = filled("remove", name)
    assert removed.code == 0
    assert removed.out.startswith(f"removed {name}: The river otter (1 passages)\n")
    assert one_line(filled("show", name)).endswith("list them with: quoth articles")
    refused = filled("remove", filled("articles", "--json").json[0]["id"], "nobody")
    assert refused.code == 3
    assert "'nobody'; nothing was removed" in one_line(refused)
    assert len(filled("articles", "--json").json) == 2


@pytest.mark.parametrize("given", [[], ["--port", "7999"], ["serve"]], ids=str)
def test_with_no_command_it_serves(given: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Namespace] = []
    monkeypatch.setattr(cli.serve, "run", lambda options: seen.append(options) or 0)
    assert app.main(given) == 0
    assert seen[0].run == "cli.serve:run"


def test_a_real_process_keeps_results_and_errors_apart(tmp_path: Path) -> None:
    shown = process("--version", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.fullmatch(r"quoth \d+\.\d+\.\d+\n", shown.stdout)
    failed = process("ask", "Who?", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (4, "")
    assert failed.stderr == "quoth: library holds no library; make one with: quoth ingest FOLDER\n"


def test_ctrl_c_ends_a_real_process_with_one_word(tmp_path: Path) -> None:
    code = (
        # A shell that runs the tests in the background has them ignore Ctrl-C; this one listens.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys, time, app, cli.articles\n"
        "def run(options):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "cli.articles.run_articles = run\nsys.exit(app.main(['articles']))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=-1, stderr=-1, text=True
    )
    assert running.stdout is not None
    running.stdout.readline()
    os.kill(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "stopped\n")
