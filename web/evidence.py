"""The evidence card of one extract: where its page is, and how it is made when it is asked for.

The address carries the article, the fingerprint of its text and the offsets; the words come from
the stored article, at that moment. So a card can be had only for what is still stored, unchanged.
What a card holds is `qa.proof`'s business, how it looks `qa.proof_html`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from corpus import VERSION
from corpus.article import Article, Passage, Span
from qa.answer import Extract, Highlight
from qa.as_json import extract_json
from qa.proof import card_of
from qa.question import MOST_CHARACTERS

MOST_MARKS = 20
"""Quotations on one card; an extract has fewer."""

_PLACE = re.compile("([0-9]{1,9})-([0-9]{1,9})")

Fields = Sequence[tuple[str, str]]
"""The parameters of an address, in order; `m` may stand there several times."""


def evidence_path(extract: Extract, question: str) -> str:
    """Return the relative address of an extract's evidence card."""
    article, passage = extract.passage.article, extract.passage.span
    marks = [mark.span for mark in extract.highlights if mark.kind == "answer"]
    marks = marks or [mark.span for mark in extract.highlights] or [passage]
    fields = [("m", f"{span.start}-{span.end}") for span in marks[:MOST_MARKS]]
    fields += [("p", f"{passage.start}-{passage.end}"), ("v", article.fingerprint)]
    query = urlencode([*fields, ("q", question[:MOST_CHARACTERS])])
    return f"evidence/{quote(article.id, safe='')}?{query}"


def is_changed(article: Article, fields: Fields) -> bool:
    """Tell whether the article's text is another one than the address speaks of."""
    return dict(fields).get("v") != article.fingerprint


def evidence_card(article: Article, fields: Fields) -> dict[str, Any] | None:
    """Return the card, or None when the parameters name no slices of the article's text."""
    passage = next(_spans(fields, "p", article.text), None)
    marks = [span for span in _spans(fields, "m", article.text) if passage and _in(span, passage)]
    if passage is None or not 0 < len(marks) <= MOST_MARKS:
        return None
    highlights = tuple(Highlight(span, "answer", 1.0) for span in marks)
    extract = Extract(Passage(article, passage), highlights, 1.0)
    question = " ".join(dict(fields).get("q", "").split())[:MOST_CHARACTERS]
    reply = {"question": question, "status": "quoted", "extracts": [extract_json(extract)]}
    return card_of(reply, VERSION)


def saved_as(article: Article, kind: str) -> Mapping[str, str]:
    """Return the header that makes the browser save a card, under the article's own id."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in article.id)
    return {"Content-Disposition": f'attachment; filename="evidence-{name[:80]}.{kind}"'}


def _in(span: Span, passage: Span) -> bool:
    return passage.start <= span.start and span.end <= passage.end


def _spans(fields: Fields, name: str, text: str) -> Iterator[Span]:
    """Yield the spans given under a name, in order; those that are no slices are passed over."""
    for key, value in fields:
        found = _PLACE.fullmatch(value) if key == name else None
        span = Span(int(found[1]), int(found[2])) if found else None
        if span and span.start < span.end <= len(text):
            yield span
