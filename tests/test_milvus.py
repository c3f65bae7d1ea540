"""What is Milvus' own: addresses, shards side by side, what a killed writer leaves, commands."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.article import Article
from corpus.errors import LibraryError, SourceError
from index import bm25
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.known import Known
from index.milvus.records import coded, key_of
from index.milvus.store import MilvusStore
from index.milvus.verify import verify
from index.milvus.writing import MilvusWriter
from index.progress import IngestRules
from index.shard import WHOLE, Shard
from index.terms import terms
from index.words import FieldWeights
from tests.cli_tools import Quoth, one_line, ready
from tests.conftest import FakeEncoder
from tests.store_tools import Lite, found_ids, ids_of

Make = Callable[..., Article]
_NAMES = count(1)
WORDS = FieldWeights()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("milvus") / "own.db"
    yield place
    Lite(place, "all").end()


@pytest.fixture
def kept(file: Path) -> Lite:
    return Lite(file, f"own_{next(_NAMES)}")


# ---- addresses


@pytest.mark.parametrize(
    ("text", "uri", "name", "index", "shown"),
    [
        ("milvus://db.example:19531/news", "http://db.example:19531", "news", "", None),
        ("milvus://db.example/news", "http://db.example:19530", "news", "",
         "milvus://db.example:19530/news"),
        ("milvus://[::1]:19530/n", "http://[::1]:19530", "n", "", None),
        ("milvus://db.example:1/n?tls=yes", "https://db.example:1", "n", "", None),
        ("milvus://db.example:1/n?index=diskann", "http://db.example:1", "n", "DISKANN",
         "milvus://db.example:1/n"),
        ("milvus://h:1/n?consistency=bounded", "http://h:1", "n", "", None),
        ("milvus://./news.db", "./news.db", "quoth", "", None),
        ("milvus:///srv/a b/news.db", "/srv/a b/news.db", "quoth", "", None),
        ("milvus://../news.db/other", "../news.db", "other", "", None),
    ],
)  # fmt: skip
def test_an_address(text: str, uri: str, name: str, index: str, shown: str | None) -> None:
    address = Address.read(text)
    assert (address.uri, address.name, address.index) == (uri, name, index)
    assert address.lite == ("://" not in uri)
    assert str(address) == (shown or text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("library", "does not begin with milvus://"),
        ("http://db.example/news", "does not begin with milvus://"),
        ("milvus://db.example:19530", "ends without the archive's name"),
        ("milvus://db.example:port/news", "Port could not be cast"),
        ("milvus:///news", "names no host"),
        ("milvus://db.example/my-news", "is no name"),
        ("milvus://./news.db/a b", "is no name"),
        ("milvus://db.example/n?index=magic", "index=magic is none of"),
        ("milvus://db.example/n?shards=3", "the option 'shards'"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line(text: str, why: str) -> None:
    with pytest.raises(LibraryError) as told:
        Address.read(text)
    assert why in str(told.value)
    assert "milvus://HOST:PORT/NAME for a cluster" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_secret_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(LibraryError, match="QUOTH_MILVUS_TOKEN") as told:
        Address.read("milvus://root:hunter2@db.example/news")
    assert "hunter2" not in str(told.value)


# ---- shards


def test_shards_are_disjoint_and_together_the_whole() -> None:
    names = [f"article-{n}" for n in range(4_000)]
    taken = [[name for name in names if Shard(n, 16).has(name)] for n in range(1, 17)]
    assert sorted(name for part in taken for name in part) == sorted(names)
    assert all(190 <= len(part) <= 310 for part in taken)  # 250 each, by chance 15 more or less
    assert all(WHOLE.has(name) for name in names)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/0", "-1/4", "1/99999", "٣/٤", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1/16 to 16/16"):
        Shard.read(text)


def _files(root: Path, most: int) -> Path:
    root.mkdir()
    for n in range(most):
        (root / f"story{n}.txt").write_text(f"Story {n}\n\nThe keeper saw {n} ships that day.")
    return root


def test_all_shards_together_are_one_ingest_of_the_whole(kept: Lite, make_article: Make) -> None:
    stories = [make_article(f"The keeper saw {n} ships that day.", f"Story {n}") for n in range(40)]
    encoder = FakeEncoder()
    reports = [
        kept.put(*stories, encoder=encoder, rules=IngestRules(shard=Shard(n, 16)))
        for n in range(1, 17)
    ]
    assert [report.added for report in reports] == [
        sum(Shard(n, 16).has(story.id) for story in stories) for n in range(1, 17)
    ]
    assert encoder.encoded == sum(report.passages for report in reports) == 40
    archive = kept.archive()
    assert {info.id for info in archive.articles()} == set(ids_of(stories))
    assert archive.size() == (40, 40)
    archive.close()
    again = kept.put(*stories, encoder=encoder, rules=IngestRules(shard=Shard(3, 16)))
    assert again.unchanged == reports[2].added
    assert kept.put(*stories, encoder=encoder).unchanged == 40
    assert encoder.encoded == 40


def test_files_are_unchanged_for_a_shard_that_has_nothing_of_them(
    kept: Lite, tmp_path: Path
) -> None:
    root = _files(tmp_path / "stories", 4)
    for n in (1, 2):
        kept.ingest(root, rules=IngestRules(shard=Shard(n, 2)))
    with pytest.MonkeyPatch.context() as patch:
        read: list[object] = []
        patch.setattr("index.ingest.read_files", lambda files, **_: read.extend(files) or [])
        report = kept.ingest(root, rules=IngestRules(shard=Shard(2, 2)))
    assert read == []
    assert report.unchanged == sum(Shard(2, 2).has(each.id) for each in kept.archive().articles())


def test_a_shard_removes_only_its_own(kept: Lite, tmp_path: Path) -> None:
    root = _files(tmp_path / "stories", 12)
    for n in (1, 2):
        kept.ingest(root, rules=IngestRules(shard=Shard(n, 2)))
    archive = kept.archive()
    before = {info.id for info in archive.articles()}
    for n in range(5):
        (root / f"story{n}.txt").unlink()
    gone = {name for name in before if any(name.startswith(f"story{n}-") for n in range(5))}
    mine = {name for name in gone if Shard(1, 2).has(name)}
    assert mine
    assert mine != gone
    report = kept.ingest(root, rules=IngestRules(shard=Shard(1, 2)))
    assert report.removed == len(mine)
    assert {info.id for info in archive.articles()} == before - mine
    kept.ingest(root, rules=IngestRules(shard=Shard(2, 2)))
    assert {info.id for info in archive.articles()} == before - gone
    assert Known(Client(kept.address), WHOLE).addresses(str(root.resolve())) == sorted(
        f"stories/story{n}.txt" for n in range(5, 12)
    )
    archive.close()


def test_of_one_id_put_twice_at_once_the_second_counts(kept: Lite, make_article: Make) -> None:
    long = make_article("The ferry sails at nine. " * 60, "Ferry")
    short = make_article("The ferry sails at ten.", "Ferry")
    assert long.id == short.id
    kept.put(long, make_article("Otters.", "Otter"), short)
    store = kept.store()
    with store.snapshot() as snapshot:
        article = snapshot.article(long.id)
        assert article is not None
        assert article.text == short.text
        assert len(snapshot.passage_numbers(long.id)) == 1
    assert store.client.count("passages") == 2
    assert list(verify(store.client)) == []
    store.close()


# ---- what a killed writer leaves


class _KilledError(Exception):
    pass


def _dies(monkeypatch: pytest.MonkeyPatch, method: str, kind: str) -> None:
    whole = getattr(Client, method)

    def call(self: Client, to: str, *given: Any) -> None:
        if to == kind:
            raise _KilledError
        whole(self, to, *given)

    monkeypatch.setattr(Client, method, call)


@pytest.mark.parametrize(
    ("method", "kind", "seen"),
    [("insert", "passages", "old"), ("upsert", "articles", "old"), ("delete", "passages", "new")],
    ids=["before the passages", "before the article", "before the old passages go"],
)
def test_an_article_is_old_or_new_wherever_a_writer_dies(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch,
    method: str, kind: str, seen: str,
) -> None:  # fmt: skip
    old = make_article("The old ferry sails at nine. It is slow.", "Ferry", author="old")
    new = make_article("The new ferry sails at ten. It is quick.", "Ferry", author="new")
    kept.put(old)
    with monkeypatch.context() as patch:
        _dies(patch, method, kind)
        with pytest.raises(_KilledError):
            kept.put(new)
    archive = kept.archive()
    text = {"old": old.text, "new": new.text}[seen]
    store = kept.store()
    found = store.find("when does the ferry sail", FakeEncoder(), candidates=5, fields=WORDS)
    for hits in (found.by_meaning, found.by_words):
        assert {hit.stored.passage.article.text for hit in hits} == {text}
        assert {hit.stored.passage.text for hit in hits} == {text}
    kept.put(new)  # the next ingest takes away what lay about
    assert archive.size() == (1, 1) if seen == "old" else archive.size()[0] == 1
    assert [p.text for p in archive.passages(new.id)] == [new.text]
    store.close()
    archive.close()


@pytest.mark.parametrize(
    ("method", "kind", "seen"),
    [("upsert", "articles", "Ann Lee"), ("delete", "passages", "Bo Ray")],
)
def test_a_passage_is_never_there_twice(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch,
    method: str, kind: str, seen: str,
) -> None:  # fmt: skip
    text = "The night ferry sails at nine."
    kept.put(make_article(text, "Ferry", author="Ann Lee"))
    with monkeypatch.context() as patch:
        _dies(patch, method, kind)
        with pytest.raises(_KilledError):
            kept.put(make_article(text, "Ferry", author="Bo Ray"))
    store = kept.store()
    assert store.client.count("passages") == 2
    found = store.find("night ferry", FakeEncoder(), candidates=5, fields=WORDS)
    for hits in (found.by_meaning, found.by_words):
        assert [hit.stored.passage.article.author for hit in hits] == [seen]
    store.close()


def test_a_removed_article_is_gone_before_its_passages_are(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = make_article("The night ferry sails at nine.", "Ferry")
    kept.put(article, make_article("Otters swim.", "Otter"))
    with monkeypatch.context() as patch:
        _dies(patch, "delete", "passages")
        with pytest.raises(_KilledError):
            kept.remove(article.id)
    assert article.id not in found_ids(kept, "night ferry")


def test_a_removal_that_was_cut_short_is_finished_by_the_next(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    article, stays = make_article("The night ferry.", "Ferry"), make_article("Otters.", "Otter")
    kept.put(article, stays)
    with monkeypatch.context() as patch:
        _dies(patch, "delete", "passages")
        with pytest.raises(_KilledError):
            kept.remove(article.id)
    receipt = kept.remove(article.id)
    assert (receipt.articles, receipt.passages) == ((), 1)
    client = Client(kept.address)
    assert {row["article"] for row in kept.rows(client, "passages")} == {key_of(stays.id)}
    with pytest.raises(SourceError, match="no article has the id"):
        kept.remove(article.id)
    client.close()


def test_passages_that_are_not_in_force_take_no_places(kept: Lite, make_article: Make) -> None:
    many = [make_article(f"ferry ferry ferry {n}", f"M{n}") for n in range(30)]
    few = [make_article(f"a ferry and much else {n}", f"F{n}") for n in range(3)]
    kept.put(*many, *few)
    client = Client(kept.address)
    client.delete("articles", f"key in {json.dumps([key_of(name) for name in ids_of(many)])}")
    store = kept.store()
    found = store.find("ferry", FakeEncoder(), candidates=3, fields=WORDS)
    for hits in (found.by_meaning, found.by_words):
        assert {hit.stored.passage.article.id for hit in hits} == set(ids_of(few))
    store.close()
    client.close()


def test_a_bounded_reader_asks_for_the_latest_where_it_matters(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.put(make_article("The ferry sails at nine.", "Ferry"))
    client = Client(kept.address, bounded=True)
    asked: list[tuple[str, str]] = []
    whole = client.milvus.query

    def query(collection: str, **given: Any) -> Any:
        asked.append((collection, given.get("consistency_level", "Strong")))
        return whole(collection, **given)

    monkeypatch.setattr(client.milvus, "query", query)
    store = MilvusStore(client)
    found = store.find("ferry", FakeEncoder(), candidates=1, fields=WORDS)
    assert [hit.stored.passage.article.title for hit in found.by_words] == ["Ferry"]
    articles, passages = client.collection("articles"), client.collection("passages")
    assert (articles, "Strong") in asked
    asked.clear()
    with store.snapshot() as reads:
        assert reads.generation
    assert asked == [(client.collection("meta"), "Strong")]
    asked.clear()
    store.find("ferry", FakeEncoder(), candidates=1, fields=WORDS)
    assert {level for name, level in asked if name == passages} == {"Bounded"}
    store.close()


# ---- scores


def test_words_are_scored_by_the_formula(kept: Lite, make_article: Make) -> None:
    texts = ["ferry ferry harbour", "the harbour of Norrhamn is old and small", "otters swim 2.75"]
    kept.put(*(make_article(text, f"Title {n} ferry") for n, text in enumerate(texts)))
    store = kept.store()
    asked = ["ferri", "harbour"]
    found = store.find("ferry harbour", FakeEncoder(), candidates=9, fields=FieldWeights(0, 0))
    held = [terms(text) for text in texts]
    mean = sum(map(len, held)) / len(held)
    idf = {t: bm25.idf(sum(t in words for words in held), len(held)) for t in asked}
    wanted = {
        text: bm25.score(asked, {t: words.count(t) for t in asked}, len(words), mean, idf)
        for text, words in zip(texts, held, strict=True)
    }
    scores = {hit.stored.passage.text: hit.score for hit in found.by_words}
    assert scores == pytest.approx({text: score for text, score in wanted.items() if score})
    cosines = {hit.stored.passage.text: hit.score for hit in found.by_meaning}
    exact = {h.stored.passage.text: float(found.vector[0] @ h.stored.vector)
             for h in found.by_meaning}  # fmt: skip
    assert cosines == pytest.approx(exact, abs=1e-6)
    assert {type(found.weigher.weight(term)) for term in asked} == {float}
    store.close()


def test_terms_are_one_token_each_for_any_analyzer() -> None:
    odd = ["1.5", "don't", "北京", "naïve", "ferri", "x" * 500, "ÄÖ", "a_b"]
    made = coded(odd).split()
    assert len(made) == len(set(made)) == len(odd)
    assert all(token.isascii() and token.isalnum() and len(token) <= 64 for token in made)
    assert len(coded(["word"] * 100_000)) <= 65_535
    assert not coded(["word"] * 100_000).endswith("wor")


def test_vectors_come_back_bit_for_bit(kept: Lite, make_article: Make) -> None:
    kept.put(make_article("The ferry sails at nine.", "Ferry"))
    store = kept.store()
    found = store.find("ferry", FakeEncoder(), candidates=1, fields=WORDS)
    vector = found.by_meaning[0].stored.vector
    assert vector.dtype == np.float32
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-6)
    store.close()


# ---- commands


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    folder: Path, kept: Lite,
) -> Quoth:  # fmt: skip
    quoth = ready(monkeypatch, capsys, tmp_path)
    monkeypatch.setenv("QUOTH_STORE", str(kept.address))
    result = quoth("ingest", folder)
    assert result.code == 0
    assert result.out.startswith(f"{kept.address}: 3 added")
    return quoth


def test_the_commands_know_a_store(typed: Quoth, folder: Path, tmp_path: Path) -> None:
    listed = typed("articles", "--json").json
    assert [item["title"] for item in listed] == ["Heat pumps", "The night ferry",
                                                  "The river otter"]  # fmt: skip
    reply = typed("ask", "When does the night ferry leave Norrhamn?", "--json")
    assert reply.code in (0, 20)
    (tmp_path / "reply.json").write_text(reply.out)
    (tmp_path / "card.json").write_text(typed("proof", tmp_path / "reply.json").out)
    checked = typed("check-proof", tmp_path / "card.json")
    assert checked.code == 0
    assert "word for word" in checked.out
    assert typed("verify").out.endswith("all is well (3 articles, 3 passages)\n")
    ferry = listed[1]["id"]
    assert "41 lorries" in typed("show", ferry).out
    assert "3 articles, 1 with a date" in typed("articles", "--facets").out
    assert typed("articles", "--copies").code == 0
    assert typed("ingest", folder).out.split(": ")[1].startswith("3 unchanged")
    removed = typed("remove", ferry)
    assert "removed" in removed.out
    assert "overwritten" not in removed.out
    assert typed("check-proof", tmp_path / "card.json").code == 12
    assert not (tmp_path / "library").exists()


def test_evaluate_builds_into_a_store(typed: Quoth, tmp_path: Path) -> None:
    paragraph = {
        "context": "The bridge opened in 1931.",
        "qas": [{"id": "q", "question": "When did the bridge open?",
                 "answers": [{"text": "1931", "answer_start": 21}]}],
    }  # fmt: skip
    whole = {"version": "1.1", "data": [{"title": "Bridge", "paragraphs": [paragraph]}]}
    (tmp_path / "set.json").write_text(json.dumps(whole))
    result = typed("evaluate", tmp_path / "set.json", "--build", "--json", tmp_path / "out.json")
    assert result.code == 0
    assert json.loads((tmp_path / "out.json").read_text())["rows"]
    assert len(typed("articles", "--json").json) == 4


def test_damage_is_found_by_verify(typed: Quoth, kept: Lite) -> None:
    heat, ferry, _ = (item["id"] for item in typed("articles", "--json").json)
    kept.damage_passages(ferry)
    kept.damage_article(heat)
    client = Client(kept.address)
    client.delete("passages", f'article == "{key_of("otter-nobody")}"')
    result = typed("verify")
    assert result.code == 11
    first, second = sorted(result.out.splitlines())
    assert first.startswith(f"article {heat}: is not as it was put") or ferry in first
    assert {heat in first, heat in second} == {True, False}
    client.close()


@pytest.mark.parametrize("command", [["backup", "f"], ["tune", "x.jsonl"], ["doctor"], ["upgrade"],
                                     ["why", "q"], ["calibrate", "--show"]])  # fmt: skip
def test_commands_for_folders_refuse_a_store(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    result = quoth(*command, "--store", "milvus://./nothing.db")
    assert result.code == 4
    assert f"quoth {command[0]} works on a library folder" in one_line(result)


def test_a_file_that_is_not_there_is_told_and_not_made(quoth: Quoth, tmp_path: Path) -> None:
    for command in (["ask", "q"], ["articles"], ["remove", "x"], ["verify"]):
        result = quoth(*command, "--store", "milvus://./slip.db")
        assert result.code == 4
        assert "milvus://./slip.db is not there; make it with: quoth ingest" in one_line(result)
    assert not (tmp_path / "slip.db").exists()


def test_large_articles_are_asked_for_a_few_at_a_time(
    kept: Lite, make_article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.milvus.batches._MOST_CHARACTERS", 60)
    kept.put(*(make_article(f"The ferry number {n} sails at nine.", f"F{n}") for n in range(5)))
    store = kept.store()
    asked: list[int] = []
    whole = store.client.milvus.query

    def query(collection: str, **given: Any) -> Any:
        if "record" in given["output_fields"]:
            asked.append(given["filter"].count(",") + 1)
        return whole(collection, **given)

    monkeypatch.setattr(store.client.milvus, "query", query)
    found = store.find("ferry", FakeEncoder(), candidates=9, fields=WORDS)
    assert len(found.by_meaning) == 5
    assert asked == [1, 1, 1, 1, 1]
    store.close()


def test_what_is_typed_wrong_is_told_in_one_line(quoth: Quoth, folder: Path) -> None:
    result = quoth("ask", "q", "--store", "milvus://host")
    assert result.code == 2
    assert "milvus://HOST:PORT/NAME" in one_line(result)
    result = quoth("ingest", folder, "--shard", "3/2", "--store", "milvus://h/n")
    assert result.code == 2
    assert "1/16 to 16/16" in one_line(result)
    result = quoth("ingest", folder, "--shard", "1/2")
    assert result.code == 3
    assert "--store" in one_line(result)


def test_without_the_client_it_says_what_to_install(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = builtins.__import__

    def without(name: str, *given: Any, **known: Any) -> Any:
        if name.startswith("pymilvus"):
            raise ImportError(name)
        return whole(name, *given, **known)

    monkeypatch.setattr(builtins, "__import__", without)
    result = quoth("ask", "q", "--store", "milvus://host/name")
    assert result.code == 4
    assert "pip install 'quoth[milvus]'" in one_line(result)


def test_a_file_that_another_process_has_open_is_told(kept: Lite, quoth: Quoth) -> None:
    kept.put()
    code = f"import app, sys\nsys.exit(app.main(['articles', '--store', {str(kept.address)!r}]))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert other.returncode == 4
    (line,) = other.stderr.splitlines()
    assert "another process has it open" in line


def test_a_server_that_is_not_there_is_told(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.milvus.client._TIMEOUT_SECONDS", 2.0)
    result = quoth("articles", "--store", "milvus://127.0.0.1:9/news")
    assert result.code == 4
    assert "milvus://127.0.0.1:9/news: Milvus says:" in one_line(result)


def test_the_generation_moves_with_each_writer(kept: Lite, make_article: Make) -> None:
    kept.put(make_article("The ferry sails at nine.", "Ferry"))
    store = MilvusStore.open(kept.address)
    seen = []
    with store.snapshot() as reads:
        seen.append(reads.generation)
        for shard in (Shard(1, 2), Shard(2, 2), WHOLE, WHOLE):
            MilvusWriter(store.client, shard)
            seen.append(reads.generation)
    assert len(set(seen)) == len(seen)
    store.close()
