"""Links that can be trusted: `text_fragment`, and the address of a place in the original.

An address from an article is hostile until `corpus.address.safe_url` has let it through. A text
fragment (`#:~:text=…`, WICG Scroll to Text Fragment) is built from the exact span and only given
when it names that one place in the stored text; otherwise there is none, which is better than a
wrong one.
How a browser compares text is taken broadly (case, accents, blanks and invisible characters do
not count), so that what is unique here is unique there. Nothing in this file makes HTML.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from corpus.address import safe_url
from corpus.article import Article, Span

_NO_BLANKS = (  # Thai, Lao, Burmese, Khmer, kana, Han: words without blanks between them
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"[{_NO_BLANKS}]|[^\W{_NO_BLANKS}]+(?:['’.,:·]+[^\W{_NO_BLANKS}]+)*"  # don't, 1,000, e.g
)
_WHOLE = 10
"""A span of at most this many words is named whole; a longer one by its first and last words."""

_LARGEST = 1_000_000
"""No fragment is sought in a text longer than this many characters."""


class Folded(NamedTuple):
    """A text as a browser compares it, and for each of its characters the offset it came from."""

    text: str
    origin: tuple[int, ...]


class Form(NamedTuple):
    """One way to name a place: the four parts of a text directive, as they stand in the text."""

    prefix: str
    start: str
    end: str
    suffix: str


def host_of(address: str) -> str:
    """Return what tells a reader where an article comes from: the host, or the file's name."""
    url = safe_url(address)
    if url:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    return re.split(r"[/\\]", address.rstrip("/\\"))[-1]


def original_url(article: Article, span: Span) -> str | None:
    """Return the link to the place in the original: page of a PDF, or text fragment on a page."""
    url = safe_url(article.source)
    if url is None:
        return None
    base, _, anchor = url.partition("#")
    if urlsplit(base).path.lower().endswith(".pdf"):
        page = article.page_at(span.start)
        return f"{base}#page={page}" if page else base
    anchor = anchor.partition(":~:")[0]
    directive = text_fragment(article, span)
    if not directive:
        return f"{base}#{anchor}" if anchor else base
    return f"{base}#{anchor}{directive.removeprefix('#')}"


def text_fragment(article: Article, span: Span) -> str:
    """Return `#:~:text=[prefix-,]start[,end][,-suffix]` naming `span`, or "" if nothing can.

    The shortest form that is unique in the stored text is taken: the words alone, then with
    more and more of what stands before and after them.
    """
    text = article.text
    if len(text) > _LARGEST:
        return ""
    folded = folded_text(text)
    words = _words(text, folded, span)
    if not words:
        return ""
    for form in _forms(text, folded, words):
        if _names(form, folded, words):
            return "#:~:text=" + _written(form)
    return ""


@lru_cache(maxsize=32)
def folded_text(text: str) -> Folded:
    """Return the text without case, accents, invisible characters and runs of blanks."""
    out: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        plain = ("" if out and out[-1] == " " else " ") if char.isspace() else _fold(char)
        out.extend(plain)
        origin.extend([at] * len(plain))
    return Folded("".join(out), (*origin, len(text)))


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    loose = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = (c for c in loose if unicodedata.category(c) not in ("Mn", "Me", "Mc", "Cf"))
    return "".join(c for c in kept if not c.isspace())


def _words(text: str, folded: Folded, span: Span) -> list[Span]:
    """Return the words that the span touches, as spans of the stored text."""
    first = bisect_left(folded.origin, span.start)
    last = bisect_left(folded.origin, span.end)
    low = max(folded.text.rfind(" ", 0, first), 0)
    found: list[Span] = []
    for match in _WORD.finditer(folded.text, low):
        if match.start() >= last:
            break
        word = Span(folded.origin[match.start()], folded.origin[match.end()])
        if match.end() > first and word.start < word.end:
            found.append(Span(word.start, word.start + len(word.of(text).rstrip())))
    return found


def _forms(text: str, folded: Folded, words: list[Span]) -> Iterator[Form]:
    """Yield the ways to name the place, shortest first."""
    place = Span(words[0].start, words[-1].end)
    bodies: list[tuple[str, str]] = []
    whole = place.of(text)
    if "\n" not in whole and len(words) <= _WHOLE:
        bodies.append((whole, ""))
    for n in (3, 5, 8):
        if len(words) >= 2 * n:
            head = Span(words[0].start, words[n - 1].end).of(text)
            tail = Span(words[-n].start, words[-1].end).of(text)
            if "\n" not in head + tail:
                bodies.append((head, tail))
    if "\n" not in whole and len(words) > _WHOLE:
        bodies.append((whole, ""))
    if not bodies and len(words) > 1:
        bodies.append((words[0].of(text), words[-1].of(text)))
    yield from (Form("", start, end, "") for start, end in bodies)
    before = _neighbours(text, folded, place.start, back=True)
    after = _neighbours(text, folded, place.end, back=False)
    for n in range(max(len(before), len(after))):
        for prefix, suffix in _sides(before, after, n):
            yield from (Form(prefix, start, end, suffix) for start, end in bodies)


def _sides(before: list[str], after: list[str], n: int) -> Iterator[tuple[str, str]]:
    prefix = before[min(n, len(before) - 1)] if before else ""
    suffix = after[min(n, len(after) - 1)] if after else ""
    yield from dict.fromkeys([(prefix, ""), ("", suffix), (prefix, suffix)])


def _neighbours(text: str, folded: Folded, at: int, *, back: bool) -> list[str]:
    """Return what stands beside an offset, 1 to 8 words of it, all on one line."""
    if back:
        edge = len(text[:at].rstrip())
        line = Span(max(text.rfind("\n", 0, edge) + 1, edge - 400), edge)
        words = [w for w in _words(text, folded, line) if line.start <= w.start and w.end <= edge]
        return [text[w.start : edge] for w in reversed(words[-8:])]
    edge = at + len(text[at:]) - len(text[at:].lstrip())
    stop = text.find("\n", edge)
    line = Span(edge, min(stop if stop >= 0 else len(text), edge + 400))
    words = [w for w in _words(text, folded, line) if edge <= w.start and w.end <= line.end]
    return [text[edge : w.end] for w in words[:8]]


def _names(form: Form, folded: Folded, words: list[Span]) -> bool:
    """Tell whether the form matches once in the text, and there at the words."""
    places = list(_places(form, folded.text))
    if len(places) != 1:
        return False
    start, end = places[0]
    first = bisect_right(folded.origin, words[0].start) - 1
    return (
        folded.origin[start] == words[0].start == folded.origin[first]
        and folded.origin[end - 1] < words[-1].end <= folded.origin[end]
    )


def _places(form: Form, text: str) -> Iterator[tuple[int, int]]:
    """Yield at most two places where the form matches, ignoring word boundaries (so: too many)."""
    prefix, start, end, suffix = (folded_text(part).text.strip() for part in form)
    if not start:
        return
    at, found = text.find(start), 0
    while at >= 0 and found < 2:
        if text[max(at - len(prefix) - 1, 0) : at].rstrip().endswith(prefix):
            stop = _stop(text, at + len(start), end, suffix)
            if stop >= 0:
                found += 1
                yield at, stop
        at = text.find(start, at + 1)


def _stop(text: str, at: int, end: str, suffix: str) -> int:
    """Return where a match that began earlier ends, or -1."""
    while True:
        if end:
            at = text.find(end, at)
            if at < 0:
                return -1
            at += len(end)
        if not suffix or text.startswith(suffix, at + (text[at : at + 1] == " ")):
            return at
        if not end:
            return -1


def _written(form: Form) -> str:
    """Return the directive, percent-encoded: `-`, `,` and `&` have a meaning of their own."""
    prefix, start, end, suffix = (
        quote(part, safe="", errors="replace").replace("-", "%2D") for part in form
    )
    parts = (f"{prefix}-," if prefix else "", start, f",{end}" if end else "")
    return "".join(parts) + (f",-{suffix}" if suffix else "")
