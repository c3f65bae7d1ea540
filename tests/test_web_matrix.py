"""Forged headers × every route of the running application: none gets anybody in, or is believed.

Which peers are strangers, and what is done with what a proxy says, is in `test_web_headers`.
"""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp

from tests.asgi import Pairs, Peer, ask, routes_of
from tests.fake_archive import FakeArchive
from web.access import OPEN
from web.policy import Policy
from web.serve import build_app

OWN = frozenset({"localhost", "127.0.0.1", "::1"})
POLICY = Policy(
    identity_header="x-remote-user",
    proxies=frozenset({"10.0.0.5"}),
    embed_origins=("https://intranet.example",),
    hosts=OWN,
)
STRANGERS: list[Peer] = [("127.0.0.1", 1), ("10.0.0.6", 1), None]
IDENTITIES: list[Pairs] = [
    [(b"x-remote-user", b"evil")],
    [(b"X_Remote_User", b"evil")],
    [(b"x-forwarded-for", b"10.0.0.5"), (b"x-remote-user", b"evil")],
    [(b"forwarded", b"for=10.0.0.5"), (b"x-real-ip", b"10.0.0.5"), (b"x-remote-user", b"evil")],
    [(b"x-forwarded-user", b"evil"), (b"x-auth-request-user", b"evil"), (b"remote-user", b"evil")],
    [(b"authorization", b"Bearer quoth_" + b"e" * 43)],
    [(b"cookie", b"access-token=evil; access-token-unsecure=evil")],
    [(b"x-gradio-user", b"evil"), (b"x-gradio-server", b"https://evil.example")],
]


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    return build_app(FakeArchive(), policy=POLICY)


@pytest.fixture(scope="module")
def routes(app: ASGIApp) -> list[tuple[str, str]]:
    found = sorted(set(routes_of(app)))
    assert len(found) > 80
    return found


def is_open(method: str, path: str) -> bool:
    return path in OPEN and method in ("GET", "HEAD")


@pytest.mark.parametrize("forged", IDENTITIES, ids=lambda pairs: pairs[-1][0].decode())
@pytest.mark.parametrize("peer", STRANGERS, ids=str)
def test_no_forged_identity(
    app: ASGIApp, routes: list[tuple[str, str]], peer: Peer, forged: Pairs
) -> None:
    for method, path in routes:
        answer = ask(app, path, forged, method=method, peer=peer, host=b"localhost:7860")
        if is_open(method, path):
            assert answer.status == 200, path
        else:
            assert answer.status in (401, 405), (method, path)
            assert (answer.status == 405) == (method not in ("GET", "HEAD", "POST", "OPTIONS"))
        assert "evil" not in answer.whole, path


@pytest.mark.parametrize("host", [b"evil.example", b"localhost.evil.example", b"evil@localhost"])
def test_no_forged_host(app: ASGIApp, routes: list[tuple[str, str]], host: bytes) -> None:
    """Neither under another name, nor by a claim that the name was ours."""
    claims = [(b"x-forwarded-host", b"localhost"), (b"forwarded", b"host=localhost")]
    for method, path in routes:
        for headers in ([], claims):
            answer = ask(app, path, headers, method=method, host=host)
            assert answer.status in (403, 405), (method, path)
            assert "evil" not in answer.whole, path


@pytest.mark.parametrize("claim", [b"x-forwarded-prefix", b"X_Forwarded_Prefix", b"x-script-name"])
def test_no_forged_prefix(app: ASGIApp, routes: list[tuple[str, str]], claim: bytes) -> None:
    """A prefix must not make an open path out of another one."""
    for method, path in routes:
        for opened in OPEN:
            prefix = path.rstrip("/") or "/x"
            answer = ask(
                app, prefix + opened, [(claim, prefix.encode())], method=method,
                host=b"localhost:7860",
            )  # fmt: skip
            assert answer.status in (401, 405), (method, prefix + opened)


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://intranet.example"])
def test_no_forged_origin(app: ASGIApp, routes: list[tuple[str, str]], origin: bytes) -> None:
    """Nothing is done for a page of another site, not even in the name of somebody let in."""
    named = [(b"origin", origin), (b"x-remote-user", b"ann")]
    asking = [(b"origin", origin), (b"access-control-request-method", b"POST")]
    for method, path in routes:
        if method == "POST":
            answer = ask(app, path, named, method=method, peer=("10.0.0.5", 1))
            assert answer.status == 403, path
            assert "access-control-allow-origin" not in answer.headers
        asked = ask(app, path, asking, method="OPTIONS", host=b"localhost:7860")
        assert asked.status == 400, path
        assert "access-control-allow-origin" not in asked.headers
