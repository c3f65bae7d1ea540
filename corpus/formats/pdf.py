"""PDF: text with page numbers, paragraphs told from the gaps between lines, the properties.

Reading order is the file's own (pdfium's); columns come out right where the file has them in
order. Scanned pages hold no text and are reported, not recognised: OCR is another tool's job.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pypdfium2 as pdfium

from corpus.boilerplate import trim_end
from corpus.formats.pdflayout import Line, furniture_lines, lines_of, measure, paragraphs
from corpus.formats.raw import Block, Parsed, RawArticle, Unreadable, iso_date, name_as_title

_NO_TEXT = "has no text layer; run OCR on it first"
_LOCKED = "is locked with a password; save it without one"
_DAMAGED = "is not a readable PDF (damaged or half-written)"
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?", re.ASCII)
_JUNK_TITLE = re.compile(r"untitled.*|microsoft word.*|.*\.(?:docx?|pdf|indd|tex|qxd|odt)", re.I)
_SENTENCE_END = re.compile(r"[.!?:…。！？][\"'”’)\]]*\Z")


def parse(data: bytes, name: str) -> Parsed:
    """Read the one article of a PDF; each block knows its page.

    Raises:
        Unreadable: the file is damaged, locked, or has no text layer.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise Unreadable(_LOCKED if "password" in str(error).lower() else _DAMAGED) from None
    try:
        pages = [lines_of(document[index]) for index in range(len(document))]
        about = document.get_metadata_dict()
    except pdfium.PdfiumError:
        raise Unreadable(_DAMAGED) from None
    finally:
        document.close()
    blocks = list(_blocks(pages))
    if not any(char.isalnum() for block in blocks for char in block.text):
        raise Unreadable(_NO_TEXT)
    kept, dropped = trim_end([block.text for block in blocks])
    article = RawArticle(
        title=_title(about.get("Title", ""), blocks, name),
        blocks=tuple(blocks[:kept]),
        author=about.get("Author") or None,
        published=_pdf_date(about.get("CreationDate", "")),
        dropped=dropped,
    )
    return Parsed([article], [])


def _blocks(pages: list[list[Line]]) -> Iterator[Block]:
    """Yield each page's paragraphs; one that runs over the page's end is marked as continuing."""
    running = furniture_lines(pages)
    bodies = [[line for line in lines if line not in running] for lines in pages]
    layout = measure(bodies)
    before: Block | None = None
    for number, body in enumerate(bodies, start=1):
        for index, (text, level) in enumerate(paragraphs(body, layout)):
            continues = index == 0 and not level and before is not None and _runs_on(before, text)
            before = Block(text, level, number, continues)
            yield before


def _runs_on(before: Block, text: str) -> bool:
    """Tell whether `text`, first on its page, continues the last paragraph of the page before."""
    unfinished = before.level == 0 and not _SENTENCE_END.search(before.text.rstrip())
    return unfinished and text[:1].islower()


def _title(declared: str, blocks: list[Block], name: str) -> str:
    """Return the declared title unless software made it up, else the first heading."""
    if declared.strip() and not _JUNK_TITLE.fullmatch(declared.strip()):
        return declared
    return next((block.text for block in blocks if block.level), name_as_title(name))


def _pdf_date(value: str) -> str | None:
    """Return a PDF date as ISO.

    >>> _pdf_date("D:20230117100000+01'00'")
    '2023-01-17'
    """
    match = _DATE.match(value)
    return iso_date("-".join(part for part in match.groups() if part)) if match else None
