"""`quoth why`: where an article or a quote stood, and what would have brought it up."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.filters import filters_of
from cli.style import Style
from cli.testbed import opened
from corpus.errors import SourceError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.evaluate.resolve import Place
    from qa.evaluate.why import Standing, Tried, Why


def run(options: Namespace) -> int:
    """Follow the passage through the stages and print its way; returns 0."""
    from qa.evaluate.why import why
    from qa.question import checked_history

    if not options.article and not options.quote:
        raise SourceError('name the article that should answer: --article ID, or --quote "words"')
    filters, history = filters_of(options), checked_history(options.history)
    with opened(options) as archive:
        places = _places(archive, options)
        found = why(
            archive, options.question, places,
            history=history, k=options.k, filters=filters,
        )  # fmt: skip
    if options.json:
        print(json.dumps(_record(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(found, Style())))
    return 0


def _places(archive: Archive, options: Namespace) -> tuple[Place, ...]:
    """Find what was named, as a test set's golds are found."""
    from qa.evaluate.resolve import resolve
    from qa.evaluate.testset import Gold, Question, TestSet

    gold = Gold(options.article, (options.quote or "").strip())
    where = "--quote" if gold.quote else "--article"
    asked = Question("why", options.question, (gold,), where)
    targets, findings = resolve(TestSet("why", "jsonl", (asked,)), archive)
    if findings:
        raise SourceError(str(findings[0]))
    return targets["why"].places


def _record(found: Why) -> dict[str, Any]:
    passage = found.passage
    record = asdict(found) | {
        "passage": {
            "article": passage.article.id,
            "title": passage.article.title,
            "start": passage.span.start,
            "end": passage.span.end,
            "text": passage.text,
        }
    }
    for name in ("remedy", "nearest"):
        tried = getattr(found, name)
        record[name] = None if tried is None else asdict(tried)
    return record


def _lines(found: Why, style: Style) -> Iterator[str]:
    passage = found.passage
    if found.understood_as != found.question:
        yield style.dim(f"understood as: {found.understood_as}")
    yield f"{style.bold(passage.article.title)}  {style.dim(passage.article.id)}"
    yield style.dim(f"  “{' '.join(passage.text.split())[:90]} …”")
    yield ""
    yield _stage("by meaning", found.by_meaning, _beyond(found.by_meaning, found.candidates))
    note = _beyond(found.by_words, found.candidates)
    yield _stage("by words", found.by_words, note, "shares no word with the question")
    note = f"only if {found.fused_beyond or 0:,} candidates of each finder were fused"
    note = note if found.fused_beyond is not None else ""
    yield _stage("fused", found.fused, note, "too far down in both lists")
    yield _stage("in the reply", found.replied, _reply_note(found), "never a candidate")
    relation, what = ("≥", "answers") if found.answered else ("<", "abstains")
    yield f"  {'the bar':<13} confidence {found.confidence:.2f} {relation} {found.bar:.2f}: {what}"
    yield ""
    yield from _advice(found, style)


def _stage(name: str, standing: Standing, note: str, absent: str = "") -> str:
    if standing.rank is None:
        return f"  {name:<13} not there: {absent}"
    score = "" if standing.score is None else f"   {standing.score:.3f}"
    return f"  {name:<13} {standing.rank:,} of {standing.of:,}{score}   {note}".rstrip()


def _beyond(standing: Standing, candidates: int) -> str:
    if standing.rank is None or standing.rank <= candidates:
        return ""
    return f"beyond the {candidates} candidates"


def _reply_note(found: Why) -> str:
    if found.folded_into:
        return f"the same words are shown from “{found.folded_into}”"
    return "shown" if found.shown else "not shown" if found.answered else "held back"


def _advice(found: Why, style: Style) -> Iterator[str]:
    if found.answered and found.replied.rank == 1:
        yield "It is the first extract of the answer; there is nothing to change."
    elif found.remedy is not None:
        yield f"It would be the first extract of an answer with {_change(found.remedy, style)}."
    elif found.nearest is not None:
        change = _change(found.nearest, style)
        yield "No single setting makes it the first extract of an answer."
        yield f"Furthest up it comes with {change}: to place {found.nearest.rank}."
    else:
        yield f"None of {len(found.tried)} settings tried brings it up. Ask in words nearer to its"
        yield "own, or look at how the article is split and titled."
    if found.remedy is not None:
        yield style.dim("What is good for one question may harm others: try it with quoth tune.")


def _change(tried: Tried, style: Style) -> str:
    return f"{tried.setting} {tried.before:g} → {style.bold(f'{tried.value:g}')}"
