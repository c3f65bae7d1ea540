"""Evidence cards: quotations with all that is needed to prove them, and the proof itself.

A card is made from the JSON of a reply and can be kept, mailed or printed. Checking one needs the
stored articles and nothing else: it slices the stored text at the card's offsets and compares.
Reading and writing files is `cli.proof`'s part, the printed form `qa.proof_html`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from corpus.article import Article, Span
from corpus.errors import ProofError
from qa.wording import stands_whole

FORMAT = "quoth-evidence-1"
_CONTEXT = 160
_FACTS = ("id", "title", "source", "author", "published", "fingerprint", "captured")
_MAY_BE_UNKNOWN = {"author", "published", "captured"}

Status = Literal["holds", "changed", "gone", "forged"]
"""`holds`: the stored article says so, there. `changed`: its text is another one now. `gone`: it is
not stored. `forged`: the text is the same, but does not say so there."""


class Verdict(NamedTuple):
    """What became of one quotation; `still_says` tells if a changed article has the words yet."""

    quote: str
    article: str
    status: Status
    still_says: bool = False


def card_of(reply: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return the evidence card of a reply in the form of `qa.as_json.reply_json`.

    Each extract gives one quotation for each of its strongest marks.

    Raises:
        ProofError: the JSON is not that of a reply.
    """
    try:
        extracts = [*reply["extracts"], *reply.get("nearest", ())]
        return {
            "card": FORMAT,
            "quoth": version,
            "question": _text(reply, "question"),
            "status": _text(reply, "status"),
            "quotations": [
                _quotation(extract, mark) for extract in extracts for mark in _strongest(extract)
            ],
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ProofError(
            f"this is not the JSON of a reply ({error} is missing or of another kind); make one "
            "with: quoth ask QUESTION --json"
        ) from error


def _strongest(extract: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    marks = extract["highlights"]
    return [mark for mark in marks if mark["kind"] == "answer"] or list(marks)


def _quotation(extract: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
    passage, article = extract["passage"], extract["article"]
    first, text = _number(passage, "start"), _text(passage, "text")
    start, end = _number(mark, "start"), _number(mark, "end")
    return {
        "quote": _text(mark, "text"),
        "start": start,
        "end": end,
        "before": _whole_words(text[: start - first][::-1])[::-1],
        "after": _whole_words(text[end - first :]),
        "article": {name: _fact(article, name) for name in _FACTS},
    }


def _fact(article: Mapping[str, Any], name: str) -> str | None:
    unknown = name in _MAY_BE_UNKNOWN and article[name] is None
    return None if unknown else _text(article, name)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise TypeError(repr(name))
    return value


def _number(record: Mapping[str, Any], name: str) -> int:
    value = record[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(repr(name))
    return value


def _whole_words(text: str) -> str:
    """Return the beginning of a text, `_CONTEXT` characters at most, not cut inside a word.

    >>> len(_whole_words("word " * 100))
    159
    """
    if len(text) <= _CONTEXT:
        return text
    kept = re.match(r".*(?=\s)", text[: _CONTEXT + 1], re.DOTALL)
    return kept[0] if kept and kept[0] else text[:_CONTEXT]


def check_card(card: object, lookup: Callable[[str], Article | None]) -> list[Verdict]:
    """Return a verdict for each quotation of a card, against the articles stored now.

    Raises:
        ProofError: it is not an evidence card of this format.
    """
    if not isinstance(card, Mapping) or card.get("card") != FORMAT:
        raise ProofError(
            f"this is not an evidence card (no “card”: “{FORMAT}”); make one with: quoth proof FILE"
        )
    try:
        return [_verdict(item, lookup) for item in card["quotations"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ProofError(
            f"the evidence card is damaged ({error}); make it again with: quoth proof FILE"
        ) from error


def _verdict(item: Mapping[str, Any], lookup: Callable[[str], Article | None]) -> Verdict:
    quote, name = str(item["quote"]), str(item["article"]["id"])
    span = Span(int(item["start"]), int(item["end"]))
    article = lookup(name)
    if article is None:
        return Verdict(quote, name, "gone")
    if article.fingerprint != item["article"]["fingerprint"]:
        around = str(item.get("before", "")), str(item.get("after", ""))
        return Verdict(quote, name, "changed", stands_whole(quote, article.text, *around))
    # A slice outside the text, or an empty one, proves nothing.
    inside = 0 <= span.start < span.end <= len(article.text)
    return Verdict(quote, name, "holds" if inside and span.of(article.text) == quote else "forged")
