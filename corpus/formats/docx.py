"""DOCX: paragraphs, lists and tables in document order, headings by style, core properties.

The XML is walked here rather than through python-docx's paragraphs, which pass over tracked
insertions and content controls. Deleted text, comments, footnotes and headers are left out.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.exceptions import InvalidXmlError
from docx.oxml.ns import qn
from lxml.etree import LxmlError

from corpus.boilerplate import trim_end
from corpus.formats.raw import Block, Parsed, RawArticle, Unreadable, iso_date, name_as_title

_DAMAGED = "is not a readable DOCX (damaged, half-written or locked with a password)"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OpcError,
    LxmlError,
    KeyError,  # a part that is named but missing
    ValueError,
    OSError,
    RuntimeError,  # a ZIP locked with a password
    NotImplementedError,  # a compression of its own
    EOFError,  # a part that ends early
    AttributeError,  # an element of another kind in the place of the document
    InvalidXmlError,  # one without its value
)
Styles = dict[str | None, str]
"""The name of each style by its id."""

_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
# What python-docx's own template claims; a document made with it knows no better.
_TEMPLATE_AUTHOR = "python-docx"
_TEMPLATE_DATE = "2013-12-23"
_MOST_UNPACKED_BYTES = 400_000_000


def parse(data: bytes, name: str) -> Parsed:
    """Read the one article of a DOCX file.

    Raises:
        Unreadable: the file is damaged, locked, unpacks to too much, or holds no text.
    """
    document = _open(data)
    try:
        blocks = list(_blocks(document))
        about = document.core_properties
        created = iso_date(about.created or "")
    except _BROKEN:
        raise Unreadable(_DAMAGED) from None
    kept, dropped = trim_end([block.text for block in blocks])
    if not blocks:
        raise Unreadable("holds no text, perhaps only pictures")
    first = next((block.text for block in blocks if block.level == 1), None)
    article = RawArticle(
        title=about.title.strip() or first or name_as_title(name),
        blocks=tuple(blocks[:kept]),
        author=about.author if about.author != _TEMPLATE_AUTHOR else None,
        published=created if created != _TEMPLATE_DATE else None,
        language=about.language or None,
        dropped=dropped,
    )
    return Parsed([article], [])


def _open(data: bytes) -> Any:
    """Open the package, having looked at how much it says it unpacks to."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            size = sum(part.file_size for part in package.infolist())
        if size > _MOST_UNPACKED_BYTES:
            raise Unreadable(f"unpacks to {size // 1_000_000} MB; too much to be an article")
        return docx.Document(io.BytesIO(data))
    except Unreadable:
        raise
    except _BROKEN:
        raise Unreadable(_DAMAGED) from None


def _blocks(document: Any) -> Iterator[Block]:
    """Yield headings and bodies; neighbouring list items become one block."""
    items: list[str] = []
    # Looked up once: python-docx would walk through all styles for each paragraph.
    styles = {style.style_id: str(style.name or "") for style in document.styles}
    for element in _elements(document.element.body):
        is_paragraph = element.tag == qn("w:p")
        text = _text(element) if is_paragraph else "\n".join(_rows(element))
        if not text.strip():
            continue
        if is_paragraph and _is_item(element, styles):
            items.append(f"- {text.strip()}")
            continue
        if items:
            yield Block("\n".join(items))
            items = []
        yield Block(text, level=_level(element, styles) if is_paragraph else 0)
    if items:
        yield Block("\n".join(items))


def _elements(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables in order, looking into content controls."""
    for child in parent.iterchildren():
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _elements(child)


def _text(paragraph: Any) -> str:
    """Return the visible text under an element: not what tracked changes deleted."""
    parts = []
    for node in paragraph.iter(
        qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:noBreakHyphen")
    ):
        if node.tag == qn("w:t"):
            parts.append(node.text or "")
        elif node.getparent().tag == qn("w:r"):  # a w:tab elsewhere only sets a tab stop
            parts.append({qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}.get(node.tag, "\n"))
    return "".join(parts)


def _rows(table: Any) -> Iterator[str]:
    """Give each row of a table a line, its cells parted by bars."""
    for row in table.iterchildren(qn("w:tr")):
        cells = [
            " ".join(" ".join(_text(p) for p in cell.iter(qn("w:p"))).split())
            for cell in row.iterchildren(qn("w:tc"))
        ]
        if any(cells):
            yield " | ".join(cells)


def _style_name(paragraph: Any, styles: Styles) -> str:
    """Return the name of a paragraph's style in English, whatever language Word spoke."""
    return styles.get(paragraph.style, "")


def _level(paragraph: Any, styles: Styles) -> int:
    """Return the heading level of a paragraph by its style or outline level; 0 for body."""
    name = _style_name(paragraph, styles)
    if name.lower() == "title":
        return 1
    if match := _HEADING.fullmatch(name):
        return int(match[1])
    outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    level = outline.get(qn("w:val"), "9") if outline is not None else "9"
    return int(level) + 1 if level in "012345" else 0


def _is_item(paragraph: Any, styles: Styles) -> bool:
    """Tell whether a paragraph is a list item, by its numbering or its style."""
    if _level(paragraph, styles):
        return False
    numbered = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
    return numbered or _style_name(paragraph, styles).startswith("List ")
