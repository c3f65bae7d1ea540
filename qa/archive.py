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
from index.encoder import Encoder
from index.library import Found, Library
from index.snapshot import ArticleInfo
from index.terms import question_terms
from index.words import FieldWeights
from qa.accounts.agree import accounts
from qa.answer import Abstention, Answer, Extract, Reply
from qa.calibrate.stored import CALIBRATED, Calibration
from qa.duplicates import Groups, Pairs, folded
from qa.evidence import QuestionForm
from qa.followup import Understood, complete
from qa.fuse import Fused, fuse
from qa.question import checked_question
from qa.read import Read, Reader, RuleReader
from qa.rules import TUNED, AskRules
from qa.trace import Candidate, LeavesOut, Trace
from qa.versions import extracts_apart, plain_extracts

EXAMPLES = "examples"
"""Under this key a library remembers the example questions of its welcome page."""

_NEAREST = 3
_DEEPEST = 8
"""Times the usual number of candidates, at most, when copies take most of the places."""
_LOG = logging.getLogger(__name__)


class Archive:
    """A library, an encoder and a reader, ready for questions. Safe to use from threads."""

    def __init__(
        self,
        library: Library,
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
    ) -> Archive:
        """Open the library in `folder` with the encoder it was built with, as it was tuned.

        Its calibration is applied, too, if it was fitted for this reader. With `rules` given,
        what the library remembers of either is left alone.

        Without a `reader` it is Quoth's own.

        Raises:
            LibraryError: it cannot be opened, or `encoder` names another one (at first use).
        """
        from qa.reader.choose import reader_for

        library = Library.open(folder)

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
                self.library.folder, calibration.reader, self.reader.fingerprint,
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

    def ask(self, question: str, *, history: Sequence[str] = (), k: int = 5) -> Reply:
        """Answer a question, given the questions asked before it (oldest first).

        Raises:
            QuestionError: the question is empty, too long, or has no words.
        """
        return self.ask_traced(question, history=history, k=k)[0]

    def ask_traced(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        without: LeavesOut | None = None,
    ) -> tuple[Reply, Trace]:
        """Answer a question and say what happened to it on its way.

        Passages for which `without` is true are treated as if they were not there.
        """
        asked = checked_question(question)
        understood = complete(asked, list(history))
        reply, trace = self._answer(asked, understood, k, without)
        if understood.why == "short" and self.size()[0]:
            # A short question may well stand on its own: then its own words find more.
            alone, alone_trace = self._answer(asked, Understood(asked, None), k, without)
            if alone_trace.confidence >= trace.confidence:
                return alone, alone_trace
        return reply, trace

    def _answer(
        self, asked: str, understood: Understood, k: int, without: LeavesOut | None
    ) -> tuple[Reply, Trace]:
        if not self.size()[0]:
            empty = Trace(understood.text, (), 0.0, self.rules.bar, {})
            return Abstention(asked, understood.text, "empty_archive"), empty
        found, fused, groups, seconds = self._found(understood.text, k, without)
        form = QuestionForm(found.vector, found.terms, found.weigher)
        own = form if understood.why is None else self._own_form(asked, found)

        def read_of(passages: Sequence[Fused]) -> Read:
            return self.reader.read(asked, understood.text, form, own, passages)

        started = perf_counter()
        read = read_of([first for first, _ in groups])
        copies = {first.stored.number: rest for first, rest in groups}
        if read.confidence < self.rules.bar:
            extracts = plain_extracts(read.passages, copies, k)
        else:
            extracts = extracts_apart(asked, read.passages, copies, k, read_of)
        seconds |= {"read": perf_counter() - started}
        order = _candidates(read, fused)
        trace = Trace(understood.text, order, read.confidence, self.rules.bar, seconds)
        reply = self._decided(asked, understood.text, extracts, read.confidence, found.copies)
        return reply, trace

    def _found(
        self, text: str, k: int, without: LeavesOut | None
    ) -> tuple[Found, list[Fused], Groups, dict[str, float]]:
        """Find, fuse and fold; look further while copies take the places of other passages."""
        rules, depth = self.rules, self.rules.candidates
        most, fields = max(k, rules.read), FieldWeights(rules.title_weight, rules.heading_weight)
        while True:
            found = self.library.find(text, self.encoder, candidates=depth, fields=fields)
            there_is_more = len(found.by_meaning) == depth
            if without is not None:
                found = _left_out(found, without)
            started = perf_counter()
            fused = fuse(found, rules.fusion)
            groups = folded(fused, most, found.copies)
            if len(groups) >= most or not there_is_more or depth >= _DEEPEST * rules.candidates:
                return found, fused, groups, found.seconds | {"fuse": perf_counter() - started}
            depth *= 2

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


def _left_out(found: Found, without: LeavesOut) -> Found:
    """Return what was found, less the passages that are to be left out."""
    by_meaning = tuple(hit for hit in found.by_meaning if not without(hit.stored.passage))
    by_words = tuple(hit for hit in found.by_words if not without(hit.stored.passage))
    return found._replace(by_meaning=by_meaning, by_words=by_words)


def _candidates(read: Read, fused: Sequence[Fused]) -> tuple[Candidate, ...]:
    """Return all candidates in the order the reply saw them: those read first, then the rest."""
    seen = {item.fused.stored.number for item in read.passages}
    order = [item.fused for item in read.passages]
    order += [item for item in fused if item.stored.number not in seen]
    return tuple(
        Candidate(
            item.stored.passage,
            item.stored.number,
            item.cosine,
            item.words,
            item.meaning_rank,
            item.words_rank,
            item.score,
        )
        for item in order
    )
