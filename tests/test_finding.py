"""Terms, BM25, fusion, highlights, answering words, near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, Passage, Span
from index import bm25
from index.join import Glimpse, Hit
from index.library import Found
from index.rows import StoredPassage
from index.terms import question_terms, terms
from index.words import FieldWeights, Words, WordsRow
from qa.duplicates import folded, shingles, similarity
from qa.evidence import QuestionForm, gather
from qa.expected import answer_words
from qa.fuse import Fused, FusionWeights, fuse, shortlist

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


def found_of(by_meaning: list[StoredPassage], by_words: dict[int, float]) -> Found:
    """Hits for a question with vector (1, 0) and one term of weight 1, so BM25's limit is 2.2."""
    vector = np.array([[1, 0]], dtype=np.float32)
    meaning = tuple(Hit(passage, float(vector[0] @ passage.vector)) for passage in by_meaning)
    numbered = {passage.number: passage for passage in by_meaning}
    words = tuple(Hit(numbered[n], score) for n, score in by_words.items())
    return Found(vector, ("bridg",), Flat(), meaning, words, {})


def test_fusion_by_hand(make_article: Make) -> None:
    a = stored(make_article("Nothing of the kind."), 1, [1, 0])
    b = stored(make_article("The bridge."), 2, [0.6, 0.8])
    weights = FusionWeights(
        0.5, sentence_meaning=0.5, sentence_words=0.3, covered=0.1, passage_covered=0.1
    )
    first, second = fuse(found_of([a, b], {2: 1.1}), weights)
    # b: half of cosine .6, and of words .5 · 1.1/2.2 + .3 · its sentence's BM25 + .1 + .1.
    sentence = 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 18)) / 2.2
    assert first.stored.number == 2
    assert first.score == pytest.approx(0.5 * 0.6 + 0.5 * (0.25 + 0.3 * sentence + 0.2))
    assert second.score == pytest.approx(0.5)
    assert (second.words_rank, first.words_rank, first.meaning_rank) == (None, 1, 2)


def test_ties_break_by_number(make_article: Make) -> None:
    article = make_article("Some text.")
    same = [stored(article, number, [1, 0]) for number in (9, 3, 5)]
    assert [item.stored.number for item in fuse(found_of(same, {}))] == [3, 5, 9]


def test_beyond_the_depth_the_first_look_decides(make_article: Make) -> None:
    article = make_article("Some text.")
    passages = [stored(article, n, [1 - n / 10, 0]) for n in range(1, 6)]
    fused = fuse(found_of(passages, {}), FusionWeights(depth=2))
    assert [item.stored.number for item in fused] == [1, 2, 3, 4, 5]
    assert [item.evidence is not None for item in fused] == [True, True, False, False, False]


def test_a_shortlist_is_the_top_of_the_first_look(make_article: Make) -> None:
    """So the reply is the same, whether all that was found is read or the shortlist alone."""
    article, chance = make_article("The bridge."), np.random.default_rng(2)
    passages = [stored(article, n, [x, (1 - x * x) ** 0.5])
                for n, x in enumerate(chance.uniform(0, 1, 40).tolist(), 1)]  # fmt: skip
    words = {n: float(chance.uniform(0, 2.2)) for n in range(1, 41, 2)}
    found, weights = found_of(passages, words), FusionWeights(depth=5)
    glimpse = Glimpse(
        found.vector, found.terms, found.weigher, {p.number: p.vector for p in passages}, words
    )
    assert len(shortlist(weights, least=3)(glimpse)) == 5
    chosen = shortlist(weights, least=9)(glimpse)
    assert len(chosen) == 9
    by_meaning, by_words = (
        tuple(hit for hit in hits if hit.stored.number in chosen)
        for hits in (found.by_meaning, found.by_words)
    )
    short = fuse(found._replace(by_meaning=by_meaning, by_words=by_words), weights)
    whole = fuse(found, weights)
    assert [(i.stored.number, i.score) for i in short] == [
        (i.stored.number, i.score) for i in whole[:9]
    ]


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
    evidence = gather(form, passage, 0.0)
    assert [s.covered for s in evidence.sentences] == [0, 1, 0]
    assert max(evidence.sentences, key=lambda s: s.score).span == spans[1]
    assert evidence.covered == 1
    assert evidence.best("cosine") == pytest.approx(0.978, abs=1e-3)


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How much was the contract worth?", "They signed a $15 billion contract.", "$15 billion"),
        ("How many lorries does it carry?", "In 2019 it carried 41 lorries a night.", "41 lorries"),
        ("When does the ferry leave?", "The ferry leaves on 3 May 2024 from here.", "3 May 2024"),
        ("What time does it close?", "Doors close at 18:30 on all 5 days.", "18:30"),
        ("How long is the notice period?", "You must give eight weeks of notice.", "eight weeks"),
        (
            "How many trade offices are open?",
            "It has six new trade offices.",
            "six new trade offices",
        ),
        ("When is lunch?", "Breakfast is until 9:30, lunch from 11:30 to 14:00.", "11:30 to 14:00"),
        (
            "How long is it locked?",
            "After eight tries it is locked for twenty minutes.",
            "twenty minutes",
        ),
        ("How many vacation days?", "If you join in May you have two and a half.", None),
        (
            "How long is the bus ride?",
            "The bus takes six and a half hours.",
            "six and a half hours",
        ),
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


def test_only_known_copies_fold_when_half_of_the_shorter_is_shared(make_article: Make) -> None:
    words = [f"word{n}" for n in range(90)]
    a = make_article(" ".join(words[:40]), "A", published="2024-01-01")
    b = make_article(" ".join(words[18:58]), "B", published="2024-01-02")
    c = make_article(" ".join(words[25:40] + words[60:]), "C", published="2024-01-03")
    known = frozenset({(a.id, b.id), (b.id, a.id), (a.id, c.id), (c.id, a.id)})
    ranked = [fused(a, 1), fused(b, 2), fused(c, 3)]
    assert [len(rest) for _, rest in folded(ranked, most=5)] == [0, 0, 0]
    assert [len(rest) for _, rest in folded(ranked, most=5, copies=known)] == [1, 0]


def test_a_newer_copy_that_lacks_the_words_must_rank_as_well(make_article: Make) -> None:
    words = [f"word{n}" for n in range(60)]
    a = make_article(" ".join(words[:40]), "A", published="2024-01-01")
    b = make_article(" ".join(words[18:58]), "B", published="2024-01-02")
    known = frozenset({(a.id, b.id), (b.id, a.id)})

    def shown(score: float) -> str:
        form = QuestionForm(np.array([[1, 0]], dtype=np.float32), ("word1",), Flat())
        first, second = (
            item._replace(score=value, evidence=gather(form, item.stored, 0.0))
            for item, value in ((fused(a, 1), 1.0), (fused(b, 2), score))
        )
        ((best, (other,)),) = folded([first, second], most=5, copies=known)
        assert best is not other
        return best.stored.passage.article.title

    assert [shown(0.95), shown(0.5)] == ["B", "A"]


def test_known_copies_fold_from_however_far_behind(make_article: Make) -> None:
    story = "The council voted on Monday to close the old bridge to lorries for good."
    prints = [make_article(story, f"P{n}", published=f"2024-01-{n:02}") for n in range(1, 31)]
    known = frozenset((a.id, b.id) for a in prints for b in prints if a is not b)
    ranked = [fused(each, n) for n, each in enumerate(prints, 1)]
    ((first, rest),) = folded(ranked, most=1, copies=known)
    assert first.stored.passage.article.title == "P30"
    assert [item.stored.passage.article.title for item in rest] == [
        f"P{n}" for n in range(29, 0, -1)
    ]


def test_a_list_that_goes_on_is_folded_as_far_as_it_can_be(make_article: Make) -> None:
    """What is compared with a passage stands up to 20 places behind it."""
    texts = [f"word{n} thing{n} matter{n} other{n}" for n in range(30)]
    texts[3] = texts[1]
    ranked = [fused(make_article(text, f"T{n}"), n) for n, text in enumerate(texts, 1)]
    whole, short = (folded(ranked, 15, is_whole=is_whole) for is_whole in (True, False))
    assert (len(whole), len(short)) == (15, 9)
    assert short == whole[:9]
    assert len(folded(ranked, 9, is_whole=False)) == 9


def test_similarity_is_jaccard() -> None:
    assert similarity(shingles("a b c d"), shingles("a b c d")) == 1
    assert similarity(shingles("a b c d"), shingles("a b c e")) == pytest.approx(1 / 3)


@pytest.mark.parametrize("word", ["\ufdfa", "\ufdfb", "\u037a", "\ufc5e"])
def test_no_term_has_a_blank(word: str) -> None:
    found = terms(f"The title {word} stands", "en")
    assert len(found) >= 4
    assert all(term and not any(map(str.isspace, term)) for term in found)


def test_a_ligature_of_several_words_is_found_as_these_words() -> None:
    assert set(terms("\ufdfa")) <= set(terms("صلى الله عليه وسلم"))
