"""HTML: which part of a page is handed to trafilatura as its article.

trafilatura finds the article by its element (`<article>`, `<main>`) or by names such as
`entry-content`. Where a page has none of them it falls back to gathering paragraphs, and headings
and lists are lost. So the part is chosen here and named as the article; what menus and adverts in
it are is trafilatura's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lxml.etree import XPath

from corpus.formats.htmlloose import HEADINGS
from corpus.formats.htmltexts import ASIDE_NAME, is_links, letters, weight

Finder = Callable[[Any], Any]

_RUNNING_TEXT = 200
_GOOD_SHARE = 0.2
_LEAST_SHARE = 1 / 3
_MAINS = XPath(".//main|.//*[@role='main']")
_GROUPS = frozenset({"ul", "ol", "dl", "table"})


def framed(tree: Any, finders: Sequence[Finder]) -> Any:
    """Move the part of a page that is its article into one `<article>`, and return that.

    `finders` are trafilatura's own ways to find it, best first. The rest of the page goes.
    """
    body = tree if tree.find("body") is None else tree.find("body")
    found = _found(tree, body, finders)
    if found in body.iterancestors():  # broken markup
        found = body = tree
    if found is body:
        _cut_link_edges(body)
    frame = body.makeelement("article", {"itemprop": "articleBody"})
    frame.text = found.text
    frame.extend(list(found))
    # What a page says of itself stays: trafilatura knows a forum by it.
    about = [script for script in body.iter("script") if "json" in script.get("type", "")]
    for child in list(body):
        body.remove(child)
    body.extend([*about, frame])
    return frame


def _found(tree: Any, body: Any, finders: Sequence[Finder]) -> Any:
    """Return the part trafilatura would take, or a wider one where that leaves most out."""
    whole = next((part for part in _MAINS(body) if weight(part)), body)
    first = next((hit for find in finders for hit in find(tree)), None)
    if first is None:
        return whole
    if first.tag == "article":
        siblings = first.xpath("../article")
        if sum(item.get("class") == first.get("class") for item in siblings) > 1:
            return first.getparent()  # written as several articles, not as one and its teasers
    return first if weight(first) >= _LEAST_SHARE * weight(whole) else whole


def _cut_link_edges(body: Any) -> None:
    """Cut the menus that stand before the article and the lists of links behind it.

    Only on pages that say nowhere where their article is. Links between paragraphs stay.
    """
    blocks = [
        block
        for block in body.iter("p", "h1", "pre", "blockquote", *_GROUPS)
        if block.tag == "h1" or not any(above.tag in _GROUPS for above in block.iterancestors())
    ]
    plain = [n for n, block in enumerate(blocks) if block.tag != "h1" and not is_links(block)]
    tops = [n for n, block in enumerate(blocks) if block.tag == "h1"]
    if not plain:
        return
    first, last = (tops or plain)[0], plain[-1]
    for block in (*blocks[:first], *blocks[last + 1 :]):
        if block.tag != "h1" and is_links(block) and not block.xpath(".//h1"):
            block.drop_tree()


def free_names(frame: Any, discards: Sequence[Finder]) -> None:
    """Take the names away for which trafilatura (`discards`) would drop what is no furniture.

    It takes "menu", "social" or "-icon" anywhere in a name for furniture. That is wrong for a
    section named after its heading (`id="social-security"`), as Sphinx and Pandoc do it, and for
    one that holds a good share of the article's running text.
    """
    least = max(_RUNNING_TEXT, _GOOD_SHARE * weight(frame))
    for element in [hit for find in discards for hit in find(frame)]:
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if ASIDE_NAME.search(name) or element.get("aria-hidden"):
            continue
        if weight(element) >= (_RUNNING_TEXT if _is_topic(element) else least):
            element.attrib.clear()


def _is_topic(element: Any) -> bool:
    """Tell whether the id of an element is only its heading again."""
    heading = next(element.iterchildren(*HEADINGS), None)
    title = "" if heading is None else letters("".join(heading.itertext()))
    return bool(element.get("id")) and letters(element.get("id")) in title
