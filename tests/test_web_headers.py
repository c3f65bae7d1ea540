"""What a request claims: headers × peers × routes, and nobody forges anything."""

from __future__ import annotations

import logging

import pytest
from starlette.types import ASGIApp

from tests.asgi import Peer, ask, shown
from tests.fake_archive import FakeArchive
from web.forwarded import Forgeries
from web.guard import Guard
from web.policy import Policy, read_header, read_network, read_origin, read_prefix
from web.serve import build_app

PROXY = ("10.0.0.5", 4711)
POLICY = Policy(
    identity_header="x-remote-user", proxies=frozenset({"10.0.0.5", "10.1.0.0/16", "fd00::/64"})
)
BELIEVED: list[Peer] = [
    PROXY, ("10.1.2.3", 1), ("::ffff:10.0.0.5", 1), ("::ffff:10.1.9.9", 1), ("fd00::7", 1),
]  # fmt: skip
STRANGERS: list[Peer] = [
    ("10.0.0.6", 1), ("10.2.0.1", 1), ("127.0.0.1", 1), ("::1", 1), ("fd01::7", 1),
    ("::ffff:10.0.0.6", 1), ("10.0.0.5.example", 1), ("010.0.0.5", 1), ("testclient", 1),
    ("/run/quoth.sock", 0), ("", 0), None,
]  # fmt: skip
ROUTES = [
    "/", "/config", "/source/otters", "/evidence/otters", "/q-static/quoth.css", "/theme.css",
    "/gradio_api/info", "/gradio_api/queue/data", "/gradio_api/upload", "/api/ask", "/metrics",
    "/no/such/route", "//", "/healthz/", "/healthz/../", "/HEALTHZ", "/embed.js/x",
]  # fmt: skip
FORGED = [
    [(b"x-remote-user", b"evil")],
    [(b"X-Remote-User", b"evil")],
    [(b"X_Remote_User", b"evil")],
    [(b"x-remote-user", b"evil"), (b"x-remote-user", b"evil")],
    [(b"x-forwarded-for", b"10.0.0.5"), (b"x-remote-user", b"evil")],
    [(b"x-real-ip", b"10.0.0.5"), (b"x-remote-user", b"evil")],
    [(b"forwarded", b"for=10.0.0.5;host=evil"), (b"x-remote-user", b"evil")],
    [(b"x-forwarded-user", b"evil")],
    [(b"authorization", b"Bearer quoth_evil")],
    [(b"authorization", b"Basic ZXZpbDpldmls")],
    [(b"cookie", b"access-token=evil")],
]


@pytest.fixture(scope="module")
def closed() -> ASGIApp:
    return build_app(FakeArchive(), policy=POLICY)


@pytest.fixture(scope="module")
def opened() -> ASGIApp:
    return build_app(FakeArchive(), policy=Policy(proxies=POLICY.proxies))


@pytest.mark.parametrize("forged", FORGED, ids=lambda pairs: pairs[-1][0].decode())
@pytest.mark.parametrize("peer", STRANGERS, ids=str)
def test_no_forged_identity_passes_any_route(
    closed: ASGIApp, peer: Peer, forged: list[tuple[bytes, bytes]]
) -> None:
    for route in ROUTES:
        answer = ask(closed, route, forged, peer=peer)
        assert answer.status == 401, route
        assert "evil" not in answer.whole, route


@pytest.mark.parametrize("peer", BELIEVED, ids=str)
def test_a_proxy_names_the_person(closed: ASGIApp, peer: Peer) -> None:
    assert ask(closed, "/source/otters", [(b"X-Remote-User", b"ann")], peer=peer).status == 200
    assert ask(closed, "/source/otters", peer=peer).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-remote-user", b"ann"), (b"x-remote-user", b"ann")],
        [(b"x-remote-user", b"ann"), (b"X-REMOTE-USER", b"bob")],
        [(b"x-remote-user", b"ann"), (b"x_remote_user", b"bob")],
        [(b"x_remote_user", b"ann")],
        [(b"x-remote_user", b"ann")],
        [(b"x-remote-user", b"")],
        [(b"x-remote-user", b" \t ")],
        [(b"x-remote-user", b"(null)")],
        [(b"x-remote-user", b"-")],
        [(b"x-remote-user", b"an\x00n")],
        [(b"x-remote-user", b"an\x1bn")],
        [(b"x-remote-user", b"ann\r\nx: y")],
        [(b"x-remote-user", "an\u202en".encode())],
        [(b"x-remote-user", b"a" * 257)],
        [],
    ],
    ids=str,
)
def test_a_doubtful_identity_is_none_even_from_a_proxy(
    closed: ASGIApp, headers: list[tuple[bytes, bytes]]
) -> None:
    for route in ("/", "/api/ask", "/source/otters"):
        assert ask(closed, route, headers, peer=PROXY).status == 401


def test_names_of_all_alphabets_are_names() -> None:
    app = Guard(shown, POLICY)
    for name in ("ann", "Zoë Å", "נועה", "CN=Ann,OU=Desk"):
        assert ask(app, "/", [(b"x-remote-user", name.encode())], peer=PROXY).json["who"] == name


@pytest.mark.parametrize(
    "header",
    [
        b"x-forwarded-host", b"X_Forwarded_Host", b"x-forwarded-server", b"x-forwarded-prefix",
        b"x-forwarded-proto", b"x-forwarded-for", b"x-forwarded-port", b"forwarded", b"x-real-ip",
        b"x-gradio-server", b"x-forwarded-anything", b"x-remote-user", b"x-request-id",
    ],
)  # fmt: skip
@pytest.mark.parametrize("peer", STRANGERS, ids=str)
def test_nothing_a_stranger_claims_reaches_an_answer(
    opened: ASGIApp, peer: Peer, header: bytes
) -> None:
    for value in (b"evil.example", b"https://evil.example", b"/evil.example", b"https"):
        for route in ("/source/otters", "/no/such", "/healthz"):
            assert "evil" not in ask(opened, route, [(header, value)], peer=peer).whole
    root = ask(opened, "/config", [(header, b"https")], peer=peer).json["root"]
    assert root == "http://chat.example"


@pytest.mark.parametrize("peer", STRANGERS, ids=str)
def test_what_the_application_sees_of_a_stranger_is_the_connection(peer: Peer) -> None:
    names = [b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"x-forwarded-for",
             b"x-forwarded_for", b"x-remote-user", b"x-gradio-server", b"forwarded"]  # fmt: skip
    claims = [(name, b"https") for name in names]
    seen = ask(Guard(shown, Policy()), "/x", claims, peer=peer).json
    assert seen["headers"] == ["host", "x-request-id"]
    assert seen["host"] == ["chat.example"]
    assert (seen["scheme"], seen["root"], seen["path"]) == ("http", "", "/x")
    assert seen["client"] == (peer[0] if peer else None)


def test_what_a_proxy_says_is_put_in_its_place() -> None:
    claims = [
        (b"x-forwarded-host", b"old.example, intranet.example:8443"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-prefix", b"/quoth/"),
        (b"x-forwarded-for", b"6.6.6.6, 192.0.2.7, 10.1.0.1"),
        (b"x-request-id", b"abc-123"),
    ]
    answer = ask(Guard(shown, Policy(proxies=POLICY.proxies)), "/source/x", claims, peer=PROXY)
    seen = answer.json
    assert seen["host"] == ["intranet.example:8443"]
    assert (seen["scheme"], seen["client"]) == ("https", "192.0.2.7")
    assert (seen["root"], seen["path"]) == ("/quoth", "/quoth/source/x")
    assert seen["id"] == answer.headers["x-request-id"] == "abc-123"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"x-forwarded-host", b"evil/../x"), (b"x-forwarded-host", b"a b"),
        (b"x-forwarded-host", b"<script>"), (b"x-forwarded-proto", b"javascript"),
        (b"x-forwarded-prefix", b"//evil.example"), (b"x-forwarded-prefix", b"/../.."),
        (b"x-forwarded-prefix", b"/a?b"), (b"x-forwarded-for", b"unknown"),
        (b"x-request-id", b"a b"), (b"x-request-id", b"x" * 65), (b"x_forwarded_host", b"evil"),
    ],
)  # fmt: skip
def test_nonsense_is_not_believed_of_a_proxy_either(header: bytes, value: bytes) -> None:
    seen = ask(
        Guard(shown, Policy(proxies=POLICY.proxies)), "/x", [(header, value)], peer=PROXY
    ).json
    assert (seen["host"], seen["scheme"]) == (["chat.example"], "http")
    assert (seen["root"], seen["path"], seen["client"]) == ("", "/x", "10.0.0.5")
    assert len(seen["id"]) == 16


@pytest.mark.parametrize("path", ["/config", "/quoth/config"])
def test_below_a_prefix_the_page_knows_its_address(path: str) -> None:
    """Whether the proxy strips the prefix or leaves it, and whoever named it."""
    fixed = build_app(FakeArchive(), policy=Policy(root_path="/quoth", proxies=POLICY.proxies))
    claims = [(b"x-forwarded-host", b"intranet.example"), (b"x-forwarded-proto", b"https")]
    assert ask(fixed, path, claims, peer=PROXY).json["root"] == "https://intranet.example/quoth"
    assert ask(fixed, path).json["root"] == "http://chat.example/quoth"
    assert ask(fixed, path.replace("config", "source/otters")).status == 200
    assert ask(fixed, path.replace("config", "q-static/quoth.css")).status == 200
    assert ask(fixed, path.replace("config", "gradio_api/upload")).status == 404
    said = build_app(FakeArchive(), policy=Policy(proxies=POLICY.proxies))
    claims.append((b"x-forwarded-prefix", b"/quoth"))
    assert ask(said, path, claims, peer=PROXY).json["root"] == "https://intranet.example/quoth"


def test_closed_routes_stay_closed_below_a_prefix() -> None:
    policy = Policy(root_path="/quoth", identity_header="x-remote-user")
    app = Guard(shown, policy)
    assert ask(app, "/quoth/healthz").status == 200
    assert ask(app, "/quoth/gradio_api/upload").status == 401
    app = Guard(shown, Policy(root_path="/quoth"))
    assert ask(app, "/quoth/gradio_api/upload").status == 404
    assert ask(app, "/gradio_api/upload").status == 404


def test_a_forgery_is_logged_by_name_and_without_its_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Guard(shown, POLICY)
    with caplog.at_level(logging.DEBUG):
        for _ in range(50):
            ask(app, "/", [(b"X_Remote_User", b"secretvalue")], peer=("10.9.9.9", 1))
    lines = [record.getMessage() for record in caplog.records]
    assert (
        lines.count("dropped the header x_remote_user from 10.9.9.9, which is no named proxy")
        == len([line for line in lines if "dropped" in line])
        == 1
    )
    assert "secretvalue" not in caplog.text


def test_a_flood_of_forgeries_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    forgeries = Forgeries(lambda: now[0])
    for n in range(1_000):
        forgeries.tell(f"10.0.{n % 250}.{n // 250}", "x-forwarded-for")
    assert len(caplog.records) == 20
    now[0] = 61.0
    forgeries.tell("10.0.0.1", "x-forwarded-for")
    assert "980 more" in caplog.text


def test_what_is_read_of_the_options() -> None:
    assert read_origin("HTTPS://Intranet.Example:443") == "https://intranet.example"
    assert read_origin("http://[::1]:7860") == "http://[::1]:7860"
    for wrong in ("*", "https://*.example", "https://a/b", "https://a/", "a.example", "null",
                  "ftp://a", "https://a:0", "https://a:99999", "https://a b", "https://a;b",
                  "https://a 'unsafe-inline'", "https://u@a", "https://-a", ""):  # fmt: skip
        with pytest.raises(ValueError, match="no origin"):
            read_origin(wrong)
    assert str(read_network("::ffff:10.0.0.5")) == "10.0.0.5/32"
    assert str(read_network("::ffff:10.1.0.0/112")) == "10.1.0.0/16"
    for wrong in ("0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "10.0.0.1/8", "proxy.example", ""):
        with pytest.raises(ValueError, match=r"address or network|everybody"):
            read_network(wrong)
    assert (read_prefix("/quoth/"), read_prefix("/"), read_prefix("")) == ("/quoth", "", "")
    for wrong in ("quoth", "//x", "/a/../b", "/..", "/a b", "/a?x", "http://x/y"):
        with pytest.raises(ValueError, match="no path"):
            read_prefix(wrong)
    assert read_header("X-Remote-User") == "x-remote-user"
    for wrong in ("X_Remote_User", "Authorization", "Cookie", "X-Forwarded-For", "Host", "a b", ""):
        with pytest.raises(ValueError, match="identity"):
            read_header(wrong)


def test_heads_are_read_as_bodies_are() -> None:
    app = build_app(FakeArchive())
    for path in ("/healthz", "/embed.js", "/source/otters", "/source/none", "/evidence/none"):
        whole, head = ask(app, path), ask(app, path, method="HEAD")
        assert head.status == whole.status, path
        assert head.headers["content-type"] == whole.headers["content-type"]
