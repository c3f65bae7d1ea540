"""HTML: the article's own words out of a page, through trafilatura.

trafilatura decides what is body and what is menu, teaser or footer; this file hands it a decoded
and prepared tree (`htmltree`, `htmlframe`), reads the address and language the page declares, turns
its result into blocks, and looks whether much of the page is missing in it. It never fetches
anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml import html as lxml_html
from lxml.etree import LxmlError
from trafilatura.settings import DEFAULT_CONFIG
from trafilatura.xpaths import BODY_XPATH, OVERALL_DISCARD_XPATH

from corpus.boilerplate import is_furniture, trim_end
from corpus.formats.decode import decode
from corpus.formats.htmlframe import framed, free_names
from corpus.formats.htmltexts import letters, letters_seen, missing, texts
from corpus.formats.htmltree import cut_controls, cut_furniture, prepare
from corpus.formats.raw import (
    Block,
    Parsed,
    RawArticle,
    Unreadable,
    iso_date,
    name_as_title,
    web_address,
)
from corpus.problem import Problem

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_NOTHING = "nothing but menus and links; no article text found"
_FEWEST_LETTERS = 15
_SETTINGS = deepcopy(DEFAULT_CONFIG)
# The fallback is for pages whose body is not found; a page of two sentences is not one of them.
_SETTINGS["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "20"
_DATES = {"extensive_search": False, "original_date": True}
_LINK_SHARE = 0.7
_MOST_LOST_SHARE = 0.3
_FEWEST_LOST = 300
_SENTENCE = 40  # dates, names and labels are shorter


def parse(data: bytes, name: str) -> Parsed:
    """Read the one article of an HTML page.

    >>> page = b"<h1>Night ferry</h1><article><p>The ferry left the old port at night.</p>"
    >>> article = parse(page, "ferry.html").articles[0]
    >>> article.title, article.blocks[-1].text
    ('Night ferry', 'The ferry left the old port at night.')

    Raises:
        Unreadable: the page holds no article text, or is no HTML at all.
    """
    tree = _tree(data)
    # Read before the extraction, which takes the tree apart.
    url, language, author = _address(tree), _language(tree), _author(tree)
    has_links = any(map(letters_seen, tree.iter("a")))
    if _is_menu(tree):
        raise Unreadable(_NOTHING)
    found = trafilatura.extract_metadata(tree, date_config=_DATES)
    blocks, lost = _extracted(tree)
    kept, dropped = trim_end([block.text for block in blocks])
    blocks = blocks[:kept]
    least = _FEWEST_LETTERS if has_links else 1
    if sum(map(str.isalpha, "".join(b.text for b in blocks if not b.level))) < least:
        raise Unreadable(_NOTHING)
    article = RawArticle(
        title=found.title or name_as_title(name),
        blocks=tuple(block for block in blocks if not is_furniture(block.text) or block.level),
        url=url,
        author=found.author or author,
        published=iso_date(found.date or ""),
        language=language,
        dropped=dropped,
    )
    return Parsed([article], [Problem(name, _said_of(lost))] if lost else [])


def _extracted(tree: Any) -> tuple[list[Block], list[str]]:
    """Return the blocks of a page's article, and those of its texts that were left out.

    Where trafilatura's own path leaves out a sizable share, its other ones (readability, justext)
    are tried on the same page, and what left out less is taken.
    """
    cut_furniture(tree)
    prepare(tree)
    frame = framed(tree, BODY_XPATH)
    free_names(frame, OVERALL_DISCARD_XPATH)
    wanted = list(texts(frame))
    blocks = _body(tree, wanted, fast=True)
    lost = missing(wanted, "".join(block.text for block in blocks))
    if _is_sizable(lost, wanted):
        others = _body(tree, wanted, fast=False)
        lost_then = missing(wanted, "".join(block.text for block in others))
        if sum(map(len, lost_then)) < sum(map(len, lost)):
            blocks, lost = others, lost_then
    return blocks, lost if _is_sizable(lost, wanted) else []


def _body(tree: Any, wanted: Sequence[str], *, fast: bool) -> list[Block]:
    """Return what trafilatura takes for the body; `fast` leaves its other ways out."""
    found = trafilatura.bare_extraction(
        tree,
        fast=fast,
        include_comments=False,
        include_tables=True,
        config=_SETTINGS,
    )
    body = None if found is None else found.body
    if body is None or not wanted or _is_dump(body, wanted):
        return []
    return [block for block in _blocks(body) if block.text.strip()]


def _is_dump(body: Any, wanted: Sequence[str]) -> bool:
    """Tell whether trafilatura found no body and gave all words of the page in a row instead."""
    if [child.tag for child in body] != ["p"]:
        return False
    different = {letters(text) for text in wanted}
    return len(different) - len(missing([*different], _text(body[0]))) > 1


def _is_sizable(lost: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether so much was left out that it can hardly all be menus and adverts."""
    size = sum(len(text) for text in lost if len(text) >= _SENTENCE)
    return size >= _FEWEST_LOST and size > _MOST_LOST_SHARE * sum(map(len, wanted))


def _said_of(lost: Sequence[str]) -> str:
    """Say what was left out, and what to do about it."""
    start = " ".join(lost[0].split()[:8])[:80]
    many = "1 paragraph or item" if len(lost) == 1 else f"{len(lost)} paragraphs and items"
    return (
        f'{many} left out, from "{start}" on: by the markup they are menus or adverts; '
        "if they belong to the article, save the page as text or Markdown"
    )


def _author(tree: Any) -> str | None:
    """Return the author the page itself names; trafilatura leaves out names of one word."""
    named = tree.xpath("//meta[@name='author']/@content")
    return " ".join(str(named[0]).split())[:200] or None if named else None


def _tree(data: bytes) -> Any:
    """Decode and parse a page; lxml recovers from broken markup by itself."""
    declared = _META_CHARSET.search(data[:4096])
    text = decode(data, declared[1].decode("ascii") if declared else None)
    # Encoded again so that an "<?xml encoding=…?>" or a <meta> can no longer contradict it.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError):
        raise Unreadable("is not HTML; give it its proper suffix or remove it") from None
    cut_controls(tree)
    return tree


def _address(tree: Any) -> str | None:
    """Return the page's own address: its canonical link, else og:url. A bare host is no page."""
    found = tree.xpath('//link[@rel="canonical"]/@href') + tree.xpath(
        '//meta[@property="og:url"]/@content'
    )
    for value in found:
        address = web_address(str(value))
        if address and (urlsplit(address).path.strip("/") or urlsplit(address).query):
            return address
    return None


def _language(tree: Any) -> str | None:
    """Return the language the page declares, if it does."""
    found = tree.xpath("/html/@lang") + tree.xpath(
        '//meta[translate(@http-equiv,"CL","cl")="content-language"]/@content'
    )
    return str(found[0]) if found else None


def _is_menu(tree: Any) -> bool:
    """Tell whether nearly all the words of a page are links."""
    bodies = tree.xpath("//body") or [tree]
    words = "".join(bodies[0].xpath(".//text()[not(ancestor::script or ancestor::style)]"))
    links = "".join(bodies[0].xpath(".//a//text()"))
    return len(links.split()) > _LINK_SHARE * len(words.split())


def _blocks(body: Any) -> Iterator[Block]:
    """Walk trafilatura's result and yield headings, paragraphs, lists and tables in order."""
    for element in body:
        if element.tag == "head":
            level = str(element.get("rend") or "h2")
            yield Block(_text(element), level=int(level[1]) if level[1:2] in "123456" else 2)
        elif element.tag == "list":
            yield Block("\n".join(_list_lines(element)))
        elif element.tag == "table":
            yield Block("\n".join(_table_lines(element)))
        elif element.tag in ("quote", "code", "p", "ab", "item", "hi"):
            yield Block(_text(element))
        else:
            yield from _blocks(element)


def _list_lines(element: Any, depth: int = 0) -> Iterator[str]:
    """Give each item of a list a line with its mark; nested items are indented."""
    for number, item in enumerate(element.iterchildren("item"), start=1):
        mark = f"{number}." if element.get("rend") == "ol" else "-"
        own = _text(item, without="list")
        if own:
            yield f"{'  ' * depth}{mark} {own}"
        for nested in item.iterchildren("list"):
            yield from _list_lines(nested, depth + 1)


def _table_lines(element: Any) -> Iterator[str]:
    """Give each row of a table a line, its cells parted by bars."""
    for row in element.iter("row"):
        cells = [" ".join(_text(cell).split()) for cell in row.iter("cell")]
        if any(cells):
            yield " | ".join(cells)


def _text(element: Any, without: str | None = None) -> str:
    """Return the text of an element; a line break inside it becomes a newline."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == "lb":
            parts.append("\n")
        elif child.tag != without:
            parts.append(_text(child, without))
            if child.tag in ("p", "item", "row"):
                parts.append("\n")
        parts.append(child.tail or "")
    return "".join(parts).strip()
