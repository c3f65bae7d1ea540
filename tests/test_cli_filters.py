"""Filters in the command line: what they choose, and what is said when they choose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.filters import Filters
from qa import archive as archive_module
from qa.archive import Archive
from qa.rules import AskRules
from tests.cli_tools import NamedEncoder, Quoth, one_line, ready

FERRY = "How many lorries does the night ferry carry?"
OTTER = "Where did a survey find otters?"


@pytest.fixture
def filled(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    quoth = ready(monkeypatch, capsys, tmp_path)
    (folder / "weir.md").write_text(
        "---\ntitle: The weir\nauthors: [Tomasz Wilk, Ada Moor]\ndate: 2021\nlanguage: de\n"
        "source: https://www.news.example.org/weir\n---\n\nA survey found otters at the weir.\n",
        encoding="utf-8",
    )
    assert quoth("ingest", folder).code == 0
    return quoth


def titles(quoth: Quoth, *given: str) -> list[str]:
    return [each["title"] for each in quoth("articles", "--json", *given).json]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--since", "2022"], ["The river otter"]),
        (["--until", "2021-03"], ["The weir"]),
        (["--author", "tomasz wilk"], ["The river otter", "The weir"]),
        (["--author", "Ada Moor", "--since", "2022"], []),
        (["--source", "example.org"], ["The river otter", "The weir"]),
        (["--source", "example.org/otter", "--source", "articles/heat.txt"],
         ["Heat pumps", "The river otter"]),
        (["--language", "DE"], ["The weir"]),
    ],
    ids=lambda value: " ".join(value),
)  # fmt: skip
def test_what_each_filter_chooses(filled: Quoth, given: list[str], expected: list[str]) -> None:
    assert titles(filled, *given) == expected
    reply = filled("ask", OTTER, "-k", "9", "--json", *given).json
    shown = reply["extracts"] or reply["nearest"]
    assert {each["article"]["title"] for each in shown} <= set(expected)
    assert bool(shown) == bool(expected)


def test_a_reply_says_under_which_filters_it_was_found(filled: Quoth) -> None:
    reply = filled("ask", OTTER, "--json", "--since", "2023", "--author", "Tomasz Wilk").json
    assert reply["status"] == "answered"
    assert reply["filters"] == {"since": "2023", "author": ["Tomasz Wilk"]}
    assert filled("ask", OTTER, "--json").json["filters"] == {}


def test_scores_do_not_depend_on_filters(filled: Quoth) -> None:
    everything = filled("ask", OTTER, "--json", "-k", "9").json["extracts"]
    for title, source in (
        ("The river otter", "example.org/otter"),
        ("The weir", "news.example.org"),
    ):
        alone = filled("ask", OTTER, "--json", "--source", source).json
        found = (alone["extracts"] or alone["nearest"])[0]
        same = next(each for each in everything if each["article"]["title"] == title)
        assert found["passage"] == same["passage"]
        assert found["score"] == pytest.approx(same["score"], abs=2e-4)


def test_nothing_that_passes_is_said_with_the_way_out(filled: Quoth) -> None:
    result = filled("ask", FERRY, "--since", "2031", "--author", "Tom Wilk", "--language", "fr")
    assert result.code == 20
    assert result.out == (
        "The archive does not say: no article matches these filters: since 2031, author Tom Wilk, "
        "language fr; ask without --since, --author, --language.\n"
        "  no article has the author 'Tom Wilk'; near to it: Tomasz Wilk\n"
        "  no article has the language 'fr'; it holds: en, de\n"
    )
    context = filled("ask", FERRY, "--since", "2031", "--context", "99")
    assert context.err.startswith("no context: no article matches these filters: since 2031; ask")
    listed = filled("articles", "--author", "Zorro")
    assert (listed.code, listed.out) == (0, "")
    assert listed.err == (
        "no article matches these filters: author Zorro\n"
        "  no article has the author 'Zorro'; see: quoth articles --facets\n"
    )


def test_an_abstention_under_filters_says_so(
    filled: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = AskRules(bar=2.0)
    monkeypatch.setattr(archive_module, "AskRules", lambda **_: rules)
    result = filled("ask", OTTER, "--since", "2023")
    assert result.code == 20
    assert (
        "with these filters: since 2023; to search everything, ask without --since." in result.out
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--since", "2023-13"], "argument --since: '2023-13' is no date; write 2023, 2023-01 or"),
        (["--until", "soon"], "argument --until: 'soon' is no date"),
        (["--since", "2024", "--until", "2023"], "nothing is both since 2024 and until 2023"),
        (["--language", "english"], "'english' is no language code; the archive holds: "),
        (["--author", "  "], "the filter author takes 1 to 200 characters"),
        (["--source", "https://"], "the filter source takes 1 to 200 characters"),
        ([f"--author={n}" for n in range(11)], "at most 10 values, not 11"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_bad_values_get_one_line(filled: Quoth, given: list[str], words: str) -> None:
    for command in (["ask", FERRY], ["articles"], ["why", FERRY, "--quote", "41 lorries"]):
        result = filled(*command, *given)
        assert result.code == 2
        assert words in one_line(result)


def test_facets_in_the_terminal(filled: Quoth) -> None:
    lines = filled("articles", "--facets").out.splitlines()
    assert lines[0] == "4 articles, 2 with a date, from 2021 to 2023-05-12"
    assert [line.split() for line in lines[1:]][:3] == [
        ["--since,", "--until", "2021", "(1),", "2023", "(1)"],
        ["--author", "Tomasz", "Wilk", "(2),", "Ada", "Moor", "(1)"],
        ["--source", "articles", "(2),", "example.org", "(1),", "news.example.org", "(1)"],
    ]
    some = filled("articles", "--facets", "--author", "Ada Moor").out.splitlines()
    assert some[0] == "1 articles, 1 with a date, from 2021 to 2021"
    assert filled("articles", "--facets", "--since", "2031").out.startswith("0 articles, 0 with")


def test_why_looks_only_where_the_question_looked(filled: Quoth) -> None:
    question = ["why", OTTER, "--quote", "three bridges", "--json"]
    everything = filled(*question).json
    assert everything["by_meaning"]["of"] == 4
    some = filled(*question, "--author", "Tomasz Wilk").json
    assert some["by_meaning"]["of"] == 2
    assert some["by_words"]["score"] == pytest.approx(everything["by_words"]["score"])
    english = filled(*question, "--language", "en").json  # the weir, in German, has the words too
    assert (english["by_words"]["of"], everything["by_words"]["of"]) == (1, 2)
    left_out = filled(*question, "--language", "de")
    assert left_out.code == 2
    assert one_line(left_out) == (
        "quoth: the filters (language de) leave out “The river otter” (2023-05-12, Tomasz Wilk, "
        "https://example.org/otter, en); ask without them"
    )


def test_an_empty_archive_comes_before_its_filters(
    filled: Quoth, folder: Path, tmp_path: Path
) -> None:
    filled("remove", *(each["id"] for each in filled("articles", "--json").json))
    reply = filled("ask", FERRY, "--json", "--since", "2023").json
    assert (reply["reason"], reply["unknown"]) == ("empty_archive", [])


def test_a_follow_up_under_filters_in_a_program(filled: Quoth) -> None:
    archive = Archive.open(filled.library)
    archive._encoder = NamedEncoder()
    filters = Filters(sources=("articles",))
    reply, trace = archive.ask_traced("And when does it leave?", history=[FERRY], filters=filters)
    assert reply.filters == filters
    assert trace.candidates
    assert {each.passage.article.source.split("/")[0] for each in trace.candidates} == {"articles"}
    assert archive.facets(filters).articles == 2
    archive.close()
