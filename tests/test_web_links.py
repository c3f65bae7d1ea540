"""Links: addresses that may be followed, and fragments that name exactly one place."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.address import safe_url
from corpus.article import Article, Span
from tests.fake_archive import ARTICLES
from web.links import host_of, original_url, text_fragment

BY_ID = {article.id: article for article in ARTICLES}
BAD = """
http://\xa0|https://a\u2003b.example
javascript:alert(1)|JaVaScRiPt:alert(1)|java\tscript:alert(1)|java\nscript:alert(1)|\x01javascript:a
 javascript:alert(1)|javascript://example.org/%0aalert(1)|data:text/html,<script>|vbscript:x|file:///etc
mailto:a@b.c|ftp://example.org/a|blob:https://a.b/c|about:blank|ws://a.b|//example.org/a|/etc/passwd
../up|notes/otters.md|C:\\windows\\a.txt|http:|http://|https:///path|http:example.org|https://?q=1
https://user:pw@example.org/|https://example.org@evil.example/|http://[::1|http://a.b:99999/|http://a:b/
https://example.org\\@evil.example/|https:\\\\example.org\\|http://"onmouseover=alert(1)//|view-source:http://a.b
http://<script>/|http://a`b/|intent://a#Intent;end|jar:http://a!/b|\u202ejavascript:alert(1)|
""".replace("\n", "|").split("|")


@pytest.mark.parametrize("address", BAD, ids=ascii)
def test_no_link_to(address: str) -> None:
    assert safe_url(address) is None


@given(
    st.text(max_size=40), st.sampled_from(["", "javascript:", "data:", "http://", "hTTps://", "//"])
)
def test_a_safe_address_is_http_and_has_no_controls(rest: str, scheme: str) -> None:
    url = safe_url(scheme + rest)
    if url is not None:
        assert re.match(r"https?://[^/?#@\s\\]+", url, re.IGNORECASE)
        assert not re.search(r"[\x00-\x20\x7f-\x9f\u202a-\u202e]", url)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("  HTTP://example.org/\n", "HTTP://example.org/"),
        ("https://例え.jp/記事", "https://例え.jp/記事"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://example.org/a'b", "https://example.org/a'b"),
    ],
)
def test_a_link_to(address: str, url: str) -> None:
    assert safe_url(address) == url


def test_where_an_article_comes_from() -> None:
    assert host_of("https://www.example.org/a/b.html") == "example.org"
    assert host_of("notes/otters.md") == "otters.md"
    assert host_of("C:\\desk\\a.txt") == "a.txt"


def test_a_pdf_is_opened_at_its_page() -> None:
    pdf = BY_ID["leave-pdf"]
    at = pdf.text.index("sixteen")
    assert (
        original_url(pdf, Span(at, at + 13)) == "https://intranet.example.org/handbook.pdf#page=2"
    )
    assert original_url(pdf, Span(0, 5)) == "https://intranet.example.org/handbook.pdf#page=1"


def test_an_anchor_is_kept_before_the_fragment() -> None:
    article = Article("a", "T", "One lone word here.", "https://a.example/x#part:~:text=old")
    assert original_url(article, Span(4, 8)) == "https://a.example/x#part:~:text=lone"


# ---- a browser's side of text fragments, written from the specification, not from our code


def fold(text: str) -> list[tuple[str, int]]:
    """Each character as a browser compares it, with where it stood."""
    out: list[tuple[str, int]] = []
    for at, char in enumerate(text):
        for c in unicodedata.normalize("NFKD", char.casefold()):
            if unicodedata.category(c) in ("Mn", "Me", "Mc", "Cf"):
                continue
            if c.isspace():
                if out and out[-1][0] == " ":
                    continue
                c = " "
            out.append((c, at))
    return out


def pattern(term: str) -> str:
    """A term as a regular expression over folded text, at word boundaries as ICU sees them."""
    folded = "".join(c for c, _ in fold(term)).strip()
    solid = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    left = r"(?<!\w)" if re.match(r"\w", folded) and not re.match(solid, folded) else ""
    right = r"(?!\w)" if re.search(r"\w$", folded) and not re.search(solid + "$", folded) else ""
    return left + re.escape(folded) + right


def matches(fragment: str, text: str) -> list[tuple[int, int]]:
    """All places (offsets in `text`) where a text fragment matches; a browser takes the first."""
    parts = fragment.removeprefix("#:~:text=").split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else ""
    start, end = unquote(parts[0]), unquote(parts[1]) if len(parts) > 1 else ""
    assert len(parts) <= 2
    folded = fold(text)
    flat = "".join(c for c, _ in folded)
    look = rf"({pattern(start)})" + (rf".*?{pattern(end)}" if end else "")
    look = (rf"{pattern(prefix)} ?" if prefix else "") + rf"(?P<it>{look})"
    look += rf"(?= ?{pattern(suffix)})" if suffix else ""
    found = []
    for at in range(len(flat)):
        match = re.compile(look, re.DOTALL).match(flat, at)
        if match and match.end() > match.start():
            inner = match.span("it")
            found.append((folded[inner[0]][1], folded[inner[1] - 1][1] + 1))
    return found


def hull(text: str, span: Span) -> tuple[int, int]:
    """The words a span touches, from the first character to the last (plain alphabets only)."""
    words = [m.span() for m in re.finditer(r"\w+", text)]
    touched = [w for w in words if w[0] < span.end and span.start < w[1]]
    return (touched[0][0], touched[-1][1]) if touched else (0, 0)


repeats = st.lists(
    st.sampled_from(["ferry", "Ferry", "ferryman", "the", "a", "über", "uber", "well-off", "x"]),
    min_size=1,
    max_size=40,
)
glue = st.sampled_from([" ", " ", " ", ", ", ". ", "\n", "\n\n", " - ", " & "])


@settings(max_examples=400)
@given(st.data())
def test_a_fragment_names_the_span_and_nothing_else(data: st.DataObject) -> None:
    words = data.draw(repeats)
    text = "".join(word + data.draw(glue) for word in words)
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    fragment = text_fragment(Article("a", "T", text, "https://a.b"), span)
    if fragment:
        assert matches(fragment, text) == [hull(text, span)]


@settings(max_examples=200)
@given(st.data())
def test_among_words_of_their_own_every_span_has_a_fragment(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 60))
    text = "".join(f"word{n}{data.draw(glue)}" for n in range(size))
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size - 1))
    span = Span(text.index(f"word{first}"), text.index(f"word{last}") + len(f"word{last}"))
    fragment = text_fragment(Article("a", "T", text, "https://a.b"), span)
    assert fragment
    assert matches(fragment, text) == [tuple(span)]


SCRIPTS = {
    "english": ("The ferry left. The ferry came back. The ferry sank.", "The ferry came back"),
    "hebrew": (BY_ID["hebrew"].text, "1,200 לוחות זכוכית"),
    "arabic": ("وصلت العبّارة ليلا. غادرت العبّارة صباحا.", "غادرت العبّارة"),
    "hindi": ("नौका रात में आई। नौका सुबह गई।", "सुबह गई"),
    "chinese": ("渡轮晚上离开港口。桥梁已经关闭。渡轮早上到达。", "桥梁已经关闭"),
    "japanese": ("フェリーは夜に出ます。橋は閉鎖されました。", "橋は閉鎖されました"),
    "thai": ("เรือเฟอร์รี่ออกตอนกลางคืน สะพานปิดแล้ว", "สะพานปิดแล้ว"),
    "korean": ("연락선은 밤에 떠난다. 다리는 닫혔다.", "다리는 닫혔다"),
    "emoji": ("A 😀 smile. B 😀 grin.", "grin"),
    "commas": ("It cost 1,000-odd crowns & more, they said - twice.", "1,000-odd crowns & more"),
    "accents": ("Café Noir stands by cafe noir2.", "Café Noir"),
    "ligature": ("The ﬁnal office is final2.", "ﬁnal office"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_any_script_has_a_fragment(name: str) -> None:
    text, wanted = SCRIPTS[name]
    start = text.index(wanted)
    fragment = text_fragment(
        Article("a", "T", text, "https://a.b"), Span(start, start + len(wanted))
    )
    found = matches(fragment, text)
    assert [text[slice(*place)] for place in found] == [wanted]
    assert re.fullmatch(r"#:~:text=[A-Za-z0-9_.~%,-]+", fragment)


def test_signs_with_a_meaning_are_encoded() -> None:
    text, wanted = SCRIPTS["commas"]
    start = text.index(wanted)
    span = Span(start, start + len(wanted))
    assert text_fragment(Article("a", "T", text, "https://a.b"), span) == (
        "#:~:text=1%2C000%2Dodd%20crowns%20%26%20more"
    )


def test_the_words_alone_when_that_is_enough_else_their_neighbours() -> None:
    def fragment(text: str, start: int, end: int) -> str:
        return text_fragment(Article("a", "T", text, "https://a.b"), Span(start, end))

    assert fragment("one two three", 4, 7) == "#:~:text=two"
    assert fragment("red two. blue two.", 4, 7) == "#:~:text=red-,two"
    assert fragment("two red. two blue.", 9, 12) == "#:~:text=red.-,two"
    assert fragment("same same", 0, 4) in ("#:~:text=same,-same",)
    assert fragment("a b\n\na b", 0, 3) == "#:~:text=a%20b,-a"


def test_a_long_span_is_named_by_its_ends() -> None:
    text = "Before it. " + " ".join(f"w{n}" for n in range(40)) + ". After it."
    start = text.index("w0")
    span = Span(start, text.index(". After"))
    fragment = text_fragment(Article("a", "T", text, "https://a.b"), span)
    assert fragment == "#:~:text=w0%20w1%20w2,w37%20w38%20w39"


def test_part_of_a_word_is_widened_to_the_word() -> None:
    assert text_fragment(Article("a", "T", "the ferryman", "https://a.b"), Span(4, 9)) == (
        "#:~:text=ferryman"
    )


@pytest.mark.parametrize("text", ["...", " ", "\n\n", "😀"])
def test_where_there_are_no_words_there_is_no_fragment(text: str) -> None:
    assert text_fragment(Article("a", "T", text, "https://a.b"), Span(0, len(text))) == ""


def test_what_cannot_be_told_apart_has_no_fragment() -> None:
    text = "x\n\n" * 60
    assert text_fragment(Article("a", "T", text, "https://a.b"), Span(90, 91)) == ""
