"""The chat page: Gradio's blocks, and the events between them.

One event is one turn: the question and a skeleton at once, then the reply. What a reply says is
`web.turns`' business, how it looks `web.render`'s and the style sheet's. The transcript lives in
the browser as a list of questions; the chat itself is never an input of an event, since Gradio
would rebuild components from what the browser sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from web.marks import escape
from web.render import empty_html, question_html, skeleton_html
from web.turns import MAX_TURNS, Asks, Refused, Replies, clean_question, clean_turns
from web.words import Words

STORAGE_KEY = "quoth-turns-1"
"""Where the browser keeps the questions; `static/quoth.js` knows it too."""

LONGEST_PASTE = 4_000
"""What the box holds: more than a question may have, so that a long one is refused, not cut."""

_SHOWN_OF_LONG = 300
_OURS = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 4}

Message = dict[str, Any]
Turn = tuple[Any, Any, Any]
"""New values of the chat, the kept questions and the question box."""


class Page:
    """The page of one archive: its blocks and what happens on each event."""

    def __init__(self, archive: Asks, words: Words) -> None:
        self.archive = archive
        self.words = words
        self.replies = Replies(archive, words)

    def blocks(self) -> gr.Blocks:
        """Return the page, ready to be mounted."""
        words = self.words
        with gr.Blocks(
            title=words.name, fill_height=True, fill_width=True, analytics_enabled=False
        ) as demo:
            # The secret reaches every browser: it protects nothing, it only outlives a restart.
            turns = gr.BrowserState([], storage_key=STORAGE_KEY, secret="quoth")  # noqa: S106
            with gr.Row(elem_id="q-head"):
                brand = gr.Markdown(self._brand(), elem_id="q-brand", container=False)
                gr.Button("◐", elem_id="q-theme", size="sm")
                new = gr.Button(words.new_chat, elem_id="q-new", size="sm")
            with gr.Column(elem_id="q-main", scale=1):
                chat = self._chat()
                box = self._box()
                gr.Markdown(escape(words.hint), elem_id="q-hint", container=False)
            self._wire(demo, turns, chat, box, brand, new)
        demo.queue(default_concurrency_limit=4, max_size=64)
        return demo

    def head(self) -> str:
        """Return what the page's head gains: one style sheet, one script, and its words."""
        strings = escape(json.dumps(self.words.for_script(), ensure_ascii=False))
        return (
            f'<meta name="q-words" content="{strings}">'
            '<link rel="stylesheet" href="q-static/base.css">'
            '<link rel="stylesheet" href="q-static/quoth.css">'
            '<script src="q-static/quoth.js" defer></script>'
        )

    def ask(self, raw: object, kept: object) -> Iterator[Turn]:
        """Yield the transcript with the question waiting, then with its reply."""
        question, turns = clean_question(raw), clean_turns(kept)
        before = self._known(turns)
        shown = question if len(question) <= _SHOWN_OF_LONG * 2 else question[:_SHOWN_OF_LONG] + "…"
        asked = [_message("user", question_html(shown))] if question else []
        yield (
            [*before, *asked, _message("assistant", skeleton_html(self.words))],
            gr.skip(),
            "",
        )
        try:
            html = self.replies.ask(question, turns)
        except Refused as refused:
            yield [*before, *asked, _message("assistant", refused.html)], gr.skip(), gr.skip()
            return
        kept_turns = clean_turns([*turns, question])
        yield [*before, *asked, _message("assistant", html)], list(kept_turns), gr.skip()

    def again(self, kept: object) -> Iterator[Turn]:
        """Yield the transcript of an earlier visit, turn by turn as it is asked anew."""
        turns = clean_turns(kept)
        if not turns:
            yield self._welcome(), gr.skip(), gr.skip()
        for n in range(len(turns)):
            self.replies.again(turns[n], turns[:n])
            yield self._known(turns), gr.skip(), gr.skip()

    def load(self, kept: object, request: gr.Request) -> Iterator[Turn]:
        """Yield what a visitor sees first: the welcome, the old transcript, or `?q=` answered."""
        question = clean_question(request.query_params.get("q"))
        turns = clean_turns(kept)
        if question and question != (turns[-1] if turns else ""):
            yield from self.ask(question, list(turns))
        else:
            yield from self.again(kept)

    def picked(self, kept: object, event: gr.SelectData) -> Iterator[Turn]:
        """Yield the turn of an example question that was chosen."""
        value = event.value
        yield from self.ask(value.get("text") if isinstance(value, dict) else value, kept)

    def fresh(self) -> Turn:
        """Return an empty conversation."""
        return self._welcome(), [], ""

    def _known(self, turns: Sequence[str]) -> list[Message]:
        out: list[Message] = []
        for n, question in enumerate(turns[-MAX_TURNS:]):
            html = self.replies.known(question, turns[:n]) or skeleton_html(self.words)
            out += [_message("user", question_html(question)), _message("assistant", html)]
        return out

    def _brand(self) -> str:
        words = self.words
        size = words.size(self.archive.size()[0])
        return (
            f'<h1>{escape(words.name)}</h1><p><span class="q-size">{escape(size)}</span> '
            f'<span class="q-tagline">{escape(words.tagline)}</span></p>'
        )

    def _placeholder(self) -> str:
        if not self.archive.size()[0]:
            return f'<div class="q-hello">{empty_html(self.words)}</div>'
        words = self.words
        return (
            f'<div class="q-hello"><h2>{escape(words.welcome)}</h2>'
            f"<p>{escape(words.welcome_more)}</p></div>"
        )

    def _examples(self) -> list[dict[str, str]]:
        return [{"text": each} for each in self.archive.examples()[:6] if each.strip()]

    def _welcome(self) -> gr.Chatbot:
        return gr.Chatbot(value=[], placeholder=self._placeholder(), examples=self._examples())

    def _chat(self) -> gr.Chatbot:
        return gr.Chatbot(
            elem_id="q-chat",
            label=self.words.conversation,
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
            placeholder=self._placeholder(),
            examples=self._examples(),
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
        brand: gr.Markdown,
        new: gr.Button,
    ) -> None:
        out = [chat, turns, box]
        box.submit(self.ask, [box, turns], out, **_OURS)
        chat.example_select(self.picked, [turns], out, **_OURS)
        new.click(self.fresh, None, out, **_OURS)
        demo.load(self.load, [turns], out, **_OURS)
        demo.load(self._brand, None, brand, **_OURS)


def _message(role: str, html: str) -> Message:
    """Return a chat message; as a block, since a plain string would lose its leading blanks."""
    return {"role": role, "content": [{"type": "text", "text": html}]}
