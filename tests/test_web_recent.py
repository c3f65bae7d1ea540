"""The same question twice costs one answer, while the archive stays as it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from index.filters import Filters
from qa.answer import Answer, Reply
from tests.fake_archive import FakeArchive
from web.recent import MOST_SECONDS, Recent

QUESTION = "What saved the night ferry?"


class Counting(FakeArchive):
    """Counts what it is asked, and may be slow."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: list[str] = []
        self.generation = 1
        self.seconds = 0.0
        self.during: list[Any] = []

    def ask(self, question: str, *, history: Sequence[str] = (), **how: Any) -> Reply:
        self.counted.append(question)
        time.sleep(self.seconds)
        for change in self.during:
            change()
        return super().ask(question, history=history, **how)

    def search(self, question: str, *, history: Sequence[str] = (), **how: Any) -> Reply:
        self.counted.append(f"search {question}")
        return super().search(question, history=history, **how)


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_the_same_question_is_answered_once(counting: Counting) -> None:
    recent = Recent(counting, 8)
    assert recent.ask(QUESTION) is recent.ask(QUESTION)
    assert counting.counted == [QUESTION]


def test_what_differs_at_all_is_asked_again(counting: Counting) -> None:
    recent = Recent(counting, 8)
    recent.ask(QUESTION)
    recent.ask(QUESTION + " ")
    recent.ask(QUESTION, k=3)
    recent.ask(QUESTION, history=("Which ferry?",))
    recent.ask(QUESTION, filters=Filters(since="2020"))
    recent.search(QUESTION, k=5)
    assert len(counting.counted) == 6


def test_a_change_of_the_archive_counts_at_once(counting: Counting) -> None:
    recent = Recent(counting, 8)
    recent.ask(QUESTION)
    counting.generation += 1
    recent.ask(QUESTION)
    assert len(counting.counted) == 2


def test_a_reply_during_which_the_archive_changed_is_not_kept(counting: Counting) -> None:
    recent = Recent(counting, 8)

    def change() -> None:
        counting.generation += 1

    counting.during.append(change)
    recent.ask(QUESTION)
    counting.during.clear()
    recent.ask(QUESTION)
    recent.ask(QUESTION)
    assert len(counting.counted) == 2


def test_a_reply_grows_old(counting: Counting) -> None:
    now = [0.0]
    recent = Recent(counting, 8, clock=lambda: now[0])
    recent.ask(QUESTION)
    now[0] = MOST_SECONDS
    recent.ask(QUESTION)
    assert len(counting.counted) == 1
    now[0] = MOST_SECONDS + 1
    recent.ask(QUESTION)
    assert len(counting.counted) == 2


def test_no_more_are_kept_than_were_said(counting: Counting) -> None:
    recent = Recent(counting, 2)
    for question in (
        "Which ferry?",
        "Which harbour?",
        "Which ferry?",
        "Which lorries?",
        "Which ferry?",
        "Which harbour?",
    ):
        recent.ask(question)
    assert counting.counted == [
        "Which ferry?",
        "Which harbour?",
        "Which lorries?",
        "Which harbour?",
    ]
    none = Recent(counting, 0)
    none.ask("Which council?")
    none.ask("Which council?")
    assert counting.counted[-2:] == ["Which council?", "Which council?"]


def test_many_who_ask_the_same_at_once_share_one_answer(counting: Counting) -> None:
    recent = Recent(counting, 8)
    counting.seconds = 0.3
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda: replies.append(recent.ask(QUESTION))) for _ in range(6)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.perf_counter() - started < 1.5  # as soon as there is an answer
    assert (len(replies), len(set(map(id, replies)))) == (6, 1)
    assert counting.counted == [QUESTION]


def test_an_error_is_not_kept_and_holds_nobody_up(counting: Counting) -> None:
    recent = Recent(counting, 8)

    def fail() -> None:
        raise OSError("a disk is gone")

    counting.during.append(fail)
    for _ in range(2):
        with pytest.raises(OSError, match="a disk is gone"):
            recent.ask(QUESTION)
    counting.during.clear()
    started = time.perf_counter()
    recent.ask(QUESTION)
    assert time.perf_counter() - started < 1
    assert len(counting.counted) == 3


def test_replies_of_an_earlier_state_are_let_go(counting: Counting) -> None:
    recent = Recent(counting, 8)
    recent.ask(QUESTION)
    recent.ask("What kills the otters?")
    counting.generation = 2
    recent.ask(QUESTION)
    assert [kept.generation for kept in recent._kept.values()] == [2]


def test_a_slow_reply_of_an_earlier_state_pushes_no_newer_one_out(counting: Counting) -> None:
    recent = Recent(counting, 8)

    def change_and_be_asked() -> None:
        counting.during.clear()
        counting.generation = 2
        recent.ask(QUESTION)

    counting.during.append(change_and_be_asked)
    recent.ask("What kills the otters?")
    recent.ask(QUESTION)
    assert counting.counted == ["What kills the otters?", QUESTION]


def test_what_replies_hold_together_is_bounded(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def holds(question: str) -> int:
        reply = counting.ask(question)
        assert isinstance(reply, Answer)
        return sum({each.passage.article.id: len(each.passage.article.text)
                    for each in reply.extracts}.values())  # fmt: skip

    first, second = QUESTION, "How many days of annual leave are there?"
    monkeypatch.setattr("web.recent.MOST_CHARACTERS", holds(first) + holds(second))
    counting.counted.clear()
    recent = Recent(counting, 8)
    for question in (first, second, first, second):
        recent.ask(question)
    assert counting.counted == [first, second]
    monkeypatch.setattr("web.recent.MOST_CHARACTERS", max(holds(first), holds(second)))
    counting.counted.clear()
    recent = Recent(counting, 8)
    for question in (first, second, second, first):
        recent.ask(question)
    assert counting.counted == [first, second, first]
    monkeypatch.setattr("web.recent.MOST_CHARACTERS", holds(first) - 1)
    recent = Recent(counting, 8)
    counting.counted.clear()
    for question in (first, first):
        recent.ask(question)
    assert counting.counted == [first, first]
