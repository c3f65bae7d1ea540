"""Why an article is not the answer: where its best passage stood after each stage, and the one
setting that would have brought it up.

Looks through the whole library, deeper than a question does, so that a passage has a rank by
meaning whatever its place. Settings are tried one at a time by asking again; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from corpus.article import Passage
from corpus.errors import FilterError
from index.filters import NO_FILTERS, Filters
from index.meaning import Numbers
from index.snapshot import Snapshot
from index.terms import question_terms
from qa.answer import Answer, Reply
from qa.archive import Archive
from qa.evaluate.gathered import fields_of
from qa.evaluate.judge import extracts_of
from qa.evaluate.resolve import Place, touches
from qa.fuse import fuse
from qa.rules import AskRules
from qa.trace import Trace

DEEPEST = 5_000
"""Candidates fused at most, to give a passage the finders passed over its place among them."""
_STEPS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_WEIGHTS = (0.0, 0.6, 1.0, 2.0)
_FAR = 1 << 30


@dataclass(frozen=True)
class Standing:
    """Where a passage stood: 1-based rank among `of`, and its score; None when it is not there."""

    rank: int | None
    of: int
    score: float | None = None


@dataclass(frozen=True)
class Tried:
    """One setting changed: the rank the passage then has in the reply, and what that does."""

    setting: str
    before: float
    value: float
    rank: int | None
    shown: bool
    answered: bool


@dataclass(frozen=True)
class Why:
    """The way of the best wanted passage through the stages.

    `fused` is its place among the candidates; a passage that is none has it among as many as it
    takes to reach it, and `fused_beyond` says how many from each finder that is. `replied` is its
    place in the order of the reply: copies folded, the best few read.
    """

    question: str
    understood_as: str
    passage: Passage
    by_meaning: Standing
    by_words: Standing
    candidates: int
    fused: Standing
    fused_beyond: int | None
    replied: Standing
    shown: bool
    folded_into: str | None
    answered: bool
    confidence: float
    bar: float
    tried: tuple[Tried, ...]

    @property
    def remedy(self) -> Tried | None:
        """The first setting that makes the passage the first extract of an answer."""
        return next((item for item in self.tried if item.rank == 1 and item.answered), None)

    @property
    def nearest(self) -> Tried | None:
        """The setting that brings it furthest up, if one does."""
        now = self.replied.rank or _FAR
        raised = [item for item in self.tried if (item.rank or _FAR) < now]
        return min(raised, key=lambda item: item.rank or _FAR, default=None)


def why(
    archive: Archive,
    question: str,
    places: tuple[Place, ...],
    *,
    history: Sequence[str] = (),
    k: int = 5,
    filters: Filters = NO_FILTERS,
) -> Why:
    """Follow the best of the passages that touch `places`; there must be one.

    Raises:
        QuestionError: the question cannot be asked.
        FilterError: the filters leave out every one of these passages, which is why.
    """
    reply, trace = archive.ask_traced(question, history=history, k=k, filters=filters)
    found = _Search(archive, trace, places, filters)
    passage, replied = found.wanted[found.best], found.replied()
    fused, beyond = found.fused()
    asking = _Asking(question, history, k, places, filters)
    settled = isinstance(reply, Answer) and replied.rank == 1
    return Why(
        question=question,
        understood_as=trace.understood_as,
        passage=passage,
        by_meaning=found.by_meaning,
        by_words=found.by_words,
        candidates=archive.rules.candidates,
        fused=fused,
        fused_beyond=beyond,
        replied=replied,
        shown=_is_shown(reply, places),
        folded_into=_folded_into(reply, passage),
        answered=isinstance(reply, Answer),
        confidence=trace.confidence,
        bar=trace.bar,
        tried=() if settled else tuple(_tried(archive, asking, trace.confidence)),
    )


class _Asking(NamedTuple):
    """What is asked again under every other setting, and the places that are looked for."""

    question: str
    history: Sequence[str]
    k: int
    places: tuple[Place, ...]
    filters: Filters


class _Search:
    """The whole library searched for the wanted passages, and the best of them chosen."""

    def __init__(
        self, archive: Archive, trace: Trace, places: tuple[Place, ...], filters: Filters
    ) -> None:
        self._archive, self._trace, self._filters = archive, trace, filters
        vector = archive.encoder.encode_question(trace.understood_as)
        library = archive.embedded
        with library.snapshot() as snapshot:
            view = library.view(snapshot)
            terms = question_terms(trace.understood_as, snapshot.languages())
            only = library.admitted(snapshot, filters)
            self.wanted = _let_through(_wanted(snapshot, places), only, filters)
            self._meaning = view.by_meaning(vector, len(view), only)
            self._words = view.by_words(terms, len(view), fields_of(archive.rules), only)
            order = [item.number for item in trace.candidates if item.number in self.wanted]
            self.best = order[0] if order else min(self.wanted, key=self._reach)
            self.by_meaning = _standing(snapshot, self._meaning, self.best)
            self.by_words = _standing(snapshot, self._words, self.best)

    def _reach(self, number: int) -> tuple[int, int]:
        """Return how many candidates it takes from one of the finders to reach a passage."""
        return min(_place(self._meaning, number), _place(self._words, number)), number

    def fused(self) -> tuple[Standing, int | None]:
        """Return the place among the fused, and how far beyond the candidates that had to go."""
        numbers = [(item.number, item.fused) for item in self._trace.candidates]
        ranked = sorted(numbers, key=lambda pair: (-pair[1], pair[0]))
        if self.best in dict(ranked):
            return _standing(None, ranked, self.best), None
        reach = self._reach(self.best)[0]
        if reach > DEEPEST:
            return Standing(None, len(ranked)), None
        rules, encoder = self._archive.rules, self._archive.encoder
        found = self._archive.library.find(
            self._trace.understood_as,
            encoder,
            candidates=reach,
            fields=fields_of(rules),
            filters=self._filters,
        )
        deeper = [(item.stored.number, item.score) for item in fuse(found, rules.fusion)]
        return _standing(None, deeper, self.best), reach

    def replied(self) -> Standing:
        """Return the place in the order of the reply."""
        order = [(item.number, item.fused) for item in self._trace.candidates]
        return _standing(None, order, self.best)


def _wanted(snapshot: Snapshot, places: tuple[Place, ...]) -> dict[int, Passage]:
    numbers = [n for name in {p.article for p in places} for n in snapshot.passage_numbers(name)]
    stored = snapshot.passages(numbers)
    return {n: item.passage for n, item in stored.items() if touches(item.passage, places)}


def _let_through(
    wanted: dict[int, Passage], only: Numbers | None, filters: Filters
) -> dict[int, Passage]:
    """Return the wanted passages that the filters let through.

    Raises:
        FilterError: there is none; says what is known of the article.
    """
    kept = wanted if only is None else {n: wanted[n] for n in wanted if n in only}
    if wanted and not kept:
        article = next(iter(wanted.values())).article
        known = (article.published, article.author, article.source, article.language)
        about = ", ".join(filter(None, known))
        raise FilterError(
            f"the filters ({filters}) leave out “{article.title}” ({about}); ask without them"
        )
    return kept


def _place(ranked: Sequence[tuple[int, float]], number: int) -> int:
    return next((rank for rank, (held, _) in enumerate(ranked, 1) if held == number), _FAR)


def _standing(
    snapshot: Snapshot | None, ranked: Sequence[tuple[int, float]], number: int
) -> Standing:
    """Return the place of a passage; with a snapshot, removed ones before it do not count."""
    rank = _place(ranked, number)
    if rank == _FAR:
        return Standing(None, len(ranked))
    before = [held for held, _ in ranked[: rank - 1]]
    gone = len(before) - len(snapshot.passages(before)) if snapshot is not None else 0
    return Standing(rank - gone, len(ranked) - gone, ranked[rank - 1][1])


def _is_shown(reply: Reply, places: tuple[Place, ...]) -> bool:
    return isinstance(reply, Answer) and any(touches(e.passage, places) for e in reply.extracts)


def _folded_into(reply: Reply, passage: Passage) -> str | None:
    """Return the title of the article that is shown in its stead, with the same words."""
    for extract in extracts_of(reply):
        if any(copy.article.id == passage.article.id for copy in extract.also_in):
            return extract.passage.article.title
    return None


def _tried(archive: Archive, asking: _Asking, confidence: float) -> Iterator[Tried]:
    """Ask again under every other setting, one at a time."""
    now = archive.rules.flat()
    for name, value in _variants(archive.rules, confidence):
        other = archive.under(archive.rules.having(name, value))
        reply, seen = other.ask_traced(
            asking.question, history=asking.history, k=asking.k, filters=asking.filters
        )
        ranked = enumerate(seen.candidates, 1)
        order = (rank for rank, item in ranked if touches(item.passage, asking.places))
        shown = _is_shown(reply, asking.places)
        yield Tried(name, now[name], value, next(order, None), shown, isinstance(reply, Answer))


def _variants(rules: AskRules, confidence: float) -> Iterator[tuple[str, float]]:
    """Yield settings to try, smaller changes before larger ones."""
    if confidence < rules.bar:
        yield "bar", floor(100 * confidence) / 100
    alpha = rules.fusion.meaning
    for step in _STEPS:
        for value in (round(alpha + step, 4), round(alpha - step, 4)):
            if 0 <= value <= 1:
                yield "fusion.meaning", value
    for name in ("title_weight", "heading_weight"):
        for weight in _WEIGHTS:
            if weight != rules.flat()[name]:
                yield name, weight
    yield "candidates", 4 * rules.candidates
    yield "fusion.depth", 4 * rules.fusion.depth
