"""Pages of other sites: which may frame the page, and which may call the API."""

from __future__ import annotations

import re

import pytest
from starlette.types import ASGIApp

from tests.asgi import Answer, ask
from tests.fake_archive import FakeArchive
from web.policy import Policy
from web.serve import build_app

PORTAL = "https://intranet.example"
OTHERS = [
    "https://evil.example", "http://intranet.example", "https://intranet.example:8443",
    "https://intranet.example.evil.example", "https://evil-intranet.example", "null",
    "https://sub.intranet.example", "file://", "*", "https://intranet.example/",
]  # fmt: skip
ROUTES = [
    ("GET", "/"), ("GET", "/config"), ("GET", "/source/otters"), ("GET", "/no/such"),
    ("GET", "/q-static/quoth.css"), ("POST", "/gradio_api/queue/join"), ("POST", "/api/ask"),
    ("GET", "/gradio_api/upload"), ("PUT", "/x"),
]  # fmt: skip


@pytest.fixture(scope="module")
def named() -> ASGIApp:
    return build_app(FakeArchive(), policy=Policy(embed_origins=(PORTAL, "http://b.example:8080")))


@pytest.fixture(scope="module")
def alone() -> ASGIApp:
    return build_app(FakeArchive())


@pytest.fixture(scope="module")
def locked() -> ASGIApp:
    policy = Policy(
        embed_origins=(PORTAL,), identity_header="x-remote-user", proxies=frozenset({"10.0.0.5"})
    )
    return build_app(FakeArchive(), policy=policy)


def from_site(app: ASGIApp, origin: str, path: str, method: str = "GET") -> Answer:
    return ask(app, path, [(b"origin", origin.encode())], method=method, body=b"{}")


def preflight(app: ASGIApp, origin: str, path: str, method: str = "POST") -> Answer:
    headers = [
        (b"origin", origin.encode()),
        (b"access-control-request-method", method.encode()),
        (b"access-control-request-headers", b"authorization,content-type"),
    ]
    return ask(app, path, headers, method="OPTIONS")


def varies(answer: Answer) -> bool:
    return "Origin" in re.split(r",\s*", answer.headers.get("vary", ""))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_named_site_may_read_every_answer_even_a_refusal(
    named: ASGIApp, locked: ASGIApp, method: str, path: str
) -> None:
    for app in (named, locked):
        answer = from_site(app, PORTAL, path, method)
        if answer.status == 405:  # refused before anything is looked at
            continue
        assert answer.headers["access-control-allow-origin"] == PORTAL
        assert "access-control-allow-credentials" not in answer.headers
        assert varies(answer)


@pytest.mark.parametrize("origin", OTHERS)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_other_site_may(
    named: ASGIApp, alone: ASGIApp, locked: ASGIApp, origin: str, method: str, path: str
) -> None:
    for app in (named, alone, locked):
        answer = from_site(app, origin, path, method)
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
        if method == "POST":
            assert answer.status == 403
        asked = preflight(app, origin, path)
        assert asked.status == 400
        assert "access-control-allow-origin" not in asked.headers
        assert "access-control-allow-credentials" not in asked.headers


def test_a_browser_may_ask_first_without_being_let_in(locked: ASGIApp) -> None:
    answer = preflight(locked, PORTAL, "/api/ask")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "DELETE" not in answer.headers["access-control-allow-methods"]
    assert varies(answer)
    assert preflight(locked, PORTAL, "/api/ask", "DELETE").status == 400
    # An OPTIONS request that only looks like one is asked who it is.
    assert ask(locked, "/", [(b"origin", PORTAL.encode())], method="OPTIONS").status == 401
    assert ask(locked, "/", method="OPTIONS").status == 401


def test_the_pages_own_site_may_post(alone: ASGIApp) -> None:
    for origin, host in (
        ("http://chat.example", b"chat.example"),
        ("https://chat.example", b"chat.example"),  # a proxy ends TLS
        ("https://chat.example", b"chat.example:443"),
        ("http://127.0.0.1:7860", b"127.0.0.1:7860"),
        ("http://[::1]:7860", b"[::1]:7860"),
    ):
        headers = [(b"origin", origin.encode())]
        answer = ask(alone, "/api/ask", headers, method="POST", host=host)
        assert answer.status != 403, origin
    headers = [(b"origin", b"http://127.0.0.1:7861")]
    assert ask(alone, "/x", headers, method="POST", host=b"127.0.0.1:7860").status == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_same_list_says_who_may_frame(
    named: ASGIApp, alone: ASGIApp, method: str, path: str
) -> None:
    framed = ask(named, path, method=method).headers["content-security-policy"]
    assert framed.endswith(f"frame-ancestors 'self' {PORTAL} http://b.example:8080")
    assert (
        ask(alone, path, method=method)
        .headers["content-security-policy"]
        .endswith("frame-ancestors 'self'")
    )
