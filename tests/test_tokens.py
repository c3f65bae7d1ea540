"""Counting tokens in four ways; nothing that fails on the way stops the answer."""

from __future__ import annotations

import hashlib
import inspect
import re
import socket
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
import tiktoken.load
import tiktoken_ext.openai_public

from qa import tokens
from qa.tokens import token_counter

NAME = "cl100k_base"
TEXT = "The night ferry carries 41 lorries."


def letters(text: str) -> int:
    return len(text)


def toy_ranks() -> bytes:
    """A rank file in tiktoken's own form: the 256 bytes, and no merge."""
    from base64 import b64encode

    return b"".join(b64encode(bytes([n])) + f" {n}\n".encode() for n in range(256))


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ranks at hand, no network, nothing remembered from another test."""
    for name in (
        "TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR", "QUOTH_OFFLINE", "HF_HUB_OFFLINE",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setattr(tokens, "find_spec", lambda _: None)

    def no_network(*_: object) -> bytes:
        raise OSError("no network")

    monkeypatch.setattr(tiktoken.load, "read_file", no_network)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let a toy rank file count as the real one, in our check and in tiktoken's own."""
    data = toy_ranks()
    digest = hashlib.sha256(data).hexdigest()
    ranks = tokens._RANKS[NAME]._replace(sha256=digest)
    monkeypatch.setitem(tokens._RANKS, NAME, ranks)

    def constructor() -> dict[str, object]:
        return real()

    def real() -> dict[str, object]:
        address = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"
        found = tiktoken.load.load_tiktoken_bpe(address, expected_hash=digest)
        return {
            "name": NAME, "pat_str": r"\S+|\s+", "mergeable_ranks": found, "special_tokens": {},
        }  # fmt: skip

    tiktoken.registry.list_encoding_names()  # fills the table of constructors
    monkeypatch.setitem(tiktoken.registry.ENCODING_CONSTRUCTORS, NAME, constructor)
    return data


def put(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / tokens._RANKS[NAME].file
    path.write_bytes(data)
    return path


def test_first_the_folder_that_tiktoken_is_told(
    tmp_path: Path, toy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, toy)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    counter = token_counter(None, letters, "letters")
    assert (counter.name, counter.note) == (NAME, "")
    assert counter.count("é") == 2  # its two bytes: the toy ranks counted, not the letters


def test_then_the_copy_that_litellm_ships_without_importing_it(
    tmp_path: Path, toy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "litellm"
    put(package / "litellm_core_utils" / "tokenizers", toy)
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(tokens, "find_spec", find_spec)
    assert token_counter(None, letters, "letters").name == NAME


def test_then_a_download_but_only_of_an_encoding_that_was_named(
    tmp_path: Path, toy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def served(address: str) -> bytes:
        asked.append(address)
        return toy

    monkeypatch.setattr(tiktoken.load, "read_file", served)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "cache"))
    assert token_counter(None, letters, "letters").name == "letters"
    assert asked == []
    for variable in ("QUOTH_OFFLINE", "HF_HUB_OFFLINE"):
        with monkeypatch.context() as patched:
            patched.setenv(variable, "1")
            assert token_counter(NAME, letters, "letters").name == "letters"
    assert asked == []
    assert token_counter(NAME, letters, "letters").name == NAME
    assert len(asked) == 1
    assert (tmp_path / "cache" / tokens._RANKS[NAME].file).read_bytes() == toy


@pytest.mark.parametrize("named", [None, NAME], ids=["default", "named"])
def test_last_the_tokenizer_of_the_encoder_with_one_line_that_says_so(named: str | None) -> None:
    counter = token_counter(named, letters, "all-MiniLM-L6-v2")
    assert (counter.name, counter.count(TEXT)) == ("all-MiniLM-L6-v2", len(TEXT))
    assert counter.note == (
        "tiktoken's cl100k_base is not on this machine; "
        "counted with the tokenizer of all-MiniLM-L6-v2"
    )


def test_an_unknown_encoding_is_named_with_those_that_are_known() -> None:
    counter = token_counter("cl100k_bsae", letters, "letters")
    assert counter.name == "letters"
    assert "'cl100k_bsae' is no encoding known here (cl100k_base, o200k_base" in counter.note


@pytest.mark.parametrize("damage", [b"", b"\0" * 500, b"half"], ids=["empty", "zeros", "cut"])
def test_a_damaged_rank_file_is_passed_over_and_left_alone(
    tmp_path: Path, toy: bytes, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    path = put(tmp_path, toy[:100] if damage == b"half" else damage)
    before = path.read_bytes()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert token_counter(None, letters, "letters").name == "letters"
    assert path.read_bytes() == before


def test_a_download_that_hangs_blocks_no_longer_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hangs(_: str) -> bytes:
        time.sleep(3)
        raise OSError("too late")

    monkeypatch.setattr(tiktoken.load, "read_file", hangs)
    monkeypatch.setattr(tiktoken.registry, "_lock", type(tiktoken.registry._lock)())
    monkeypatch.setattr(tokens, "_MOST_SECONDS", 0.2)
    begun, before = time.perf_counter(), set(threading.enumerate())
    assert token_counter(NAME, letters, "letters").name == "letters"
    assert time.perf_counter() - begun < 2
    started = set(threading.enumerate()) - before
    assert started
    assert all(thread.daemon for thread in started)  # so that Python can end meanwhile


def test_our_table_of_rank_files_is_that_of_tiktoken() -> None:
    source = inspect.getsource(tiktoken_ext.openai_public)
    for name, ranks in tokens._RANKS.items():
        address, digest = re.findall(
            rf'"(https://\S+/{name}\.tiktoken)",\s+expected_hash="(\w+)"', source
        )[0]
        assert ranks == (hashlib.sha1(address.encode()).hexdigest(), digest)


def test_the_real_ranks_that_litellm_ships_count_as_openai_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "find_spec", find_spec)
    if not list(tokens._places(NAME)):
        pytest.skip("litellm, whose copy of cl100k_base this test reads, is not installed")
    counter = token_counter(None, letters, "letters")
    assert counter.count("tiktoken is great!") == 6  # the worked example of OpenAI's cookbook


def test_no_socket_is_opened_for_the_default_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/nonexistent")
    monkeypatch.setattr(tokens, "find_spec", lambda _: None)
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *a: opened.append(a))
    token_counter(None, letters, "letters")
    assert opened == []
