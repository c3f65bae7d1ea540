"""The page's HTML: strip the tags, unescape, and the stored text is there again."""

import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.ask import _extract_lines
from cli.style import Style
from corpus.article import Article, Passage, Section, Span
from corpus.errors import LibraryMoved
from qa.answer import Abstention, Answer, Extract, Highlight
from tests.fake_archive import ARTICLES, EXAMPLES, HOSTILE_TEXT, FakeArchive
from web.api.openai_form import message_of
from web.links import original_url
from web.marks import LONG, Layer, layers_of, marked_up, window
from web.paths import source_path
from web.render import citation, lit_span, quote_html, reply_html
from web.source import article_html, missing_html, text_html
from web.turns import (
    MAX_HISTORY,
    MAX_QUESTION,
    MAX_TURNS,
    Refused,
    Replies,
    Turn,
    clean_question,
    clean_turns,
)
from web.words import ENGLISH

BY_ID = {article.id: article for article in ARTICLES}
ODD = "ab <>&\"'\r\n\n\t#;😀é\u0301אב\u200f日本 .!?"
texts = st.text(alphabet=ODD, max_size=120) | st.text(max_size=60)
VOID = {"img", "br", "meta", "link", "input"}


def plain(page: str) -> str:
    """Strip the tags, unescape."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def spans_in(text: str) -> st.SearchStrategy[Span]:
    edges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return edges.map(lambda pair: Span(min(pair), max(pair)))


class Tree(HTMLParser):
    """Fails on HTML that is not well formed; collects text, tags and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.data())
def test_marks_never_alter_the_text(data: st.DataObject) -> None:
    text = data.draw(texts)
    shown = data.draw(spans_in(text))
    spans = data.draw(st.lists(spans_in(text), max_size=5))
    layers = [Layer(span, f'<mark class="q-{n}">', "</mark>") for n, span in enumerate(spans)]
    page = marked_up(text, shown, layers)
    assert plain(page) == shown.of(text)
    Tree(page)


@given(st.data())
def test_every_marked_word_is_the_slice(data: st.DataObject) -> None:
    text = data.draw(texts)
    span = data.draw(spans_in(text))
    page = marked_up(text, Span(0, len(text)), [Layer(span, "<mark>", "</mark>")])
    inside = "".join(re.findall(r"<mark>(.*?)</mark>", page, re.DOTALL))
    assert html.unescape(inside) == span.of(text)


@given(st.data())
def test_the_article_page_holds_the_stored_text(data: st.DataObject) -> None:
    text = data.draw(texts)
    sections = tuple(
        Section(span, level)
        for level, span in enumerate(sorted(data.draw(st.lists(spans_in(text), max_size=3))), 1)
    )
    pages = tuple(sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=3))))
    mark = data.draw(st.none() | spans_in(text).filter(lambda span: span.start < span.end))
    near = data.draw(st.none() | spans_in(text).filter(lambda span: span.start < span.end))
    article = Article("a", "Title", text, "a.md", sections=sections, pages=pages)
    page = text_html(article, mark, near, ENGLISH)
    assert plain(page) == text
    assert page.count('id="hl"') <= 1
    if mark and mark.of(text).strip():
        assert page.count('id="hl"') == 1
        marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL))
        assert "".join(plain(marked).split()) == "".join(mark.of(text).split())
    Tree(page)


@given(st.data())
def test_a_shortened_passage_is_still_a_slice_round_its_mark(data: st.DataObject) -> None:
    words = data.draw(
        st.lists(st.sampled_from(["one", "two.", "drei", "四。", "\n"]), min_size=300)
    )
    text = " ".join(words)
    passage = Span(3, len(text) - 2)
    start = data.draw(st.integers(passage.start, passage.end - 1))
    lit = Span(start, min(start + data.draw(st.integers(1, 200)), passage.end))
    shown = window(text, passage, [lit])
    assert passage.start <= shown.start <= lit.start
    assert lit.end <= shown.end <= passage.end
    assert shown.end - shown.start <= LONG
    for edge in set(shown) - set(passage) - set(lit):
        between = text[edge - 1 : edge + 1]
        assert between[0].isspace() or between[1].isspace() or between[0] in ".。"


def test_a_short_passage_is_shown_whole() -> None:
    assert window("x" * LONG, Span(0, LONG), [Span(5, 6)]) == Span(0, LONG)


def test_a_cut_stands_outside_the_text() -> None:
    text = "A dull sentence. " * 100
    article = Article("a", "T", text, "a.md")
    lit = Highlight(Span(850, 866), "sentence", 0.9)
    page = quote_html(Extract(Passage(article, Span(0, len(text))), (lit,), 0.9), ENGLISH)
    inner = re.search(r'<span class="q-words">(.*?)</span>', page, re.DOTALL)
    assert page.count('class="q-cut"') == 2
    assert inner
    assert plain(inner.group(1)) in text
    assert plain(page) == plain(inner.group(1))


def test_the_answer_is_marked_within_its_sentence() -> None:
    reply = FakeArchive().ask("What saved the night ferry?")
    page = reply_html(reply, ENGLISH)
    assert re.search(
        r'<mark class="q-sentence">What saved the night ferry was '
        r'<mark class="q-answer">freight</mark>: within',
        page,
    )


def test_marks_are_nested_whatever_their_order() -> None:
    marks = [Highlight(Span(2, 4), "answer", 1), Highlight(Span(0, 6), "sentence", 1)]
    page = marked_up("abcdef", Span(0, 6), layers_of(marks))
    assert page == ('<mark class="q-sentence">ab<mark class="q-answer">cd</mark>ef</mark>')


@pytest.mark.parametrize("question", [*EXAMPLES, "Who is the king of Spain and the ferry captain?"])
def test_a_reply_is_well_formed_and_without_script(question: str) -> None:
    tree = Tree(reply_html(FakeArchive().ask(question), ENGLISH))
    for tag, attributes in tree.tags:
        assert tag not in ("script", "img", "svg", "iframe", "style")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        target = attributes.get("href") or ""
        assert not target or target.startswith(("source/", "evidence/", "https://"))


def test_hostile_fields_are_shown_as_they_stand() -> None:
    tree = Tree(reply_html(FakeArchive().ask("Who keeps the wiki password?"), ENGLISH))
    hostile = BY_ID["hostile"]
    for field in (hostile.title, hostile.author, hostile.published):
        assert field in tree.text
    assert HOSTILE_TEXT.splitlines()[0] in tree.text


def test_the_article_page_of_a_hostile_article_holds_no_foreign_tag() -> None:
    page = article_html(BY_ID["hostile"], {"s": "4", "e": "12", "theme": '"><script>'}, ENGLISH)
    tree = Tree(page.removeprefix("<!doctype html>"))
    tags = {tag for tag, _ in tree.tags}
    assert not tags & {"script", "img", "svg", "b", "iframe"}
    assert not [name for _, attributes in tree.tags for name in attributes if name[:2] == "on"]
    assert "javascript:" not in "".join(a.get("href") or "" for _, a in tree.tags)


@pytest.mark.parametrize(
    "query",
    [
        {"s": "-1", "e": "5"},
        {"s": "5", "e": "5"},
        {"s": "9", "e": "3"},
        {"s": "0", "e": "99999999"},
        {"s": "٣", "e": "9"},
        {"s": "1e1", "e": "20"},
        {"s": "1" * 5000, "e": "2"},
        {"s": "3"},
        {},
    ],
    ids=str,
)
def test_offsets_that_name_no_slice_mark_nothing(query: dict[str, str]) -> None:
    assert "<mark" not in article_html(BY_ID["otters"], query, ENGLISH)


def test_a_changed_article_is_shown_without_marks_and_says_so() -> None:
    page = article_html(BY_ID["otters"], {"s": "0", "e": "6", "v": "00000000"}, ENGLISH)
    assert "<mark" not in page
    assert ENGLISH.changed in page
    good = {"s": "0", "e": "6", "v": BY_ID["otters"].fingerprint[:8]}
    assert ">Otters</mark>" in article_html(BY_ID["otters"], good, ENGLISH)


def test_pages_of_a_pdf_are_indicated_outside_the_text() -> None:
    page = article_html(BY_ID["leave-pdf"], {}, ENGLISH)
    assert re.findall(r'data-label="(.*?)"', page) == ["Page 1", "Page 2"]
    assert "Page 2" not in plain(page)


def test_the_page_shown_is_that_of_the_first_mark() -> None:
    text = "Leave is granted.\n\nIt is long, and so is this. It ends after twenty-eight days."
    source = "https://intranet.example.org/leave.pdf"
    at = text.index("twenty")
    article = Article("leave", "Leave", text, source, pages=(0, 19, 19, at))
    marks = (
        Highlight(Span(0, 17), "sentence", 0.4),
        Highlight(Span(text.index("It ends"), len(text)), "sentence", 0.9),
        Highlight(Span(at, len(text) - 1), "answer", 0.9),
    )
    passage = Passage(article, Span(0, len(text)))
    for lit, page in ((marks, 4), (marks[1:2], 3), ((), 1)):
        extract = Extract(passage, lit, 0.9)
        card = reply_html(Answer("q", "q", (extract,), 1.0), ENGLISH)
        assert f"<span>·</span> Page {page}</p>" in card
        assert f"{source}#page={page}" in card
        assert f"page {page}" in next(_extract_lines(1, extract, Style()))
        message = "".join(message_of(Answer("q", "q", (extract,), 1.0)).pieces)
        assert f"{source}#page={page}\n" in f"{message}\n"


def test_headings_are_headings_and_the_title_stands_once() -> None:
    page = article_html(BY_ID["night-ferry"], {}, ENGLISH)
    assert '<h3 dir="auto">What it costs</h3>' in page
    assert '<h2 dir="auto" class="q-double">' in page
    assert ENGLISH.missing in missing_html({}, ENGLISH)


def test_read_in_context_points_at_the_answering_words() -> None:
    extract = FakeArchive().ask("What saved the night ferry?").extracts[0]
    path = source_path(extract)
    start, end = (int(n) for n in re.search(r"s=(\d+)&e=(\d+)", path).groups())
    assert BY_ID["night-ferry"].text[start:end] == "freight"
    assert path.endswith("#hl")


def test_the_citation_names_quote_author_title_date_address() -> None:
    extract = FakeArchive().ask("What saved the night ferry?").extracts[0]
    assert citation(extract, ENGLISH) == (
        "“What saved the night ferry was freight: within a season three dairies had booked every "
        "second place on its deck.” — Marta Lindqvist, Why the night ferry still runs, "
        "4 November 2023, https://news.example.org/2023/night-ferry.html"
    )
    assert lit_span(extract).of(BY_ID["night-ferry"].text).startswith("What saved")


@pytest.mark.parametrize(
    ("score", "word"),
    [(0.0, "Weak"), (0.24, "Weak"), (0.25, "Good"), (0.5, "Strong"), (7, "Strong")],
)
def test_the_score_is_shown_as_a_word(score: float, word: str) -> None:
    extract = Extract(Passage(BY_ID["otters"], Span(0, 20)), (), score)
    page = reply_html(Answer("q", "q", (extract,), 1.0), ENGLISH)
    assert f"{word} match" in page
    assert not re.search(r">\s*[\d.]+\s*<", page)


def test_only_strong_cards_stand_open_and_the_rest_is_folded() -> None:
    def cards(*scores: float) -> tuple[int, int]:
        passage = Passage(BY_ID["otters"], Span(0, 20))
        extracts = tuple(Extract(passage, (), score) for score in scores)
        page = reply_html(Answer("q", "q", extracts, 1.0), ENGLISH)
        before, _, folded = page.partition("<details")
        return before.count("<article"), folded.count("<article")

    assert cards(0.3) == (1, 0)
    assert cards(0.9, 0.4, 0.4) == (1, 2)
    assert cards(0.9, 0.8, 0.7, 0.7, 0.7) == (3, 2)
    assert cards(0.1, 0.1) == (1, 1)


def test_a_followup_shows_how_it_was_understood() -> None:
    reply = FakeArchive().ask("And the cost of the ferry?", history=["What saved the night ferry?"])
    assert ENGLISH.understood in reply_html(reply, ENGLISH)
    assert ENGLISH.understood not in reply_html(FakeArchive().ask("night  ferry"), ENGLISH)


def test_each_reason_to_abstain_has_its_words() -> None:
    near = FakeArchive().ask("What saved the night ferry?").extracts
    page = reply_html(Abstention("q", "q", "below_bar", near), ENGLISH)
    assert ENGLISH.silent in page
    assert ENGLISH.silent_below_bar in page
    assert page.count("<article") == len(near)
    assert ENGLISH.silent_no_match in reply_html(Abstention("q", "q", "no_match"), ENGLISH)
    empty = reply_html(Abstention("q", "q", "empty_archive"), ENGLISH)
    assert "quoth ingest FOLDER" in empty


def test_reprints_are_named() -> None:
    page = reply_html(FakeArchive().ask("What kills the otters?"), ENGLISH)
    assert "Also in" in page
    copy = BY_ID["otters-copy"]
    place = f"s=0&amp;e={len(copy.text)}&amp;ps=0&amp;pe={len(copy.text)}"
    address = f"source/otters-copy?{place}&amp;v={copy.fingerprint[:8]}#hl"
    assert f'href="{address}"' in page
    assert "(mirror.example.net, 3 April 2024)" in page


def test_an_unsafe_source_gets_no_link() -> None:
    assert original_url(BY_ID["hostile"], Span(0, 5)) is None
    page = reply_html(FakeArchive().ask("Who keeps the wiki password?"), ENGLISH)
    assert "q-original" not in page


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("2023-11-04", "4 November 2023"),
        ("2023-11-04T10:00:00Z", "4 November 2023"),
        ("2023-11", "November 2023"),
        ("2023", "2023"),
        ("2023-13-01", "2023-13-01"),
        ("<b>soon</b>", "<b>soon</b>"),
        (None, ""),
    ],
)
def test_dates_are_written_out(iso: str | None, written: str) -> None:
    assert ENGLISH.date(iso) == written


# ---- conversations


def test_what_the_browser_kept_is_treated_as_anybodys_input() -> None:
    assert clean_turns(None) == ()
    assert clean_turns({"a": 1}) == ()
    assert clean_turns(["a", 3, None, ["b"], " \x00c\ud800 "]) == (Turn("a"), Turn("c"))
    assert len(clean_turns(["q"] * 500)) == MAX_TURNS
    assert clean_turns(["x" * (MAX_QUESTION + 1), "ok"]) == (Turn("ok"),)
    kept = clean_turns(["y" * MAX_QUESTION] * 30)
    assert 0 < sum(len(turn.question) for turn in kept) <= MAX_HISTORY
    assert clean_question("  What\n now? ") == "What\n now?"


@pytest.mark.parametrize("question", ["", "x" * (MAX_QUESTION + 1)], ids=["empty", "long"])
def test_empty_and_long_questions_are_refused_before_anything_else(question: str) -> None:
    archive = FakeArchive()
    with pytest.raises(Refused) as refused:
        Replies(archive, ENGLISH).ask(question, ())
    assert not archive.asked
    assert ENGLISH.refused in refused.value.html


def test_errors_become_cards(caplog: pytest.LogCaptureFixture) -> None:
    replies = Replies(FakeArchive(), ENGLISH)
    with pytest.raises(Refused) as refused:
        replies.ask("???", ())
    assert "The question has no words" in refused.value.html
    with pytest.raises(Refused) as refused:
        replies.ask("please crash", ())
    assert ENGLISH.trouble in refused.value.html
    assert "secret detail" not in refused.value.html
    assert "please crash" not in caplog.text.replace("'please crash'", "")


def test_a_new_question_is_always_asked_an_old_turn_is_remembered() -> None:
    archive = FakeArchive()
    replies = Replies(archive, ENGLISH)
    first = replies.ask("What kills the otters?", ())
    assert replies.again("What kills the otters?", ()) == first
    assert len(archive.asked) == 1
    replies.ask("What kills the otters?", ())
    replies.again("What kills the otters?", ("another question before it",))
    assert len(archive.asked) == 3


def test_remembered_replies_are_forgotten_when_the_archive_changes() -> None:
    archive = FakeArchive()
    replies = Replies(archive, ENGLISH)
    replies.ask("What kills the otters?", ())
    archive._articles.pop("otters")
    assert replies.known("What kills the otters?", ()) is None
    assert "Otters have come back" not in replies.again("What kills the otters?", ())


def test_memory_is_bounded() -> None:
    replies = Replies(FakeArchive(), ENGLISH, keep=3)
    for n in range(10):
        replies.ask(f"otters {n}", ())
    assert len(replies._known) == 3


def test_rendering_does_not_need_gradio() -> None:
    code = (
        "import web.render, web.source, web.turns, web.guard, sys; print('gradio' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_an_archive_that_is_gone_is_refused_by_name_wherever_it_is_asked() -> None:
    class Gone(FakeArchive):
        @property
        def generation(self) -> int:
            raise LibraryMoved("library was moved; put it back")

    replies = Replies(Gone(), ENGLISH)
    assert replies.known("What?", ()) is None
    assert "library was moved; put it back" in replies.again("What?", ())
    with pytest.raises(Refused) as refused:
        replies.ask("What?", ())
    assert "library was moved; put it back" in refused.value.html
