"""Filters between the page and the archive: read from anybody's input, and said in words.

What a filter means is `index.filters`' business, where its controls stand `web.filter_row`'s.
Everything that comes from a browser (the controls, an address, a kept conversation) is treated as
anybody's input; everything shown is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from corpus.errors import FilterError
from index.facets import Count, Unknown
from index.filters import MOST_VALUES, NO_FILTERS, Filters
from qa.answer import Abstention, Reply
from web.marks import escape
from web.render import reply_html
from web.words import Words

NAMES = ("since", "until", "author", "source", "language")
"""The filters, in the order of their controls, by the names they have in an address."""

MOST_OFFERED = 300
"""Values of one filter that are offered; others can be typed."""


def read_controls(values: Sequence[object]) -> Filters:
    """Return the filters that the five controls ask for; empty ones ask for nothing.

    Raises:
        FilterError: a value is of another kind, or cannot be used.
    """
    return Filters.read(dict(zip(NAMES, values, strict=True)))


def read_kept(raw: object) -> Filters:
    """Return the filters of a kept turn; what cannot be read is none."""
    try:
        return Filters.read(raw) if isinstance(raw, Mapping) else NO_FILTERS
    except FilterError:
        return NO_FILTERS


def read_address(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Return the filters an address names, by their names and as they stand there.

    >>> read_address([("q", "Who?"), ("since", "2023"), ("author", "Ann Lee")])
    {'since': '2023', 'author': ['Ann Lee']}
    """
    named: dict[str, str | list[str]] = {}
    for name, value in pairs:
        if name not in NAMES or not value.strip():
            continue
        if name in NAMES[:2]:
            named[name] = value
        else:
            values = named.setdefault(name, [])
            if isinstance(values, list) and len(values) <= MOST_VALUES:
                values.append(value)
    return named


def scope(filters: Filters, words: Words) -> str:
    """Return the filters in words, as plain text: `from January 2023 · by Ann Lee · German`."""
    since, until = words.date(filters.since), words.date(filters.until)
    parts = [
        words.scope_between.format(since=since, until=until)
        if since and until
        else (words.scope_since.format(date=since) if since else "")
        or (words.scope_until.format(date=until) if until else ""),
        words.scope_author.format(names=words.scope_or.join(filters.authors))
        if filters.authors
        else "",
        words.scope_or.join(filters.sources),
        words.scope_or.join(language_name(code, words) for code in filters.languages),
    ]
    return words.scope_and.join(part for part in parts if part)


def language_name(code: str, words: Words) -> str:
    """Return what a language is called, or its code."""
    return words.languages.get(code, code)


def scoped_html(reply: Reply, words: Words) -> str:
    """Return a reply as HTML, under a line that says which articles were searched."""
    if not reply.filters:
        return reply_html(reply, words)
    if isinstance(reply, Abstention) and reply.reason == "filtered_out":
        return _filtered_out(reply, words)
    line = words.scope.format(scope=scope(reply.filters, words))
    tip = ""
    if isinstance(reply, Abstention):
        tip = f'<p class="q-lead">{escape(words.filtered_silent)}</p>'
    html = reply_html(reply, words)
    return f'<div><p class="q-lead q-scope" dir="auto">{escape(line)}</p>{html}{tip}</div>'


def _filtered_out(reply: Abstention, words: Words) -> str:
    text = words.filtered_out.format(scope=scope(reply.filters, words))
    items = [_unknown(each, words) for each in reply.unknown] + [words.filtered_tip]
    listed = "".join(f'<li dir="auto">{escape(item)}</li>' for item in items)
    return (
        f'<div class="q-reply"><div class="q-note" role="status"><h3>{escape(words.silent)}</h3>'
        f'<p dir="auto">{escape(text)}</p><ul>{listed}</ul></div></div>'
    )


def _unknown(each: Unknown, words: Words) -> str:
    named = each.filter == "language"
    value, *held = (
        language_name(item, words) if named else item for item in (each.value, *each.held)
    )
    if not held:
        return words.filtered_unknown.format(value=value)
    return words.filtered_held.format(value=value, held=", ".join(held))


def offered(counts: Sequence[Count], words: Words, *, named: bool = False) -> list[tuple[str, str]]:
    """Return the values of a filter to choose from: what is shown, and what it stands for."""
    return [
        (
            words.counted.format(
                value=language_name(each.value, words) if named else each.value,
                n=f"{each.articles:,}",
            ),
            each.value,
        )
        for each in counts[:MOST_OFFERED]
    ]
