"""The archive: the one object that a page, a command or a program asks.

    question ─▶ checked ─▶ completed ─▶ found ─▶ fused ─▶ folded ─▶ read ─▶ Answer | Abstention

Each step is a function of its own module; this file only puts them in order.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from time import perf_counter

from corpus.article import Article, Passage
from corpus.errors import LibraryError
from index.clusters import DEFAULT_RECALL
from index.encoder import Encoder
from index.facets import Facets
from index.filters import NO_FILTERS, Filters
from index.library import Found, Library
from index.snapshot import ArticleInfo
from index.store import Store
from index.terms import question_terms
from qa.accounts.agree import accounts
from qa.answer import Abstention, Answer, Extract, Reply
from qa.calibrate.stored import CALIBRATED, Calibration
from qa.duplicates import Pairs
from qa.evidence import QuestionForm
from qa.finding import Asking, found_for
from qa.followup import Understood, complete
from qa.fuse import Fused
from qa.order import candidates_of
from qa.question import checked_question
from qa.read import Read, Reader, RuleReader
from qa.rules import TUNED, AskRules
from qa.trace import LeavesOut, Trace
from qa.versions import extracts_apart, plain_extracts

EXAMPLES = "examples"
"""Under this key a library remembers the example questions of its welcome page."""

_NEAREST = 3
_LOG = logging.getLogger(__name__)


class Archive:
    """A library, an encoder and a reader, ready for questions. Safe to use from threads."""

    def __init__(
        self,
        library: Store,
        encoder: Encoder | Callable[[], Encoder],
        *,
        rules: AskRules | None = None,
        reader: Reader | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.library = library
        self.reader = reader or RuleReader()
        self.rules = rules or AskRules(bar=self.reader.bar)
        self.calibration = calibration
        self._encoder: Encoder | None = None
        self._make = encoder if callable(encoder) else (lambda: encoder)
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        encoder: str | None = None,
        rules: AskRules | None = None,
        reader: Reader | None = None,
        recall: float = DEFAULT_RECALL,
    ) -> Archive:
        """Open the library in `folder` with the encoder it was built with, as it was tuned.

        Its calibration is applied, too, if it was fitted for this reader. With `rules` given,
        what the library remembers of either is left alone.

        Without a `reader` it is Quoth's own. `recall` counts in large libraries only; see
        `Library.open`.

        Raises:
            LibraryError: it cannot be opened, or `encoder` names another one (at first use).
        """
        return cls.over(Library.open(folder, recall), encoder=encoder, rules=rules, reader=reader)

    @classmethod
    def over(
        cls,
        library: Store,
        *,
        encoder: str | None = None,
        rules: AskRules | None = None,
        reader: Reader | None = None,
    ) -> Archive:
        """Return the archive of a store that is open, as `open` does."""
        from qa.reader.choose import reader_for

        def make() -> Encoder:
            from index.sentence_encoder import SentenceEncoder

            return SentenceEncoder(encoder or library.settings.encoder)

        with library.snapshot() as snapshot:
            tuned = None if rules else snapshot.meta(TUNED)
            fitted = None if rules else snapshot.meta(CALIBRATED)
        reader = reader or reader_for()
        # The bar is no setting of finding: it belongs to the reader, or to a calibration of it.
        rules = replace(AskRules.from_json(tuned), bar=reader.bar) if tuned else rules
        archive = cls(library, make, rules=rules, reader=reader)
        return archive.calibrated(Calibration.from_json(fitted)) if fitted else archive

    @property
    def embedded(self) -> Library:
        """The library folder, for what looks into its indexes.

        Raises:
            LibraryError: the archive lies elsewhere.
        """
        if isinstance(self.library, Library):
            return self.library
        raise LibraryError(f"{self.library.name} is no library folder; ingest into one for this")

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded at first use and checked against the library."""
        with self._lock:
            if self._encoder is None:
                made = self._make()
                self.library.check_encoder(made)
                self._encoder = made
            return self._encoder

    def under(self, rules: AskRules) -> Archive:
        """Return the same archive under other rules; it shares the library, which stays open."""
        return self._with(rules, self.calibration)

    def calibrated(self, calibration: Calibration) -> Archive:
        """Return the same archive under the calibration's bar, showing its probabilities.

        One that was fitted for another reader is not applied, and that is logged.
        """
        if calibration.reader != self.reader.fingerprint:
            _LOG.warning(
                "%s: its calibration was fitted for another reader (%s, not %s) and is not "
                "applied; fit it again: quoth calibrate",
                self.library.name, calibration.reader, self.reader.fingerprint,
            )  # fmt: skip
            return self
        return self._with(replace(self.rules, bar=calibration.bar), calibration)

    def _with(self, rules: AskRules, calibration: Calibration | None) -> Archive:
        return Archive(
            self.library, lambda: self.encoder,
            rules=rules, reader=self.reader, calibration=calibration,
        )  # fmt: skip

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Answer a question, given the questions asked before it (oldest first).

        Only articles that `filters` let through are searched; scores are as without them.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            FilterError: a language is no code; those that are held are named.
        """
        asked = checked_question(question)
        return self._ask(Asking(asked, k, None, filters, is_traced=False), history)[0]

    def search(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 10,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Return the best passages for a question, whether or not they answer it.

        An `Answer` with up to `k` extracts, or an `Abstention` when there is nothing to show.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            FilterError: a language is no code; those that are held are named.
        """
        lenient = self.under(replace(self.rules, bar=0.0))
        return lenient.ask(question, history=history, k=k, filters=filters)

    def ask_traced(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        without: LeavesOut | None = None,
        filters: Filters = NO_FILTERS,
    ) -> tuple[Reply, Trace]:
        """Answer a question and say what happened to it on its way.

        Passages for which `without` is true are treated as if they were not there.
        """
        return self._ask(Asking(checked_question(question), k, without, filters), history)

    def _ask(self, asking: Asking, history: Sequence[str]) -> tuple[Reply, Trace]:
        self.library.check_filters(asking.filters)
        asked = asking.question
        understood = complete(asked, list(history))
        reply, trace = self._answer(asking, understood)
        if understood.why == "short" and self.size()[0]:
            # A short question may well stand on its own: then its own words find more.
            alone, alone_trace = self._answer(asking, Understood(asked, None))
            if alone_trace.confidence >= trace.confidence:
                reply, trace = alone, alone_trace
        return replace(reply, filters=asking.filters), trace

    def _answer(self, asking: Asking, understood: Understood) -> tuple[Reply, Trace]:
        asked, k, rules = asking.question, asking.k, self.rules
        nothing = Trace(understood.text, (), 0.0, rules.bar, {})
        if not self.size()[0]:
            return Abstention(asked, understood.text, "empty_archive"), nothing
        found, fused, groups, seconds = found_for(
            understood.text, asking, self.library, self.encoder, rules
        )
        if found.admitted == 0:
            unknown = self.library.unknown(asking.filters)
            return Abstention(asked, understood.text, "filtered_out", unknown=unknown), nothing
        form = QuestionForm(found.vector, found.terms, found.weigher)
        own = form if understood.why is None else self._own_form(asked, found)

        def read_of(passages: Sequence[Fused]) -> Read:
            return self.reader.read(asked, understood.text, form, own, passages)

        started = perf_counter()
        read = read_of([first for first, _ in groups])
        copies = {first.stored.number: rest for first, rest in groups}
        if read.confidence < rules.bar:
            extracts = plain_extracts(read.passages, copies, k)
        else:
            extracts = extracts_apart(asked, read.passages, copies, k, read_of)
        seconds |= {"read": perf_counter() - started}
        order = candidates_of(read, fused)
        trace = Trace(understood.text, order, read.confidence, rules.bar, seconds)
        reply = self._decided(asked, understood.text, extracts, read.confidence, found.copies)
        return reply, trace

    def _decided(
        self, asked: str, understood: str, extracts: tuple[Extract, ...], confidence: float,
        copies: Pairs,
    ) -> Reply:  # fmt: skip
        """Answer if there is something to show and it passes the bar, else abstain.

        The bar is for the reader's own confidence; people are shown the calibrated one.
        """
        if not extracts:
            return Abstention(asked, understood, "no_match")
        shown = self.calibration.shown(confidence) if self.calibration else confidence
        if confidence < self.rules.bar:
            return Abstention(asked, understood, "below_bar", extracts[:_NEAREST], shown)
        return Answer(asked, understood, extracts, shown, accounts(asked, extracts, copies))

    def _own_form(self, asked: str, found: Found) -> QuestionForm:
        """Return the form of a follow-up in its own words, without the topic brought along."""
        with self.library.snapshot() as snapshot:
            terms = tuple(question_terms(asked, snapshot.languages()))
        return QuestionForm(self.encoder.encode_question(asked), terms, found.weigher)

    @property
    def generation(self) -> int:
        """Counts the changes the library has seen; replies of an older one may be stale."""
        with self.library.snapshot() as snapshot:
            return snapshot.generation

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None."""
        with self.library.snapshot() as snapshot:
            return snapshot.article(article_id)

    def passages(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in reading order."""
        with self.library.snapshot() as snapshot:
            found = snapshot.passages(snapshot.passage_numbers(article_id))
        return [stored.passage for stored in found.values()]

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        with self.library.snapshot() as snapshot:
            return snapshot.articles()

    def facets(self, filters: Filters = NO_FILTERS) -> Facets:
        """Count what the articles (that `filters` let through) hold for each filter."""
        return self.library.facets(filters)

    def size(self) -> tuple[int, int]:
        """Return the number of articles and of passages."""
        with self.library.snapshot() as snapshot:
            return snapshot.size()

    def examples(self) -> tuple[str, ...]:
        """Return example questions: those remembered with the library, else from its titles."""
        with self.library.snapshot() as snapshot:
            stored = snapshot.meta(EXAMPLES)
            if stored is not None:
                return tuple(json.loads(stored))
            titles = [info.title for info in snapshot.articles() if info.passages]
        step = max(1, len(titles) // 4)
        return tuple(f"What does “{title}” say?" for title in titles[::step][:4])
