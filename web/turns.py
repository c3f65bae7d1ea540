"""A conversation as a list of questions: what is believed of it, and the replies it gets.

The browser keeps the questions, each with the filters it was asked under, and sends them back, so
they are treated as anybody's input. A reply belongs to a question, its filters *and* the questions
before it. Asking is the archive's work (any object
with the methods of `Asks`), HTML that of `web.render`; Gradio is not known here.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple, Protocol

from corpus.article import Article
from corpus.errors import FilterError, QuothError, ServerBusy
from index.facets import Facets
from index.filters import NO_FILTERS, Filters
from index.snapshot import ArticleInfo
from qa.answer import Reply
from web.filters import read_controls, read_kept, scoped_html
from web.render import notice_html
from web.trouble import log_trouble
from web.words import Words

log = logging.getLogger(__name__)

MAX_QUESTION = 2_000
"""Characters a question may have; a longer one is refused before anything else is done."""

MAX_TURNS = 30
"""Questions of a conversation that are kept; older ones are forgotten."""

MAX_HISTORY = 12_000
"""Characters of all kept turns together, so that a request stays far below the body limit."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


_Key = tuple[object, tuple[str, ...], Filters]


class Asks(Protocol):
    """What the page needs of an archive: `qa.archive.Archive`, or a stand-in for it."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Return the reply to a question asked after those of `history`."""
        ...

    def facets(self) -> Facets:
        """Return what there is for each filter."""
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


class Serves(Asks, Protocol):
    """What programs need of an archive beyond what the page does."""

    def search(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 10,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Return the best passages, whether or not they answer."""
        ...

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        ...


def clean_question(raw: object) -> str:
    """Return a question without control characters and blank edges; "" for anything else."""
    return _CONTROLS.sub(" ", raw).strip() if isinstance(raw, str) else ""


class Turn(NamedTuple):
    """A question of a conversation, and the filters it was asked under."""

    question: str
    filters: Filters = NO_FILTERS

    def kept(self) -> str | dict[str, Any]:
        """Return what the browser is to keep: the question alone, if there were no filters."""
        return {"q": self.question, "f": self.filters.flat()} if self.filters else self.question


def clean_turns(raw: object) -> tuple[Turn, ...]:
    """Return the believable turns of what a browser sent, the newest `MAX_TURNS` at most.

    Filters that cannot be read are none: the reply says what was searched, so nobody is misled.
    """
    if not isinstance(raw, list | tuple):
        return ()
    kept: list[Turn] = []
    room = MAX_HISTORY
    for each in reversed(raw[-MAX_TURNS:]):
        whole = each if isinstance(each, dict) else {"q": each}
        turn = Turn(clean_question(whole.get("q")), read_kept(whole.get("f")))
        room -= len(turn.question) + len(str(turn.filters))
        if room < 0:
            break
        if turn.question and len(turn.question) <= MAX_QUESTION:
            kept.append(turn)
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
        self._known: OrderedDict[_Key, str] = OrderedDict()
        self._lock = Lock()

    def chosen(self, controls: Sequence[object]) -> Filters:
        """Return the filters that the controls ask for; raise `Refused` if they cannot be used."""
        try:
            return read_controls(controls)
        except FilterError as error:
            raise self._no_filter(error) from error

    def ask(self, question: str, history: Sequence[str], filters: Filters = NO_FILTERS) -> str:
        """Return the reply to a new question; raise `Refused` with a card if there is none."""
        self._check(question)
        try:
            key = self._key(history, question, filters)
            reply = self._archive.ask(question, history=tuple(history), filters=filters)
            html = scoped_html(reply, self._words)
        except FilterError as error:
            raise self._no_filter(error) from error
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

    def known(
        self, question: str, history: Sequence[str], filters: Filters = NO_FILTERS
    ) -> str | None:
        """Return the remembered reply to an earlier turn, if there is one."""
        try:
            key = self._key(history, question, filters)
        except QuothError:  # the archive cannot say how old it is: who asks it is told why
            return None
        with self._lock:
            return self._known.get(key)

    def again(self, question: str, history: Sequence[str], filters: Filters = NO_FILTERS) -> str:
        """Return the reply to an earlier turn: remembered, or asked anew."""
        known = self.known(question, history, filters)
        if known is not None:
            return known
        try:
            return self.ask(question, history, filters)
        except Refused as refused:
            return refused.html

    def _no_filter(self, error: FilterError) -> Refused:
        return Refused(notice_html(self._words.filter_refused, str(error)))

    def _check(self, question: str) -> None:
        words = self._words
        if not question:
            raise Refused(notice_html(words.refused, words.question_empty))
        if len(question) > MAX_QUESTION:
            sizes = words.number(len(question)), words.number(MAX_QUESTION)
            text = words.question_long.format(n=sizes[0], limit=sizes[1])
            raise Refused(notice_html(words.refused, text))

    def _key(self, history: Sequence[str], question: str, filters: Filters) -> _Key:
        # The generation number changes with every change of the library; a size is the next best.
        stamp = getattr(self._archive, "generation", self._archive.size)
        return stamp() if callable(stamp) else stamp, (*history, question), filters

    def _remember(self, key: _Key, html: str) -> None:
        with self._lock:
            self._known[key] = html
            self._known.move_to_end(key)
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
