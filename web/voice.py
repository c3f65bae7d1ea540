"""What the page says to its visitors in one language: replies, the greeting, the brand.

One `Voice` per language, made when the first visitor needs it. Which one a visitor hears is
`web.language`'s decision; the blocks it speaks through are `web.page`'s.
"""

from __future__ import annotations

from threading import Lock

from web.language import Asking, words_for
from web.marks import escape
from web.render import empty_html
from web.turns import Asks, Replies
from web.words import Words


class Voice:
    """The replies to questions, and the page's other HTML, in the language of `words`."""

    def __init__(self, archive: Asks, words: Words) -> None:
        self.words = words
        self.replies = Replies(archive, words)
        self._archive = archive

    def brand(self) -> str:
        """Return the name, how large the archive is, and what it is for."""
        words = self.words
        size = words.size(self._archive.size()[0])
        return (
            f'<h1>{escape(words.name)}</h1><p><span class="q-size">{escape(size)}</span> '
            f'<span class="q-tagline">{escape(words.tagline)}</span></p>'
        )

    def hint(self) -> str:
        """Return the line under the question box."""
        return escape(self.words.hint)

    def placeholder(self) -> str:
        """Return what stands in place of a conversation that has not begun."""
        if not self._archive.size()[0]:
            return f'<div class="q-hello">{empty_html(self.words)}</div>'
        words = self.words
        return (
            f'<div class="q-hello"><h2>{escape(words.welcome)}</h2>'
            f"<p>{escape(words.welcome_more)}</p></div>"
        )


class Voices:
    """The voices of a page, by language."""

    def __init__(self, archive: Asks, otherwise: Words) -> None:
        self.default = Voice(archive, otherwise)
        self._archive = archive
        self._made = {otherwise.language: self.default}
        self._lock = Lock()

    def of(self, request: Asking) -> Voice:
        """Return the voice for whoever sent this request."""
        words = words_for(request, self.default.words)
        with self._lock:
            if words.language not in self._made:
                self._made[words.language] = Voice(self._archive, words)
            return self._made[words.language]
