"""Seed files of every format Quoth reads, small and whole, made here and from nowhere else."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

import docx

from tests.tiny_pdf import column, tiny_pdf

_WORDS = (
    "The night ferry of harbour seven carries forty lorries. It leaves at 22:40, whatever the "
    "weather. Dr. Ho has counted every crossing since 1999; the council pays 2.4 million a year."
)
_OTHER = (
    "Die Fähre fährt nachts über den Öresund. Η νυχτερινή αναχώρηση είναι αργά. "
    "夜间渡轮每晚离开港口。 המעבורת יצאה בלילה. 🚢 Naïve cafés, Cafe\u0301."
)

HTML = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ferry</title>
<link rel="canonical" href="https://example.org/ferry"><meta name="author" content="Ann Lee">
<meta property="article:published_time" content="2023-01-17T10:00:00Z"><script>var x=1</script>
</head><body><nav><a href="/">Home</a></nav><main><h1>Night ferry</h1><p>{_WORDS}</p>
<h2>Crossing</h2><p>{_OTHER}<br>A second line &amp; an &eacute;.</p><ul><li>One<ul><li>Two</li>
</ul></li></ul><table><tr><th>Year</th><th>Lorries</th></tr><tr><td>1999</td><td>41</td></tr>
</table><blockquote>Quoted.</blockquote><pre>code</pre></main>
<footer>© 2023 Harbour</footer></body></html>"""

MARKDOWN = f"""---
title: Night ferry
author: [Ann Lee, Bo]
date: 2023-01-17
source: https://example.org/ferry
lang: en
---
# Night ferry

{_WORDS} *Emphasis*, `code`, [a link](https://example.org), ![image](x.png).

## Crossing

1. One
   - Two
2. Three

| Year | Lorries |
|------|---------|
| 1999 | 41      |

> {_OTHER}

<div>Raw <b>HTML</b></div>

```
fence
```
"""

TEXT = f"Night ferry\n\n{_WORDS}\n\n{_OTHER}\n\n- one\n- two\n\n© 2023 Harbour\n"

_RECORDS = [
    {"id": 1, "title": "Ferry", "text": _WORDS, "url": "https://example.org/1", "author": "Ann",
     "date": "2023-01-17", "lang": "en"},
    {"id": "b", "headline": "Crossing", "body": [_WORDS, _OTHER], "byline": ["A", "B"]},
    {"key": 3.5, "content": _OTHER, "published": "2023"},
]  # fmt: skip
_SQUAD = {"version": "v2.0", "data": [
    {"title": "Night_ferry", "paragraphs": [
        {"context": _WORDS, "qas": [{"id": "1", "question": "When?", "answers": []}]},
        {"context": _OTHER, "qas": []}]},
    {"title": "Other", "paragraphs": [{"context": _OTHER, "qas": []}]},
]}  # fmt: skip


def _csv(delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(("id", "title", "text", "date"))
    writer.writerow(("1", "Ferry", _WORDS, "2023-01-17"))
    writer.writerow(("2", "Crossing", f"{_OTHER}\nA second line, with a comma.", ""))
    return out.getvalue().encode()


def _docx() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Bo"
    document.core_properties.title = "Night ferry"
    document.add_heading("Night ferry", 0)
    document.add_paragraph(_WORDS)
    document.add_heading("Crossing", 2)
    document.add_paragraph("One", style="List Bullet")
    cells = document.add_table(2, 2)
    cells.cell(0, 0).text, cells.cell(1, 1).text = "Year", "1999"
    document.add_paragraph(_OTHER)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _pdf() -> bytes:
    head, foot = ("Harbour Handbook", 760.0, 9.0), ("Page 1", 30.0, 9.0)
    lines = column("The night ferry of harbour seven carries for-", "ty lorries. It leaves late.")
    big = ("Night ferry", 720.0, 20.0)
    info = {"Title": "Night ferry", "Author": "Ann Lee", "CreationDate": "D:20230117100000Z"}
    pages = [[head, big, *lines, foot], [head, *column("The last page."), foot]]
    return tiny_pdf(pages, info)


@cache
def seeds() -> dict[str, bytes]:
    """Return a whole file for each kind; the kind is the suffix, or `squad.json`."""
    jsonl = "\n".join(json.dumps(record, ensure_ascii=False) for record in _RECORDS)
    return {
        "html": HTML.encode(),
        "md": MARKDOWN.encode(),
        "txt": TEXT.encode(),
        "pdf": _pdf(),
        "docx": _docx(),
        "jsonl": jsonl.encode(),
        "json": json.dumps({"articles": _RECORDS}, indent=1).encode(),
        "squad.json": json.dumps(_SQUAD).encode(),
        "csv": _csv(","),
        "tsv": _csv("\t"),
    }
