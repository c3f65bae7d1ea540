"""HTML: no page loses part of its article by the way it is written, and menus still go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.assemble import assemble
from corpus.formats import Block, parse

FRAMES = {
    "body": "{}",
    "plain div": "<div id=wrap>{}</div>",
    "Word": "<div class=WordSection1>{}</div>",
    "article": "<article>{}</article>",
    "main": "<main>{}</main>",
    "content": "<div id=content>{}</div>",
    "server form": "<form id=aspnetForm><input type=hidden>{}</form>",
    "layout table": "<table><tr><td><a href=/>Home</a></td><td>{}</td></tr></table>",
}
LONG = (
    "<p>Every journey is booked with the travel desk, which answers calls from eight to six on "
    "working days.</p>"
)
LAST = (
    "<p>The travel desk is in room 2.14 and may be called by everybody who works for the company, "
    "trainees included.</p>"
)
# Each piece with what has to be found of it, in order; words in capitals stand for any text.
SHAPES = {
    "list": "<h2>Heading ONE</h2><ul><li>Hotels up to 140 TWO.</li></ul>",
    "two lists": "<h2>ONE</h2><ol><li>Enter TWO.</li></ol><h2>THREE</h2><ul><li>FOUR</li></ul>",
    "nested list": "<ul><li>ONE<ul><li>TWO</li></ul></li><li><p>THREE</p><p>FOUR</p></li></ul>",
    "list with links": "<ul><li>ONE of <a href=x>form</a></li><li>TWO of <a>list</a></li></ul>",
    "definitions": "<dl><dt>ONE</dt><dd>TWO</dd><div><dt>THREE</dt><dd>FOUR</dd></div></dl>",
    "table": "<table><tr><th>ONE</th><th>TWO</th></tr><tr><td>THREE</td><td>FOUR</td></tr></table>",
    "list in a table": "<table><tr><td>ONE<ul><li>TWO</li></ul></td><td>THREE</td></tr></table>",
    "divs": "<div>A ticket costs ONE.</div><div><div>TWO</div><div><span>THREE</span></div></div>",
    "bare text": "<h3>ONE</h3>Bare TWO behind a heading.<h3>THREE</h3>FOUR and <b>FIVE</b> stay.",
    "line breaks": "ONE is first.<br><br>TWO follows<br>THREE on a line.<br><br>FOUR",
    "line breaks in fonts": "<center><font size=2>ONE<br><br>TWO</font></center>",
    "bold paragraphs": "<b>ONE</b><p>TWO</p><strong>THREE</strong><br>FOUR",
    "folded": "<details><summary>How long is ONE?</summary>It is TWO.</details>",
    "folded heading": "<details><summary><h3>ONE</h3></summary><p>TWO</p></details>",
    "accordion": "<h3><button>How long is ONE?</button></h3><div><p>TWO</p></div>",
    "address": "<address>ONE<br>TWO street</address>",
    "caption": "<figure><img src=a.png><figcaption>ONE is seen here.</figcaption></figure>",
    "named caption": "<div class=wp-caption><p class=wp-caption-text>ONE</p></div><p>TWO</p>",
    "quote": "<blockquote>ONE<br>TWO</blockquote><blockquote><h4>THREE</h4>FOUR</blockquote>",
    "code": "<pre><code><span class=hljs-meta>ONE</span>\n<span>TWO</span></code></pre>",
    "time": "<p>The pool is open from <time>1 ONE</time> until <time>20 TWO</time> each year.</p>",
    "box": "<fieldset><legend>ONE</legend><p>TWO</p></fieldset>",
    "section": "<section><header><h2>ONE</h2></header><div>TWO</div></section>",
    "short part with a link": "<div><h3>ONE</h3><p>Ask <a>Jo</a>, TWO.</p><p>THREE</p></div>",
    "unknown elements": "<my-card><my-text>ONE</my-text></my-card>",
}
MENUS = """<div id=topbar><a href=/>The Lantern</a></div>
<ul><li><a href=/>Home page</a></li><li><a href=/n>All news of the day</a></li></ul>
<div class="cookie-banner"><p>We use cookies to improve your experience.</p></div>
<nav><p>Menu line</p></nav><header><p>The Lantern daily</p></header>{}
<div class="share-buttons">Share on <a>Facebook</a> <a>Twitter</a></div>
<script>var hidden = "script text";</script><form><label>Search here</label></form>
<aside><p>Minister knew nothing.</p></aside>
<div id=comments><h3>Comments</h3><div class=comment><p>I believe no word of it.</p></div></div>
<h3>More stories</h3><ul><li><a href=/1>Minister resigns over a ferry contract</a></li>
<li><a href=/2>Five recipes with apples for cold days</a></li></ul>
<footer><p>Imprint line</p></footer>"""
BOILERPLATE = re.compile(
    "Lantern|Home|All news|cookies|Menu line|Share|Facebook|script text|Search|Minister|Comments|"
    "no word of it|stories|recipes|Imprint"
)
WORDS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")


def read(body: str) -> str:
    """Return the text of a page without problems."""
    page = f"<html><head><title>Trips</title></head><body>{body}</body></html>"
    (raw,), problems = parse(page.encode(), ".html", "in/page.html")
    assert problems == []
    article = assemble(raw, "in/page.html")
    assert article is not None
    return article.text


def in_order(text: str, words: list[str]) -> bool:
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_kept_in_order_in_every_frame(frame: str, shape: str) -> None:
    piece = SHAPES[shape]
    words = [word for word in WORDS if word in piece]
    text = read(FRAMES[frame].format(f"<h1>Trips</h1>{LONG}{piece}{LAST}"))
    assert in_order(text, ["Every journey", *words, "trainees included."])
    assert "Home" not in text


@pytest.mark.parametrize("frame", [name for name in FRAMES if name != "layout table"])
def test_boilerplate_goes_in_every_frame(frame: str) -> None:
    body = f"<h1>Trips</h1>{LONG}{SHAPES['two lists']}{SHAPES['divs']}{LAST}"
    text = read(MENUS.format(FRAMES[frame].format(body)))
    assert in_order(text, ["Every journey", "ONE", "TWO", "THREE", "trainees included."])
    assert BOILERPLATE.search(text) is None


@given(st.lists(st.sampled_from(sorted(SHAPES)), max_size=6), st.sampled_from(sorted(FRAMES)))
def test_one_piece_more_or_less_never_costs_another(shapes: list[str], frame: str) -> None:
    pieces = [re.sub("|".join(WORDS), rf"\g<0>{n}x", SHAPES[name]) for n, name in enumerate(shapes)]
    for some in (pieces, pieces[1:], [*pieces, "<p>One more.</p>"], [*pieces[:-1], LONG]):
        text = read(FRAMES[frame].format(f"<h1>Trips</h1>{LONG}{''.join(some)}{LAST}"))
        assert in_order(text, re.findall("|".join(f"{word}\\d+x" for word in WORDS), "".join(some)))


@pytest.mark.parametrize("items", range(1, 6))
@pytest.mark.parametrize("paragraphs", range(0, 20, 4))
def test_the_number_of_items_and_paragraphs_decides_nothing(items: int, paragraphs: int) -> None:
    rows = "".join(f"<li>Item number {n} costs {n} euros.</li>" for n in range(items))
    more = "".join(
        f"<p>Paragraph {n} says that the desk is closed on day {n}.</p>" for n in range(paragraphs)
    )
    text = read(f"<h1>Trips</h1>{LONG}<h2>What is paid</h2><ul>{rows}</ul>{more}")
    assert "What is paid\n\n- Item number 0 costs 0 euros." in text
    assert text.count("Item number") == items
    assert text.count("Paragraph ") == paragraphs


def test_line_breaks_part_paragraphs() -> None:
    assert read("One ferry.<br><br>Two <i>old</i><br>ports.<br><br><br>Three boats.") == (
        "One ferry.\n\nTwo old\nports.\n\nThree boats."
    )


def test_loose_text_with_a_link_in_it_stays_one_paragraph() -> None:
    assert read("<div>See <a href=x>the form</a> for <b>all</b> that is paid.</div>") == (
        "See the form for all that is paid."
    )


def test_a_tiny_page_is_read() -> None:
    assert read("<p>Htm says 93 plums.</p>") == "Htm says 93 plums."


def test_control_characters_cost_nothing() -> None:
    text = read(
        f"<h1>Trips</h1>{LONG}<div>One\x07 bell,\x0ca page &#1;&#12;and &#31;&#xFFFE;more.</div>"
    )
    assert re.sub(r"\s+", " ", text).endswith("One bell, a page and more.")


def test_sections_named_after_their_heading_are_no_menus() -> None:
    soup = "On Monday the canteen serves pea soup with bread. " * 5
    for name in ("menus", "social-security", "share-plan"):
        heading = name.replace("-", " ").title()
        text = read(
            f"<main>{LONG}<section id={name}><h2>{heading}</h2><p>{soup}</p></section></main>"
        )
        assert f"{heading}\n\nOn Monday" in text


def test_a_page_of_several_articles_is_read_whole_and_one_with_teasers_is_not() -> None:
    parts = "".join(f"<article><h2>Part {n}</h2><p>Part {n} sails.</p></article>" for n in (1, 2))
    assert read(f"<main>{parts}</main>") == "Part 1\n\nPart 1 sails.\n\nPart 2\n\nPart 2 sails."
    teasers = "".join(
        f"<article class=card><h3><a>Minister {n}</a></h3><p>He knew nothing.</p></article>"
        for n in (1, 2, 3)
    )
    text = read(f"<main><article>{LONG}</article><section class=x>{teasers}</section></main>")
    assert text.startswith("Every journey")
    assert "Minister" not in text


def test_one_line_divs_of_news_pages_are_no_text() -> None:
    lines = ("Advertisement", "Skip advertisement", "5 min read", "Listen to this article")
    divs = "".join(f"<div>{line}</div>" for line in lines)
    assert read(f"<article>{LONG}{divs}{LAST}</article>").count("\n\n") == 1


def test_an_index_of_links_is_no_article() -> None:
    links = "".join(f"<dt><a href={n}>name_{n}</a></dt><dd></dd>" for n in range(40))
    page = f"<body><h1>Index</h1><p>Version 3.1</p><dl>{links}</dl></body>"
    articles, (problem,) = parse(page.encode(), ".html", "in/index.html")
    assert articles == []
    assert "nothing but menus and links" in str(problem)


def test_what_holds_much_of_the_text_is_no_menu_whatever_its_name() -> None:
    soup = "".join(f"<p>On day {n} the canteen serves pea soup with bread.</p>" for n in range(9))
    text = read(f"<body><main>{LONG}<section class=menu>{soup}</section></main></body>")
    assert text.count("pea soup") == 9


def test_what_is_left_out_in_plenty_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    first = [Block("Every journey is booked.")]
    monkeypatch.setattr("corpus.formats.html._body", lambda *_, **__: first)
    soup = "".join(f"<p>On day {n} the canteen serves pea soup with bread.</p>" for n in range(9))
    page = f"<p>Every journey is booked.</p>{soup}"
    (article,), (problem,) = parse(page.encode(), ".html", "in/canteen.html")
    assert list(article.blocks) == first
    assert str(problem) == (
        'in/canteen.html: 9 paragraphs and items left out, from "On day 0 the canteen serves pea '
        'soup" on: by the markup they are menus or adverts; if they belong to the article, save '
        "the page as text or Markdown"
    )


@pytest.mark.parametrize(
    "page", sorted(Path("corpus/sample").glob("*/*.html")), ids=lambda p: p.stem
)
def test_the_sample_pages_need_no_names_to_be_read(page: Path) -> None:
    named = page.read_text(encoding="utf-8")
    bare = re.sub(r"<(/?)(?:article|main)\b[^>]*>", r"<\1div>", named)
    bare = re.sub(r' (?:class|id)="(?:content|(?:[\w-]+ )*[\w-]+-content)"', "", bare)
    texts = []
    for text in (named, bare):
        (raw,), problems = parse(text.encode(), ".html", page.name)
        assert problems == []
        texts.append([block.text for block in raw.blocks])
    assert texts[0] == texts[1]
