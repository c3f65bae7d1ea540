"""The chat page: Gradio's blocks, and the events between them.

One event is one turn: the question and a skeleton at once, then the reply. What a reply says is
`web.turns`' business, how it looks `web.render`'s and the style sheet's. The transcript lives in
the browser as a list of questions; the chat itself is never an input of an event, since Gradio
would rebuild components from what the browser sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from index.filters import NO_FILTERS
from web.filter_row import FilterRow
from web.filters import NAMES, read_address
from web.language import spoken
from web.marks import escape
from web.render import question_html, skeleton_html
from web.transcript import known, message, questions, told
from web.turns import Asks, Refused, Turn, clean_question, clean_turns
from web.visits import Visits
from web.voice import Voice, Voices
from web.words import Words

STORAGE_KEY = "quoth-turns-1"
"""Where the browser keeps the questions; `static/quoth.js` knows it too."""

LONGEST_PASTE = 4_000
"""What the box holds: more than a question may have, so that a long one is refused, not cut."""

_SHOWN_OF_LONG = 300
_OURS = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 4}

Shown = tuple[Any, Any, Any]
"""New values of the chat, the kept questions and the question box."""

_NOTHING: Shown = (gr.skip(), gr.skip(), gr.skip())
"""What an event ends with that was overtaken: what it yielded last would be shown once more."""


class Page:
    """The page of one archive: its blocks and what happens on each event."""

    def __init__(self, archive: Asks, words: Words, *, votes: bool = False) -> None:
        self.archive = archive
        self.words = words
        self.voices = Voices(archive, words)
        self._votes = votes
        self._visits = Visits()

    def blocks(self) -> gr.Blocks:
        """Return the page, ready to be mounted; in the default language until it is opened."""
        words, voice = self.words, self.voices.default
        with gr.Blocks(
            title=words.name, fill_height=True, fill_width=True, analytics_enabled=False
        ) as demo:
            # The secret reaches every browser: it protects nothing, it only outlives a restart.
            turns = gr.BrowserState([], storage_key=STORAGE_KEY, secret="quoth")  # noqa: S106
            with gr.Row(elem_id="q-head"):
                brand = gr.Markdown(voice.brand(), elem_id="q-brand", container=False)
                gr.Button("◐", elem_id="q-theme", size="sm")
                new = gr.Button(words.new_chat, elem_id="q-new", size="sm")
            with gr.Column(elem_id="q-main", scale=1):
                chat = self._chat(voice)
                box = self._box()
                row = FilterRow(self.archive, words)
                hint = gr.Markdown(voice.hint(), elem_id="q-hint", container=False)
            self._wire(demo, turns, chat, box, new, row)
            demo.load(self.greet, None, [brand, new, box, hint], **_OURS)
            row.wire(demo, turns, new)
        demo.queue(default_concurrency_limit=4, max_size=64)
        return demo

    @staticmethod
    def idle_events(demo: gr.Blocks) -> frozenset[int]:
        """Return the numbers of the events that put no question, whatever they carry."""
        asking = {Page.ask.__name__, Page.picked.__name__, Page.load.__name__}
        return frozenset(number for number, each in demo.fns.items() if each.name not in asking)

    def head(self) -> str:
        """Return what the page's head gains: style sheets, scripts, the words of every language."""
        every = {code: words.for_script() for code, words in spoken(self.words).items()}
        strings = escape(json.dumps({"": self.words.language, **every}, ensure_ascii=False))
        votes = '<meta name="q-feedback" content="on">' if self._votes else ""
        return (
            f'<meta name="q-words" content="{strings}">{votes}'
            '<link rel="stylesheet" href="q-static/base.css">'
            '<link rel="stylesheet" href="q-static/quoth.css">'
            '<script src="q-static/quoth.js" defer></script>'
            '<script src="q-static/vote.js" defer></script>'
        )

    def greet(self, request: gr.Request) -> tuple[Any, ...]:
        """Return the page's own words in the visitor's language, for what stands there always."""
        voice = self.voices.of(request)
        words = voice.words
        box = gr.update(label=words.box, placeholder=words.box_hint, submit_btn=words.ask)
        return voice.brand(), gr.update(value=words.new_chat), box, voice.hint()

    def ask(
        self, request: gr.Request, raw: object, kept: object, *controls: object
    ) -> Iterator[Shown]:
        """Yield the transcript with the question waiting, then with its reply.

        `controls` are the values of the filters', in the order of `NAMES`.
        """
        is_latest = self._visits.begin(request.session_hash)
        question, turns, voice = clean_question(raw), clean_turns(kept), self.voices.of(request)
        before = known(turns, voice)
        shown = question if len(question) <= _SHOWN_OF_LONG * 2 else question[:_SHOWN_OF_LONG] + "…"
        asked = [message("user", question_html(shown))] if question else []
        yield (
            [*before, *asked, message("assistant", skeleton_html(voice.words))],
            gr.skip(),
            "",
        )
        try:
            filters = voice.replies.chosen(controls) if controls else NO_FILTERS
            html = voice.replies.ask(question, questions(turns), filters)
            kept_turns = clean_turns([turn.kept() for turn in (*turns, Turn(question, filters))])
            keeps: Any = [turn.kept() for turn in kept_turns]
        except Refused as refused:
            html, keeps = refused.html, gr.skip()
        answered = [*asked, message("assistant", html)]
        if not is_latest():
            yield _NOTHING
            return
        yield [*before, *answered], keeps, gr.skip()
        # Replies that the archive has outgrown since, or that this question kept from coming.
        for so_far in told(turns, voice, is_latest):
            yield [*so_far, *answered], gr.skip(), gr.skip()
        if not is_latest():
            yield _NOTHING

    def again(self, kept: object, request: gr.Request) -> Iterator[Shown]:
        """Yield the transcript of an earlier visit, turn by turn as it is asked anew.

        Each turn is asked under the filters it had then, whatever is chosen now.
        """
        is_first = self._visits.opened(request.session_hash)
        turns, voice = clean_turns(kept), self.voices.of(request)
        if not turns:
            # Without a value: a question that was asked before this came must not be wiped out.
            yield gr.Chatbot(**self._greeting(voice)), gr.skip(), gr.skip()
        elif is_first():
            yield known(turns, voice), gr.skip(), gr.skip()
        for so_far in told(turns, voice, is_first):
            yield so_far, gr.skip(), gr.skip()
        if not is_first():
            yield _NOTHING

    def load(self, kept: object, request: gr.Request) -> Iterator[Shown]:
        """Yield what a visitor sees first: the welcome, the old transcript, or `?q=` answered."""
        question = clean_question(request.query_params.get("q"))
        named = read_address(request.query_params.multi_items())
        turns = clean_turns(kept)
        last = turns[-1] if turns else Turn("")
        if question and (question != last.question or (named and last.filters.flat() != named)):
            controls = [named.get(name) for name in NAMES]
            yield from self.ask(request, question, [turn.kept() for turn in turns], *controls)
        else:
            yield from self.again(kept, request)

    def picked(
        self,
        kept: object,
        since: object,
        until: object,
        author: object,
        source: object,
        language: object,
        event: gr.SelectData,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Yield the turn of an example question that was chosen."""
        value = event.value
        question = value.get("text") if isinstance(value, dict) else value
        yield from self.ask(request, question, kept, since, until, author, source, language)

    def fresh(self, request: gr.Request) -> Shown:
        """Return an empty conversation."""
        self._visits.begin(request.session_hash)
        return gr.Chatbot(value=[], **self._greeting(self.voices.of(request))), [], ""

    def _examples(self) -> list[dict[str, str]]:
        return [{"text": each} for each in self.archive.examples()[:6] if each.strip()]

    def _greeting(self, voice: Voice) -> dict[str, Any]:
        """Return what an empty conversation shows."""
        return {"placeholder": voice.placeholder(), "examples": self._examples()}

    def _chat(self, voice: Voice) -> gr.Chatbot:
        return gr.Chatbot(
            elem_id="q-chat",
            label=voice.words.conversation,
            show_label=False,
            container=False,
            scale=1,
            height="100%",
            buttons=[],
            layout="bubble",
            render_markdown=False,
            latex_delimiters=[],
            sanitize_html=True,
            allow_tags=False,
            group_consecutive_messages=False,
            autoscroll=False,
            feedback_options=None,
            **self._greeting(voice),
        )

    def _box(self) -> gr.Textbox:
        return gr.Textbox(
            elem_id="q-box",
            label=self.words.box,
            show_label=False,
            placeholder=self.words.box_hint,
            lines=1,
            max_lines=6,
            autofocus=True,
            submit_btn=self.words.ask,
            container=False,
            max_length=LONGEST_PASTE,
        )

    def _wire(
        self,
        demo: gr.Blocks,
        turns: gr.BrowserState,
        chat: gr.Chatbot,
        box: gr.Textbox,
        new: gr.Button,
        row: FilterRow,
    ) -> None:
        out = [chat, turns, box]
        box.submit(self.ask, [box, turns, *row.controls], out, **_OURS)
        chat.example_select(self.picked, [turns, *row.controls], out, **_OURS)
        new.click(self.fresh, None, out, **_OURS)
        demo.load(self.load, [turns], out, **_OURS)
