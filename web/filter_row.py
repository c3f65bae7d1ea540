"""The row of filters under the question box: its controls, and what they offer.

The row stands there only while there is something to choose: a filter is offered if the archive
holds two values for it. What is chosen lives in the controls; each turn of the conversation keeps
what it was asked with (see `web.turns`). Reading and saying filters is `web.filters`' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from corpus.errors import FilterError
from web.filters import NAMES, offered, read_address, read_controls, scope
from web.turns import Asks, clean_turns
from web.words import Words

_OURS = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 4}
_LONGEST_DATE = 10

Updates = dict[Any, dict[str, Any]]
"""New settings of components, by component."""


class FilterRow:
    """The controls of one page; make it inside the page's blocks."""

    def __init__(self, archive: Asks, words: Words) -> None:
        self._archive = archive
        self._words = words
        with gr.Row(elem_id="q-filter") as self._row:
            self._toggle = gr.Button(words.filter, elem_id="q-filter-toggle", size="sm")
            self._chip = gr.Button("", elem_id="q-chip", size="sm", visible=False)
        with gr.Row(elem_id="q-filters") as self._panel:
            self._since = self._date("q-since", words.filter_since)
            self._until = self._date("q-until", words.filter_until)
            self._author = self._choice("q-author", words.filter_author)
            self._source = self._choice("q-source-host", words.filter_source)
            self._language = self._choice("q-language", words.filter_language)
        self.controls = [self._since, self._until, self._author, self._source, self._language]

    def wire(self, demo: gr.Blocks, turns: gr.BrowserState, new: gr.Button) -> None:
        """Connect the events of the row: opening the page, choosing, clearing."""
        lists = (self._author, self._source, self._language)
        chosen = [
            event for each in (self._since, self._until) for event in (each.blur, each.submit)
        ]
        chosen += [each.change for each in lists]
        # By default an event is dropped while an earlier one is under way; the last one counts.
        gr.on(
            chosen, self.chip, self.controls, [self._row, self._chip],
            trigger_mode="always_last", **_OURS,
        )  # fmt: skip
        everything = [self._row, self._panel, *self.controls, self._chip]
        for clear in (self._chip.click, new.click):
            clear(self.cleared, None, [self._row, *self.controls, self._chip], **_OURS)
        demo.load(self.opened, [turns], everything, **_OURS)

    def opened(self, kept: object, request: gr.Request) -> Updates:
        """Return the row as a visitor finds it: with the address's filters, or the last turn's."""
        named: dict[str, Any] = dict(read_address(request.query_params.multi_items()))
        turns = clean_turns(kept)
        if not named and turns:
            named = turns[-1].filters.flat()
        updates = self._offers()
        for component, update in (self._values(named) if named else {}).items():
            updates[component] = {**updates.get(component, {}), **update}
        return updates

    def cleared(self) -> Updates:
        """Return the row with nothing chosen."""
        return self._values({})

    def chip(self, *values: object) -> Updates:
        """Return the chip that says what is chosen, and clears it."""
        text = self._text(values)
        return {
            self._chip: gr.update(value=f"✕ {text}" if text else "", visible=bool(text)),
            self._row: gr.update(visible=bool(text) or self._any()),
        }

    def _offers(self) -> Updates:
        """Return what there is to choose; what a visitor in a hurry has chosen stays chosen."""
        facets, words = self._archive.facets(), self._words
        dated = facets.first != facets.last
        updates: Updates = {each: gr.update(visible=dated) for each in self.controls[:2]}
        held = (facets.authors, facets.sources, facets.languages)
        for control, counts in zip(self.controls[2:], held, strict=True):
            choices = offered(counts, words, named=control is self._language)
            updates[control] = gr.update(choices=choices, visible=len(counts) > 1)
        shown = gr.update(visible=self._any())
        return {**updates, self._row: shown, self._panel: shown}

    def _values(self, named: dict[str, Any]) -> Updates:
        """Return the controls with these values, and the chip that says them."""
        values = [named.get(name, "" if name in NAMES[:2] else []) for name in NAMES]
        chosen = zip(self.controls, values, strict=True)
        return {control: gr.update(value=value) for control, value in chosen} | self.chip(*values)

    def _any(self) -> bool:
        """Tell whether there is anything to choose."""
        facets = self._archive.facets()
        lists = (facets.authors, facets.sources, facets.languages)
        return facets.first != facets.last or any(len(each) > 1 for each in lists)

    def _text(self, values: Sequence[object]) -> str:
        try:
            return scope(read_controls(values), self._words)
        except FilterError as error:
            return str(error)

    def _date(self, name: str, label: str) -> gr.Textbox:
        return gr.Textbox(
            elem_id=name, label=label, placeholder=self._words.filter_date_hint, lines=1,
            max_lines=1, max_length=_LONGEST_DATE, min_width=110,
        )  # fmt: skip

    def _choice(self, name: str, label: str) -> gr.Dropdown:
        # What is typed is let through to us: a part of an address is no choice, but is a source.
        return gr.Dropdown(
            [], elem_id=name, label=label, multiselect=True, allow_custom_value=True,
            min_width=140, value=[],
        )  # fmt: skip
