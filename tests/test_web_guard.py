"""The guard: what the running application refuses, and what every answer carries."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Never
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from corpus.errors import ServeError
from tests.fake_archive import FakeArchive
from web.guard import CLOSED, MAX_ADDRESS, MAX_BODY, Guard, Policy, is_closed
from web.serve import OFFLINE, build_app, check_address
from web.turns import MAX_QUESTION

ROUTES = [
    "/",
    "/config",
    "/healthz",
    "/source/otters",
    "/source/nothing-here",
    "/q-static/quoth.css",
    "/q-static/../serve.py",
    "/gradio_api/info",
    "/gradio_api/upload",
    "/docs",
    "/no/such/route",
]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(build_app(FakeArchive()), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "cache-control" in answer.headers


def test_an_error_of_ours_shows_no_trace_and_carries_the_headers() -> None:
    class Broken(FakeArchive):
        def article(self, article_id: str) -> Never:
            raise RuntimeError("secret detail")

    answer = TestClient(build_app(Broken()), raise_server_exceptions=False).get("/source/x")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unused_gradio_routes_are_closed(client: TestClient, path: str, method: str) -> None:
    tail = "=https://example.org/" if path.endswith(("file", "proxy")) else "/summary"
    assert client.request(method, path + tail).status_code == 404
    assert client.request(method, path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "//gradio_api//upload",
        "/gradio_api/./upload",
        "/GRADIO_API/Upload",
        "/gradio_api/file=/etc/passwd",
    ],
)
def test_a_closed_path_in_disguise_is_closed(path: str) -> None:
    assert is_closed(path)


@pytest.mark.parametrize(
    "path", ["/", "/gradio_api/queue/join", "/assets/index.js", "/source/upload"]
)
def test_what_the_page_uses_is_open(path: str) -> None:
    assert not is_closed(path)


def test_no_file_of_the_machine_is_served(client: TestClient) -> None:
    for path in (
        "/source/../../etc/passwd",
        "/source/%2e%2e%2fetc%2fpasswd",
        "/q-static/%2e%2e/serve.py",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "root:" not in answer.text
        assert "def serve" not in answer.text


def test_other_origins_are_not_let_in(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Host": "chat.example"}
    for answer in (
        client.get("/config", headers=headers),
        client.options("/config", headers=headers | {"Access-Control-Request-Method": "POST"}),
        client.post("/gradio_api/queue/join", headers=headers, json={}),
    ):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_forwarding_headers_of_strangers_are_dropped(client: TestClient) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert "evil.example" not in client.get("/config", headers=forged).text
    assert "evil.example" not in client.get("/", headers=forged).text


def test_a_named_proxy_is_believed() -> None:
    def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.headers.get("x-forwarded-host", "none"))

    def ask(policy: Policy) -> str:
        app = Guard(Starlette(routes=[Route("/", echo)]), policy)
        client = TestClient(app, client=("10.0.0.1", 5000))
        return client.get("/", headers={"X-Forwarded-Host": "chat.example"}).text

    assert ask(Policy(proxies=frozenset({"10.0.0.1"}))) == "chat.example"
    assert ask(Policy(proxies=frozenset({"10.0.0.2"}))) == "none"
    assert ask(Policy()) == "none"


def test_long_addresses_are_refused_for_pages_and_programs(client: TestClient) -> None:
    # Gradio, for one, cannot take them apart, and answers 500.
    for path in ("/?q=", "/source/otters?q=", "/api/articles?limit=", "/api/articles/"):
        answer = client.get(path + "x" * MAX_ADDRESS)
        assert answer.status_code == 414
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].endswith("json")
    longest = quote("\U0001f600" * MAX_QUESTION)
    assert client.get(f"/?q={longest}").status_code == 200


def test_large_bodies_are_refused_whether_announced_or_not() -> None:
    async def size(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    client = TestClient(Guard(Starlette(routes=[Route("/", size, methods=["POST"])])))

    def chunks(total: int) -> Iterator[bytes]:
        for at in range(0, total, 1000):
            yield b"x" * min(1000, total - at)

    assert client.post("/", content=b"x" * MAX_BODY).text == str(MAX_BODY)
    assert client.post("/", content=chunks(MAX_BODY)).text == str(MAX_BODY)
    assert client.post("/", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post("/", content=chunks(MAX_BODY + 1)).status_code == 413
    assert client.post("/", content=b"", headers={"Content-Length": "-5"}).status_code == 413
    assert client.post("/", content=b"x" * (MAX_BODY + 1)).headers["x-content-type-options"]


def test_events_are_not_held_back_and_assets_are_kept() -> None:
    def answer(kind: str) -> Callable[[Request], Awaitable[PlainTextResponse]]:
        async def endpoint(_request: Request) -> PlainTextResponse:
            return PlainTextResponse("x", media_type=kind, headers={"Server": "gradio"})

        return endpoint

    routes = [
        Route("/events", answer("text/event-stream")),
        Route("/assets/a.js", answer("text/javascript")),
    ]
    client = TestClient(Guard(Starlette(routes=routes)))
    assert client.get("/events").headers["x-accel-buffering"] == "no"
    assert "immutable" in client.get("/assets/a.js").headers["cache-control"]
    assert "immutable" not in client.get("/assets/b.js").headers["cache-control"]
    assert "server" not in client.get("/events").headers


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"ok": True}


def test_the_source_page_is_found_by_id_and_marks_the_words(client: TestClient) -> None:
    answer = client.get("/source/otters?s=0&e=6&theme=dark")
    assert answer.status_code == 200
    assert '<mark class="q-answer" id="hl" tabindex="-1">Otters</mark>' in answer.text
    assert '<html lang="en" class="dark">' in answer.text
    assert client.get("/source/otters?s=x&e=%00&ps=9999999999999&v=%3Cb%3E").status_code == 200
    assert client.get("/source/no-such-article").status_code == 404


def test_a_port_in_use_is_said_in_one_line_with_the_next_step() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError) as refused:
            check_address("127.0.0.1", port)
    message = str(refused.value)
    assert f"port {port}" in message
    assert f"quoth serve --port {port + 1}" in message or port == 65_535
    assert "\n" not in message


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 7860), ("127.0.0.1", 99_999)])
def test_an_address_that_cannot_be_had(host: str, port: int) -> None:
    with pytest.raises(ServeError, match="quoth serve"):
        check_address(host, port)


def test_the_application_is_offline_before_gradio_is_imported() -> None:
    code = (
        "import os, json, web.serve as s, sys; before = 'gradio' in sys.modules;"
        "from tests.fake_archive import FakeArchive;"
        "s.build_app(FakeArchive()); import huggingface_hub.constants as c;"
        "print(json.dumps([before, os.environ['GRADIO_ANALYTICS_ENABLED'], c.HF_HUB_OFFLINE,"
        " c.HF_HUB_DISABLE_TELEMETRY]))"
    )
    bare = {key: value for key, value in os.environ.items() if key not in OFFLINE}
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=bare
    )
    assert json.loads(out.stdout.splitlines()[-1]) == [False, "False", True, True]
