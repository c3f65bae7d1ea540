"""Short forms of the harnesses that run processes: crowds, full disks, cuts, vanished folders.

Each also shows that its judge can find something.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kill_ingest import Bench
from benchmarks.torture import changing, crowd, images
from benchmarks.torture.changing_writer import HARBOURS
from benchmarks.torture.crowd import Crowd, Ended
from benchmarks.torture.full import FULL, FullDisk
from benchmarks.torture.images import Cuts
from benchmarks.torture.rooms import possible
from benchmarks.torture.vanished import Vanished
from corpus.errors import LibraryMoved
from index.encoder import Encoded
from index.ingest import ingest
from index.library import Library
from index.writer import LOCK
from qa.archive import Archive
from tests.conftest import FakeEncoder


def test_what_was_done_is_whole_after_the_power_is_cut(kill_bench: Bench, tmp_path: Path) -> None:
    reason = images.is_possible(tmp_path)
    if reason:
        pytest.skip(reason)
    cuts, chance = Cuts(kill_bench), random.Random(1)
    recording = cuts.record("update")
    found = [cuts.cut(recording, chance) for _ in range(2)]
    assert [cut.wrong for cut in found] == [[], []]
    # A disk that has only taken the first events, of a run that has reported everything done.
    events = [event._replace(told=len(recording.told)) for event in recording.events]
    lost = cuts.cut(recording._replace(events=events[: len(events) // 3]), chance)
    assert any("reported done, not held" in what for what in lost.wrong)


@pytest.mark.parametrize(("kind", "scenario"), [("limit", "fresh"), ("tmpfs", "update")])
def test_a_full_disk_is_told_and_loses_nothing(
    kill_bench: Bench, tmp_path: Path, kind: str, scenario: str
) -> None:
    if not possible(kind, tmp_path):
        pytest.skip(f"no {kind} may be mounted here")
    disk = FullDisk(kill_bench, name=f"full-{kind}")
    found = disk.level(scenario, kind, 0.45)
    assert found.wrong == []
    assert (found.codes["ingest"], found.codes["backup"]) == (FULL, FULL)
    assert found.done > 0


def test_one_of_a_crowd_writes_at_a_time(tmp_path: Path) -> None:
    many = Crowd(tmp_path, 6)
    assert [many.round(number, random.Random(3)) for number in (0, 1)] == [[], []]
    assert many.counts["articles reported done"] >= 3
    assert many.counts["wrote"] + many.counts["said who writes"] == 12


def test_a_crowd_that_breaks_the_lock_is_seen(tmp_path: Path) -> None:
    def ended(process: int, code: int, said: str, *log: str) -> Ended:
        return Ended(process, code, said, [line.split() for line in log])

    busy = "quoth: l is being written by process {} since 2026-01-01 10:00:00; wait for it, or stop"
    busy += " it, and try again"
    found = Crowd(tmp_path, 2)._judged([
        ended(1, 0, "", "locked 10", "done a f", "released 30"),
        ended(2, 0, "", "locked 20", "released 40"),
        ended(3, 4, busy.format(1)),
        ended(4, 4, busy.format(99)),
        ended(5, 1, "Traceback"),
    ])  # fmt: skip
    assert [line.split(",")[0] for line in found] == [
        "two held the lock",
        "names process 99",
        "did not get the lock and ended with 1: Traceback",
    ]
    assert crowd.Crowd(tmp_path, 1)._expected == {}


@pytest.mark.parametrize(("use", "way"), [
    ("ingest", "renamed"), ("ingest", "replaced"), ("questions", "removed"),
])  # fmt: skip
def test_a_folder_taken_away_is_told_in_one_line(kill_bench: Bench, use: str, way: str) -> None:
    case = Vanished(kill_bench, name=f"vanished-{use}-{way}")
    assert case.case(use, way, random.Random(4)) == []
    assert case.counts[{"ingest": "ingests ended with 4", "questions": "questions refused"}[use]]


@pytest.mark.parametrize("taken", ["lock", "folder"])
def test_a_writer_commits_nothing_once_its_lock_or_folder_is_gone(
    folder: Path, tmp_path: Path, taken: str
) -> None:
    home, away = tmp_path / "library", tmp_path / "away"

    class Taking(FakeEncoder):
        def encode_passages(self, inputs: Any) -> Encoded:
            if taken == "lock":
                (home / LOCK).unlink()
            else:
                home.rename(away)
            return super().encode_passages(inputs)

    with pytest.raises(LibraryMoved, match="run the same command again"):
        ingest([folder], home, Taking())
    assert home.exists() == (taken == "lock")
    place = home if taken == "lock" else away
    library = Library.open(place)
    with library.snapshot() as snapshot:
        assert snapshot.articles() == []
    library.close()
    assert ingest([folder], place, FakeEncoder()).added == 3


def test_an_open_archive_says_so_when_another_takes_its_place(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "library"
    ingest([folder], home, FakeEncoder())
    archive = Archive(Library.open(home), FakeEncoder())
    question = "How many lorries does the night ferry carry?"
    before = archive.ask(question)
    home.rename(tmp_path / "away")
    with pytest.raises(LibraryMoved, match="put it back, or start quoth again"):
        archive.ask(question)
    assert not home.exists()
    ingest([folder], home, FakeEncoder())
    with pytest.raises(LibraryMoved):
        archive.ask(question)
    home.rename(tmp_path / "new")
    (tmp_path / "away").rename(home)
    assert archive.ask(question) == before
    archive.close()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What came of 120 questions, or more, while articles changed at least 50 times."""
    home = tmp_path_factory.mktemp("changing")
    assert changing.run(home, 120, 2, seed=5, changes=50) == []
    return home


def records(home: Path) -> list[dict[str, Any]]:
    lines = [line for path in home.glob("replies-*") for line in path.read_text().splitlines()]
    return [record for line in lines if (record := json.loads(line))["kind"] != "new"]


def test_no_reply_is_mixed_or_stale_while_articles_change(asked: Path) -> None:
    history, replies = changing.History(asked / "changes"), records(asked)
    assert len(replies) >= 120
    assert len(history) - HARBOURS >= 50  # the first articles are no change
    assert {record["kind"] for record in replies} == {
        "plain", "follow-up", "author", "everything"
    }  # fmt: skip
    assert [wrong for record in replies if (wrong := changing.judged(history, record))] == []


def other_text(record: Any) -> None:
    record["said"]["extracts"][0]["passage"]["text"] += "!"


def other_state(record: Any) -> None:
    record["said"]["extracts"][0]["article"]["fingerprint"] = "0"


def earlier(record: Any) -> None:
    record["started"] = record["ended"] = 0


@pytest.mark.parametrize(
    ("spoil", "what"),
    [(other_text, "is not what is stored"), (other_state, "stale: "), (earlier, "stale: ")],
)
def test_a_reply_of_no_state_is_seen(
    asked: Path, spoil: Callable[[Any], None], what: str
) -> None:  # fmt: skip
    history = changing.History(asked / "changes")
    record = next(each for each in records(asked) if each["kind"] == "plain")
    spoil(record)
    assert what in changing.judged(history, record)


def test_a_mixture_of_two_states_is_seen(asked: Path) -> None:
    history = changing.History(asked / "changes")
    changed = [name for name, since in history._since.items() if len(since) > 1]
    last = len(history) - 1
    # The first article as it was before it changed, and the newest, which was not there yet.
    first = history.article(changed[0], history._since[changed[0]][1] - 1)
    newest = next(item for name in reversed(history._since)
                  if (item := history.article(name, last)) and name not in changed)  # fmt: skip
    known = [changing.article_json(item) for item in (first, newest) if item]
    assert len(known) == 2
    said = {"extracts": [{"article": each, "also_in": []} for each in known]}
    mixed = {"kind": "plain", "authors": [], "said": said, "started": 0, "ended": 1 << 62}
    assert changing.judged(history, mixed).startswith("mixed: no one state")
