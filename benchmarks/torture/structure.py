"""Texts that are hostile by their structure: deep, wide, self-referring; packed ones elsewhere."""

from __future__ import annotations

import json
from random import Random

from benchmarks.torture.packed import DEPTHS, DOCX, PDF, Structure

_WIDTHS = (100, 2_000, 30_000, 100_000)
_SENTENCE = b"The ferry left at night. "


def _deep_tags(dice: Random, _seed: bytes) -> bytes:
    tag = dice.choice(
        (b"div", b"ul><li", b"table><tr><td", b"b", b"blockquote", b"span", b"p", b"a")
    )
    return b"<h1>A</h1>" + b"<" + (b"><".join([tag] * dice.choice(DEPTHS))) + b">" + _SENTENCE * 9


def _many_tags(dice: Random, _seed: bytes) -> bytes:
    part = dice.choice((
        b"<p>A ferry.</p>", b"<h2>H</h2><p>A ferry.</p>", b"<tr><td>x<td>y", b"<li>one", b"<br>",
        b"<!--",
        b"<a href='x'>A</a> ferry. ", b"</p>", b"<p", b"<table>", b"&amp;", b"&", b"<h1>A</h1>",
        b"<script>",
    ))  # fmt: skip
    body = part * min(dice.choice(_WIDTHS), 400_000 // len(part))
    return b"<html><body><article><p>" + _SENTENCE * 9 + body + b"</article></body></html>"


def _huge_attributes(dice: Random, seed: bytes) -> bytes:
    many = b" ".join(b"a%d='x'" % n for n in range(dice.choice((10, 5_000, 30_000))))
    value = b"x" * dice.choice((10, 100_000, 1_000_000))
    return seed.replace(b"<p>", b"<p " + many + b" class='" + value + b"'>", 1)


def _entities(dice: Random, _seed: bytes) -> bytes:
    levels = range(1, dice.choice((5, 10, 20)))
    bomb = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in levels)
    outside = b'<!ENTITY x SYSTEM "file:///etc/hostname">' if dice.random() < 0.3 else b""
    head = b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "ha">' + bomb + outside + b"]>"
    return head + b"<html><body><p>" + _SENTENCE * 5 + b"&e%d;&x;</p></body></html>" % levels[-1]


def _deep_markdown(dice: Random, _seed: bytes) -> bytes:
    mark = dice.choice(
        (b"> ", b"- ", b"1. ", b"* - ", b"[", b"![", b"(", b"*", b"_", b"`", b"**a ")
    )
    return b"# A\n\n" + _SENTENCE + b"\n\n" + mark * dice.choice(DEPTHS[:4]) + b"x\n"


def _many_blocks(dice: Random, _seed: bytes) -> bytes:
    part = dice.choice((
        b"# H\n\nA ferry.\n\n", b"- one\n", b"| a | b |\n", b"\n\n", b"A ferry left. ",
        b"###### H\n\n",
        b"[a]: /b\n", b"[a][b] ", b"```\n", b"<a>", b"<!-- ", b"* * *\n", b"A\n===\n", b"a\\\n",
        b"&copy;",
    ))  # fmt: skip
    return b"# A\n\n" + _SENTENCE + b"\n\n" + part * min(dice.choice(_WIDTHS), 400_000 // len(part))


def _front_matter(dice: Random, _seed: bytes) -> bytes:
    about = dice.choice((
        b"title: !!int ''", b"date: !!timestamp 'x'", b"a: !!bool x", b"a: !!float x",
        b"a: !!binary x",
        b"date: 2023-13-45", b"title: {a: [b, {c: d}]}", b"? [a, b]\n: c", b"a: &a [*a]",
        b"date: [2023]",
        b"title: !!python/object/apply:os.system ['true']", b"a: " + b"[" * 5_000, b"<<: 1",
        b"title: 1e999",
        b"a: &a [x]\n" + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9))
                                   for n in range(98, 108)) + b"date: *k\ntitle: *k\nauthor: *k",
        b"a: &a {x: 1}\n" + b"".join(b"%c: &%c {<<: [%s]}\n" % (n, n,
        b",".join([b"*%c" % (n - 1)] * 9))
                                      for n in range(98, 104)), b"title: " + b"1:" * 20_000 + b"1",
    ))  # fmt: skip
    return b"---\n" + about + b"\n---\n# A\n\n" + _SENTENCE


def _one_line(dice: Random, _seed: bytes) -> bytes:
    part = dice.choice(
        (b"word ", b"a", b".", b"A. ", "渡轮。".encode(), b"http://x/", b"\xcc\x81", b"-", b"!? ")
    )
    return b"Title\n\n" + part * (dice.choice((1_000, 100_000, 1_000_000)) // len(part))


def _lines(dice: Random, _seed: bytes) -> bytes:
    part = dice.choice(
        (b"\n", b"a\n", b"A ferry.\n\n", b"\r", b"\x0c", b" \n", "\u2028".encode(), b"- x\n")
    )
    return b"Title\n\n" + _SENTENCE + part * min(dice.choice(_WIDTHS), 300_000 // len(part))


def _deep_json(dice: Random, seed: bytes) -> bytes:
    depth = dice.choice(DEPTHS)
    opening, closing = dice.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b'{"data":[', b"]}"), (b'{"text":', b"}"))
    )
    deep = opening * depth + dice.choice((b"1", b"", b'"x"')) + closing * depth
    return dice.choice((deep, b'{"text": "A ferry.", "more": ' + deep + b"}", seed + b"\n" + deep))


def _odd_values(dice: Random, _seed: bytes) -> bytes:
    value = dice.choice((
        "9" * 5_000, "1e400", "NaN", "-Infinity", '"\\ud800"', '"\\udfff\\ud800"', "null", "true",
        "[]", "{}",
        '["a", null]', '["a", "b"]', '""', '" "', '"\\u0000"', json.dumps("x" * 300_000),
        '"２０２３-０１-１７"',
        '"https://[::1"', '"javascript:x"', '"' + "\\u0301" * 5_000 + '"', "-0.0", "[[[]]]",
        '"\\u001b[2J"',
    ))  # fmt: skip
    name = dice.choice(
        ("text", "title", "url", "author", "date", "lang", "id", "data", "paragraphs", "context")
    )
    good = '{"text": "A ferry left."}'
    whole = f'{{"text": "A ferry left.", "{name}": {value}}}'
    entry = f'{{"title": {value}, "paragraphs": [{{"context": {value}}}, {value}]}}'
    squad = f'{{"data": [{entry}, {value}]}}'
    return dice.choice((whole, f"{good}\n{whole}\n{good}", f"[{good}, {whole}]", squad)).encode()


def _many_records(dice: Random, _seed: bytes) -> bytes:
    record = dice.choice(
        (b'{"text": "A ferry left."}', b'{"text": ""}', b"1", b'{"id": 1, "text": "Same."}')
    )
    parted = dice.choice((b"\n", b",", b"\n\n"))
    body = parted.join([record] * dice.choice((100, 5_000, 20_000)))
    return b"[" + body + b"]" if parted == b"," else body


def _wide_csv(dice: Random, _seed: bytes) -> bytes:
    columns = dice.choice((10, 1_000, 100_000, 100_000, 1_000_000))
    head = b"text" + b",c" * columns
    row = dice.choice((b"A ferry", b'"A ferry', b'A "quoted" ferry', b'"A\nferry"', b"\0A ferry"))
    return head + b"\n" + (row + b",x" * dice.choice((0, 1, 50_000)) + b"\n") * dice.choice((1, 3))


def _odd_csv(dice: Random, _seed: bytes) -> bytes:
    head = dice.choice(
        (b"text,text,text", b"TEXT;a;b", b"\ttext", b'"text"\r', b"", b"a\x1b[2J,b", b"text\0")
    )
    row = dice.choice(
        (b'"unclosed', b"\r\r\r", b'""""""', b"a" * 300_000, b",,,,", b'"' * 9_999, b"\\")
    )
    return head + b"\n" + b"\n".join([row] * dice.choice((1, 10, 3_000)))


_JSON: tuple[Structure, ...] = (_deep_json, _odd_values, _odd_values, _many_records)
_CSV: tuple[Structure, ...] = (_wide_csv, _odd_csv, _odd_csv)
STRUCTURES: dict[str, tuple[Structure, ...]] = {
    "html": (_deep_tags, _many_tags, _huge_attributes, _entities),
    "md": (_deep_markdown, _many_blocks, _front_matter, _one_line),
    "txt": (_one_line, _lines),
    "pdf": PDF,
    "docx": DOCX,
    "jsonl": _JSON,
    "json": _JSON,
    "squad.json": _JSON,
    "csv": _CSV,
    "tsv": _CSV,
}
"""What may be made of a seed of each kind."""
