"""Write small PDFs for tests, so that none need be stored: Helvetica lines at given places."""

from __future__ import annotations

from collections.abc import Sequence

Placed = tuple[str, float, float]
"""A line of text, its distance from the page's lower edge, its size (points)."""


def tiny_pdf(pages: Sequence[Sequence[Placed]], info: dict[str, str] | None = None) -> bytes:
    """Return a PDF with the given pages; a page without lines has no text layer."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        font,
    ]
    for number, lines in enumerate(pages):
        content = "\n".join(
            f"BT /F1 {size} Tf 72 {y} Td ({_escaped(text)}) Tj ET" for text, y, size in lines
        )
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        length = len(content.encode("cp1252"))
        objects.append(f"<< /Length {length} >>\nstream\n{content}\nendstream")
    fields = "".join(f"/{key} ({_escaped(value)}) " for key, value in (info or {}).items())
    objects.append(f"<< {fields}>>")
    return _file(objects)


def _file(objects: list[str]) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R >>"
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n{trailer}\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def column(*lines: str, top: float = 700, size: float = 11, gap: float = 14) -> list[Placed]:
    """Place lines below each other; an empty line leaves a gap."""
    return [(text, top - index * gap, size) for index, text in enumerate(lines) if text]
