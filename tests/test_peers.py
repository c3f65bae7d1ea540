"""The benchmark beside the peers: protocol, judging, statistics, tables; no peer is needed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import binomtest

from benchmarks.peers import corpus, environments, measure, report, systems
from benchmarks.peers.adapters import protocol
from benchmarks.peers.adapters.quoth import Quoth
from benchmarks.peers.child import ROOT, AdapterError, Child
from benchmarks.peers.judge import rank_of, success, wilson
from index import sentence_encoder
from tests.conftest import FakeEncoder
from tests.peers_echo import Echo

GOLD = "It left at six. It came back at ten."


def exchange(*commands: dict[str, Any]) -> dict[int, dict[str, Any]]:
    out = StringIO()
    protocol.serve(Echo(), StringIO("".join(json.dumps(c) + "\n" for c in commands)), out)
    return {reply["id"]: reply for reply in map(json.loads, out.getvalue().splitlines())}


def test_each_command_is_answered_under_its_number() -> None:
    replies = exchange(
        {"id": 1, "do": "prepare"},
        {"id": 2, "do": "ask", "question": "why", "k": 2},
        {"id": 3, "do": "ask", "question": "fail", "k": 2},
        {"id": 4, "do": "dance"},
        {"id": 5, "do": "quit"},
        {"id": 6, "do": "prepare"},
    )
    assert set(replies) == {1, 2, 3, 4}
    assert replies[2]["result"] == {"texts": ["why", "why 1"]}
    assert "no such thing" in replies[3]["error"]
    assert "dance" in replies[4]["error"]


def child_of(tmp_path: Path, body: str) -> Child:
    """Start a process that serves the echo, after `body`; its ask is `answer`."""
    code = f"""
        import os, sys, time
        from benchmarks.peers.adapters.protocol import serve
        from tests.peers_echo import Echo
        class Other(Echo):
            {body}
        serve(Other())
    """
    return Child([sys.executable, "-c", textwrap.dedent(code)], tmp_path / "log")


def test_a_child_answers_and_what_it_prints_is_no_reply(tmp_path: Path) -> None:
    with child_of(tmp_path, "pass") as child:
        assert child.call("prepare") == {}
        assert child.call("ask", question="why", k=1) == {"texts": ["why"]}
        with pytest.raises(AdapterError, match="no such thing"):
            child.call("ask", question="fail", k=1)
    assert "noise" in (tmp_path / "log").read_text()


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    body = "def load(self, library): sys.stderr.write('out of luck'); os._exit(3)"
    with child_of(tmp_path, body) as child:
        with pytest.raises(AdapterError, match="out of luck"):
            child.call("load", library="x")
        with pytest.raises(AdapterError, match="has ended"):
            child.call("prepare")


def test_processor_and_memory_are_those_of_descendants_too(tmp_path: Path) -> None:
    body = """def load(self, library):
                self.work(100_000_000, 0)
                done, tell = os.pipe()
                ended, alive = os.pipe()
                if not os.fork():
                    os.close(alive)
                    self.work(200_000_000, 0.3)
                    os.write(tell, b".")
                    os.read(ended, 1)
                    os._exit(0)
                os.read(done, 1)
            def work(self, size, seconds):
                self.held = getattr(self, "held", b"") + b"x" * size
                end = time.process_time() + seconds
                while time.process_time() < end: pass"""
    with child_of(tmp_path, body) as child:
        child.call("prepare")
        cpu, peak = child.cpu(), child.peak()
        child.call("load", library="x")
        assert child.cpu() - cpu >= 0.29
        assert child.peak() - peak > 390_000_000


def test_one_turn_is_measured_and_judged(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    entry = {"title": "A", "paragraphs": [{"context": "why"}, {"context": "how"}]}
    (articles / "a.json").write_text(json.dumps({"data": [entry]}))
    command = [sys.executable, "-m", "tests.peers_echo"]
    library, log = tmp_path / "library", tmp_path / "log"
    turn = measure.ingest_once(command, articles, library, log)
    assert (turn.chunks, turn.disk) == (2, 1000)
    assert 0 < turn.seconds < turn.whole
    asked = [corpus.Question(text, text, "a") for text in ("why", "fail", "how")]
    served = measure.serve_once(command, library, [*asked, asked[0]._replace(gold="?")], asked, log)
    assert served.ranks == (1, 0, 1, 0)
    assert served.errors == 2  # one user's, and one of many
    assert len(served.one) == len(served.many) == 4
    assert served.cold > max(served.one)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (GOLD, True),
        (f"Title\n{GOLD} And more.", True),
        ("It came  back\nat ten.", True),
        ("It left at six.\u00a0It came back at ten.", True),
        ("", False),
        (" \n", False),
        ("It left at seven. It came back at ten.", False),
        ("came back at ten. And more.", False),
    ],
)
def test_a_result_counts_if_it_holds_the_gold_paragraph_or_lies_in_it(
    text: str, right: bool
) -> None:
    assert rank_of(["Of other things.", text], GOLD) == (2 if right else 0)


def test_the_first_right_result_gives_the_rank() -> None:
    assert rank_of(["no", "also no", "six. It came", GOLD], GOLD) == 3
    assert success([1, 2, 0, 6, 5], 1).value == 1 / 5
    assert success([1, 2, 0, 6, 5], 5).value == 3 / 5


@pytest.mark.parametrize(("hits", "of"), [(0, 7), (7, 7), (3, 11), (250, 300)])
def test_wilsons_interval_is_that_of_scipy(hits: int, of: int) -> None:
    expected = binomtest(hits, of).proportion_ci(method="wilson")
    assert wilson(hits, of) == pytest.approx((hits / of, expected.low, expected.high), abs=1e-12)


def squad(data: Path, name: str, *articles: tuple[str, list[str]]) -> None:
    asked = {"question": " Q? ", "answers": [{"text": "t", "answer_start": 0}]}
    open_ = {"question": "open", "answers": asked["answers"], "is_impossible": True}
    whole = [
        {"title": title, "paragraphs": [{"context": text, "qas": [asked, open_]} for text in texts]}
        for title, texts in articles
    ]
    (data / f"{name}.json").write_text(json.dumps({"data": whole}))


def test_paragraphs_are_shared_out_and_questions_take_turns(tmp_path: Path) -> None:
    squad(tmp_path, "big", ("One_two", [f"big {n}" for n in range(20)]), ("Two", ["shared"]))
    squad(tmp_path, "small", ("Three", ["shared", "small", "small"]))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "former.json").write_text("{}")
    built = corpus.build(tmp_path, folder, ["small", "big"], 10, 5, seed=0)
    assert built.paragraphs == {"small": 2, "big": 8}
    written = list(protocol.paragraphs(folder))
    assert len(written) == built.size == len({p.text for p in written}) == 10
    assert {p.title for p in written if p.text.startswith("big")} == {"One two"}
    assert [q.set for q in built.questions] == ["small", "big", "small", "big", "big"]
    assert {q.text for q in built.questions} == {"Q?"}
    assert {q.gold for q in built.questions} <= {p.text for p in written}
    assert built == corpus.build(tmp_path, folder, ["small", "big"], 10, 5, seed=0)
    whole = corpus.build(tmp_path, folder, ["small", "big"], 100, 100, seed=0)
    assert whole.paragraphs == {"small": 2, "big": 20}
    assert {q.text for q in whole.questions} == {"Q?"}


def run_of(**rates: float) -> report.Run:
    """Return a run whose systems took so many seconds, the middle of three rounds."""
    ingests, serves = {}, {}
    for name, seconds in rates.items():
        spread = [seconds * 9, seconds, seconds / 9]
        system = name.replace("_", "-")
        ingests[system] = [measure.Ingest(12, s, s * 2, s * 3, 5_000_000, 700_000) for s in spread]
        serves[system] = [
            measure.Serve(s, (s, s), (s, 2 * s), 2 * s, s, (1, 0), 1, 10**6, 2 * 10**6)
            for s in spread
        ]
    return report.Run(("about",), 10, ("a", "b") * 3, ingests, serves)


def test_tables_give_medians_and_ratios_to_quoth() -> None:
    lines = report.markdown(run_of(quoth=2.0, txtai=4.0)).splitlines()
    rows = [line for line in lines if line.startswith(("| Quoth |", "| txtai |"))]
    finding, ingest, asking = rows[0::2], rows[1::2], rows
    assert rows[0] == "| Quoth | 0.500 [0.188, 0.812] | 0.500 [0.188, 0.812] | 1.000 / 1.000 | " \
        "0.000 / 0.000 |"  # fmt: skip
    assert rows[2] == "| Quoth | 5.0 | 400.0 | 6.0 | 5 | 0.7 | 12 |"
    assert rows[3] == "| txtai | 2.5 (0.50) | 800.0 (2.00) | 12.0 (2.00) | 5 (1.00) | 0.7 (1.00) " \
        "| 12 |"  # fmt: skip
    assert rows[5] == (
        "| txtai | 4.00 (2.00) | 4000.0 (2.00) | 4000.0 (2.00) | 4000.0 (2.00) | 6000 (2.00) | "
        "7800 (2.00) | 0.2 (0.50) | 3 | 1 (1.00) | 2 (1.00) |"
    )
    assert len(finding) == len(ingest) == 3
    assert len(asking) == 6


def test_without_quoth_there_is_nothing_to_compare_with() -> None:
    assert "(" not in report.markdown(run_of(haystack=1.0)).partition("| Haystack | 10.0")[2][:30]


def test_a_section_replaces_its_former_self_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    report.put(file, report.markdown(run_of(quoth=2.0)))
    assert file.read_text().startswith("# Results\n")
    file.write_text(file.read_text() + "\n## Other\n\nstays\n")
    report.put(file, report.markdown(run_of(quoth=1.0)))
    text = file.read_text()
    assert text.count(report.BEGIN) == text.count(report.END) == 1
    assert "| Quoth | 10.0 |" in text
    assert "| Quoth | 5.0 |" not in text
    assert text.endswith("\n\n## Other\n\nstays\n")
    report.put(file, report.markdown(run_of(quoth=1.0)))
    assert file.read_text() == text


def test_an_environment_is_made_once_for_its_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def ran(command: list[str], check: bool) -> SimpleNamespace:
        commands.append(command)
        (tmp_path / "environments" / "peer").mkdir(parents=True, exist_ok=True)
        return SimpleNamespace(returncode=len(commands) > 4)

    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(subprocess, "run", ran)
    (tmp_path / "peer.txt").write_text("peer==1.0\n")
    python = environments.python_of("peer", tmp_path)
    assert environments.python_of("peer", tmp_path) == python
    assert len(commands) == 2
    assert "venv" in commands[0]
    assert commands[1][:4] == [str(python), "-m", "pip", "install"]
    (tmp_path / "peer.txt").write_text("peer==2.0\n")
    environments.python_of("peer", tmp_path)
    assert len(commands) == 4
    (tmp_path / "peer.txt").write_text("peer==3.0\n")
    for _ in range(2):  # what failed is tried again
        with pytest.raises(SystemExit, match="could not install"):
            environments.python_of("peer", tmp_path)


PEERS = ["txtai", "haystack", "llamaindex"]


@pytest.mark.parametrize("peer", PEERS)
def test_peers_encode_with_the_same_libraries(peer: str) -> None:
    """All of a peer is pinned, and what encodes is of the version that Quoth is tested with."""
    text = (environments.REQUIREMENTS / f"{peer}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    ours = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    encoding = ("torch", "transformers", "tokenizers", "sentence-transformers", "numpy")
    shared = {line for line in lines if line.split("==")[0] in encoding}
    assert len(shared) >= 4
    assert shared <= set(ours)
    assert peer in systems.versions(peer).replace("-", "").lower()


@pytest.mark.parametrize("file", ["protocol", *PEERS])
def test_adapters_need_nothing_of_quoth(file: str) -> None:
    path = ROOT / "benchmarks" / "peers" / "adapters" / f"{file}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = {name for name in modules if name.split(".")[0] in {"benchmarks", "corpus", "index"}}
    assert own <= {"benchmarks.peers.adapters.protocol"}


def test_systems_come_with_those_whose_index_they_ask() -> None:
    assert [s.name for s in systems.chosen(["txtai", "quoth-none"])] == [
        "quoth", "quoth-none", "txtai",
    ]  # fmt: skip
    with pytest.raises(SystemExit, match="no system 'lucene'"):
        systems.chosen(["lucene"])
    for system in systems.SYSTEMS.values():
        assert system.adapter in systems.CUT
        assert systems.SYSTEMS[system.indexed_by].library is None


def test_the_adapter_of_quoth_takes_files_and_gives_passages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: FakeEncoder
) -> None:
    monkeypatch.setattr(sentence_encoder, "SentenceEncoder", lambda *_, **__: encoder)
    texts = [f"The {name} crossed the sound with {n} lorries and no passengers on board, and the "
             f"mate wrote in the log that the {name} was late again because of the ice."
             for n, name in enumerate(["ferry", "barge", "tug", "trawler"])]  # fmt: skip
    squad(tmp_path, "ships", *((f"Ship_{n}", [text]) for n, text in enumerate(texts)))
    quoth = Quoth(None, "none")
    quoth.prepare()
    with pytest.raises(RuntimeError, match="load"):
        quoth.ask("Why was the tug late?", 3)
    assert quoth.ingest(tmp_path, tmp_path / "library") == 4
    (tmp_path / "ships.json").unlink()
    fresh = Quoth(None, "none")
    fresh.load(tmp_path / "library")
    found = fresh.ask("Why was the tug late?", 3)
    assert len(found) == 3
    assert rank_of(found, texts[2]) == 1
