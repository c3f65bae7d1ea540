"""Hundreds of texts that would run a script, or call a foreign host, if a page took them for HTML.

They are made, not collected: each class crosses ways in (elements, contexts, schemes) with
spellings (case, blanks, quotes, encodings). Each carries its number, so that a hit can be traced:
a script calls `__ran(number)`, a request goes to `p<number>.` of `HOST`. That they do run where
nothing escapes them is measured by `benchmarks.torture.payloads`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.payloads import data, markup, texts
from tests.payloads.marks import HOST, filled

__all__ = ["CLASSES", "HOST", "PAYLOADS", "Payload", "one_of_each"]


@dataclass(frozen=True)
class Payload:
    """One text, the class it belongs to, and the number it shows when it runs."""

    number: int
    kind: str
    text: str


CLASSES: dict[str, Callable[[], Iterable[str]]] = {
    "script elements": markup.scripts,
    "handlers on every element": markup.handlers,
    "handlers that start alone": markup.handlers_alone,
    "svg, math and mutation": markup.vectors,
    "addresses": data.addresses,
    "meta, base, forms, frames, objects": markup.documents,
    "styles": markup.styles,
    "templates and own elements": markup.components,
    "out of elements and comments": texts.breakouts,
    "out of attributes": texts.attributes,
    "look-alikes and unseen characters": texts.letters,
    "markdown": texts.markdown,
    "formulas": texts.formulas,
    "entities, once too often": texts.entities,
    "out of scripts and templates": data.strings,
    "prototype keys": data.prototypes,
    "queries and fragments": data.queries,
    "header lines": data.headers,
    "clobbering": data.clobbering,
    "very long": data.long_ones,
    "remote images, hints and beacons": data.remote,
}


def made() -> tuple[Payload, ...]:
    """Return all payloads, numbered from 1 in the order of their classes."""
    found: dict[str, str] = {}
    for kind, each in CLASSES.items():
        for text in each():
            found.setdefault(text, kind)
    return tuple(
        Payload(number, kind, filled(text, number))
        for number, (text, kind) in enumerate(found.items(), 1)
    )


PAYLOADS: tuple[Payload, ...] = made()


def one_of_each() -> tuple[Payload, ...]:
    """Return the first payload of each class."""
    first: dict[str, Payload] = {}
    for payload in PAYLOADS:
        first.setdefault(payload.kind, payload)
    return tuple(first.values())
