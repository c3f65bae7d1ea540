"""Terms, BM25, fusion, highlights, answering words, near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, Passage, Span
from index import bm25
from index.library import Found, Hit
from index.rows import StoredPassage
from index.terms import question_terms, terms
from index.words import FieldWeights, Words, WordsRow
from qa.duplicates import folded, shingles, similarity
from qa.expected import answer_words
from qa.fuse import Fused, fuse
from qa.highlight import QuestionForm, best_sentence, sentence_scores

Make = Callable[..., Article]
TEXTS = ["the cat sat on mats", "a dog sat with a cat and a cat", "birds and dogs", "서울은 수도"]


class Flat:
    """Weighs every term alike."""

    def weight(self, term: str) -> float:
        return 1.0


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The dairies' contracts", "en", ["the", "dairi", "contract"]),
        ("1,200 euros; 3.5 km", "en", ["1200", "euro", "3.5", "km"]),
        ("die Züge fuhren", "de", ["die", "zug", "fuhr"]),
        ("서울은", "ko", ["서울", "울은"]),
        ("北京大学", "zh", ["北京", "京大", "大学"]),
        ("", None, []),
    ],
)
def test_terms(text: str, language: str | None, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_stop_words_are_dropped_unless_there_is_nothing_else() -> None:
    assert question_terms("What is the fee?", ["en"]) == ["fee"]
    assert question_terms("To be or not to be", ["en"]) == ["to", "be", "or", "not"]


def test_a_question_is_stemmed_for_every_language_of_the_library() -> None:
    assert {"zug", "zuge"} <= set(question_terms("Züge", ["de", "en"]))


def test_bm25_by_hand() -> None:
    # One term, twice in a text of average length: idf · 2 · 2.2 / (2 + 1.2).
    weight = bm25.idf(1, 3)
    assert weight == pytest.approx(np.log(1 + 2.5 / 1.5))
    score = bm25.score(["cat"], {"cat": 2}, 8, 8.0, {"cat": weight})
    assert score == pytest.approx(weight * 2 * 2.2 / 3.2)


def test_tantivy_scores_by_the_same_formula() -> None:
    rows = [WordsRow(i, terms(text), [], []) for i, text in enumerate(TEXTS, 1)]
    words = Words.build(rows)
    question = ["cat", "mat"]
    mean = sum(len(row.text) for row in rows) / len(rows)
    weights = {term: bm25.idf(words.matching(term), len(rows)) for term in question}
    expected = {
        row.number: bm25.score(question, Counter(row.text), len(row.text), mean, weights)
        for row in rows
    }
    found = dict(words.search(question, 10))
    assert found == pytest.approx({n: s for n, s in expected.items() if s}, rel=1e-5)


def test_words_on_disk_answer_as_in_memory(tmp_path: Path) -> None:
    rows = [WordsRow(i, terms(text), ["titl"], []) for i, text in enumerate(TEXTS, 1)]
    memory = Words.build(rows).search(["dog", "titl"], 10, FieldWeights(title=0.5))
    Words.build(rows, tmp_path / "words")
    assert Words.open(tmp_path / "words").search(["dog", "titl"], 10, FieldWeights(0.5)) == memory
    assert [number for number, _ in memory][:2] == [3, 2]


def stored(article: Article, number: int, vector: list[float]) -> StoredPassage:
    span = Span(0, len(article.text))
    unit = np.array(vector, dtype=np.float32)
    return StoredPassage(number, Passage(article, span), unit, (span,), unit[None, :])


def test_fusion_scales_weighs_and_breaks_ties_by_number(make_article: Make) -> None:
    article = make_article("Some text.")
    a, b, c = (stored(article, n, v) for n, v in ((1, [1, 0]), (2, [0.6, 0.8]), (3, [0, 1])))
    found = Found(
        np.array([[1, 0]], dtype=np.float32), ("x",), Flat(),
        (Hit(a, 1.0), Hit(b, 0.6), Hit(c, 0.0)), (Hit(c, 8.0), Hit(b, 4.0)), {},
    )  # fmt: skip
    by_number = {item.stored.number: item for item in fuse(found, 0.25)}
    assert by_number[1].score == pytest.approx(0.25)
    assert by_number[2].score == pytest.approx(0.25 * 0.6 + 0.75 * 0.5)
    assert by_number[3].score == pytest.approx(0.75)
    assert (by_number[1].words_rank, by_number[3].words_rank) == (None, 1)
    same = found._replace(by_meaning=(Hit(c, 0.0), Hit(c._replace(number=9), 0.0)), by_words=())
    assert [item.stored.number for item in fuse(same, 0.3)] == [3, 9]


def test_nothing_found_fuses_to_nothing() -> None:
    empty = Found(np.zeros((1, 2), dtype=np.float32), (), Flat(), (), (), {})
    assert fuse(empty) == []


def test_the_sentence_that_shares_meaning_and_words_is_lit(make_article: Make) -> None:
    text = "Ferries leave at noon. The bridge costs two million. Birds sing."
    article = make_article(text)
    spans = (Span(0, 22), Span(23, 52), Span(53, 64))
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    passage = StoredPassage(1, Passage(article, Span(0, len(text))), vectors[1], spans, vectors)
    form = QuestionForm(np.array([[0.9, 0.43]], dtype=np.float32), ("bridg", "cost"), Flat())
    scores = sentence_scores(form, passage)
    assert [round(s.overlap, 2) for s in scores] == [0, 1, 0]
    assert best_sentence(scores).span == spans[1]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How much was the contract worth?", "They signed a $15 billion contract.", "$15 billion"),
        ("How many lorries does it carry?", "In 2019 it carried 41 lorries a night.", "41 lorries"),
        ("When does the ferry leave?", "The ferry leaves on 3 May 2024 from here.", "3 May 2024"),
        ("What time does it close?", "Doors close at 18:30 on all 5 days.", "18:30"),
        ("How long is the notice period?", "You must give eight weeks of notice.", "eight weeks"),
        ("Wann fährt der Zug?", "Der Zug fährt ab 12. Juni 2023.", "12. Juni 2023"),
        ("Who wrote the report?", "Anna wrote 3 reports.", None),
        ("When was it built in 1985?", "It was built in 1985.", None),
    ],
)
def test_answering_words_by_rule(question: str, text: str, expected: str | None) -> None:
    found = answer_words(question, text, Span(0, len(text)), question.split())
    assert (found and found.of(text)) == expected


def fused(article: Article, number: int) -> Fused:
    return Fused(stored(article, number, [1, 0]), 1.0, 1.0, number, number, 1.0 / number)


def test_reprints_fold_into_one_and_the_newest_is_shown(make_article: Make) -> None:
    story = (
        "The council voted on Monday to close the old bridge to lorries over 12 tonnes for good."
    )
    old = make_article(story, "Old", published="2023-01-01")
    new = make_article(story.replace("for good", "until May"), "New", published="2023-02-01")
    other = make_article("Otters have come back to the river after forty years away.", "Otter")
    groups = folded([fused(old, 1), fused(other, 2), fused(new, 3)], most=5)
    assert [(first.stored.passage.article.title, len(rest)) for first, rest in groups] == [
        ("New", 1),
        ("Otter", 0),
    ]


def test_similarity_is_jaccard() -> None:
    assert similarity(shingles("a b c d"), shingles("a b c d")) == 1
    assert similarity(shingles("a b c d"), shingles("a b c e")) == pytest.approx(1 / 3)
