"""DOCX and PDF files that are hostile by their structure: deep, bombs, loops, lying sizes."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from random import Random

from tests.tiny_pdf import column, tiny_pdf

Structure = Callable[[Random, bytes], bytes]
DEPTHS = (50, 300, 1_000, 5_000, 50_000)


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def _document(seed: bytes, document: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(seed)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    return _zip({**parts, "word/document.xml": document})


_W = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _zip_bomb(dice: Random, seed: bytes) -> bytes:
    size = dice.choice((1, 50, 150)) * 1_000_000
    filler = dice.choice((b" ", b"<w:p/>", b"<w:p><w:r><w:t>A ferry. </w:t></w:r></w:p>"))
    body = filler * (size // len(filler))
    return _document(
        seed, b'<w:document xmlns:w="%s"><w:body>%s</w:body></w:document>' % (_W, body)
    )


def _lying_zip(dice: Random, seed: bytes) -> bytes:
    """Let the directory say another size of a part than it has."""
    bomb = bytearray(_zip_bomb(dice, seed))
    at = bomb.rfind(b"PK\x01\x02")
    while at >= 0 and dice.random() < 0.8:
        lie = dice.choice((0, 1, 1_000, 2**31, 2**32 - 1))
        bomb[at + 24 : at + 28] = lie.to_bytes(4, "little")
        at = bomb.rfind(b"PK\x01\x02", 0, at)
    return bytes(bomb)


def _xml_bomb(dice: Random, seed: bytes) -> bytes:
    levels = range(1, dice.choice((5, 10, 30)))
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in levels)
    paragraph = b"<w:p><w:r><w:t>A ferry. &e%d;</w:t></w:r></w:p>" % levels[-1]
    return _document(seed,
    b'<!DOCTYPE w [<!ENTITY e0 "ha">%s]><w:document xmlns:w="%s"><w:body>%s</w:body>'
                     b"</w:document>" % (entities, _W, paragraph))  # fmt: skip


def _deep_docx(dice: Random, seed: bytes) -> bytes:
    depth = dice.choice(DEPTHS)
    tag = dice.choice((b"w:sdt", b"w:ins", b"w:tbl><w:tr><w:tc", b"w:p", b"w:customXml"))
    closing = b"</" + b"></".join(reversed(tag.replace(b"<", b"").split(b">"))) + b">"
    body = b"<" + tag + b">"
    inner = b"<w:p><w:r><w:t>A ferry.</w:t></w:r></w:p>"
    return _document(seed, b'<w:document xmlns:w="%s"><w:body>%s</w:body></w:document>'
                     % (_W, body * depth + inner + closing * depth))  # fmt: skip


def _many_paragraphs(dice: Random, seed: bytes) -> bytes:
    style = dice.choice((b"", b'<w:pPr><w:pStyle w:val="ListBullet"/></w:pPr>',
    b'<w:pPr><w:pStyle w:val="x"/></w:pPr>',
                         b'<w:pPr><w:outlineLvl w:val="1"/></w:pPr>'))  # fmt: skip
    paragraph = b"<w:p>" + style + b"<w:r><w:t>A ferry.</w:t></w:r></w:p>"
    body = paragraph * dice.choice((100, 3_000, 20_000))
    return _document(
        seed, b'<w:document xmlns:w="%s"><w:body>%s</w:body></w:document>' % (_W, body)
    )


def _many_pages(dice: Random, _seed: bytes) -> bytes:
    lines = column(*["A ferry left the port at night."] * dice.choice((1, 40)))
    return tiny_pdf([lines] * dice.choice((50, 300)))


def _page_loop(dice: Random, seed: bytes) -> bytes:
    """Let the tree of pages, or a dictionary, refer to itself."""
    old = dice.choice((b"/Kids [4 0 R", b"/Contents 5 0 R", b"/Resources <<", b"/Parent 2 0 R"))
    new = dice.choice(
        (b"/Kids [2 0 R", b"/Contents 4 0 R", b"/Kids [" + b"4 0 R " * 50_000, b"/Parent 4 0 R")
    )
    return seed.replace(old, new, 1)


def _long_line_pdf(dice: Random, _seed: bytes) -> bytes:
    text = dice.choice(("A ferry. ", "x", "-\n", "( ")) * dice.choice((100, 20_000))
    return tiny_pdf([[(text, 700.0, dice.choice((0.0, 1e-9, 11.0, 1e9, -5.0)))]] * 3)


def _stream_bomb(dice: Random, _seed: bytes) -> bytes:
    """Put a stream in that unpacks to a hundred times its length."""
    content = b"BT /F1 11 Tf 72 700 Td (A ferry.) Tj ET\n" * dice.choice((10, 10_000, 500_000))
    packed = zlib.compress(content, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R"
        b" /Resources << /Font << /F1 3 0 R >> >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
    ]  # fmt: skip
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, each) for n, each in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<< /Size 6 /Root 1 0 R >>\n%%EOF\n"


PDF: tuple[Structure, ...] = (_many_pages, _page_loop, _long_line_pdf, _stream_bomb)
DOCX: tuple[Structure, ...] = (_zip_bomb, _lying_zip, _xml_bomb, _deep_docx, _many_paragraphs)
