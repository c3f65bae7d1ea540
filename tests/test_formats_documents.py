"""HTML, PDF and DOCX: the article's words, its structure and properties, and bad files."""

from __future__ import annotations

import io

import docx
import pytest

from corpus.article import Article
from corpus.assemble import assemble
from corpus.formats import parse
from tests.tiny_pdf import column, tiny_pdf

PAGE = """<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>{title} – Intranet</title>
<link rel="canonical" href="{url}"><meta name="author" content="Ann Lee">
<meta property="article:published_time" content="2023-01-17T10:00:00Z">
<script>var hidden = "script text";</script></head>
<body><header><a href="/">Harbour Ltd</a><nav><ul>
<li><a href="/leave">Leave menu</a></li><li><a href="/it">IT menu</a></li></ul></nav></header>
<div class="cookie-banner">We use cookies to improve your experience.</div><main>{body}</main>
<aside><h3>Related articles</h3><a href="/z">Minister resigns over ferry contract</a></aside>
<footer><p>© 2023 Harbour Ltd. All rights reserved.</p><a href="/p">Privacy policy</a></footer>
</body></html>"""
BODY = """<h1>Leave</h1><p>Everyone has 28 days of <b>leave</b>
a year.</p><h2>Sick leave</h2><p>Call before 9.<br>From day four bring a note.</p>
<ul><li>At full pay</li><li>For <i>six</i> weeks</li></ul>
<table><tr><th>Years</th><th>Days</th></tr><tr><td>0–2</td><td>28 😀</td></tr></table>"""
TEXT = (
    "Everyone has 28 days of leave a year.\n\nSick leave\n\nCall before 9."
    "\nFrom day four bring a note."
    "\n\n- At full pay\n- For six weeks\n\nYears | Days\n0–2 | 28 😀"
)


def page(body: str = BODY, url: str = "https://intra.example/leave", title: str = "Leave") -> str:
    return PAGE.format(body=body, url=url, title=title)


def one(data: bytes, suffix: str, name: str = "in/file") -> Article:
    (raw,), problems = parse(data, suffix, f"{name}{suffix}")
    assert problems == []
    article = assemble(raw, f"{name}{suffix}")
    assert article is not None
    return article


def why(data: bytes, suffix: str) -> str:
    articles, (problem,) = parse(data, suffix, f"in/bad{suffix}")
    assert articles == []
    return str(problem)


def headings(article: Article) -> list[tuple[str, int]]:
    return [(section.heading.of(article.text), section.level) for section in article.sections]


def test_html_is_the_article_and_nothing_around_it() -> None:
    article = one(page().encode(), ".html")
    assert article.text == TEXT
    assert headings(article) == [("Sick leave", 2)]
    assert (article.title, article.author, article.published, article.language, article.source) == (
        "Leave",
        "Ann Lee",
        "2023-01-17",
        "en",
        "https://intra.example/leave",
    )


def test_an_author_of_one_word_is_kept() -> None:
    text = page().replace("Ann Lee", " Facilities ")
    assert one(text.encode(), ".html").author == "Facilities"


def test_very_short_pages_and_pages_of_divs_bring_no_menu() -> None:
    assert one(page("<h1>Leave</h1><p>Call your manager first.</p>").encode(), ".html").text == (
        "Call your manager first."
    )
    divs = "<h1>Leave</h1><div>Badges cost 15 euros.</div><h2>Guests</h2><div>They sign in.</div>"
    article = one(page(divs).encode(), ".html")
    assert article.text == "Badges cost 15 euros.\n\nGuests\n\nThey sign in."


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://intra.example/", "/leave", ""])
def test_html_addresses_that_name_no_page_are_not_taken(url: str) -> None:
    assert one(page(url=url).encode(), ".html").source == "in/file.html"


def test_html_says_its_encoding_or_is_understood_without() -> None:
    body = "<p>Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.</p>"
    for encoding in ("latin-1", "utf-8", "utf-16"):
        text = page(body).replace("©", "").replace("–", "-").replace("utf-8", encoding)
        assert "Boxkämpfer jagen" in one(text.encode(encoding), ".html").text
    xml = '<?xml version="1.0" encoding="ascii"?>' + page(body)
    assert "Boxkämpfer" in one(xml.encode(), ".xhtml").text


def test_right_to_left_html() -> None:
    article = one(
        page("<h1>א</h1><p>המעבורת יצאה בלילה מהנמל הישן עם ארבעים איש.</p>").encode(), ".htm"
    )
    assert article.text == "המעבורת יצאה בלילה מהנמל הישן עם ארבעים איש."


@pytest.mark.parametrize(
    "body", ["", "<ul><li><a href=/a>Home</a></li><li><a href=/b>News</a></li></ul>"]
)
def test_html_with_nothing_but_menus(body: str) -> None:
    assert why(page(body).encode(), ".html").endswith("menus and links; no article text found")


@pytest.mark.parametrize(
    "data",
    [b"<" * 5000, b"<p>" * 3000, b"<!--" * 5000, b"<html><body><p>\xff\xfe half", b"<a" * 999],
)
def test_hostile_html_ends_in_articles_or_one_problem(data: bytes) -> None:
    articles, problems = parse(data, ".html", "x.html")
    assert bool(articles) != bool(problems)


def test_half_written_html_gives_what_is_there() -> None:
    data = page().encode()
    assert "Everyone has 28 days" in one(data[: data.index(b"Call before")], ".html").text


RULES = column(
    "Everyone has twenty-eight days of leave, for exam-",
    "ple in August. The Russia-",
    "Ukraine desk is no exception to this rule at all.",
    "",
    "The second paragraph runs",
    "over the end because it",
    top=680,
)
LEAVE = [
    [("Harbour Handbook", 760, 9), ("Leave rules", 720, 20), *RULES, ("Page 1", 30, 9)],
    [
        ("Harbour Handbook", 760, 9),
        *column("is long. Then it stops.", "", "Third (one)."),
        ("Page 2", 30, 9),
    ],
    [("Page 3", 30, 9), ("Harbour Handbook", 760, 9)],
    [
        ("Harbour Handbook", 760, 9),
        *column("Last page."),
        ("© 2023 Harbour Ltd.", 99, 11),
        ("Page 4", 30, 9),
    ],
]


def test_pdf_paragraphs_pages_and_properties() -> None:
    info = {"Title": "Microsoft Word - x.doc", "Author": "Ann Lee", "CreationDate": "D:20230117"}
    article = one(tiny_pdf(LEAVE, info), ".pdf")
    assert article.text.split("\n\n") == [
        "Everyone has twenty-eight days of leave, for example in August. The Russia-Ukraine desk "
        "is no exception to this rule at all.",
        "The second paragraph runs over the end because it is long. Then it stops.",
        "Third (one).",
        "Last page.",
    ]
    assert (article.title, article.author, article.published) == (
        "Leave rules",
        "Ann Lee",
        "2023-01-17",
    )
    pages = [
        article.page_at(article.text.index(w)) for w in ("Everyone", "is long", "Third", "Last")
    ]
    assert pages == [1, 2, 2, 4]


def test_pdf_without_text_damaged_or_half_written() -> None:
    assert why(tiny_pdf([[], []]), ".pdf") == "in/bad.pdf: has no text layer; run OCR on it first"
    for data in (b"%PDF-1.4 nonsense", tiny_pdf(LEAVE)[:300], b"not a pdf at all"):
        assert "damaged or half-written" in why(data, ".pdf")


def word_file() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Bo"
    document.add_heading("Travel", 0)
    document.add_paragraph("Book early.")
    document.add_heading("Trains", 2)
    document.add_paragraph("Second class", style="List Bullet")
    document.add_paragraph("Window seats", style="List Number")
    cells = document.add_table(2, 2)
    for row in (0, 1):
        for col in (0, 1):
            cells.cell(row, col).text = f"r{row}c{col}"
    document.add_paragraph("After the table.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_docx_in_document_order() -> None:
    article = one(word_file(), ".docx")
    assert article.text == (
        "Book early.\n\nTrains\n\n- Second class\n- Window seats\n\nr0c0 | r0c1\nr1c0 | r1c1\n\n"
        "After the table."
    )
    assert headings(article) == [("Trains", 2)]
    assert (article.title, article.author, article.published) == ("Travel", "Bo", None)


def test_docx_damaged_or_locked() -> None:
    for data in (word_file()[:2000], b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"x" * 600, b"plain"):
        assert "is not a readable DOCX" in why(data, ".docx")


def test_docx_with_damaged_bytes_ends_in_an_article_or_one_problem() -> None:
    whole = word_file()
    for at in range(60, len(whole), len(whole) // 60):
        data = bytearray(whole)
        data[at : at + 8] = b"\xff\x00garbag"
        articles, problems = parse(bytes(data), ".docx", "x.docx")
        assert bool(articles) != bool(problems)
