"""Votes: kept with the words they are about, taken back, and made into a test set."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from corpus.article import Span
from corpus.errors import FeedbackError
from index import feedback as module
from index.feedback import Feedback, Right, Vote, quoted
from qa import feedback_set
from qa.evaluate.load import load_testset
from tests.browser_tools import running
from tests.cli_tools import ready
from tests.fake_archive import ARTICLES, FakeArchive

OTTERS = next(article for article in ARTICLES if article.id == "otters")
BY_ID = {article.id: article for article in ARTICLES}
VOTE = Vote("0123456789ab", "What kills the otters?", "otters", ("Cars",), "up")


@pytest.fixture
def kept(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path)


def test_a_vote_is_kept_replaced_and_taken_back(kept: Feedback) -> None:
    assert kept.votes() == []
    assert not kept.path.exists()  # reading leaves nothing behind
    kept.put(VOTE)
    (first,) = kept.votes()
    assert first == replace(VOTE, time=first.time)
    assert first.time.endswith("Z")
    changed = replace(
        VOTE, verdict="down", reason="too short", history=("What came back?",),
        right=Right("otters-copy", "Cars kill more"),
    )  # fmt: skip
    kept.put(changed)
    assert kept.votes() == [replace(changed, time=first.time)]
    assert kept.withdraw(VOTE.id)
    assert not kept.withdraw(VOTE.id)
    assert kept.votes() == []
    assert b"too short" not in kept.path.read_bytes()  # what is taken back is overwritten


def test_a_full_file_takes_no_more_but_changes(
    kept: Feedback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_VOTES", 1)
    kept.put(VOTE)
    with pytest.raises(FeedbackError, match="is full: 1 votes; export"):
        kept.put(replace(VOTE, id="ba9876543210"))
    kept.put(replace(VOTE, reason="indeed"))
    assert [vote.reason for vote in kept.votes()] == ["indeed"]


def test_a_damaged_file_is_one_line(kept: Feedback) -> None:
    kept.path.write_bytes(b"no database" * 1_000)
    with pytest.raises(FeedbackError, match=r"cannot be used .* move the file away"):
        kept.put(VOTE)
    with pytest.raises(FeedbackError, match="cannot be used"):
        kept.votes()


@pytest.fixture
def left(kept: Feedback, tmp_path: Path) -> Feedback:
    """Votes with a change that was on its way to the disk when its process died."""
    for number in range(20):
        kept.put(replace(VOTE, id=str(number), reason="so " * 5_000))
    with closing(sqlite3.connect(kept.path)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # pages go to the disk before the COMMIT
        connection.execute("UPDATE votes SET reason = reason || 'x'")
        copy = tmp_path / "left"
        copy.mkdir()
        for file in tmp_path.glob("feedback.sqlite*"):
            shutil.copy(file, copy / file.name)
    return Feedback(copy)


def test_what_a_dying_voter_had_begun_is_taken_back(left: Feedback) -> None:
    assert left.path.with_name("feedback.sqlite-journal").exists()
    votes = left.votes()
    assert len(votes) == 20
    assert {vote.reason for vote in votes} == {"so " * 5_000}
    assert not left.path.with_name("feedback.sqlite-journal").exists()


def test_who_may_not_take_it_back_is_not_told_to_lose_votes(
    left: Feedback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "roll_back", lambda _: None)
    with pytest.raises(FeedbackError, match="no vote is lost: read it once as a user who may"):
        left.votes()


def test_words_are_taken_from_the_stored_article() -> None:
    assert quoted(OTTERS, OTTERS.fingerprint[:8], [Span(0, 6)]) == ("Otters",)
    for article, fingerprint, spans, reason in (
        (None, OTTERS.fingerprint, [Span(0, 6)], "no longer"),
        (OTTERS, "0" * 32, [Span(0, 6)], "has changed"),
        (OTTERS, OTTERS.fingerprint[:7], [Span(0, 6)], "has changed"),
        (OTTERS, OTTERS.fingerprint, [Span(6, 6)], "no slice"),
        (OTTERS, OTTERS.fingerprint, [Span(0, 10_000)], "no slice"),
    ):
        with pytest.raises(FeedbackError, match=reason):
            quoted(article, fingerprint, spans)


def asked(question: str, verdict: str, quote: str, **more: Any) -> Vote:
    article = more.pop("article", "otters")
    return Vote(question, question, article, (quote,), verdict, **more)  # type: ignore[arg-type]


def lines(*votes: Vote) -> list[dict[str, Any]]:
    return [json.loads(line) for line in feedback_set.testset_of(votes, BY_ID.get).lines]


def test_what_was_found_right_is_gold() -> None:
    (line,) = lines(asked("What kills?", "up", "Cars"), asked("What  kills?", "up", "the weir"))
    assert line.pop("id").startswith("vote-")
    assert line == {
        "question": "What kills?", "answers": ["Cars", "the weir"], "article": "otters",
    }  # fmt: skip


def test_the_majority_decides() -> None:
    down = asked("Q", "down", "Cars")
    assert lines(asked("Q", "up", "Cars"), down) == []
    assert lines(asked("Q", "up", "Cars"), asked("Q", "up", "Cars"), down)[0]["answers"] == ["Cars"]


def test_picked_words_are_gold_and_the_extract_voted_down_is_not() -> None:
    right = Right("leave-pdf", "28 days")
    (line,) = lines(asked("How much leave?", "down", "Cars", right=right))
    assert (line["answers"], line["article"]) == (["28 days"], "leave-pdf")
    (line,) = lines(asked("Q", "up", "Cars"), asked("Q", "down", "the weir", right=right))
    assert line["answers"] == ["Cars", "28 days"]
    assert "article" not in line  # words of two articles may stand anywhere


def test_follow_ups_keep_what_was_asked_before() -> None:
    (line,) = lines(asked("And why?", "up", "Cars", history=("What kills?",)))
    assert line["history"] == ["What kills?"]
    assert len(lines(asked("And why?", "up", "Cars"), asked("And why?", "up", "Cars",
                                                            history=("Q",)))) == 2  # fmt: skip


def test_what_is_left_out_is_counted() -> None:
    votes = [
        asked("nobody knows", "down", "Cars"),
        asked("gone", "up", "Cars", article="gone"),
        asked("changed", "up", "Bicycles"),
        asked("kept", "up", "Cars"),
    ]
    made = feedback_set.testset_of(votes, BY_ID.get)
    assert len(made.lines) == 1
    assert (made.without_gold, made.outdated) == (1, 2)


# ---- the route


def body(**changes: Any) -> dict[str, Any]:
    at = OTTERS.text.index("Cars")
    given = {
        "vote": "0123456789ab", "verdict": "up", "question": "What kills the otters?",
        "article": "otters", "fingerprint": OTTERS.fingerprint, "spans": [[at, at + 4]],
    }  # fmt: skip
    return {**given, **changes}


Posted = Callable[..., httpx.Response]


@pytest.fixture
def post(kept: Feedback) -> Any:
    with running(FakeArchive(), feedback=kept) as address, httpx.Client(base_url=address) as client:
        yield lambda **changes: client.post("api/feedback", json=body(**changes))


def test_the_route_keeps_the_words_of_the_stored_article(post: Posted, kept: Feedback) -> None:
    assert post().json() == {"vote": "0123456789ab"}
    place = {"article": "otters", "fingerprint": OTTERS.fingerprint[:8], "start": 0, "end": 6}
    changes = {"verdict": "down", "reason": " no ", "right": place, "history": ["Who came back?"]}
    assert post(**changes).status_code == 200
    (vote,) = kept.votes()
    assert (vote.quotes, vote.verdict, vote.reason) == (("Cars",), "down", "no")
    assert vote.right == Right("otters", "Otters")
    assert vote.history == ("Who came back?",)
    assert post(verdict="none").status_code == 200
    assert kept.votes() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"article": "gone"},
        {"fingerprint": "0" * 32},
        {"spans": [[5, 5]]},
        {"spans": []},
        {"spans": [[0, 10**8]]},
        {"question": "  "},
        {"verdict": "maybe"},
        {"vote": "not hex at all"},
        {"reason": "x" * 1_001},
        {"right": {"article": "otters", "fingerprint": "0" * 8, "start": 0, "end": 6}},
        {"right": {"article": "night-ferry", "fingerprint": BY_ID["night-ferry"].fingerprint,
                   "start": 0, "end": 2_001}},
        {"extra": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_what_cannot_be_proven_is_refused(
    post: Posted, kept: Feedback, changes: dict[str, Any]
) -> None:
    answer = post(**changes)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert kept.votes() == []


def test_no_votes_are_taken_where_none_are_kept() -> None:
    with running(FakeArchive()) as address:
        assert httpx.post(address + "api/feedback", json=body()).status_code == 404
        assert "q-feedback" not in httpx.get(address).text


# ---- the command


def test_votes_become_a_test_set_that_evaluates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    folder: Path,
) -> None:  # fmt: skip
    quoth = ready(monkeypatch, capsys, tmp_path)
    assert quoth("ingest", folder).code == 0
    reply = quoth("ask", "How many lorries does the night ferry carry?", "--json").json
    best = reply["extracts"][0]
    quote = best["highlights"][0]["text"]
    assert quoth("feedback", "list").err.startswith("Nobody has voted yet")
    kept = Feedback(Path("library"))
    kept.put(Vote("0" * 12, reply["question"], best["article"]["id"], (quote,), "up"))
    kept.put(Vote("1" * 12, "Who is king?", best["article"]["id"], (quote,), "down", reason="no"))
    listed = quoth("feedback", "list")
    assert listed.out.startswith(f"+ {reply['question']}")
    assert "why: no" in listed.out
    assert [vote["verdict"] for vote in quoth("feedback", "list", "--json").json] == ["up", "down"]

    made = quoth("feedback", "export", "votes.jsonl")
    assert made.code == 0
    assert made.err.startswith("1 questions from 2 votes; 1 left out")
    (question,) = load_testset(Path("votes.jsonl")).questions
    assert question.golds[0].quote == quote
    assert quoth("feedback", "export", "-").out == Path("votes.jsonl").read_text("utf-8")
    assert quoth("evaluate", "votes.jsonl", "--require", "shown@1>=1").code == 0
    assert quoth("verify").code == 0

    refused = quoth("feedback", "export", "votes.txt")
    assert (refused.code, "end it in .jsonl" in refused.err) == (17, True)
    assert quoth("feedback", "clear").code == 17
    assert len(kept.votes()) == 2
    assert quoth("feedback", "clear", "--yes").out == "2 votes forgotten\n"
    assert kept.votes() == []


def test_an_unknown_verdict_cannot_be_stored(kept: Feedback) -> None:
    kept.put(VOTE)
    with sqlite3.connect(kept.path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE votes SET verdict = 'maybe'")
    connection.close()
