"""Borders of what people see as one character."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Span
from corpus.graphemes import whole_clusters

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
CUT = [
    "e\u0301", "x\u0303", ENGLAND, FAMILY, "7\ufe0f\u20e3", "\U0001f44d\U0001f3fd",
    "\U0001f1e9\U0001f1ea", "\u1112\u1161\u11ab", "\u0915\u093f", "\u05e9\u05b8\u05c1",
]  # fmt: skip


@pytest.mark.parametrize("cluster", CUT)
def test_a_span_that_ends_or_begins_inside_a_cluster_takes_all_of_it(cluster: str) -> None:
    text = f"of {cluster} in"
    whole, within = Span(3, 3 + len(cluster)), Span(0, len(text))
    for at in range(whole.start + 1, whole.end):
        assert whole_clusters(text, Span(0, at), within) == Span(0, whole.end)
        assert whole_clusters(text, Span(at, len(text)), within) == Span(3, len(text))


def test_a_span_stays_where_it_may_be() -> None:
    text = "of e\u0301\u0302 in"
    assert whole_clusters(text, Span(0, 4), Span(0, 5)) == Span(0, 5)
    assert whole_clusters(text, Span(0, 4), Span(0, 4)) == Span(0, 4)


pieces = st.lists(st.sampled_from([*CUT, "a", " ", "\u0301", "\u200d", "\u0600", "\u4eac"]))


@given(pieces, st.data())
def test_borders_are_those_of_clusters(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    start, end = sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
    borders = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    wide = whole_clusters(text, Span(start, end), Span(0, len(text)))
    assert wide.start <= start <= end <= wide.end
    if start < end:
        assert wide.start == max(at for at in borders if at <= start)
        assert wide.end == min(at for at in borders if at >= end)
