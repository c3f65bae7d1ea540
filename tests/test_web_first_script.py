"""The script that is to run before all else stands in the page, before Gradio's own."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.asgi import Answer, ask
from tests.fake_archive import FakeArchive
from web.first_script import FirstScript
from web.policy import Policy
from web.serve import build_app

SCRIPT = '<script src="./q-static/storage.js"></script>'


def answered(*bodies: bytes, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    """What comes of an answer with these pieces and headers."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": pairs})
        for number, body in enumerate(bodies, 1):
            more = number < len(bodies)
            message: Message = {"type": "http.response.body", "body": body, "more_body": more}
            await send(message)

    return ask(FirstScript(app), path, method=method)


@pytest.mark.parametrize("policy", [Policy(), Policy(root_path="/quoth")])
def test_it_stands_before_every_other_script(policy: Policy) -> None:
    page = ask(build_app(FakeArchive(), policy=policy), "/", peer=("127.0.0.1", 1))
    assert page.status == 200
    assert page.text.count("storage.js") == 1
    assert page.text.index("<script") == page.text.index(SCRIPT)
    assert int(page.headers["content-length"]) == len(page.body)
    assert "script-src 'self';" in page.headers["content-security-policy"]


def test_a_page_in_pieces_is_put_together() -> None:
    answer = answered(b"<html><he", b"ad></head>", b"<head>", content_type="text/html")
    assert answer.text == f"<html><head>{SCRIPT}</head><head>"
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"content_type": "application/json"}, {}),
        ({"content_type": "text/html", "content_encoding": "br"}, {}),
        ({"content_type": "text/html"}, {"path": "/source/otters"}),
        ({"content_type": "text/html"}, {"method": "HEAD"}),
        ({}, {}),
    ],
)
def test_other_answers_pass_as_they_are(more: dict[str, str], where: dict[str, str]) -> None:
    headers = {"content_length": "12", **more}
    answer = answered(b"<head>", b"</head", **where, **headers)  # type: ignore[arg-type]
    assert answer.text == "<head></head"
    assert answer.headers["content-length"] == "12"
