"""HTML: the running text of a page, weighed; how much of it is links, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml.etree import XPath

from corpus.formats.htmlloose import HEADINGS, UNSEEN

ASIDE_NAME = re.compile(
    r"comment(?!ary)|respond|related|recommend|sidebar|newsletter|cookie|consent|promo(?!ted)|advert"
    r"|footer|teaser|(?<!elementor-)widget|popular|author|byline|breadcrumb|navi|overlay|modal"
    r"|popup|paywall|login",
    re.IGNORECASE,
)
"""What makers of pages call what is none of the article."""

_LINK_SHARE = 0.7
_NEARLY_ALL = 0.8
_UNITS = frozenset({"p", "li", "dt", "dd", "td", "th", "pre", "blockquote", *HEADINGS})
_ASIDE = frozenset({
    *UNSEEN,
    "aside", "form", "fieldset", "label", "button", "select", "dialog", "menu", "svg", "math",
    "object",
})  # fmt: skip
_SEEN_TEXT = XPath(
    ".//text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False
)


def texts(part: Any) -> Iterator[str]:
    """Yield the text of each paragraph, item and cell that is neither links nor set aside."""
    most = letters_seen(part) * _NEARLY_ALL
    waiting = [part]
    while waiting:
        element = waiting.pop()
        if element is not part and _is_aside(element, most):
            continue
        if element.tag in _UNITS:
            text, linked = _own(element, most)
            if text and linked <= _LINK_SHARE * len(letters(text)):
                yield text
        waiting.extend(element.iterchildren(reversed=True))


def weight(part: Any) -> int:
    """Return how many characters of running text stand in a part of a page."""
    return sum(map(len, texts(part)))


def link_share(element: Any) -> float:
    """Return the share of an element's letters that are links, 0 for one without text."""
    whole = letters_seen(element)
    links = sum(map(letters_seen, element.iter("a")))
    return links / whole if whole else 0.0


def letters_seen(element: Any) -> int:
    """Return how many letters and digits an element shows; scripts are not shown."""
    return len(letters("".join(_SEEN_TEXT(element))))


def is_links(element: Any) -> bool:
    """Tell whether an element is mostly links."""
    return link_share(element) > _LINK_SHARE


def missing(wanted: Sequence[str], kept: str) -> list[str]:
    """Return those of some texts whose words do not stand in what was kept.

    >>> missing(["Two euros.", "Three  euros"], "It costs\\n- three euros")
    ['Two euros.']
    """
    whole = letters(kept)
    return [text for text in wanted if letters(text) not in whole]


def letters(text: str) -> str:
    """Return the letters and digits of a text alone, in one case.

    >>> letters("File-menu ¶")
    'filemenu'
    """
    return "".join(filter(str.isalnum, text)).casefold()


def _is_aside(element: Any, most: float) -> bool:
    """Tell whether an element is by its kind or its name none of the article.

    What holds more than `most` letters is a frame of the page, whatever its name says
    (`class="no-sidebar"`).
    """
    if element.tag in _ASIDE or not isinstance(element.tag, str):
        return True
    if "display:none" in element.get("style", "").replace(" ", ""):
        return True
    named = ASIDE_NAME.search(f"{element.get('class')} {element.get('id')}")
    return named is not None and letters_seen(element) <= most


def _own(unit: Any, most: float) -> tuple[str, int]:
    """Return the text of a unit without the units inside it, and how many letters are links."""
    parts: list[str] = []
    linked = 0
    waiting: list[tuple[Any, bool]] = [(unit, False)]
    while waiting:
        node, in_link = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
            linked += len(letters(node)) if in_link else 0
            continue
        if node is not unit:
            waiting.append((node.tail or "", in_link))
            if node.tag in _UNITS or _is_aside(node, most):
                continue
        inside = in_link or node.tag == "a"
        waiting.extend((child, inside) for child in node.iterchildren(reversed=True))
        waiting.append((node.text or "", inside))
    return " ".join("".join(parts).split()), linked
