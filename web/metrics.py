"""Figures of a running server, for Prometheus: how many questions, how they ended, how long.

No question, article or address is in them. The only file that imports prometheus_client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

from corpus import VERSION
from corpus.errors import QuothError
from qa.answer import Answer, Reply
from web.turns import Serves
from web.wrapped import Asked, Wrapped

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The figures of one application."""

    def __init__(self, size: Callable[[], tuple[int, int]]) -> None:
        self._registry = CollectorRegistry()
        kinds = ["ended"]
        self._questions = Counter(
            "quoth_questions", "Questions by how they ended.", kinds, registry=self._registry
        )
        self._seconds = Histogram(
            "quoth_question_seconds", "Seconds from question to reply.",
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._under_way = Gauge(
            "quoth_questions_under_way", "Questions being answered.", registry=self._registry
        )
        version = Gauge("quoth_info", "The version.", ["version"], registry=self._registry)
        version.labels(VERSION).set(1)
        held = (("articles", 0), ("passages", 1))
        for name, place in held:
            gauge = Gauge(f"quoth_{name}", f"The {name} held.", registry=self._registry)
            gauge.set_function(partial(_held, size, place))
        for ended in ("answered", "abstained", "refused", "failed"):
            self._questions.labels(ended)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)

    @contextmanager
    def question(self) -> Iterator[list[Reply]]:
        """Count and time one question; the reply is put into the list that is given."""
        given: list[Reply] = []
        started = perf_counter()
        self._under_way.inc()
        ended = "failed"
        try:
            yield given
            ended = "answered" if given and isinstance(given[0], Answer) else "abstained"
        except QuothError:
            ended = "refused"
            raise
        finally:
            self._under_way.dec()
            self._seconds.observe(perf_counter() - started)
            self._questions.labels(ended).inc()


def _held(size: Callable[[], tuple[int, int]], place: int) -> float:
    try:
        return size()[place]
    except QuothError:
        return float("nan")


class Measured(Wrapped):
    """An archive whose questions are counted and timed; everything else is passed on."""

    def __init__(self, archive: Serves, metrics: Metrics) -> None:
        super().__init__(archive)
        self._metrics = metrics

    def around(self, put: Callable[[], Reply], _: Asked) -> Reply:
        """Put the question; how it ended, and after how long, is noted."""
        with self._metrics.question() as given:
            given.append(put())
        return given[0]
