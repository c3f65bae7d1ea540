"""The sandbox: whatever a file does to its parser, the parent goes on and says what happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus.article import Article, Section, Span
from corpus.errors import SourceError
from corpus.sandbox import Job, Limits, Outcome, Sandbox
from corpus.wire import WireError, article_from_json, article_to_json, frame, unframe

LIMITS = Limits(max_seconds=1.5, max_memory_bytes=600_000_000, max_chars=50_000)
PARSER = "tests.hostile_parsers:by_word"


def jobs(folder: Path, *contents: str) -> list[Job]:
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.txt"
        path.write_text(content)
        made.append(Job(path, f"in/{path.name}"))
    return made


def run(folder: Path, *contents: str, workers: int = 1) -> list[Outcome]:
    with Sandbox(LIMITS, workers=workers, parser=PARSER) as sandbox:
        return list(sandbox.run(jobs(folder, *contents)))


def pid_of(outcome: Outcome) -> int:
    return int(outcome.articles[0].text.rsplit(" ", 1)[1])


def gone(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("sleep", "took more than 1.5 s"),
        ("spin", "took more than 1.5 s"),
        ("bomb", "too much memory"),
        ("crash", "crash"),
        ("exit", "crash"),
        ("raise", "ZeroDivisionError"),
        ("nest", "nested too deeply"),
        ("huge", "more than 50,000 characters"),
    ],
)
def test_a_hostile_file_is_one_problem_and_the_next_file_goes_in(
    tmp_path: Path, word: str, says: str
) -> None:
    bad, good = run(tmp_path, word, "fine")
    assert not bad.articles
    assert len(bad.problems) == 1
    assert says in str(bad.problems[0])
    assert str(bad.problems[0]).startswith("in/0.txt: ")
    assert len(bad.digest) == 64
    assert good.articles[0].text.startswith("fine")


def test_output_of_libraries_does_not_disturb_the_protocol(tmp_path: Path) -> None:
    first, second = run(tmp_path, "print", "fine")
    assert first.articles
    assert second.articles


def test_a_parser_cannot_write_files(tmp_path: Path) -> None:
    target = tmp_path / "written"
    with Sandbox(LIMITS, parser=PARSER) as sandbox:
        (job,) = jobs(tmp_path, "write")
        (outcome,) = sandbox.run([Job(job.path, str(target))])
    assert outcome.problems
    assert not target.exists() or target.stat().st_size == 0


def test_order_is_kept_with_several_workers_and_failures_between(tmp_path: Path) -> None:
    words = ["sleep", "a", "crash", "b", "c", "exit", "d", "e", "f"]
    outcomes = run(tmp_path, *words, workers=2)
    assert len(outcomes) == len(words)
    for word, outcome in zip(words, outcomes, strict=True):
        failed = word in ("sleep", "crash", "exit")
        assert bool(outcome.problems) == failed
        assert failed or outcome.articles[0].text.startswith(f"{word} ")


def test_one_child_serves_many_files(tmp_path: Path) -> None:
    assert len({pid_of(outcome) for outcome in run(tmp_path, *"abcdefgh")}) == 1


def test_a_large_parent_wears_no_child_out(tmp_path: Path) -> None:
    # A child inherits its parent's peak in ru_maxrss; half of LIMITS' memory would retire it.
    ballast = bytearray(LIMITS.max_memory_bytes)
    ballast[:: os.sysconf("SC_PAGE_SIZE")] = b"x" * len(ballast[:: os.sysconf("SC_PAGE_SIZE")])
    assert len({pid_of(outcome) for outcome in run(tmp_path, *"abcd")}) == 1


def test_jobs_are_taken_lazily(tmp_path: Path) -> None:
    taken = []

    def source() -> object:
        for job in jobs(tmp_path, *"abcdefghij"):
            taken.append(job)
            yield job

    with Sandbox(LIMITS, parser=PARSER) as sandbox:
        next(sandbox.run(source()))  # type: ignore[arg-type]
        assert len(taken) <= 4


def test_children_end_when_the_sandbox_is_closed(tmp_path: Path) -> None:
    outcome = run(tmp_path, "a")[0]
    assert gone(pid_of(outcome))


def test_children_end_when_the_parent_is_killed(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, "a")
    root = str(Path(__file__).parent.parent)
    code = (
        f"import sys, time; sys.path.insert(0, {root!r})\n"
        "from pathlib import Path; from corpus.sandbox import *\n"
        f"s = Sandbox(parser={PARSER!r}); (o,) = s.run([Job(Path({str(job.path)!r}), 'a')])\n"
        "print(o.articles[0].text.split()[-1], flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child)


def test_a_slow_caller_is_not_taken_for_a_slow_file(tmp_path: Path) -> None:
    limits = Limits(max_seconds=0.4)
    with Sandbox(limits, workers=2, parser=PARSER) as sandbox:
        outcomes = []
        for outcome in sandbox.run(jobs(tmp_path, "a", "b", "c")):
            outcomes.append(outcome)
            time.sleep(0.6)
    assert [bool(outcome.articles) for outcome in outcomes] == [True] * 3


def test_a_file_that_vanished_is_a_problem(tmp_path: Path) -> None:
    with Sandbox(LIMITS) as sandbox:
        (outcome,) = sandbox.run([Job(tmp_path / "gone.txt", "in/gone.txt")])
    assert str(outcome.problems[0]) == "in/gone.txt: cannot be read (No such file or directory)"
    assert outcome.digest == ""


def test_a_named_pipe_cannot_hang_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with Sandbox(Limits(max_seconds=0.3)) as sandbox:
        (outcome,) = sandbox.run([Job(tmp_path / "pipe.txt", "pipe.txt")])
    assert "took more than 0.3 s" in str(outcome.problems[0])


def test_a_child_that_cannot_start_is_said_once_and_clearly(tmp_path: Path) -> None:
    sandbox = Sandbox(LIMITS, parser="no_such_module:parse")
    with pytest.raises(SourceError, match="does not start"):
        list(sandbox.run(jobs(tmp_path, "a")))


def test_it_works_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the current folder')")
    assert run(tmp_path, "a")[0].articles


def test_what_a_child_says_is_checked() -> None:
    article = Article("a", "A", "Text.", "a.txt", sections=(Section(Span(0, 4), 1),))
    sent = article_to_json(article)
    assert article_from_json(unframe(frame(sent)[8:])) == article
    for bad in (
        {**sent, "sections": [[0, 99, 1]]},
        {**sent, "pages": [7]},
        {**sent, "sections": "x"},
        {key: value for key, value in sent.items() if key != "text"},
        None,
    ):
        with pytest.raises(WireError):
            article_from_json(bad)
