"""The best passages as Markdown for a language model, packed into a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterable

from qa.answer import Answer, Extract, Reply
from qa.tokens import Count


def context(reply: Reply, budget: int, count: Count) -> str:
    """Return numbered sources, best first, that together stay within `budget` tokens.

    A passage that does not fit whole is left out, and smaller ones after it may still fit;
    nothing is cut, so that every quotation stays verbatim. Empty when not even one fits.
    """
    extracts = reply.extracts if isinstance(reply, Answer) else ()
    blocks: list[str] = []
    for extract in extracts:
        block = _block(len(blocks) + 1, extract)
        if count("\n\n".join([*blocks, block])) <= budget:
            blocks.append(block)
    return "\n\n".join(blocks)


def least(reply: Reply, count: Count) -> int:
    """Return the tokens that the best passage takes alone; 0 when there is none."""
    extracts = reply.extracts if isinstance(reply, Answer) else ()
    return count(_block(1, extracts[0])) if extracts else 0


def _block(number: int, extract: Extract) -> str:
    """Return one source: a line of provenance, then the passage as a block quotation."""
    article = extract.passage.article
    known = [article.author, article.published, article.source]
    line = ", ".join([f"**{article.title}**", *(part for part in known if part)])
    return f"[{number}] {line}\n" + "\n".join(_quoted(extract.passage.text.split("\n")))


def _quoted(lines: Iterable[str]) -> Iterable[str]:
    return (f"> {line}" if line else ">" for line in lines)
