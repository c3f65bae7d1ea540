"""A reply on its way between two processes of one library: long articles are named, not carried.

A reply holds its articles whole, and one of a book's length takes longer to carry than the question
to answer. The other process has the library, too: it takes such an article from there, if that is
the very same, by its text and by all that is known about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from corpus.article import Article, Passage
from qa.answer import Answer, Extract, Reply

LONG = 32_768
"""Characters of a text from which on an article is named: half of what a pipe takes at once.
Shorter ones are carried as fast as they are looked up."""


class Lean(NamedTuple):
    """A reply whose long articles are without text, and the fingerprints of those texts by id."""

    reply: Reply
    texts: dict[str, str]


def lean(reply: Reply) -> Lean:
    """Take the texts of long articles out of a reply."""
    texts: dict[str, str] = {}

    def named(article: Article) -> Article:
        if len(article.text) < LONG:
            return article
        texts[article.id] = article.fingerprint
        return replace(article, text="")

    return Lean(_with_articles(reply, named), texts)


def whole(sent: Lean, article: Callable[[str], Article | None]) -> Reply | None:
    """Return the reply as it was, with long articles from `article`, which finds one by its id.

    None if one of them is gone or has changed: spans count only in the text they were found in.
    """
    if not sent.texts:
        return sent.reply
    held = {each: article(each) for each in sent.texts}
    reply = _with_articles(sent.reply, lambda stub: held.get(stub.id) or stub)
    return reply if lean(reply) == sent else None


def _with_articles(reply: Reply, by: Callable[[Article], Article]) -> Reply:
    """Return the reply with `by` of each of its articles."""

    def passage(old: Passage) -> Passage:
        return replace(old, article=by(old.article))

    def extract(old: Extract) -> Extract:
        copies = tuple(replace(copy, passage=passage(copy.passage)) for copy in old.also_in)
        return replace(old, passage=passage(old.passage), also_in=copies)

    if isinstance(reply, Answer):
        return replace(reply, extracts=tuple(map(extract, reply.extracts)))
    return replace(reply, nearest=tuple(map(extract, reply.nearest)))
