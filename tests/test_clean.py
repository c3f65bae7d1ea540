"""Cleaning, boilerplate and language: what is taken out, and above all what stays."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.assemble import assemble, assemble_all
from corpus.boilerplate import MOST_DROPPED_SHARE, is_furniture, trim_end
from corpus.clean import clean_line, clean_text
from corpus.formats.raw import Block, RawArticle, iso_date, web_address
from corpus.language import guess_language

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\r\n\x0b\x0c\x85\u2028\ufeff\u00ad\u202e\u2066\u200f\u0301e \t\u00a0\x00\ud800"
        ),
    ),
    max_size=60,
)


@given(NASTY)
def test_cleaning_is_idempotent(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@given(NASTY)
def test_clean_text_can_be_stored_and_holds_nothing_unseen(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & set("\r\x00\u00ad\u202a\u202e\u2066\u2069\ufeff\x85\u2028")
    assert "\n\n\n" not in cleaned
    assert cleaned == cleaned.strip()
    assert all(line == line.rstrip() for line in cleaned.split("\n"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a  \t\nb", "a\nb"),
        ("a\tb", "a\tb"),
        ("one\n\n\n\n\ntwo", "one\n\ntwo"),
        ("cafe\u0301", "café"),
        ("\ufeffsoft\u00adly\x07", "softly"),
        ("gnp.\u202efdp", "gnp.fdp"),
        ("שלום\u200f 3", "שלום\u200f 3"),
        ("👩\u200d👧 crew", "👩\u200d👧 crew"),
        ("bad \ud83d half", "bad \ufffd half"),
    ],
)
def test_examples(raw: str, expected: str) -> None:
    assert clean_text(raw) == expected


def test_long_runs_of_blanks_and_newlines_take_linear_time() -> None:
    begin = time.perf_counter()
    clean_text("a" + " " * 1_000_000 + "b" + "\n " * 500_000 + "c")
    assert time.perf_counter() - begin < 3


STORY = [
    f"{'A long paragraph of the story tells what happened next. ' * 6}No. {n}." for n in range(9)
]
TEASERS = [
    "Bill passes the House unanimously",
    "It’s time to recognise that sanctions have failed and to say so.",
    "Are two capitals drifting toward a new cold war?",
]


def test_teasers_before_a_copyright_line_go_with_it() -> None:
    ends = [*TEASERS, "©2023 Example Institute, Inc. All Rights Reserved."]
    kept, dropped = trim_end([*STORY, *ends], teasers=True)
    assert (kept, list(dropped)) == (len(STORY), ends)


def test_a_short_closing_sentence_before_the_teasers_stays() -> None:
    kept, _ = trim_end([*STORY, "He declined to comment.", *TEASERS, "© 2023 X"], teasers=True)
    assert kept == len(STORY) + 1


def test_short_closing_sentences_without_a_headline_stay() -> None:
    close = ["He declined to comment.", "The trial goes on.", "© 2023 The Daily"]
    assert trim_end([*STORY, *close], teasers=True).kept == len(STORY) + 2


def test_no_sentences_go_without_an_anchor_or_unasked() -> None:
    assert trim_end([*STORY, *TEASERS], teasers=True).dropped == ()
    assert trim_end([*STORY, *TEASERS, "© 2023 X"]).dropped == ("© 2023 X",)


def test_lists_of_short_lines_are_left_alone() -> None:
    minutes = ["Present: Ann, Bo", "Agenda agreed", "Next meeting Tuesday", "© 2023 Club"]
    assert trim_end(minutes, teasers=True).kept == 3


@given(st.lists(st.text(max_size=200), min_size=1, max_size=20), st.booleans())
def test_only_an_end_is_dropped_and_never_all(blocks: list[str], teasers: bool) -> None:
    kept, dropped = trim_end(blocks, teasers=teasers)
    assert kept >= 1
    assert [*blocks[:kept], *dropped] == blocks
    assert sum(map(len, dropped)) <= max(480, MOST_DROPPED_SHARE * sum(map(len, blocks)))


@pytest.mark.parametrize(
    "line",
    [
        "Read more",
        "Subscribe",
        "Share this article",
        "Copyright 2022 Foo. All rights reserved.",
        "© Harbour Ltd",
        "Facebook | Twitter | Email",
        "Related stories",
        "Sign up for our weekly newsletter!",
        "Share this on Facebook",
        "Tweet",
    ],
)
def test_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "Copyright law changed in 2023.",
        "Subscribe to no theory before it is tested.",
        "Share prices fell. They rose again on Monday.",
        "Like most ports, it froze.",
        "Print runs were small in those days, and books were dear.",
        "More stories were told.",
        "Email by noon.",
        "See more than 90 ships leave.",
    ],
)
def test_no_furniture(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("", "en-GB", "en"),
        ("The cat sat on the mat and it was good.", "und", "en"),
        ("Der Hund und die Katze sind nicht im Haus, das ist auch gut.", None, "de"),
        ("Le chat est dans la maison et il ne sort pas avec les enfants.", None, "fr"),
        ("El perro y los gatos no se quedan en la casa por la noche.", None, "es"),
        ("夜のフェリーは遅れて港を出た。", None, "ja"),
        ("夜间渡轮很晚才离开港口。", None, "zh"),
        ("Ночной паром ушёл поздно.", None, "ru"),
        ("غادرت العبارة الليلية متأخرة", None, "ar"),
        ("12345 !!", None, None),
        ("Zork blip", "klingon language", None),
    ],
)
def test_language(text: str, declared: str | None, language: str | None) -> None:
    assert guess_language(text, declared) == language


BLOCKS = st.lists(
    st.builds(Block, NASTY, st.sampled_from([0, 0, 1, 2, 6]), st.none(), st.booleans()),
    max_size=8,
)


@given(BLOCKS)
def test_sections_are_exact_slices_of_a_clean_text(blocks: list[Block]) -> None:
    article = assemble(RawArticle("A title", tuple(blocks)), "a.md")
    if article is None:
        assert not any(clean_text(block.text) for block in blocks if not block.level)
        return
    assert clean_text(article.text) == article.text
    headings = [clean_line(b.text) for b in blocks if b.level and clean_line(b.text)]
    assert [s.heading.of(article.text) for s in article.sections] == headings


def test_pages_start_where_their_text_does() -> None:
    blocks = (Block("One.", page=1), Block("runs", page=3), Block("on.", page=4, continues=True))
    article = assemble(RawArticle("T", blocks), "a.pdf")
    assert article is not None
    assert article.text == "One.\n\nruns on."
    assert article.pages == (0, 6, 6, 11)
    assert [article.page_at(i) for i in (0, 6, 11, 13)] == [1, 3, 4, 4]


def test_the_title_is_not_repeated_at_the_top() -> None:
    article = assemble(RawArticle("Night Ferry", (Block("Night ferry", 1), Block("Left."))), "a")
    assert article is not None
    assert (article.text, article.sections) == ("Left.", ())


def test_an_article_without_body_is_none() -> None:
    assert assemble(RawArticle("T", (Block("Heading", 1), Block(" \n"))), "a.md") is None


def test_ids_come_from_addresses_and_stay_apart() -> None:
    web = RawArticle("T", (Block("x"),), url="https://example.org/a")
    twice = [RawArticle("T", (Block(text),), key="k") for text in ("one", "two", "one")]
    articles, problems = assemble_all([web, *twice], "f.jsonl")
    assert [a.id for a in articles] == [
        article_id("https://example.org/a"),
        article_id("f.jsonl#k"),
        article_id("f.jsonl#k#2"),
    ]
    assert [a.source for a in articles] == ["https://example.org/a", "f.jsonl", "f.jsonl"]
    assert ["repeats the article" in str(p) for p in problems] == [True]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "//x.org/a",
        "http://",
        "ftp://x.org",
        "http://[::1",
        "https://x.org/a b",
        "https://x.org/\u202ea",
        "data:text/html,x",
        7,
        None,
    ],
)
def test_only_pages_on_the_web_have_an_address(address: object) -> None:
    assert web_address(address) is None


def test_dates() -> None:
    assert [iso_date(d) for d in ("2023-01", "2023", "2023-02-30", "20230117", "17 May")] == [
        "2023-01",
        "2023",
        None,
        None,
        None,
    ]
