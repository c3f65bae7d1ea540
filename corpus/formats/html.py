"""HTML: the article's own words out of a page, through trafilatura.

trafilatura decides what is body and what is menu, teaser or footer; this file hands it a decoded
tree, reads the address and language the page declares, and turns its result into blocks. It never
fetches anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml import html as lxml_html
from lxml.etree import LxmlError
from trafilatura.settings import DEFAULT_CONFIG

from corpus.boilerplate import is_furniture, trim_end
from corpus.formats.decode import decode
from corpus.formats.raw import (
    Block,
    Parsed,
    RawArticle,
    Unreadable,
    iso_date,
    name_as_title,
    web_address,
)

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_NOTHING = "nothing but menus and links; no article text found"
_FEWEST_LETTERS = 15
# What is never article text. trafilatura's main path leaves these out too, but on short pages it
# falls back to taking all there is, menus included; so they go first.
_NEVER_BODY = [
    "//nav",
    "//footer",
    "//header[not(.//h1)]",
    "//*[@role='navigation' or @role='contentinfo' or @role='search' or @role='dialog']",
    "//*[@aria-hidden='true' or @hidden]",
    "//*[contains(concat(@class, ' ', @id), 'cookie-') or contains(@class, 'cookieconsent')]"
    "[contains(concat(@class, @id), 'consent') or contains(concat(@class, @id), 'banner')"
    " or contains(concat(@class, @id), 'notice') or contains(concat(@class, @id), 'bar')]",
    "//button|//select|//noscript|//template",
]
_SETTINGS = deepcopy(DEFAULT_CONFIG)
# The fallback is for pages whose body is not found; a page of two sentences is not one of them.
_SETTINGS["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "20"
_LINK_SHARE = 0.7


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
    if _is_menu(tree):
        raise Unreadable(_NOTHING)
    found = _extracted(tree)
    blocks = [block for block in _blocks(found.body) if block.text.strip()]
    kept, dropped = trim_end([block.text for block in blocks])
    blocks = blocks[:kept]
    if sum(map(str.isalpha, "".join(b.text for b in blocks if not b.level))) < _FEWEST_LETTERS:
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
    return Parsed([article], [])


def _extracted(tree: Any) -> Any:
    """Return trafilatura's reading of a page: body, title, author, date."""
    found = trafilatura.bare_extraction(
        tree,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        prune_xpath=_NEVER_BODY,
        config=_SETTINGS,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or found.body is None:
        raise Unreadable(_NOTHING)
    return found


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
