"""The programs' way in: REST is `quoth ask --json`, errors are problems, OpenAI's client works."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from benchmarks.api_fuzz import run
from corpus.errors import LibraryDamaged
from index.library import Library
from qa.answer import Answer, Reply
from qa.archive import Archive
from qa.as_json import reply_json
from qa.read import RuleReader
from qa.rules import AskRules
from tests.cli_tools import ready
from tests.conftest import FakeEncoder
from tests.fake_archive import ARTICLES, FakeArchive
from web.policy import Policy
from web.serve import build_app

QUESTION = "When does the night ferry leave?"
PROBLEM = "application/problem+json"
UNHURRIED = Policy(questions_per_minute=0)


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = build_app(FakeArchive(), policy=UNHURRIED)
    return TestClient(app, raise_server_exceptions=False)


def chat(client: TestClient, *texts: str, **more: object) -> Any:
    messages = [{"role": "user", "content": text} for text in texts]
    return client.post("/v1/chat/completions", json={"model": "m", "messages": messages, **more})


def test_ask_is_the_json_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> None:
    quoth = ready(monkeypatch, capsys, tmp_path)
    assert quoth("ingest", folder).code == 0
    question = "How many lorries does the night ferry carry?"
    printed = quoth("ask", question, "--json", "-k", "2").json
    archive = Archive.open(quoth.library, reader=RuleReader())
    served = TestClient(build_app(archive)).post("/api/ask", json={"question": question, "k": 2})
    archive.close()
    assert served.json() == printed


def test_every_quotation_is_a_slice_of_the_article_served(client: TestClient) -> None:
    for route in ("/api/ask", "/api/search"):
        reply = client.post(route, json={"question": QUESTION}).json()
        extracts = reply.get("extracts") or reply["results"]
        assert extracts
        for extract in extracts:
            stored = client.get(f"/api/articles/{extract['article']['id']}").json()
            assert stored["fingerprint"] == extract["article"]["fingerprint"]
            for part in (extract["passage"], *extract["highlights"]):
                assert stored["text"][part["start"] : part["end"]] == part["text"]


def test_history_completes_a_follow_up(client: TestClient) -> None:
    asked = {"question": "And what does it cost?", "history": [QUESTION]}
    assert QUESTION in client.post("/api/ask", json=asked).json()["understood_as"]


def test_search_gives_passages_where_ask_abstains(folder: Path, tmp_path: Path) -> None:
    from index.ingest import ingest

    encoder = FakeEncoder()
    ingest([folder], tmp_path / "library", encoder)
    archive = Archive(Library.open(tmp_path / "library"), encoder, rules=AskRules(bar=1.1))
    client = TestClient(build_app(archive))
    asked = {"question": "How many lorries does the ferry carry?", "k": 2}
    assert client.post("/api/ask", json=asked).json()["status"] == "abstained"
    assert len(client.post("/api/search", json=asked).json()["results"]) == 2
    archive.close()


@pytest.mark.parametrize("route", ["/api/ask", "/api/search"])
def test_filters_are_those_the_reply_shows(client: TestClient, route: str) -> None:
    asked = {"question": "What kills the otters? And what saved the night ferry?"}

    def found(filters: dict[str, Any] | None) -> set[str]:
        more = {} if filters is None else {"filters": filters}
        reply = client.post(route, json={**asked, **more}).json()
        assert reply["filters"] == (filters or {})
        shown = [reply.get(name) or [] for name in ("extracts", "nearest", "results")]
        return {each["article"]["id"] for part in shown for each in part}

    narrow = {"since": "2024", "until": "2024-04", "author": ["jo reed"], "source": ["notes"]}
    assert found(narrow) == {"otters"}
    assert found({"language": ["en"]}) == {"night-ferry"}
    assert found({"since": "2030"}) == set()
    assert found({}) == found(None) > {"otters"}


@pytest.mark.parametrize("route", ["/api/ask", "/api/search"])
@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"since": "soon"}, "'soon' is no date; write 2023"),
        ({"since": "2024", "until": "2023"}, "swap the two dates"),
        ({"language": ["english"]}, "english"),
        ({"author": [" "]}, "the filter author takes 1 to 200 characters"),
        ({"author": "Jo Reed"}, "body.filters.author: Input should be a valid list"),
        ({"author": [1]}, "body.filters.author.0"),
        ({"author": ["x"] * 11}, "body.filters.author"),
        ({"source": ["x" * 201]}, "body.filters.source.0"),
        ({"authors": ["Jo Reed"]}, "body.filters.authors: Extra inputs"),
        ([], "body.filters"),
        (None, "body.filters"),
    ],
    ids=str,
)
def test_filters_that_cannot_be_used_are_problems(
    client: TestClient, route: str, filters: Any, says: str
) -> None:
    answer = client.post(route, json={"question": QUESTION, "filters": filters})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert says in answer.json()["detail"]


def test_the_description_shows_filters(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()["components"]["schemas"]
    assert set(described["FiltersIn"]["properties"]) == {
        "since", "until", "author", "source", "language",
    }  # fmt: skip
    shown = [example for example in described["Asked"]["examples"] if "filters" in example]
    assert shown
    for example in shown:
        assert client.post("/api/ask", json=example).status_code == 200


def test_articles_are_listed_in_pages(client: TestClient) -> None:
    whole = client.get("/api/articles").json()
    assert whole["total"] == len(whole["articles"]) == len(ARTICLES)
    parts = [client.get(f"/api/articles?offset={n}&limit=2").json() for n in (0, 2, 4)]
    assert [a for part in parts for a in part["articles"]] == whole["articles"]
    assert client.get("/api/articles?offset=99").json()["articles"] == []


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "says"),
    [
        ("POST", "/api/ask", {"question": " "}, 422, "no words"),
        ("POST", "/api/ask", {"question": "x" * 2_001}, 422, "body.question: String should have"),
        ("POST", "/api/ask", {"question": "x", "k": 0}, 422, "body.k"),
        ("POST", "/api/ask", {"question": "x", "more": 1}, 422, "body.more: Extra inputs"),
        ("POST", "/api/ask", [], 422, "send a JSON object, as application/json"),
        ("POST", "/api/ask", b"{", 400, "the body is not JSON"),
        ("POST", "/api/ask", b'"\xff"', 400, "not JSON"),
        ("POST", "/api/ask", {"question": "x" * 70_000}, 413, "larger than"),
        ("GET", "/api/articles/nobody", None, 404, "no article has this id"),
        ("GET", "/api/nothing", None, 404, "GET /api/docs"),
        ("GET", "/api/ask", None, 405, "use POST here"),
        ("POST", "/metrics", None, 405, "use GET here"),
        ("POST", "/api/ask", {"question": "crash"}, 500, "the server's log says what"),
    ],
)
def test_errors_are_problem_details(
    client: TestClient, verb: str, path: str, body: Any, status: int, says: str
) -> None:
    how = {"content": body} if isinstance(body, bytes) else {"json": body}
    headers = {"content-type": "application/json"}
    answer = client.request(verb, path, headers=headers, **how)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    told = answer.json()
    assert told["status"] == status
    assert says in told["detail"]
    assert "secret" not in answer.text
    assert "x" * 50 not in answer.text
    assert "content-security-policy" in answer.headers
    assert (status == 405) == ("allow" in answer.headers)


def test_a_library_that_cannot_be_used_is_503_and_not_ready() -> None:
    class Damaged(FakeArchive):
        def ask(self, question: str, **_: Any) -> Reply:
            raise LibraryDamaged("the library cannot be read; restore it")

        def size(self) -> tuple[int, int]:
            if self.asked:
                raise LibraryDamaged("the library cannot be read; restore it")
            return super().size()

    archive = Damaged()
    client = TestClient(build_app(archive), raise_server_exceptions=False)
    assert client.get("/api/health").json() == {
        "live": True, "ready": True, "articles": 6, "passages": 18,
    }  # fmt: skip
    archive.asked.append(("", ()))
    assert client.get("/api/health").status_code == 503
    assert client.get("/api/health").json()["live"] is True
    answer = client.post("/api/ask", json={"question": QUESTION})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "restore it" in answer.json()["detail"]
    assert "restore it" in chat(client, QUESTION).json()["error"]["message"]
    assert "quoth_articles NaN" in client.get("/metrics").text


def test_the_metrics_count_how_questions_ended() -> None:
    client = TestClient(build_app(FakeArchive()), raise_server_exceptions=False)
    for question in (QUESTION, "zzz qqq", " ", "crash"):
        client.post("/api/ask", json={"question": question})
    text = client.get("/metrics").text
    for ended in ("answered", "abstained", "refused", "failed"):
        assert f'quoth_questions_total{{ended="{ended}"}} 1.0' in text
    assert "quoth_question_seconds_count 4.0" in text
    assert "quoth_articles 6.0" in text
    assert "quoth_questions_under_way 0.0" in text
    assert "ferry" not in text


def test_the_documentation_loads_nothing(client: TestClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == ["openapi.json"]
    assert "<script" not in page.text
    described = client.get("/api/openapi.json").json()
    for path in described["paths"]:
        assert path.replace("{", "{") in page.text
    assert "curl" in page.text


def test_the_api_keeps_to_its_description() -> None:
    answers, wrong = run(build_app(FakeArchive(), policy=UNHURRIED), 150, 0)
    assert wrong == []
    assert sum(answers.values()) >= 150
    assert any(answer.endswith(" 200") for answer in answers)


def test_a_break_of_the_description_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from web.api import routes

    def wrong_json(reply: Reply) -> dict[str, Any]:
        return {**reply_json(reply), "confidence": "high"}

    monkeypatch.setattr(routes, "reply_json", wrong_json)
    _, wrong = run(build_app(FakeArchive(), policy=UNHURRIED), 50, 0)
    assert any("POST /api/ask" in line for line in wrong)


def test_a_chat_is_answered_in_the_extracts_words(client: TestClient) -> None:
    message = chat(client, QUESTION).json()["choices"][0]["message"]
    reply = FakeArchive().ask(QUESTION, k=3)
    assert isinstance(reply, Answer)
    assert len(message["annotations"]) == len(reply.extracts) > 0
    for number, annotation in enumerate(message["annotations"], 1):
        place, cited = annotation["quoth"], annotation["url_citation"]
        stored = client.get(f"/api/articles/{place['article']}").json()
        quoted = message["content"][cited["start_index"] : cited["end_index"]]
        assert quoted == f"“{stored['text'][place['start'] : place['end']].strip()}” [{number}]"
        assert stored["fingerprint"] == place["fingerprint"]
        assert f"\n[{number}] {cited['title']}" in "\n" + message["content"]


def test_a_chat_abstains_and_follows_up(client: TestClient) -> None:
    content = chat(client, "zzz qqq").json()["choices"][0]["message"]["content"]
    assert content == "The archive does not say."
    archive = FakeArchive()
    served = TestClient(build_app(archive))
    parts = [
        {"type": "text", "text": "And the"},
        {"type": "image_url"},
        {"type": "text", "text": "cost?"},
    ]
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "At 22:40."},
        {"role": "user", "content": parts},
    ]
    answer = served.post("/v1/chat/completions", json={"messages": messages})
    assert answer.status_code == 200
    assert archive.asked == [("And the\ncost?", (QUESTION,))]
    none = served.post("/v1/chat/completions", json={"messages": messages[:1]})
    assert (none.status_code, none.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The application at a real address, for clients that bring their own connection."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(build_app(FakeArchive()), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def test_the_official_client_of_openai_works_unchanged(address: str) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="unused", max_retries=0)
    assert [model.id for model in client.models.list()] == ["quoth"]
    messages = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model="quoth", messages=messages)
    message = whole.choices[0].message
    assert message.annotations[0].type == "url_citation"
    assert message.annotations[0].url_citation.end_index <= len(message.content)
    events = list(client.chat.completions.create(model="quoth", messages=messages, stream=True))
    streamed = "".join(event.choices[0].delta.content or "" for event in events)
    assert streamed == message.content
    assert events[-1].choices[0].finish_reason == "stop"
    assert [a["type"] for a in events[-1].choices[0].delta.annotations] == ["url_citation"] * len(
        message.annotations
    )
    with pytest.raises(openai.UnprocessableEntityError, match="no words"):
        client.chat.completions.create(model="quoth", messages=[{"role": "user", "content": "?"}])


def test_the_stream_is_not_held_back(client: TestClient) -> None:
    with client.stream("POST", "/v1/chat/completions", json={
        "messages": [{"role": "user", "content": QUESTION}], "stream": True,
    }) as answer:  # fmt: skip
        assert answer.headers["x-accel-buffering"] == "no"
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line.removeprefix("data: ")) for line in lines[:-1])
