"""HTML, before trafilatura sees it: all text is put into elements that trafilatura takes.

trafilatura takes paragraphs, headings, lists and tables. Text that stands in a `<div>`, behind a
heading, between two `<br><br>` or in a caption is none of these, and is lost now and then, by what
stands around it. Whether what is named here belongs to the article is still trafilatura's to say.
"""

from __future__ import annotations

import re
from typing import Any

from lxml.etree import XPath

from corpus.formats.htmlloose import HEADINGS, wrap_all
from corpus.formats.htmltexts import letters_seen, link_share

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What is never article text. trafilatura leaves most of it out too, but not on every path.
_NEVER_BODY = XPath(
    "//nav|//footer|//header[not(.//h1)]|//button|//select|//noscript|//template"
    "|//*[@role='navigation' or @role='contentinfo' or @role='search' or @role='dialog']"
    "|//*[@aria-hidden='true' or @hidden]"
    "|//*[contains(concat(@class, ' ', @id), 'cookie-') or contains(@class, 'cookieconsent')]"
    "[contains(concat(@class, @id), 'consent') or contains(concat(@class, @id), 'banner')"
    " or contains(concat(@class, @id), 'notice') or contains(concat(@class, @id), 'bar')]"
)
_HEADINGS_IN_HEADERS = XPath(
    "//header[not(.//h1)][ancestor::section or ancestor::article or ancestor::main]"
    "//*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6][not(ancestor::nav)]"
)
_IN_CELLS = XPath("//td//*[self::ul or self::ol or self::dl or self::li or self::dt or self::dd]")
_FEW_LINKS = 0.3
_MORE_TEXT = 0.5
_RUNNING_TEXT = 200
_MOST_ROWS = 5  # of a table that lays out a page


def cut_controls(tree: Any) -> None:
    """Take control characters out: lxml reads them, but texts that hold them cannot be moved."""
    for element in tree.iter():
        if element.text and _CONTROLS.search(element.text):
            element.text = _CONTROLS.sub(_blank, element.text)
        if element.tail and _CONTROLS.search(element.tail):
            element.tail = _CONTROLS.sub(_blank, element.tail)


def _blank(control: re.Match[str]) -> str:
    return " " if control[0].isspace() else ""


def cut_furniture(tree: Any) -> None:
    """Take menus, footers, banners and what is hidden out of a page; what follows them stays."""
    for button in tree.xpath("//button[parent::h2|parent::h3|parent::h4|parent::h5|parent::dt]"):
        button.tag = "span"  # a question whose answer folds open
    for heading in _HEADINGS_IN_HEADERS(tree):
        for header in [*heading.iterancestors("header")][-1:]:  # none if moved with another one
            heading.tail = None
            header.addprevious(heading)
    for element in _NEVER_BODY(tree):
        if element.getparent() is not None:
            element.drop_tree()


def prepare(tree: Any) -> None:
    """Name what stands in a page so that trafilatura leaves none of it out by its tag alone."""
    for element in list(tree.iter("figure", "figcaption")):  # dropped unread
        element.tag = "div"
    for element in tree.xpath("//*[contains(@class, 'caption') or contains(@id, 'caption')]"):
        element.attrib.clear()
    for element in tree.xpath("//pre//span"):  # dropped where a colouring's name is "meta"
        element.attrib.clear()
        element.set("class", "hljs")  # which says that this is code: line breaks stay
    _keep_times(tree)
    _open_details(tree)
    _open_forms(tree)
    _open_boxes(tree)
    _open_tables(tree)
    wrap_all(tree)
    _unlink(tree)
    _settle_divs(tree)


def _keep_times(tree: Any) -> None:
    """Make a `<time>` inside a sentence plain text; trafilatura would leave a hole there."""
    for element in list(tree.iter("time")):
        parent = element.getparent()
        around = "" if parent is None else (element.tail or "") + (parent.text or "")
        if any(map(str.isalpha, around)):
            element.tag = "span"


def _open_details(tree: Any) -> None:
    """Make what folds open plain sections; the line that is always seen is their heading."""
    for element in list(tree.iter("summary")):
        inner = next(element.iter(*HEADINGS), None)
        element.tag = "h2" if inner is None else inner.tag
    for element in list(tree.iter("details")):
        element.tag = "section"


def _open_forms(tree: Any) -> None:
    """Make a form that holds most of a page a plain part of it: some servers write all pages so."""
    whole = letters_seen(tree)
    for element in list(tree.iter("form")):
        if letters_seen(element) > whole / 2:
            element.tag = "div"


def _open_boxes(tree: Any) -> None:
    """Make a box that holds nothing to fill in, such as one around a note, a plain section."""
    for element in list(tree.iter("fieldset")):
        if not element.xpath(".//input|.//select|.//textarea"):
            element.tag = "section"
            for legend in list(element.iter("legend")):
                legend.tag = "div"


def _open_tables(tree: Any) -> None:
    """Make tables that only lay out a page plain parts of it; open the lists in those with data."""
    for table in list(tree.iter("table")):
        rows, cells = table.xpath("./tr|./tbody/tr"), table.xpath("./tr/td|./tbody/tr/td")
        if table.xpath("./thead|./tr/th|./tbody/tr/th") or len(rows) > _MOST_ROWS:
            continue
        if len(cells) == 1 or any(map(_is_laid_out, cells)):
            for element in (table, *table.xpath("./tbody"), *rows, *cells):
                element.tag = "div"
    for element in _IN_CELLS(tree):  # dropped unread where they stand
        element.tag = "div"


def _is_laid_out(cell: Any) -> bool:
    """Tell whether a cell holds a piece of a page, with headings or many paragraphs."""
    if next(cell.iter(*HEADINGS), None) is not None:
        return True
    return len(cell.findall("p")) > 1 and len(cell.text_content()) > _RUNNING_TEXT


def _unlink(tree: Any) -> None:
    """Make the links of running text plain; trafilatura drops short lists that hold any links."""
    for element in tree.iter("p", "ul", "ol", "dl"):
        if link_share(element) < _MORE_TEXT:
            for link in list(element.iter("a")):
                link.tag = "span"
                link.attrib.clear()


def _settle_divs(tree: Any) -> None:
    """Call a `<div>` with few links a section: trafilatura drops short ones that hold any link."""
    for element in list(tree.iter("div")):
        if link_share(element) < _FEW_LINKS:
            element.tag = "section"
