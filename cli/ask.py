"""`quoth ask`: one question, answered in the terminal, as JSON, or as context for a model."""

from __future__ import annotations

import json
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.archive import archive_of
from cli.filters import filters_of, unknown_lines, without
from cli.style import Style

if TYPE_CHECKING:
    from qa.answer import Abstention, Account, Answer, Copy, Extract, Reply
    from qa.archive import Archive

ABSTAINED = 20
NO_ROOM = 2
_REASONS = {
    "no_match": "nothing in it comes near",
    "below_bar": "nothing in it is close enough to be an answer",
    "empty_archive": "it is empty; fill it with: quoth ingest FOLDER",
    "filtered_out": "no article matches these filters",
}


def run(options: Namespace) -> int:
    """Ask and print; returns 0 when the archive answers, `ABSTAINED` when it does not.

    `NO_ROOM` when it answers, but no passage fits into the tokens of `--context`.
    """
    from qa.answer import Answer
    from qa.question import checked_history

    filters, history = filters_of(options), checked_history(options.history)
    archive = archive_of(options)
    try:
        k = max(options.k, 20) if options.context else options.k
        reply = archive.ask(options.question, history=history, k=k, filters=filters)
        if options.context:
            return _print_context(reply, archive, options)
        if options.json:
            from qa.as_json import reply_json

            print(json.dumps(reply_json(reply), ensure_ascii=False, indent=1))
        else:
            _print(reply)
    finally:
        archive.close()
    return 0 if isinstance(reply, Answer) else ABSTAINED


def _print_context(reply: Reply, archive: Archive, options: Namespace) -> int:
    from qa.answer import Abstention
    from qa.context import context, least
    from qa.tokens import token_counter

    if isinstance(reply, Abstention):
        print(f"no context: {_reason(reply)}", file=sys.stderr)
        return ABSTAINED
    encoder = archive.encoder
    counter = token_counter(
        options.encoding, lambda text: int(encoder.count([text])[0]), encoder.name
    )
    if counter.note:
        print(counter.note, file=sys.stderr)
    text = context(reply, options.context, counter.count)
    if text:
        print(text)
        return 0
    needed = least(reply, counter.count)
    print(f"no passage fits into {options.context} tokens; the best one takes {needed}: "
          f"--context {needed}", file=sys.stderr)  # fmt: skip
    return NO_ROOM


def _print(reply: Reply) -> None:
    from qa.answer import Answer

    style = Style()
    if reply.understood_as != reply.question:
        print(style.dim(f"understood as: {reply.understood_as}") + "\n")
    if isinstance(reply, Answer):
        if reply.accounts:
            print("\n".join(_account_lines(reply, style)) + "\n")
        for number, extract in enumerate(reply.extracts, 1):
            print("\n".join(_extract_lines(number, extract, style)) + "\n")
    else:
        _print_abstention(reply, style)


def _account_lines(answer: Answer, style: Style) -> Iterator[str]:
    """Yield what the articles say together: the same, or different answers with their dates."""
    if len(answer.accounts) > 1:
        yield style.bold("The articles give different answers:")
        for account in answer.accounts:
            yield from _wrapped(_row(answer, account, style), style)
        return
    account = answer.accounts[0]
    counting = f", counting {_reprints(account)}" if account.reprints else ""
    claim = f"{account.articles} articles say the same{counting}:"
    yield style.bold(claim)
    yield from _wrapped(_quotes(answer, account, style), style)


def _row(answer: Answer, account: Account, style: Style) -> str:
    """Return one of several answers, with the articles that give it and their dates."""
    articles = [answer.extracts[each.extract].passage.article for each in answer.sources(account)]
    sources = [", ".join(filter(None, (each.title, each.published))) for each in articles]
    sources += [_reprints(account)] if account.reprints else []
    newest = style.bold(" (newest)") if account.newest else ""
    return f"{_quotes(answer, account, style)}  {style.dim(' · '.join(sources))}{newest}"


def _quotes(answer: Answer, account: Account, style: Style) -> str:
    return ", ".join(style.answer(answer.words_of(each)) for each in answer.wordings(account))


def _reprints(account: Account) -> str:
    return "1 reprint" if account.reprints == 1 else f"{account.reprints} reprints"


def _print_abstention(reply: Abstention, style: Style) -> None:
    print(style.bold("The archive does not say") + f": {_reason(reply)}.")
    for line in unknown_lines(reply.unknown):
        print(f"  {line}")
    if reply.nearest:
        print(style.dim("\nThe nearest passages, which may not answer:\n"))
    for number, extract in enumerate(reply.nearest, 1):
        print("\n".join(_extract_lines(number, extract, style)) + "\n")


def _reason(reply: Abstention) -> str:
    """Return why it abstains; with filters in force, which they are and how to take them away."""
    reason, filters = _REASONS[reply.reason], reply.filters
    if not filters:
        return reason
    if reply.reason == "filtered_out":
        return f"{reason}: {filters}; {without(filters)}"
    return f"{reason}, with these filters: {filters}; to search everything, {without(filters)}"


def _extract_lines(number: int, extract: Extract, style: Style) -> Iterator[str]:
    article = extract.passage.article
    page = extract.page()
    about = " · ".join(
        part
        for part in (article.author, article.published, f"page {page}" if page else None)
        if part
    )
    yield style.bold(f"{number}. {article.title}") + (style.dim(f"  {about}") if about else "")
    if extract.passage.heading:
        yield style.dim("   " + " › ".join(extract.passage.heading))
    for paragraph in _marked(extract, style).split("\n"):
        yield from _wrapped(paragraph, style) or [""]
    yield style.dim(f"   {article.source}  ({article.id})")
    if extract.also_in:
        yield style.dim("   also in: " + "; ".join(map(_copy, extract.also_in)))


def _copy(copy: Copy) -> str:
    """Return another article that carries the passage, and say so when its words differ."""
    known = (copy.article.published, None if copy.same_words else "in part in other words")
    about = ", ".join(filter(None, known))
    return f"{copy.article.title} ({about})" if about else copy.article.title


def _wrapped(text: str, style: Style) -> list[str]:
    """Wrap indented lines; colour codes take room in the text and none on the screen."""
    width = style.width + 40 * style.on
    return textwrap.wrap(text, width, initial_indent="   ", subsequent_indent="   ")


def _marked(extract: Extract, style: Style) -> str:
    """Return the passage with its marks as colours, or brackets round the strongest ones."""
    text, parts = extract.passage.article.text, []
    position = extract.passage.span.start
    for mark in sorted(extract.marked(), key=lambda m: m.span):
        paint = style.answer if mark.kind == "answer" or not style.on else style.sentence
        parts += [text[position : mark.span.start], paint(mark.span.of(text))]
        position = mark.span.end
    return "".join([*parts, text[position : extract.passage.span.end]])
