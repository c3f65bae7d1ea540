"""Questions answered in other processes: the same replies, the same refusals, and nobody left."""

from __future__ import annotations

import gc
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import app
from corpus.article import Article
from corpus.errors import (
    FilterError,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    QuestionError,
    ServeError,
    ServerBusy,
)
from index.filters import Filters
from index.library import Library
from index.put import put_articles
from qa.answer import Answer
from qa.archive import Archive
from qa.question import MOST_CHARACTERS
from qa.rules import AskRules
from tests.conftest import FakeEncoder
from tests.fake_archive import FakeArchive
from web.lean import LONG
from web.workers import Workers, _reply
from web.wrapped import Asked

ROOT = Path(__file__).parent.parent
QUESTION = "When does the night ferry leave Norrhamn?"
ENDS = "the question that ends whoever reads it"


class Fragile(Archive):
    """An archive over which a process may end, and which tells where it is asked."""

    def ask(self, question: str, **how: object) -> Answer:
        if question == ENDS:
            os._exit(9)
        if question == "once" and not (marker := self.embedded.folder / "ended").exists():
            marker.touch()
            os._exit(9)
        time.sleep(0.3 if question == "slow" else 0)
        if question == "spared":
            return Answer(question, "", (), float(gc.get_freeze_count()))
        return Answer(question, str(os.getpid()), (), 1.0)


def opened(folder: Path, salt: str = "") -> Archive:
    return Archive(Library.open(folder), FakeEncoder(salt), rules=AskRules(bar=0.05))


def fragile(folder: Path) -> Fragile:
    return Fragile(Library.open(folder), FakeEncoder())


def of_options(options: Namespace) -> Archive:
    return opened(options.library)


def ends_at_once(folder: Path) -> Archive:
    os._exit(3)


@pytest.fixture
def home(tmp_path: Path, make_article: Callable[..., Article], encoder: FakeEncoder) -> Path:
    articles = [
        make_article("The night ferry leaves Norrhamn at 22:40. It carries 41 lorries.", "Ferry",
                     published="2023-05-12"),
        make_article("In 1985 a survey found otters at three bridges.", "Otters", language="en"),
    ]  # fmt: skip
    put_articles(articles, tmp_path / "library", encoder, address="test")
    return tmp_path / "library"


@pytest.fixture
def started() -> Iterator[Callable[..., Workers]]:
    """Make workers that are ended with the test."""
    with ExitStack() as ended:

        def start(opens: Callable[[Path], Archive], home: Path, count: int = 2) -> Workers:
            archive = opened(home)
            ended.callback(archive.close)
            workers = Workers(archive, partial(opens, home), count)
            ended.callback(workers.close)
            workers.start()
            return workers

        yield start


def test_the_replies_are_those_of_the_archive(started: Callable[..., Workers], home: Path) -> None:
    workers, archive = started(opened, home), opened(home)
    for how in ({}, {"k": 1}, {"history": ("Which ferry?",)}, {"filters": Filters(since="2023")}):
        assert workers.ask(QUESTION, **how) == archive.ask(QUESTION, **how)
        assert workers.search(QUESTION, **how) == archive.search(QUESTION, **how)
    assert isinstance(workers.ask(QUESTION), Answer)
    assert workers.ask("zzz") == archive.ask("zzz")
    archive.close()


def test_refusals_are_those_of_the_archive(started: Callable[..., Workers], home: Path) -> None:
    workers = started(opened, home)
    with pytest.raises(QuestionError, match="empty"):
        workers.ask(" ")
    with pytest.raises(QuestionError, match="at most"):
        workers.ask("x" * (MOST_CHARACTERS + 1))
    with pytest.raises(FilterError, match="nonsense"):
        workers.ask(QUESTION, filters=Filters(languages=("nonsense",)))
    assert isinstance(workers.ask(QUESTION), Answer)


def test_what_is_put_in_and_taken_out_shows_at_once(
    started: Callable[..., Workers], home: Path, make_article: Callable[..., Article]
) -> None:
    workers = started(opened, home)
    before = workers.generation
    note = make_article("The harbour master keeps a password.", "Note")
    put_articles([note], home, FakeEncoder(), address="note")
    assert workers.generation != before
    for _ in range(4):  # whichever worker answers
        found = workers.search("harbour master password", k=1)
        assert isinstance(found, Answer)
        assert found.extracts[0].passage.article == workers.article(note.id)


def test_several_answer_at_once(started: Callable[..., Workers], home: Path) -> None:
    workers = started(fragile, home)
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: workers.ask("slow").understood_as, range(4)))
    assert len(set(asked)) == 2
    assert str(os.getpid()) not in asked


def test_one_that_ends_is_replaced_and_the_question_asked_again(
    started: Callable[..., Workers], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workers = started(fragile, home)
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(workers.ask, "slow")
        assert workers.ask("once").question == "once"
        assert beside.result().question == "slow"  # it was lost with the process, and is not
    assert caplog.messages == ["a process that answers ended by itself; all are started anew"]


def test_they_do_not_look_again_through_what_they_have_loaded(
    started: Callable[..., Workers], home: Path
) -> None:
    workers = started(fragile, home)
    assert workers.ask("spared").confidence > 10_000


@pytest.mark.parametrize("how", ["the same", "changed", "gone", "damaged"])
def test_long_articles_come_from_here_if_they_are_the_same(
    how: str, started: Callable[..., Workers], home: Path, make_article: Callable[..., Article]
) -> None:
    fog = "Fog was logged. " * (LONG // 16)
    text = f"The lighthouse keeper feeds a grey heron at dawn.\n\n{fog}"
    put_articles([make_article(text, "Log")], home, FakeEncoder(), address="log")
    workers, archive = started(opened, home), opened(home)
    expected = archive.ask("What does the lighthouse keeper feed at dawn?")
    [own] = [info.id for info in archive.articles() if info.title == "Log"]
    mine = workers.article(own)

    def found(article_id: str) -> Article | None:
        assert (article_id, mine is not None) == (own, True)
        if how == "damaged":
            raise LibraryDamaged("its row does not match its hash")
        return {"the same": mine, "changed": replace(mine, text=text.upper())}.get(how)

    workers.article = found  # what the server itself has
    reply = workers.ask("What does the lighthouse keeper feed at dawn?")
    assert isinstance(reply, Answer)
    assert reply == expected
    shown = [extract.passage.article for extract in reply.extracts]
    assert {each is mine for each in shown if each.id == own} == {how == "the same"}
    archive.close()


def test_those_beside_one_that_was_killed_end_too(
    started: Callable[..., Workers], home: Path
) -> None:
    workers = started(fragile, home, 3)
    for _ in range(3):
        workers.ask("another")
    old = list(workers._pool._processes)
    give_up = time.monotonic() + 10
    # The one that reads holds the lock of their queue: the others never hear of an end by it.
    while not (reading := [each for each in old if _reads(each)]):
        assert time.monotonic() < give_up
    os.kill(reading[0], signal.SIGKILL)
    assert workers.ask("another").question == "another"
    while any(map(_lives, old)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert [each for each in old if _lives(each)] == []


def test_one_that_could_not_open_the_archive_tries_again(
    started: Callable[..., Workers], home: Path
) -> None:
    workers = started(opened, home, 1)
    away = home.with_name("away")
    home.rename(away)
    os.kill(next(iter(workers._pool._processes)), signal.SIGKILL)
    with pytest.raises(LibraryError):
        workers._put(_reply, Asked("ask", QUESTION, (), 5, Filters()))
    away.rename(home)
    give_up = time.monotonic() + 10
    while not isinstance(reply := _answer_of(workers), Answer) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert isinstance(reply, Answer)


def _answer_of(workers: Workers) -> object:
    try:
        return workers.ask(QUESTION)
    except LibraryError as error:
        return error


def _reads(process: int) -> bool:
    """Tell whether a process waits in `read`, not for a lock."""
    called = Path(f"/proc/{process}/syscall").read_text(encoding="utf-8").split()[0]
    return called == {"x86_64": "0", "aarch64": "63"}[platform.machine()]


def test_a_question_that_ends_them_twice_is_given_up(
    started: Callable[..., Workers], home: Path
) -> None:
    workers = started(fragile, home)
    with pytest.raises(ServerBusy, match="ended before it was done"):
        workers.ask(ENDS)
    assert workers.ask("another").question == "another"


def test_what_keeps_them_from_opening_is_told_at_the_start(
    started: Callable[..., Workers], home: Path
) -> None:
    with pytest.raises(LibraryMismatch, match="encoder"):
        started(partial(opened, salt="another"), home)
    with pytest.raises(ServeError, match="--workers 1"):
        started(ends_at_once, home)


def test_a_store_that_is_for_one_process_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["serve", "--store", "milvus://./news.db", "--workers", "2"]) == 8
    assert "Milvus Lite is for one process" in capsys.readouterr().err


def test_a_machine_that_does_not_allow_it_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("web.workers.ProcessPoolExecutor", refuse)
    with pytest.raises(ServeError, match=r"No space left.*--workers 1"):
        Workers(FakeArchive(), partial(opened, home), 2)


SERVER = """
import sys, time
from functools import partial
from pathlib import Path
from tests.test_workers import fragile, opened
from web.workers import Workers, _reply
from web.wrapped import Asked
if __name__ == "__main__":
    home = Path(sys.argv[1])
    workers = Workers(opened(home), partial(fragile, home), 2)
    workers.start()
    print(workers.ask("slow").understood_as, flush=True)
    time.sleep(60)
"""


def test_they_end_with_the_server_however_it_ends(home: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    worker = int(server.stdout.readline())
    os.kill(worker, signal.SIGTERM)
    os.kill(worker, signal.SIGINT)  # as a terminal sends it to all: stopping is the server's part
    time.sleep(0.2)
    assert _lives(worker)
    server.kill()
    server.wait()
    server.stdout.close()
    give_up = time.monotonic() + 10
    while _lives(worker) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not _lives(worker)


COMMAND = """
import sys, app, cli.serve
from tests.test_workers import of_options
cli.serve.archive_of = of_options
if __name__ == "__main__":
    sys.exit(app.main(sys.argv[1:]))
"""


def test_the_command_serves_with_them_and_stops(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--workers", "2", "--port", port,
         "--library", str(home)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    assert any("answers at" in line for line in server.stderr)
    body = json.dumps({"question": QUESTION}).encode()
    for path, status in (("ask", "answered"), ("ask", "answered"), ("search", None)):
        request = Request(f"http://127.0.0.1:{port}/api/{path}", body)
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=30) as response:
            assert json.load(response).get("status") == status
    server.send_signal(signal.SIGTERM)
    _, said = server.communicate(timeout=30)
    assert (server.returncode, said) == (0, "")


def test_asked_from_many_threads(started: Callable[..., Workers], home: Path) -> None:
    workers = started(opened, home)
    expected = workers.ask(QUESTION)
    wrong: list[object] = []

    def ask() -> None:
        wrong.extend(reply for _ in range(5) if (reply := workers.ask(QUESTION)) != expected)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Where nobody waits for an orphan it stays as a zombie, which holds nothing.
    stat = Path(f"/proc/{process}/stat")
    return (
        not stat.exists() or stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )
