"""Plain text, encodings, Markdown, records and SQuAD files, as people really have them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.assemble import assemble
from corpus.clean import clean_text
from corpus.formats import SUFFIXES, parse
from corpus.formats.raw import RawArticle


def one(data: str | bytes, suffix: str, name: str = "notes") -> RawArticle:
    raw = data.encode() if isinstance(data, str) else data
    articles, problems = parse(raw, suffix, f"{name}{suffix}")
    assert [str(problem) for problem in problems] == []
    (article,) = articles
    return article


def why(data: bytes, suffix: str) -> str:
    articles, problems = parse(data, suffix, f"in/bad{suffix}")
    assert articles == []
    (problem,) = problems
    assert str(problem).startswith(f"in/bad{suffix}")
    return str(problem)


def texts(article: RawArticle) -> list[str]:
    return [block.text for block in article.blocks]


PROSE = (
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Café, naïve, Ørsted.\n" * 3
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding: str) -> None:
    assert "".join(texts(one(PROSE.encode(encoding), ".txt"))).startswith("Zwölf Boxkämpfer")
    assert "Ørsted" in texts(one(PROSE.encode(encoding), ".txt"))[0]


def test_cyrillic_in_an_old_code_page() -> None:
    text = "Ночной паром ушёл из старого порта поздно вечером, и на борту было сорок человек. " * 4
    assert "паром" in texts(one(text.encode("cp1251"), ".txt"))[0]


def test_utf8_cut_in_the_middle_of_a_character_stays_utf8() -> None:
    cut = ("Ночной паром ушёл. " * 5).encode()[:-3]
    assert texts(one(cut, ".txt"))[0].startswith("Ночной паром ушёл.")


@pytest.mark.parametrize(
    "data", [b"\x7fELF" + bytes(range(256)) * 9, b"\x89PNG\r\n\x1a\n" + b"\0" * 99]
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".jsonl", ".csv", ".html", ".json"])
def test_binary_files_are_named_as_such(data: bytes, suffix: str) -> None:
    assert "is not text (binary file)" in why(data, suffix)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n"])
def test_empty_files(data: bytes, suffix: str) -> None:
    assert "empty file" in why(data, suffix)


@given(st.binary(max_size=300), st.sampled_from(sorted(SUFFIXES)))
def test_no_bytes_make_a_parser_raise(data: bytes, suffix: str) -> None:
    articles, problems = parse(data, suffix, f"x{suffix}")
    assert articles or problems
    for raw in articles:
        article = assemble(raw, "x")
        assert article is None or clean_text(article.text) == article.text


def test_a_short_first_line_is_the_title_and_not_repeated() -> None:
    article = one("Night ferry\r\n\r\nIt left late.\r\n\r\nIt came early.", ".txt")
    assert (article.title, texts(article)) == ("Night ferry", ["It left late.", "It came early."])


def test_a_telling_file_name_is_the_title_when_no_line_is() -> None:
    long = "A deck line that says in one whole sentence what the story below is going to be about."
    article = one(f"{long}\n{long}\n", ".txt", "news/two-koreas-and-the-war")
    assert article.title == "Two koreas and the war"
    assert texts(article)[0].startswith("A deck line")
    assert (one(f"{long}\n{long}\n", ".txt", "doc17").title or "").endswith("…")


def test_one_paragraph_a_line() -> None:
    line = "A paragraph pasted from a page runs on without a break for over a hundred letters. "
    assert len(texts(one("\n".join([line * 2] * 4), ".txt"))) == 4


def test_hard_wrapped_lines_are_joined_and_short_lines_are_not() -> None:
    wrapped = (
        "The night ferry left the old port at a quarter past ten on Monday,\n"
        "with forty people, a goat and eleven cars on board, and nobody in\n"
        "the harbour office thought that there was anything odd about it at\n"
        "the time.\n\n"
        "It came back at dawn on Tuesday, without the goat, and its captain\n"
        "would not say what had become of it, then or at any later time.\n"
    )
    assert [text.count("\n") for text in texts(one(wrapped, ".txt"))] == [0, 0]
    assert texts(one("x\n\nRoses are red,\nviolets are blue.", ".txt")) == [
        "Roses are red,\nviolets are blue."
    ]


def test_a_giant_line_survives_whole() -> None:
    text = "word " * 200_000
    assert texts(one(text, ".txt"))[0] == text.strip()


MARKDOWN = """---
title: "Leave: the rules"
author: [Ann Lee, Bo]
date: 2023-01-17
lang: en
url: https://intra.example/leave
---
Intro with *emphasis*, `code`, a [link](https://x.org), ![picture](p.png)and
a soft break.

## Sick leave

- Call **before 9**
- Then
  - rest

3. third
4. fourth

| Years | Days |
|-------|------|
| 0–2   | 28   |

> Quoted.

<div>Raw <b>HTML</b><!-- secret --></div>
"""


def test_markdown() -> None:
    article = one(MARKDOWN.replace("\n", "\r\n"), ".md")
    assert (article.title, article.author, article.published, article.language, article.url) == (
        "Leave: the rules",
        "Ann Lee, Bo",
        "2023-01-17",
        "en",
        "https://intra.example/leave",
    )
    assert texts(article) == [
        "Intro with emphasis, code, a link, and a soft break.",
        "Sick leave",
        "- Call before 9\n- Then\n  - rest",
        "3. third\n4. fourth",
        "Years | Days\n0–2 | 28",
        "Quoted.",
        "Raw HTML",
    ]
    assert [block.level for block in article.blocks] == [0, 2, 0, 0, 0, 0, 0]


def test_markdown_title_from_heading_or_name() -> None:
    assert one("text\n\n# Late title\n\nmore", ".md").title == "Late title"
    assert one("just text", ".md", "in/sick-leave").title == "Sick leave"


@pytest.mark.parametrize("front", ["title: [unclosed", "a: b: c", "? x\n- y"])
def test_broken_front_matter_is_reported_and_the_body_read(front: str) -> None:
    articles, problems = parse(f"---\n{front}\n---\nBody stays.".encode(), ".md", "a.md")
    assert texts(articles[0]) == ["Body stays."]
    assert "front matter" in str(problems[0])


@pytest.mark.parametrize(
    "title", ["12:30", "1:" * 3_000 + "1", "No", "2024", "0x1F", "2023-01-17", "!!int 7", "1_000"]
)
def test_front_matter_is_read_as_the_words_that_stand_there(title: str) -> None:
    article = one(f"---\ntitle: {title}\nauthor: [Ann Lee, 7, null]\n---\nBody.", ".md")
    assert (article.title, article.author) == (title.removeprefix("!!int "), "Ann Lee, 7")


@pytest.mark.parametrize("nothing", ["", "~", "null", "[]", "{}"])
def test_front_matter_may_leave_a_field_open(nothing: str) -> None:
    assert one(f"---\ntitle: {nothing}\n---\n# Leave\n\nBody.", ".md").title == "Leave"


def test_a_date_that_is_none_costs_only_the_date_and_is_named() -> None:
    for date in ("2023-13-45", "31/12/2020", "01.02.2020"):
        page = f"---\ntitle: Leave\ndate: {date}\n---\nBody."
        (article,), (problem,) = parse(page.encode(), ".md", "a.md")
        assert (article.title, article.published) == ("Leave", None)
        left_out = "is no date and was left out; write it as 2023-01-17"
        assert str(problem) == f"a.md: '{date}' {left_out}"


@pytest.mark.parametrize("date", ["2023-1-7", "2023-01-07 23:30:00 -05:00", "'2023-01-07'"])
def test_a_date_is_the_day_that_was_written(date: str) -> None:
    assert one(f"---\ndate: {date}\n---\nBody.", ".md").published == "2023-01-07"


def test_rulers_around_a_paragraph_are_no_front_matter() -> None:
    assert "A paragraph." in texts(one("---\nA paragraph.\n---\nBody.", ".md"))


TOML = """+++
Title = "Leave: the rules"
authors = ["Ann Lee", 7]
date = 2023-01-07T23:30:00-05:00
lang = 'en'
weight = 1.10
url = "https://intra.example/leave"
[params]
  toc = true
+++

Thirty days.
"""


def test_toml_front_matter() -> None:
    article = one(TOML.replace("\n", "\r\n"), ".md")
    assert (article.title, article.author, article.published, article.language, article.url) == (
        "Leave: the rules", "Ann Lee, 7", "2023-01-07", "en", "https://intra.example/leave",
    )  # fmt: skip
    assert texts(article) == ["Thirty days."]
    assert one("+++\ntitle = 1.10\ndate = 2023-01-17\n+++\nBody.", ".md").title == "1.10"


@pytest.mark.parametrize(
    "front", ["title = [unclosed", "a = b", "a = 1\na = 2", "a = 2023-13-45", "a = " + "[" * 9_999]
)
def test_broken_toml_front_matter_is_reported_and_the_body_read(front: str) -> None:
    (article,), problems = parse(f"+++\n{front}\n+++\nBody stays.".encode(), ".md", "a.md")
    assert texts(article) == ["Body stays."]
    assert [str(each) for each in problems] == [
        "a.md: front matter is not valid TOML and was left out; mend it between the +++ lines"
    ]


def test_pluses_around_a_paragraph_are_no_front_matter() -> None:
    text = " ".join(texts(one("+++\nA paragraph.\n+++\nBody.", ".md")))
    assert "A paragraph." in text
    assert "Body." in text


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("One <script>alert(1)</script>two.", "One two."),
        ("One <SCRIPT src='a'>*alert*(1)\nx</Script>two.", "One two."),
        ("One <style>p{color:red}</style>two <b>bold</b>.", "One two bold."),
        ("One <script>a<style>b</script>two.</style>", "One two."),
        ("One <style>two <script>b</script>three.", "One two three."),
        ("- One <script>alert(1)</script>two.", "- One two."),
        ("<div><script>alert(1)</script>One two.</div>", "One two."),
        ("<style>\np{color:red}\n</style>\n\nOne two.", "One two."),
        ("A <script> tag, `<script>x</script>` and <scripted>.",
         "A  tag, <script>x</script> and ."),
        ("One</script> two.", "One two."),
    ],
)  # fmt: skip
def test_scripts_and_styles_in_markdown_are_no_text(markdown: str, shown: str) -> None:
    assert [text for text in texts(one(markdown, ".md")) if text] == [shown]


def test_links_that_are_no_pages_are_not_taken() -> None:
    assert one("---\nurl: javascript:alert(1)\n---\nBody.", ".md").url is None


def test_jsonl_keeps_the_good_lines_and_names_the_bad() -> None:
    lines = [
        json.dumps(
            {
                "id": 7,
                "Headline": "Night ferry",
                "body": "It left.\u2028Late.",
                "byline": "Ann",
                "date": "2023-01-17",
                "source": "https://x.org/7",
                "lang": "en",
            },
            ensure_ascii=False,
        ),
        '{"text": "half-writ',
        '{"title": "no text"}',
        "[1]",
        "",
        '{"text": "\\ud800 lone 😀"}',
    ]
    articles, problems = parse("\r\n".join(lines).encode(), ".jsonl", "a.jsonl")
    first, last = articles
    assert (first.key, first.title, first.author, first.published, first.url, first.line) == (
        "7",
        "Night ferry",
        "Ann",
        "2023-01-17",
        "https://x.org/7",
        1,
    )
    assert (last.key, last.line) == ("5", 6)
    assert [problem.line for problem in problems] == [2, 3, 4]
    assert "a.jsonl, line 2: is not valid JSON" in str(problems[0])
    article = assemble(last, "a.jsonl")
    assert article is not None
    assert article.text == "\ufffd lone 😀"


def test_json_lists_single_records_and_nonsense() -> None:
    assert len(parse(b'[{"text": "a"}, {"text": "b"}, 3]', ".json", "a.json")[0]) == 2
    assert one('{"title": "T", "content": ["a", "b"]}', ".json").title == "T"
    assert "half-written" in why(b'[{"text": "a"}, {"te', ".json")
    assert "holds no articles" in why(b"17", ".json")
    assert "nested too deeply" in why(b"[" * 100_000, ".json")


def test_lines_of_json_under_the_name_of_a_document_are_told() -> None:
    lines = b'{"text": "a"}\n{"text": "b"}\n'
    assert "holds one JSON record a line; rename it to .jsonl" in why(lines, ".json")
    assert "half-written" in why(b'{"text": "a"}\n{"te', ".json")
    assert "half-written" in why(b'{\n"text": "a"\n}\n{\n"text": "b"\n}', ".json")


@pytest.mark.parametrize("date", ["31/12/2020", "01.02.2020", "3 March 2020", "1609459200"])
def test_a_date_that_cannot_be_read_is_told(date: str) -> None:
    left_out = f"{date!r} is no date and was left out; write it as 2023-01-17"
    record = json.dumps({"text": "a", "date": date})
    for data, suffix, place in (
        (f"[{record}]", ".json", "a.json: record 1: "),
        (record, ".jsonl", "a.jsonl, line 1: "),
        (f"text,date\na,{date}\n", ".csv", "a.csv, line 2: "),
    ):
        (article,), (problem,) = parse(data.encode(), suffix, f"a{suffix}")
        assert (article.published, str(problem)) == (None, place + left_out)
        assert problem.is_slight


def test_words_are_no_date_and_another_field_may_have_one() -> None:
    for fields in ({"date": "soon"}, {"date": None}, {"date": True}, {"published": ""}, {}):
        (article,), problems = parse(
            json.dumps({"text": "a", **fields}).encode(), ".json", "a.json"
        )
        assert (article.published, problems) == (None, [])
    article = one('{"text": "a", "date": "31/12/2020", "published": "2020-12-31"}', ".json")
    assert article.published == "2020-12-31"


def test_csv() -> None:
    rows = (
        'id;Title;Text\r\n1;Ferry;"It left; then\r\nit came ""back""."\r\n2;Empty;\r\n3;B;Two.\r\n'
    )
    articles, problems = parse(rows.encode("utf-8-sig"), ".csv", "a.csv")
    assert [(a.key, a.title, texts(a)) for a in articles] == [
        ("1", "Ferry", ['It left; then\nit came "back".']),
        ("3", "B", ["Two."]),
    ]
    assert [(p.line, "no text" in p.what) for p in problems] == [(4, True)]
    assert "no column named text, body or content; found: a, b" in why(b"a,b\n1,2\n", ".csv")


def test_csv_fields_may_be_long_and_quotes_unclosed() -> None:
    long = "word " * 60_000
    assert texts(one(f'text\n"{long}"\n', ".csv"))[0] == long.strip()
    assert parse(b'text\n"never closed, and so on\n', ".csv", "a.csv")[0]


def test_squad_contexts_stay_verbatim_and_in_place() -> None:
    contexts = ["First  context, two  blanks.", "© 2023 All rights reserved.", "Third\nline."]
    entry = {"title": "Night_ferry", "paragraphs": [{"context": c, "qas": []} for c in contexts]}
    document = json.dumps({"version": "2", "data": [entry, {"title": "empty"}]})
    articles, problems = parse(document.encode(), ".json", "dev.json")
    article = assemble(articles[0], "dev.json")
    assert article is not None
    assert (article.title, article.text) == ("Night ferry", "\n\n".join(contexts))
    assert "article 2 has no paragraphs" in str(problems[0])
