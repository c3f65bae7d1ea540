"""People who ask a running server over HTTP, many at once: what they got, and how long it took.

Shared by `benchmarks.crowd` and `benchmarks.loris`. A visitor asks, reads the reply, and asks again
at once; one who is told to come back later waits a moment, shorter than told.
"""

from __future__ import annotations

import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit

import numpy as np

PAUSE_SECONDS = 1.0
"""What a visitor waits who was refused; servers ask for more."""

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """Where to ask, and what to show."""

    address: str
    token: str = ""

    def connection(self) -> HTTPConnection:
        """Open nothing yet; the first request does."""
        parts = urlsplit(self.address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.netloc, timeout=_PATIENCE_SECONDS)

    def headers(self) -> dict[str, str]:
        """Return what goes with each request."""
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Content-Type": "application/json", **shown}

    def path(self, route: str) -> str:
        """Return a route below the address, such as `/quoth/api/ask`."""
        return urlsplit(self.address).path.rstrip("/") + route


@dataclass(frozen=True)
class Outcome:
    """What became of one question."""

    kind: str
    """The status; `503 without Retry-After`, or the kind of error, where that is what came."""
    seconds: float


def questions_of(server: Server, testset: Path | None) -> list[str]:
    """Return the questions of a test set, or one about each title that the server lists.

    Raises:
        SystemExit: the server does not answer, or holds nothing to ask about.
    """
    if testset is not None:
        from qa.evaluate.load import load_testset

        return [question.text for question in load_testset(testset).questions]
    connection = server.connection()
    try:
        connection.request("GET", server.path("/api/articles"), headers=server.headers())
        answer = connection.getresponse()
        listed = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        raise SystemExit(
            f"{server.address} does not answer ({error}); first: quoth serve"
        ) from error
    finally:
        connection.close()
    if answer.status != 200 or not listed["articles"]:
        raise SystemExit(f"{server.address} answers {answer.status} and lists no articles")
    return [f"What is said about {each['title']}?" for each in listed["articles"]]


def ask_all(server: Server, questions: Sequence[str], users: int, seconds: float) -> list[Outcome]:
    """Let so many visitors ask for so long; return what became of every question."""
    found: list[list[Outcome]] = [[] for _ in range(users)]
    end = monotonic() + seconds
    threads = [
        threading.Thread(target=_visit, args=(server, questions, number, end, found[number]))
        for number in range(users)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome for each in found for outcome in each]


def _visit(
    server: Server, questions: Sequence[str], number: int, end: float, found: list[Outcome]
) -> None:
    choose = random.Random(number)
    sleep(choose.random())  # nobody arrives at the same instant
    connection = server.connection()
    while monotonic() < end:
        outcome = _ask(server, connection, choose.choice(questions))
        found.append(outcome)
        if outcome.kind != "200":
            sleep(PAUSE_SECONDS)
    connection.close()


def _ask(server: Server, connection: HTTPConnection, question: str) -> Outcome:
    started = perf_counter()
    try:
        body = json.dumps({"question": question})
        connection.request("POST", server.path("/api/ask"), body, server.headers())
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        connection.close()
        return Outcome(type(error).__name__, perf_counter() - started)
    kind = str(answer.status)
    if answer.status == 503 and not (answer.headers.get("Retry-After") or "").isdecimal():
        kind = "503 without Retry-After"
    return Outcome(kind, perf_counter() - started)


def ask_once(
    server: Server, question: str, route: str = "/api/ask"
) -> tuple[str, dict[str, Any] | None]:
    """Put one question; return the status, or the kind of error, and the reply if it is one."""
    connection = server.connection()
    try:
        body = json.dumps({"question": question})
        connection.request("POST", server.path(route), body, server.headers())
        answer = connection.getresponse()
        return str(answer.status), json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__, None
    finally:
        connection.close()


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def summary(outcomes: Sequence[Outcome], seconds: float) -> list[str]:
    """Return lines that say what was counted: outcomes, and times of answers and of refusals."""
    counts = Counter(outcome.kind for outcome in outcomes)
    lines = [f"{count:7} {kind}" for kind, count in sorted(counts.items())]
    for kind, name in (("200", "answers"), ("503", "refusals")):
        times = [outcome.seconds for outcome in outcomes if outcome.kind == kind]
        if times:
            median, high = np.percentile(times, [50, 99])
            lines.append(
                f"{name}: {len(times) / seconds:.1f} a second, p50 {median:.2f} s, p99 {high:.2f} s"
            )
    return lines


def slowest(outcomes: Sequence[Outcome]) -> float:
    """Return the 99th percentile of the seconds that answers took; infinite without any."""
    times = [outcome.seconds for outcome in outcomes if outcome.kind == "200"]
    return float(np.percentile(times, 99)) if times else float("inf")
