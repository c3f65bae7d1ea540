"""A scripted archive for the tests of `qa.evaluate`: passages are the lines of an article."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.article import Article, Passage, Span
from corpus.errors import QuestionError
from qa.answer import Abstention, Answer, Extract, Highlight, Reply
from qa.trace import Candidate, Trace

FERRY = Article(
    "ferry",
    "The night ferry",
    "The ferry sails at nine.\nFreight saved the ferry.\nIt costs 12 crowns.\nMilk goes by night.",
    "notes/ferry.md",
)
BRIDGE = Article(
    "bridge", "Salt Sound bridge", "The bridge carries 12 tonnes.\nIt opened in 1931.", "bridge.md"
)


def lines_of(article: Article) -> list[Passage]:
    passages, start = [], 0
    for line in article.text.split("\n"):
        passages.append(Passage(article, Span(start, start + len(line))))
        start += len(line) + 1
    return passages


def candidate(
    passage: Passage, fused: float, meaning: int | None = 1, words: int | None = 1
) -> Candidate:
    return Candidate(passage, passage.span.start, 0.5, 3.0, meaning, words, fused)


def extract(passage: Passage, words: str = "") -> Extract:
    """Light the whole passage as a sentence, and `words` in it as the answer."""
    marks = [Highlight(passage.span, "sentence", 0.4)]
    if words:
        start = passage.article.text.index(words, passage.span.start)
        marks.append(Highlight(Span(start, start + len(words)), "answer", 0.9))
    return Extract(passage, tuple(marks), 0.5)


def replied(
    candidates: Sequence[Candidate],
    shown: Sequence[Extract],
    *,
    confidence: float = 0.8,
    abstain: bool = False,
    question: str = "?",
) -> tuple[Reply, Trace]:
    reply: Reply = (
        Abstention(question, question, "below_bar", tuple(shown), confidence)
        if abstain
        else Answer(question, question, tuple(shown), confidence)
    )
    seconds = {"encode": 0.002, "find": 0.001}
    return reply, Trace(question, tuple(candidates), confidence, 0.5, seconds)


class FakeArchive:
    """Answers by shared words unless a question is scripted; `bias` prefers later passages."""

    def __init__(
        self,
        articles: Sequence[Article] = (FERRY, BRIDGE),
        script: dict[str, Callable[[], tuple[Reply, Trace]]] | None = None,
        bias: float = 0.0,
        bar: float = 0.2,
    ) -> None:
        self._articles = {article.id: article for article in articles}
        self._script = script or {}
        self._bias, self._bar = bias, bar
        self.asked: list[tuple[str, tuple[str, ...], int]] = []

    def article(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def articles(self) -> list[Article]:
        return list(self._articles.values())

    def passages(self, article_id: str) -> list[Passage]:
        article = self.article(article_id)
        return lines_of(article) if article else []

    def ask_traced(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        without: Callable[[Passage], bool] | None = None,
    ) -> tuple[Reply, Trace]:
        self.asked.append((question, tuple(history), k))
        if question in self._script:
            return self._script[question]()
        words = set(question.lower().strip("?").split())
        if not words:
            raise QuestionError("the question is empty; type one")
        scored = []
        for place, passage in enumerate(p for a in self.articles() for p in lines_of(a)):
            shared = len(words & set(passage.text.lower().strip(".").split())) / len(words)
            if shared and not (without and without(passage)):
                scored.append((shared + self._bias * place, -place, passage))
        scored.sort(key=lambda item: item[:2], reverse=True)
        found = [
            candidate(passage, score, rank, rank)
            for rank, (score, _, passage) in enumerate(scored, start=1)
        ]
        shown = [extract(item.passage) for item in found[:k]]
        confidence = min(1.0, scored[0][0]) if scored else 0.0
        return replied(
            found,
            shown,
            confidence=confidence,
            abstain=confidence < self._bar,
            question=question,
        )
