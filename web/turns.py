"""A conversation as a list of questions: what is believed of it, and the replies it gets.

The browser keeps the questions and sends them back, so they are treated as anybody's input. A
reply belongs to a question *and* the questions before it. Asking is the archive's work (any object
with the four methods of `Asks`), HTML that of `web.render`; Gradio is not known here.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from corpus.article import Article
from corpus.errors import QuothError, ServerBusy
from qa.answer import Reply
from web.render import notice_html, reply_html
from web.trouble import log_trouble
from web.words import Words

log = logging.getLogger(__name__)

MAX_QUESTION = 2_000
"""Characters a question may have; a longer one is refused before anything else is done."""

MAX_TURNS = 30
"""Questions of a conversation that are kept; older ones are forgotten."""

MAX_HISTORY = 12_000
"""Characters of all kept questions together, so that a request stays far below the body limit."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Asks(Protocol):
    """What the page needs of an archive: `qa.archive.Archive`, or a stand-in for it."""

    def ask(self, question: str, *, history: Sequence[str] = (), k: int = 5) -> Reply:
        """Return the reply to a question asked after those of `history`."""
        ...

    def article(self, article_id: str) -> Article | None:
        """Return the article with this id, if the archive holds it."""
        ...

    def examples(self) -> tuple[str, ...]:
        """Return questions to begin with."""
        ...

    def size(self) -> tuple[int, int]:
        """Return how many articles and passages there are."""
        ...


def clean_question(raw: object) -> str:
    """Return a question without control characters and blank edges; "" for anything else."""
    return _CONTROLS.sub(" ", raw).strip() if isinstance(raw, str) else ""


def clean_turns(raw: object) -> tuple[str, ...]:
    """Return the believable questions of what a browser sent, the newest `MAX_TURNS` at most."""
    if not isinstance(raw, list | tuple):
        return ()
    kept: list[str] = []
    room = MAX_HISTORY
    for each in reversed(raw[-MAX_TURNS:]):
        question = clean_question(each)
        room -= len(question)
        if room < 0:
            break
        if question and len(question) <= MAX_QUESTION:
            kept.append(question)
    return tuple(reversed(kept))


class Refused(Exception):
    """The question gets no reply; `html` is the card that says why."""

    def __init__(self, html: str) -> None:
        super().__init__("the question was refused")
        self.html = html


class Replies:
    """Replies as HTML, the recent ones remembered so that a long conversation stays quick.

    A new question is always asked. A remembered reply is only used for an earlier turn of a
    conversation, and only as long as the archive has not changed.
    """

    def __init__(self, archive: Asks, words: Words, *, keep: int = 400) -> None:
        self._archive = archive
        self._words = words
        self._keep = keep
        self._known: OrderedDict[tuple[object, tuple[str, ...]], str] = OrderedDict()
        self._lock = Lock()

    def ask(self, question: str, history: Sequence[str]) -> str:
        """Return the reply to a new question; raise `Refused` with a card if there is none."""
        self._check(question)
        key = self._key(history, question)
        try:
            html = reply_html(self._archive.ask(question, history=tuple(history)), self._words)
        except ServerBusy as error:
            raise Refused(notice_html(self._words.busy, self._words.busy_more)) from error
        except QuothError as error:
            raise Refused(notice_html(self._words.refused, str(error))) from error
        except Exception as error:
            # Anything else is our fault: the reader gets a calm card, the log where it happened.
            log_trouble(log, "a question could not be answered", error)
            card = notice_html(self._words.trouble, self._words.trouble_more)
            raise Refused(card) from error
        self._remember(key, html)
        return html

    def known(self, question: str, history: Sequence[str]) -> str | None:
        """Return the remembered reply to an earlier turn, if there is one."""
        with self._lock:
            return self._known.get(self._key(history, question))

    def again(self, question: str, history: Sequence[str]) -> str:
        """Return the reply to an earlier turn: remembered, or asked anew."""
        known = self.known(question, history)
        if known is not None:
            return known
        try:
            return self.ask(question, history)
        except Refused as refused:
            return refused.html

    def _check(self, question: str) -> None:
        words = self._words
        if not question:
            raise Refused(notice_html(words.refused, words.question_empty))
        if len(question) > MAX_QUESTION:
            text = words.question_long.format(n=f"{len(question):,}", limit=f"{MAX_QUESTION:,}")
            raise Refused(notice_html(words.refused, text))

    def _key(self, history: Sequence[str], question: str) -> tuple[object, tuple[str, ...]]:
        # The generation number changes with every change of the library; a size is the next best.
        stamp = getattr(self._archive, "generation", self._archive.size)
        return stamp() if callable(stamp) else stamp, (*history, question)

    def _remember(self, key: tuple[object, tuple[str, ...]], html: str) -> None:
        with self._lock:
            self._known[key] = html
            self._known.move_to_end(key)
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
