"""Evidence cards: every verdict, every quotation a slice, nothing that runs on the page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article
from qa import archive as archive_module
from qa.proof import check_card
from qa.proof_html import card_page
from qa.rules import AskRules
from tests.cli_tools import Quoth, one_line, ready

FERRY = "How many lorries does the night ferry carry?"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    monkeypatch.setattr(archive_module, "AskRules", lambda **_: AskRules(bar=0.0))
    run = ready(monkeypatch, capsys, tmp_path)
    assert run("ingest", folder).code == 0
    return run


@pytest.fixture
def card(quoth: Quoth, tmp_path: Path) -> Path:
    (tmp_path / "reply.json").write_text(quoth("ask", FERRY, "--json").out, encoding="utf-8")
    made = quoth("proof", tmp_path / "reply.json", "--html", tmp_path / "card.html")
    assert made.code == 0
    path = tmp_path / "card.json"
    path.write_text(made.out, encoding="utf-8")
    return path


def changed(card: Path, **fields: Any) -> Path:
    content = json.loads(card.read_text(encoding="utf-8"))
    content["quotations"] = [{**content["quotations"][0], **fields}]
    card.write_text(json.dumps(content), encoding="utf-8")
    return card


def test_a_card_holds_and_each_quotation_is_a_slice(quoth: Quoth, card: Path) -> None:
    items = json.loads(card.read_text(encoding="utf-8"))["quotations"]
    assert len(items) >= 2
    for item in items:
        text = quoth("show", item["article"]["id"], "--json").json["text"]
        assert text[item["start"] : item["end"]] == item["quote"]
        assert item["before"] + item["quote"] + item["after"] in text
        assert item["article"]["captured"].endswith("Z")
    checked = quoth("check-proof", card)
    assert checked.code == 0
    assert [line.split()[0] for line in checked.out.splitlines()] == ["holds"] * len(items)


@pytest.mark.parametrize(
    ("forgery", "status"),
    [
        ({"quote": "It carries 99 lorries."}, "forged"),
        ({"start": 0, "end": 0, "quote": ""}, "forged"),
        ({"start": -5, "end": 10_000}, "forged"),
    ],
    ids=["other words", "no words", "outside"],
)
def test_a_forged_quotation_is_found(
    quoth: Quoth, card: Path, forgery: dict[str, Any], status: str
) -> None:
    checked = quoth("check-proof", changed(card, **forgery))
    assert checked.code == 12
    assert checked.out.startswith(status)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("22:40", "23:50", "still has these words"),
        ("41 lorries", "52 lorries", "has changed since"),
    ],
)
def test_a_changed_article_is_told_from_one_that_still_has_the_words(
    quoth: Quoth, card: Path, folder: Path, old: str, new: str, says: str
) -> None:
    article = next(
        item for item in json.loads(card.read_text())["quotations"] if "lorries" in item["quote"]
    )
    path = folder / "ferry.txt"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert quoth("ingest", folder).code == 0
    checked = quoth("check-proof", changed(card, **article))
    assert checked.code == 12
    assert checked.out.startswith("changed")
    assert says in checked.out
    assert ("still has" in checked.out) == (old == "22:40")


@pytest.mark.parametrize(
    ("text", "still"), [("It costs 33 euros.", False), ("It costs 3 euros now.", True)]
)
def test_words_inside_a_longer_number_are_not_still_there(text: str, still: bool) -> None:
    about = {"id": "toll", "fingerprint": "of another text"}
    item = {"quote": "3 euros", "start": 9, "end": 16, "before": "It costs ", "after": ".",
            "article": about}  # fmt: skip
    card = {"card": "quoth-evidence-1", "quotations": [item]}
    stored = Article("toll", "Toll", text, "toll.md")
    assert check_card(card, {"toll": stored}.get) == [("3 euros", "toll", "changed", still)]


def test_a_removed_article_is_gone(quoth: Quoth, card: Path) -> None:
    for item in json.loads(card.read_text(encoding="utf-8"))["quotations"]:
        quoth("remove", item["article"]["id"])
    assert all(line.startswith("gone") for line in quoth("check-proof", card).out.splitlines())


@pytest.mark.parametrize("command", ["proof", "check-proof"])
@pytest.mark.parametrize("content", ["", "{]", "[]", '"x"', "{}", '{"card": "quoth-evidence-1"}'])
def test_what_is_no_reply_or_card_gets_one_line(
    quoth: Quoth, tmp_path: Path, command: str, content: str
) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    result = quoth(command, tmp_path / "x.json")
    assert result.code == 13
    assert result.err.count("\n") == 1
    assert quoth(command, tmp_path / "missing.json").code == 13


BAD_JSON = {
    "deep": ("[" * 100_000, "JSON nested too deeply"),
    "endless number": (f'{{"extracts": [{"1" * 5_000}]}}', "a number of 5,000 digits"),
    "half a character": ('{"question": "\\ud800", "extracts": []}', "half a character (\\ud800)"),
    "not UTF-8": (b"\xff", "is not UTF-8 at byte 0"),
}


@pytest.mark.parametrize("command", ["proof", "check-proof"])
@pytest.mark.parametrize(("content", "what"), BAD_JSON.values(), ids=BAD_JSON)
def test_json_that_cannot_be_carried_on_with_gets_one_line(
    quoth: Quoth, tmp_path: Path, command: str, content: str | bytes, what: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "x.json").write_bytes(data)
    result = quoth(command, tmp_path / "x.json")
    assert result.code == 13
    line = one_line(result)
    assert "x.json" in line
    assert what in line


@pytest.mark.parametrize("value", [None, 7, ["x"], True])
@pytest.mark.parametrize(
    "place", ["article.title", "article.id", "article.fingerprint", "passage.text", "passage.start"]
)
def test_a_reply_with_a_value_of_another_kind_gets_one_line(
    quoth: Quoth, tmp_path: Path, place: str, value: object
) -> None:
    if place == "passage.start" and value == 7:
        value = "7"
    reply = quoth("ask", FERRY, "--json").json
    record, name = place.split(".")
    reply["extracts"][0][record][name] = value
    (tmp_path / "reply.json").write_text(json.dumps(reply), encoding="utf-8")
    result = quoth("proof", tmp_path / "reply.json", "--html", tmp_path / "card.html")
    assert (result.code, result.out) == (13, "")
    assert f"'{name}' is missing or of another kind" in one_line(result)
    assert not (tmp_path / "card.html").exists()


def test_a_card_with_an_endless_offset_gets_one_line(quoth: Quoth, card: Path) -> None:
    endless = changed(card, start=float("inf"))
    assert (result := quoth("check-proof", endless)).code == 13
    assert "the evidence card is damaged" in one_line(result)


def test_a_card_may_begin_with_a_byte_order_mark(quoth: Quoth, card: Path) -> None:
    card.write_bytes(b"\xef\xbb\xbf" + card.read_bytes())
    assert quoth("check-proof", card).code == 0


def test_the_page_does_not_replace_the_reply(quoth: Quoth, tmp_path: Path) -> None:
    path = tmp_path / "reply.json"
    path.write_text(quoth("ask", FERRY, "--json").out, encoding="utf-8")
    before = path.read_bytes()
    result = quoth("proof", path, "--html", path)
    assert (result.code, result.out) == (3, "")
    assert "would replace it; name another file" in one_line(result)
    assert path.read_bytes() == before


class Tags(HTMLParser):
    """Collects the tags and addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


def test_the_page_escapes_everything_and_links_only_to_the_web() -> None:
    article = dict.fromkeys(("id", "title", "source", "author", "published", "fingerprint"), EVIL)
    item = {"quote": EVIL, "start": 0, "end": 1, "before": EVIL, "after": EVIL, "article": article}
    script = {**item, "article": {**article, "source": "javascript:alert(1)"}}
    web = {**item, "article": {**article, "source": "https://example.org/?a=1&b=2"}}
    # Web addresses by their scheme alone: no host, and somebody else's name before the host.
    odd = [
        {**item, "article": {**article, "source": source}}
        for source in ("https:javascript:alert(1)", "https://example.org@evil.example/")
    ]
    items = [item, script, web, *odd]
    page = Tags(card_page({"question": EVIL, "quoth": EVIL, "quotations": items}))
    assert page.links == ["https://example.org/?a=1&b=2"]
    assert not page.tags & {"script", "img"}
