"""`quoth token` and what `quoth serve` says and decides before it serves."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import app
import web.serve
from cli.serve import policy_of
from corpus.errors import ServeError
from index.home import TOKENS
from tests.cli_tools import Quoth, one_line
from tests.test_docs_json import printed, tables
from web.policy import Policy


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Keep `quoth serve` from serving; collect what it would have served with."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(web.serve, "serve", lambda _archive, **given: calls.append(given))
    monkeypatch.setattr(web.serve, "check_address", lambda host, port: None)
    return calls


def policy(*arguments: str) -> Policy:
    return policy_of(app.parser().parse_args(["serve", "--library", "none", *arguments]))


def test_a_token_from_new_to_revoke(quoth: Quoth) -> None:
    made = quoth("token", "new", "desk", "--days", "30")
    assert made.code == 0
    assert re.fullmatch(r"quoth_[\w-]{43}\n", made.out)
    assert made.out.strip() not in made.err
    for words in ("shown only here", "whole archive", "From now on", "Authorization: Bearer"):
        assert words in made.err
    assert quoth("token", "new", "other").code == 0
    listed = quoth("token", "list", "--json")
    assert [row["name"] for row in listed.json] == ["desk", "other"]
    assert [row["expires"] is None for row in listed.json] == [False, True]
    (documented,) = tables("`quoth token list --json`")
    assert printed(listed.json) == documented
    for shown in (quoth("token", "list").out, listed.out):
        assert "desk" in shown
        assert "quoth_" not in shown
        assert not re.search("[0-9a-f]{64}", shown)
    assert "refused from now on" in quoth("token", "revoke", "desk").out
    assert "last one" in quoth("token", "revoke", "other").err
    assert quoth("token", "list").code == 0


def test_what_goes_wrong_with_tokens_is_one_line(quoth: Quoth) -> None:
    quoth("token", "new", "desk")
    for arguments, words in (
        (("new", "desk"), "quoth token revoke desk"),
        (("new", "a b"), "cannot name"),
        (("revoke", "other"), "quoth token list"),
    ):
        result = quoth("token", *arguments)
        assert result.code == 18
        assert words in one_line(result)
    (quoth.library / TOKENS).write_text("{")
    for arguments in (("list",), ("new", "x"), ("revoke", "desk")):
        result = quoth("token", *arguments)
        assert result.code == 18
        assert "cannot be read as tokens" in one_line(result)
    assert quoth("serve").code == 18
    result = quoth("token", "new", "x", "--library", "none")
    assert result.code == 4
    assert "quoth ingest" in one_line(result)
    assert quoth("token", "new", "x", "--days", "0").code == 2


def test_tokens_are_in_no_backup_and_stay_when_the_library_is_restored(quoth: Quoth) -> None:
    token = quoth("token", "new", "desk").out.strip()
    before = (quoth.library / TOKENS).read_bytes()
    assert quoth("backup", "copy.quoth").code == 0
    assert b"sha256" not in Path("copy.quoth").read_bytes()
    assert token.encode() not in Path("copy.quoth").read_bytes()
    for path in quoth.library.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != TOKENS:
            path.unlink()
    assert quoth("restore", "copy.quoth").code == 0
    assert (quoth.library / TOKENS).read_bytes() == before


def test_a_server_that_all_can_reach_warns_loudly(
    quoth: Quoth, served: list[dict[str, Any]]
) -> None:
    loud = quoth("serve", "--host", "0.0.0.0").err
    assert loud.startswith("WARNING: Quoth listens on 0.0.0.0")
    assert "quoth token new" in loud.splitlines()[0]
    assert "WARNING" not in quoth("serve").err
    quoth("token", "new", "desk")
    said = quoth("serve", "--host", "0.0.0.0").err
    assert "WARNING" not in said
    assert "Let in: programs that show a token (1 made)" in said
    named = ("--identity-header", "X-Remote-User", "--proxy", "10.0.0.5")
    assert (
        "people whom 10.0.0.5/32 names in x-remote-user, and programs" in quoth("serve", *named).err
    )
    assert [call["policy"].log_format for call in served] == ["text", "off", "text", "text"]
    assert served[-1]["policy"].tokens == Path("library") / TOKENS


def test_the_options_make_the_policy() -> None:
    made = policy(
        "--identity-header", "X-Remote-User", "--proxy", "10.0.0.5", "--proxy", "10.1.0.0/16",
        "--embed-origins", "https://a.example", "--embed-origins", "https://B.example:443",
        "--root-path", "/quoth/",
        "--questions-per-minute", "0", "--at-once", "7", "--log-format", "json",
    )  # fmt: skip
    assert made.identity_header == "x-remote-user"
    assert made.proxies == {"10.0.0.5/32", "10.1.0.0/16"}
    assert made.embed_origins == ("https://a.example", "https://b.example")
    assert (made.root_path, made.questions_per_minute, made.at_once) == ("/quoth", 0, 7)
    assert made.log_format == "json"
    usual = policy()
    assert usual.proxies == frozenset()
    assert (usual.questions_per_minute, usual.log_format) == (60, "off")
    assert usual.at_once >= 2
    with pytest.raises(ServeError, match="--proxy"):
        policy("--identity-header", "X-Remote-User")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--proxy", "0.0.0.0/0"), ("--proxy", "proxy.example"), ("--proxy", "10.0.0.1/8"),
        ("--embed-origins", "*"), ("--embed-origins", "https://a.example/x"),
        ("--identity-header", "Cookie"), ("--root-path", "quoth"), ("--at-once", "0"),
        ("--at-once", "33"), ("--questions-per-minute", "-1"), ("--log-format", "xml"),
    ],
)  # fmt: skip
def test_wrong_values_are_wrong_usage(quoth: Quoth, arguments: tuple[str, str]) -> None:
    result = quoth("serve", *arguments)
    assert result.code == 2
    assert arguments[0] in result.err


def test_on_this_machine_only_its_own_names_are_answered() -> None:
    own = web.serve._known_names("127.0.0.1", Policy())
    assert own.hosts == {"localhost", "127.0.0.1", "::1"}
    assert web.serve._known_names("[::1]", Policy()).hosts == own.hosts
    assert web.serve._known_names("0.0.0.0", Policy()).hosts == frozenset()
