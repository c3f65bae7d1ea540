"""How much: questions a minute, requests open at once, questions answered at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from corpus.errors import ServerBusy
from qa.answer import Reply
from tests.asgi import ask, shown
from tests.fake_archive import FakeArchive
from web.door import QUESTIONS, is_question
from web.guard import MAX_HEADERS, Guard
from web.languages.german import GERMAN
from web.limits import Admitted, Crowd, Gate, Rate
from web.peers import neighbourhood, read_address
from web.policy import MOST_AT_ONCE, Policy
from web.serve import build_app
from web.turns import Refused, Replies
from web.words import ENGLISH

ASKING = {"ask", "picked", "load"}
QUESTION = json.dumps({"data": ["What saved the ferry?", []], "fn_index": 0}).encode()


# ---- the bucket ----------------------------------------------------------------------------------


def test_a_burst_then_one_a_second() -> None:
    now = [0.0]
    rate = Rate(60, burst=20, clock=lambda: now[0])
    assert [rate.wait("ann") for _ in range(20)] == [0] * 20
    assert rate.wait("ann") == 1
    assert rate.wait("bob") == 0
    now[0] = 0.99
    assert rate.wait("ann") == 1
    now[0] = 1.0
    assert [rate.wait("ann"), rate.wait("ann")] == [0, 1]
    now[0] = 1_000.0
    assert [rate.wait("ann") for _ in range(21)] == [0] * 20 + [1]


def test_a_slow_rate_says_how_long_to_wait_and_none_is_no_limit() -> None:
    now = [0.0]
    slow = Rate(1, burst=1, clock=lambda: now[0])
    assert [slow.wait("ann"), slow.wait("ann")] == [0, 60]
    now[0] = 59.5
    assert slow.wait("ann") == 1
    free = Rate(0)
    assert not any(free.wait("ann") for _ in range(1_000))
    assert len(free) == 0


def test_in_the_long_run_the_rate_holds() -> None:
    now = [0.0]
    rate = Rate(60, burst=20, clock=lambda: now[0])
    asked = 0
    for step in range(6_000):  # ten minutes, ten tries a second
        now[0] = step / 10
        asked += rate.wait("ann") == 0
    assert 600 <= asked <= 620


def test_memory_is_bounded_however_many_addresses() -> None:
    rate = Rate(60, remember=100)
    for n in range(10_000):
        rate.wait(f"10.0.{n // 250}.{n % 250}")
    assert len(rate) == 100


def test_a_visitor_of_ipv6_is_counted_by_its_network() -> None:
    same = {neighbourhood(read_address(f"2001:db8:1:2::{n:x}")) for n in range(1, 50)}
    assert same == {"2001:db8:1:2::/64"}
    assert neighbourhood(read_address("2001:db8:1:3::1")) not in same
    assert neighbourhood(read_address("::ffff:10.0.0.1")) == "10.0.0.1"
    assert neighbourhood(None) == "unknown"


# ---- at the door ---------------------------------------------------------------------------------


def test_only_questions_count_and_the_refusal_says_when_to_come_back() -> None:
    app = Guard(shown, Policy(questions_per_minute=6))
    for _ in range(100):
        assert ask(app, "/source/x").status == 200
    answers = [ask(app, "/api/ask", method="POST", body=b"{}") for _ in range(21)]
    assert [each.status for each in answers] == [200] * 20 + [429]
    assert answers[-1].headers["retry-after"] == "10"
    assert answers[-1].headers["content-type"] == "application/problem+json"
    for path in QUESTIONS:  # one bucket for all of them
        assert ask(app, path, method="POST", body=QUESTION).status == 429
    assert ask(app, "//API/./ask", method="POST").status == 429
    assert ask(app, "/api/ask", query=b"q=x").status == 429
    assert ask(app, "/source/x").status == 200
    assert ask(app, "/api/ask", method="POST", peer=("10.0.0.9", 1)).status == 200


def test_a_person_is_counted_by_name_whatever_the_address() -> None:
    policy = Policy(
        questions_per_minute=60, identity_header="x-remote-user", proxies=frozenset({"10.0.0.5"})
    )
    app = Guard(shown, policy)

    def asked(name: bytes, address: bytes) -> int:
        headers = [(b"x-remote-user", name), (b"x-forwarded-for", address)]
        return ask(app, "/api/ask", headers, peer=("10.0.0.5", 1), method="POST").status

    statuses = [asked(b"ann", f"192.0.2.{n}".encode()) for n in range(25)]
    assert statuses.count(429) >= 4
    assert asked(b"bob", b"192.0.2.1") == 200


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        ({"data": ["What?", []]}, True),
        ({"data": [[], "x"]}, True),
        ({"data": [[["deep"]]]}, True),
        ({"data": [], "event_data": {"value": {"text": "What?"}}}, True),
        ({"data": [0]}, True),
        ({"data": []}, False),
        ({"data": [[]], "event_data": None, "fn_index": 3}, False),
        ({"data": ["", None, [], {}, False]}, False),
        ({}, True),
        ([], True),
    ],
    ids=str,
)
def test_an_event_of_the_page_counts_if_it_carries_anything(event: Any, counted: bool) -> None:
    body: list[Any] = [{"type": "http.request", "body": json.dumps(event).encode()}]
    scope = {"query_string": b""}
    assert is_question(scope, "/gradio_api/queue/join", body) is counted
    assert is_question({"query_string": b"q=What"}, "/gradio_api/queue/join", body)
    assert is_question(scope, "/api/ask", body)
    assert is_question(scope, "/gradio_api/queue/join", [{"body": b"[" * 60_000}])


def test_what_the_pages_script_is_told_is_in_the_visitors_language() -> None:
    app = Guard(shown, Policy(questions_per_minute=1))
    german = [(b"accept-language", b"de-AT, en;q=0.5")]
    told = {}
    for path in ("/gradio_api/queue/join", "/api/ask"):
        while (answer := ask(app, path, german, method="POST", body=QUESTION)).status == 200:
            pass
        told[path] = answer.json["detail"]
    assert told["/gradio_api/queue/join"].startswith(GERMAN.too_many_more.split("{")[0])
    assert told["/api/ask"].startswith(ENGLISH.too_many_more.split("{")[0])


def test_choosing_a_filter_is_no_question_whatever_is_chosen() -> None:
    app = build_app(FakeArchive(), policy=Policy(questions_per_minute=1))
    functions = app.routes[-1].app.get_blocks().fns  # type: ignore[attr-defined]
    asking = {number for number, each in functions.items() if each.name in ASKING}
    assert len(asking) == len(ASKING)

    def joined(number: object) -> int:
        event = {"data": [["x"]] * 9, "fn_index": number, "session_hash": "s"}
        body = json.dumps(event).encode()
        headers = [(b"content-type", b"application/json")]
        return ask(app, "/gradio_api/queue/join", headers, method="POST", body=body).status

    for number in set(functions) - asking:
        assert [joined(number) for _ in range(3)] == [200] * 3, functions[number].name
    assert [joined(min(asking)) for _ in range(21)].count(429) == 1
    for number in (*asking, True, str(min(set(functions) - asking)), 0.0, None, 999):
        assert joined(number) == 429
    assert joined(min(set(functions) - asking)) == 200


def test_requests_that_stay_open_are_bounded_for_each_and_in_all() -> None:
    crowd = Crowd(most=5, most_each=2)
    places = [crowd.place("ann") for _ in range(3)]
    assert [place.__enter__() for place in places] == [True, True, False]
    others = [crowd.place(f"n{n}") for n in range(4)]
    assert [place.__enter__() for place in others] == [True, True, True, False]
    for place in (*places, *others):
        place.__exit__(None, None, None)
    with crowd.place("ann") as free:
        assert free
    assert len(crowd._inside) == 0


def test_methods_and_header_fields_are_limited() -> None:
    app = Guard(shown, Policy())
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        answer = ask(app, "/", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
        assert answer.headers["x-content-type-options"] == "nosniff"
    many = [(f"x-{n}".encode(), b"y") for n in range(MAX_HEADERS)]
    assert ask(app, "/", many[:-2]).status == 200
    assert ask(app, "/", many).status == 431


# ---- the gate ------------------------------------------------------------------------------------


class Slow(FakeArchive):
    """Answers when it is told to, and remembers how many it answered at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.inside = self.most = 0
        self._count = threading.Lock()

    def ask(self, question: str, **options: Any) -> Reply:
        with self._count:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.go.wait(20)
        with self._count:
            self.inside -= 1
        return super().ask(question, **options)


def until(condition: Any) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def test_so_many_at_once_a_short_line_and_no_more() -> None:
    slow, gate = Slow(), Gate(2)
    archive = Admitted(slow, gate)
    threads = [threading.Thread(target=archive.ask, args=("the ferry",)) for _ in range(18)]
    for thread in threads:
        thread.start()
    until(gate.is_full)  # two are answered, sixteen wait
    with pytest.raises(ServerBusy):
        archive.ask("the ferry")
    assert archive.size()[0] == 6  # what costs nothing does not wait
    slow.go.set()
    for thread in threads:
        thread.join(10)
    assert slow.most == 2
    assert len(slow.asked) == 18
    assert not gate.is_full()
    assert archive.ask("the ferry")


def test_nobody_waits_for_ever_and_a_failure_gives_the_place_back() -> None:
    slow, gate = Slow(), Gate(1, patience=0.05)
    archive = Admitted(slow, gate)
    thread = threading.Thread(target=archive.ask, args=("the ferry",))
    thread.start()
    until(lambda: slow.inside)
    with pytest.raises(ServerBusy):
        archive.ask("the ferry")
    slow.go.set()
    thread.join(10)
    for _ in range(50):
        with pytest.raises(RuntimeError):
            archive.ask("crash")
    assert archive.ask("the ferry")


def test_the_line_is_as_long_as_its_end_can_expect_to_be_done_in_time() -> None:
    now = [0.0]
    gate = Gate(2, patience=1.5, clock=lambda: now[0])

    def took(seconds: float, times: int = 90) -> None:
        for _ in range(times):
            with gate.through():
                now[0] += seconds

    def length() -> int:
        gate._inside = 0
        while not gate.is_full():
            gate._inside += 1
        length, gate._inside = gate._inside, 0
        return length

    assert length() == 18  # nothing is known yet
    took(0.49)
    # Two are answered, four wait. Before the next had a turn, five would have to end, after
    # 5 × 0.49 s / 2; it would be done 0.49 s later, after 1.7 s.
    assert length() == 6
    for _ in range(30):  # as long on the average, but some take twice as long
        took(0.25, 1)
        took(0.75, 1)
    assert length() == 3
    took(0.01)
    assert length() == 18
    took(30)
    assert length() == 2  # who does not have to wait at all is let through


def test_whoever_sends_slowly_holds_no_place() -> None:
    """300 bodies that are never finished, and others from the same address are served."""

    async def crowd() -> tuple[int, list[bool]]:
        guard = Guard(shown, Policy())

        async def never() -> Any:
            await asyncio.sleep(60)

        async def part() -> Any:
            return {"type": "http.request", "body": b"{", "more_body": True}

        def slow() -> Any:
            waiting = [part, *[never] * 9]
            return lambda: waiting.pop(0)()

        def scope(method: str) -> Any:
            return {"type": "http", "method": method, "path": "/api/ask", "query_string": b"",
                    "headers": [], "client": ("10.0.0.1", 1), "scheme": "http",
                    "root_path": ""}  # fmt: skip

        said: list[Any] = []

        async def send(message: Any) -> None:
            said.append(message)

        tasks = [asyncio.create_task(guard(scope("POST"), slow(), send)) for _ in range(300)]
        await asyncio.sleep(0.05)
        await guard(scope("GET"), never, send)
        still = [not task.done() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return said[0]["status"], still

    status, still = asyncio.run(crowd())
    assert status == 200
    assert all(still)


def test_threads_that_wait_never_fill_the_servers_pool() -> None:
    for at_once in range(1, MOST_AT_ONCE + 1):
        assert Gate(at_once)._most <= MOST_AT_ONCE


def test_whatever_costs_time_goes_through_the_gate() -> None:
    gate = Gate(1)
    archive = Admitted(FakeArchive(), gate)
    gate._inside = gate._most
    for costly in (archive.ask, archive.search):
        with pytest.raises(ServerBusy):
            costly("the ferry")
    assert archive.articles()
    assert archive.article("otters")
    gate._inside = 0
    assert archive.search("the ferry")


def test_a_full_gate_is_a_503_at_once_for_questions_only() -> None:
    gate = Gate(1)
    gate._inside = gate._most
    app = Guard(shown, Policy(), gate=gate)
    for path in QUESTIONS:
        answer = ask(app, path, method="POST", body=QUESTION)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert ask(app, "/source/x").status == 200
    assert ask(app, "/healthz").status == 200


def test_a_busy_archive_is_said_calmly_by_the_page_and_by_the_server() -> None:
    class Full(FakeArchive):
        def ask(self, question: str, **_: Any) -> Reply:
            raise ServerBusy("many")

    with pytest.raises(Refused) as refused:
        Replies(Full(), ENGLISH).ask("What?", ())
    assert ENGLISH.busy in refused.value.html
    app = build_app(Full())
    app.router.routes.insert(0, busy_route(app))
    answer = ask(app, "/api/late")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert (answer.json["status"], answer.json["detail"]) == (503, "many")


def busy_route(app: Any) -> Any:
    def late() -> None:
        raise ServerBusy("many")

    app.get("/api/late")(late)
    return app.router.routes[-1]


def test_a_503_of_others_says_when_to_come_back() -> None:
    async def full(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert ask(Guard(full, Policy()), "/x").headers["retry-after"] == "5"


def test_a_caller_who_goes_away_leaves_its_place() -> None:
    """A body that is never finished reaches nobody, and holds nothing."""
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    guard = Guard(app, Policy())
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/api/ask", "query_string": b"",
             "headers": [], "client": ("10.0.0.1", 1), "scheme": "http"}  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    assert reached == []
