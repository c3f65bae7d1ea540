"""Sentences are an exact partition, whatever the text."""

import itertools

import pytest
import sentencex
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Span
from corpus.sentences import sentence_spans, trimmed

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            list(" .!?\n\t\r\"'()abcABC1245,;:…—–«»。！？؟۔।😀é\u0301\u200d\u05d0\u0627한국")
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=200,
)


@given(TEXTS)
def test_joined_sentences_are_the_text(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join(span.of(text) for span in spans) == text
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    assert all(span.start < span.end for span in spans)


@given(TEXTS, st.sampled_from(["de", "ko", "ar", "xx", None]))
def test_partition_holds_in_every_language(text: str, language: str | None) -> None:
    assert "".join(span.of(text) for span in sentence_spans(text, language)) == text


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Dr. Ho left. She ran.", "en", ["Dr. Ho left. ", "She ran."]),
        ("It cost $3.5 million. Fine.", "en", ["It cost $3.5 million. ", "Fine."]),
        ("He asked: “Why?” Nobody knew.", "en", ["He asked: “Why?” ", "Nobody knew."]),
        ("- one\n- two\n\nThree.", "en", ["- one\n", "- two\n\n", "Three."]),
        ("北京是首都。上海很大！", "zh", ["北京是首都。", "上海很大！"]),
        ("서울은 수도이다. 부산은 항구다.", "ko", ["서울은 수도이다. ", "부산은 항구다."]),
        ("Er kam am 3. Oktober an. Gut.", "de", ["Er kam am 3. Oktober an. ", "Gut."]),
    ],
)
def test_borders_fall_where_readers_see_them(text: str, language: str, expected: list[str]) -> None:
    assert [span.of(text) for span in sentence_spans(text, language)] == expected


LONG = [f"Ferry {n} carries {n / 10} lorries, Dr. Ho said. " for n in range(1_000)]


def test_a_very_long_line_is_split_as_a_short_one_is() -> None:
    text = "".join(LONG)
    assert [span.of(text) for span in sentence_spans(text, "en")] == LONG


def test_a_very_long_line_is_looked_at_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    # The time of what looks for sentences grows with the square of what it is given.
    given: list[int] = []
    real = sentencex.get_sentence_boundaries

    def noted(language: str, text: str) -> object:
        given.append(len(text))
        return real(language, text)

    monkeypatch.setattr(sentencex, "get_sentence_boundaries", noted)
    text = "猫だ。" * 20_000 + "猫" * 30_000 + "word " * 10_000
    assert len(sentence_spans(text, "ja")) == 20_000 + 3 + 5
    assert max(given) == 10_000
    assert sum(given) < 1.1 * len(text)


def test_quotation_marks_far_apart_do_not_swallow_what_is_between_them() -> None:
    text = "“" + "".join(LONG) + "”"
    assert len(sentence_spans(text, "en")) > 900


@given(st.text(alphabet="a .!?“”é。\u0301", min_size=1, max_size=30), st.integers(500, 900))
def test_windows_are_a_partition_too(piece: str, times: int) -> None:
    text = piece * times
    assert "".join(span.of(text) for span in sentence_spans(text)) == text


def test_trimmed_keeps_a_slice() -> None:
    assert trimmed("a  b \n", Span(1, 6)) == Span(3, 4)
    assert trimmed("   ", Span(0, 3)) == Span(3, 3)
