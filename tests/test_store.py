"""Both places for articles, a folder and Milvus, keep them, find them and guard them alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article, Section, Span
from corpus.errors import FilterError, LibraryDamaged, LibraryMismatch, NotALibrary, SourceError
from index import bm25
from index.facts import Facts
from index.filters import Filters
from index.library import Found
from index.progress import IngestRules
from index.words import FieldWeights
from qa.answer import Answer
from qa.as_json import reply_json
from qa.proof import card_of, check_card
from qa.rules import AskRules
from tests.conftest import FakeEncoder
from tests.store_tools import Folder, Kept, Lite, found_ids, ids_of

Make = Callable[..., Article]
_NAMES = count(1)
WORDS = FieldWeights()


@pytest.fixture
def articles(make_article: Make) -> list[Article]:
    return [
        make_article(
            "# Timetable\n\nThe night ferry leaves Norrhamn at 22:40. It carries 41 lorries.",
            "Ferry", author="Ann Lee", published="2023-01-17", language="en",
            source="https://news.example.org/2023/ferry.html",
        ),
        make_article(
            "Otters came back to three bridges in 1985. Roads are their danger now.",
            "Otter", author="Bo Ray and Cy Fox", published="2024-05", language="en",
            source="https://example.net/otter",
        ),
        make_article(
            "Wärmepumpen wurden fünf Winter lang gemessen. Die Effizienz war 2,9.",
            "Heat", language="de", source="notes/heat.md",
        ),
    ]  # fmt: skip


# ---- asking


def test_marks_are_slices_of_the_stored_article_and_prove_themselves(
    kept: Kept, articles: list[Article]
) -> None:
    kept.put(*articles)
    archive = kept.archive()
    reply = archive.ask("When does the night ferry leave?")
    assert isinstance(reply, Answer)
    best = reply.extracts[0]
    assert best.passage.article.text == articles[0].text
    assert best.passage.heading == ("Timetable",)
    lit = [mark.span.of(articles[0].text) for mark in best.highlights]
    assert any("22:40" in words for words in lit)
    card = card_of(reply_json(reply), "1")
    assert {verdict.status for verdict in check_card(card, archive.article)} == {"holds"}
    archive.close()


def test_both_give_the_same_reply(
    tmp_path: Path, milvus_file: Path, articles: list[Article]
) -> None:
    replies = []
    for kept in (Folder(tmp_path / "library"), Lite(milvus_file, f"test_{next(_NAMES)}")):
        kept.put(*articles)
        archive = kept.archive()
        found = archive.library.find(
            "Wärmepumpen, otters, a ferry, 2,9 and 22:40", FakeEncoder(), candidates=9, fields=WORDS
        )
        replies.append(
            [
                [(hit.stored.passage.text, round(hit.score, 4)) for hit in hits]
                for hits in (found.by_meaning, found.by_words)
            ]
            + [[(term, round(found.weigher.weight(term), 6)) for term in found.terms]]
        )
        archive.close()
    assert replies[0] == replies[1]
    assert all(replies[0])


def test_weights_follow_what_is_put(kept: Kept, make_article: Make) -> None:
    first = [make_article("The ferry sails.", "A"), make_article("Otters swim.", "B")]
    kept.put(*first)
    store = kept.store()

    def weight() -> float:
        found = store.find("ferry", FakeEncoder(), candidates=5, fields=WORDS)
        return round(found.weigher.weight("ferri"), 6)

    assert weight() == round(bm25.idf(1, 2), 6)
    kept.put(*first, *(make_article(f"The ferry sails {n}.", f"A{n}") for n in range(5)))
    assert weight() == round(bm25.idf(6, 7), 6)
    store.close()


def test_words_that_no_analyzer_knows_are_found(kept: Kept, make_article: Make) -> None:
    odd = ["the rate was 2.75 then", "北京的渡轮很慢", "x" * 300 + " stood there", "naïve Œuvre"]
    kept.put(*(make_article(text, f"T{n}") for n, text in enumerate(odd)), make_article("no", "N"))
    store = kept.store()
    for n, asked in enumerate(["2.75", "渡轮", "x" * 300, "naive œuvre"]):
        found = store.find(asked, FakeEncoder(), candidates=5, fields=WORDS)
        assert [hit.stored.passage.text for hit in found.by_words] == [odd[n]]
    store.close()


def test_an_empty_archive_says_so(kept: Kept) -> None:
    with pytest.raises(NotALibrary, match="quoth ingest FOLDER"):
        kept.store()
    kept.put()
    archive = kept.archive()
    assert getattr(archive.ask("Is there anything?"), "reason", "") == "empty_archive"
    assert archive.size() == (0, 0)
    assert archive.articles() == []
    archive.close()


def test_threads_get_the_same_replies(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    archive = kept.archive()
    asked = ["When does the night ferry leave?", "Where are otters?", "Effizienz der Pumpen"] * 4
    alone = [reply_json(archive.ask(question)) for question in asked]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda question: reply_json(archive.ask(question)), asked))
    assert together == alone
    archive.close()


def test_a_shortlist_changes_no_reply(kept: Kept, make_article: Make) -> None:
    kept.put(
        *(
            make_article(
                f"Ferry {n} sails at {n % 24} to pier {n * 7} with {n + 3} lorries.", f"F{n}"
            )
            for n in range(150)
        )
    )
    archive = kept.archive()
    lists: list[bool] = []
    whole = archive.library.find

    def find(*given: Any, **known: Any) -> Found:
        found = whole(*given, **known)
        lists.append(found.is_short)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.library, "find", find)
        for question in ("When does ferry 17 sail?", "Which ferry has 88 lorries?"):
            short = archive.ask(question)
            traced, _ = archive.ask_traced(question)
            assert reply_json(short) == reply_json(traced)
    assert lists == [True, False] * 2
    archive.close()


# ---- changing


def test_a_change_is_seen_at_once_and_whole(
    kept: Kept, articles: list[Article], make_article: Make
) -> None:
    kept.put(*articles)
    archive = kept.archive()
    before = archive.generation
    ferry = articles[0]
    new = make_article("The night ferry leaves at 23:15 now.", "Ferry", source=ferry.source)
    report = kept.put(new, *articles[1:])
    assert (report.changed, report.unchanged) == (1, 2)
    assert archive.generation != before
    reply = archive.ask("When does the night ferry leave?")
    texts = [extract.passage.article.text for extract in getattr(reply, "extracts", ())]
    assert new.text in texts
    assert ferry.text not in texts
    assert archive.size()[0] == 3
    assert [p.text for p in archive.passages(ferry.id)] == [new.text]
    archive.close()


def test_what_is_known_is_renewed_without_encoding(
    kept: Kept, articles: list[Article], make_article: Make
) -> None:
    kept.put(articles[1])
    otter = articles[1]
    renewed = Article(otter.id, otter.title, otter.text, otter.source, "Di Woo", "2025", "en")
    encoder = FakeEncoder()
    assert kept.put(renewed, encoder=encoder).unchanged == 1
    assert encoder.encoded == 0
    assert found_ids(kept, "otters", filters=Filters(authors=("di woo",))) == [otter.id]
    assert found_ids(kept, "otters", filters=Filters(until="2024")) == []
    store = kept.store()
    with store.snapshot() as reads:
        article = reads.article(otter.id)
    store.close()
    assert article is not None
    assert (article.author, article.published) == ("Di Woo", "2025")


def test_what_is_removed_is_gone(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    archive = kept.archive()
    receipt = kept.remove(articles[0].id)
    assert [info.title for info in receipt.articles] == ["Ferry"]
    assert (receipt.passages, receipt.sentences) == (1, 2)
    assert archive.article(articles[0].id) is None
    assert archive.passages(articles[0].id) == []
    archive.close()
    assert articles[0].id not in found_ids(kept, "night ferry lorries")
    with pytest.raises(SourceError, match="nothing was removed"):
        kept.remove(articles[1].id, "nobody")
    assert articles[1].id in found_ids(kept, "otters")


def test_files_are_taken_when_they_are_new_changed_or_gone(kept: Kept, folder: Path) -> None:
    assert kept.ingest(folder).added == 3
    encoder = FakeEncoder()
    assert kept.ingest(folder, encoder).unchanged == 3
    assert encoder.encoded == 0
    (folder / "heat.txt").write_text("Heat pumps\n\nThe efficiency was 3.4 after all.")
    (folder / "ferry.txt").unlink()
    report = kept.ingest(folder)
    assert (report.changed, report.removed, report.unchanged) == (1, 1, 1)
    archive = kept.archive()
    assert [info.title for info in archive.articles()] == ["Heat pumps", "The river otter"]
    archive.close()
    (folder / "otter.md").unlink()
    (folder / "heat.txt").unlink()
    with pytest.raises(SourceError, match="--allow-removals"):
        kept.ingest(folder)


def ids_in(kept: Kept) -> set[str]:
    """Return the ids of the articles; each begins with what its file is called."""
    archive = kept.archive()
    try:
        return {info.id for info in archive.articles()}
    finally:
        archive.close()


def only(kept: Kept, part: str) -> str:
    (name,) = [name for name in ids_in(kept) if part in name]
    return name


def test_what_was_removed_stays_away_until_its_file_changes(kept: Kept, folder: Path) -> None:
    kept.ingest(folder)
    name = only(kept, "ferry")
    kept.remove(name)
    for ns in (None, (1, 1)):
        if ns:  # a new time is no change
            os.utime(folder / "ferry.txt", ns=ns)
        report = kept.ingest(folder)
        assert (report.added, report.unchanged, report.problems) == (0, 2, [])
        assert name not in ids_in(kept)
    (folder / "ferry.txt").write_text("The night ferry\n\nIt left at noon.")
    assert kept.ingest(folder).added == 1
    assert name in ids_in(kept)
    assert kept.ingest(folder).unchanged == 3


def test_no_other_file_and_no_bad_line_brings_back_what_was_removed(
    kept: Kept, folder: Path
) -> None:
    (folder / "z.md").write_text((folder / "otter.md").read_text())
    (folder / "lines.jsonl").write_text('{"title": "Tram", "text": "It stopped."}\n{"text": ""}\n')
    assert kept.ingest(folder).added == 4
    kept.remove(only(kept, "otter"), only(kept, "lines"))
    for _ in range(2):
        assert kept.ingest(folder).added == 0
        assert len(ids_in(kept)) == 2


def test_what_was_removed_is_brought_back_by_name(kept: Kept, folder: Path) -> None:
    kept.ingest(folder)
    before = ids_in(kept)
    kept.remove(only(kept, "ferry"))
    assert kept.ingest(folder, rules=IngestRules(bring_back=True)).added == 1
    assert ids_in(kept) == before
    (folder / "ferry.txt").unlink()
    kept.ingest(folder)
    (folder / "ferry.txt").write_text("The night ferry\n\nIt left at noon.")
    assert kept.ingest(folder).added == 1  # gone with its file is not removed by name


def test_an_article_of_two_files_outlives_the_first(kept: Kept, folder: Path) -> None:
    (folder / "z.md").write_text((folder / "otter.md").read_text())
    kept.ingest(folder)
    (folder / "otter.md").unlink()
    report = kept.ingest(folder)
    assert (report.removed, report.added) == (1, 1)
    only(kept, "otter")


# ---- filters


FILTERS = [
    Filters(since="2023-02"),
    Filters(until="2023"),
    Filters(since="2024-05-09", until="2024-06"),
    Filters(authors=("ANN  lee", "cy fox")),
    Filters(authors=('say "ann" \\ lee',)),
    Filters(sources=("example.org",)),
    Filters(sources=("https://www.example.org/2023/", "notes")),
    Filters(sources=("news.example.org/2023/a",)),
    Filters(sources=("notes/he",)),
    Filters(languages=("de", "ko")),
    Filters(since="2023", authors=("ann lee",), sources=("example.org",), languages=("en",)),
]
FACTS = [
    Facts(*each)
    for each in (
        (None, None, "notes/heat.md", None), (None, "soon", "notes", "de"),
        ("By Ann Lee, Bo Ray and Cy Fox", "2023", "https://news.example.org/2023/a.html?b=1", "en"),
        ("Ann Lee", "2024-05", "https://example.org/", "en"),
        ("Ann Lee", "2024-05-08", "https://notexample.org/2023/a", "ko"),
        ('say "Ann" \\ Lee', "2022-12-31", "https://example.org/2023#x", "en"),
        ("Lee, Ann", "2023-01-17", "https://news.example.org/2023/a", "xx"),
        ("Cy Fox", "2025", "https://a.b.example.org:8080/2024/2023", None),
    )
]  # fmt: skip


def test_filters_let_through_what_they_say(kept: Kept) -> None:
    texts = [f"The harbour story number {n}." for n in range(len(FACTS))]
    kept.put(
        *(
            Article(f"a{n}", f"T{n}", texts[n], fact.source, fact.author, fact.published,
                    fact.language or "en")
            for n, fact in enumerate(FACTS)
        )
    )  # fmt: skip
    store = kept.store()
    for filters in FILTERS:
        passing = {
            f"a{n}" for n, fact in enumerate(FACTS)
            if filters.admits(fact._replace(language=fact.language or "en"))
        }  # fmt: skip
        found = store.find("harbour", FakeEncoder(), candidates=20, fields=WORDS, filters=filters)
        for hits in (found.by_meaning, found.by_words):
            assert {hit.stored.passage.article.id for hit in hits} == passing, filters
        assert found.admitted == len(passing), filters
    assert any(filters.admits(fact) for filters in FILTERS[4:5] for fact in FACTS)
    store.close()


def test_a_narrow_filter_still_fills_the_list(kept: Kept, make_article: Make) -> None:
    many = [make_article(f"ferry ferry ferry {n}", f"M{n}", language="en") for n in range(40)]
    few = [make_article(f"ferry and other words {n}", f"F{n}", language="de") for n in range(6)]
    kept.put(*many, *few)
    store = kept.store()
    found = store.find("ferry", FakeEncoder(), candidates=5, fields=WORDS,
                       filters=Filters(languages=("de",)))  # fmt: skip
    for hits in (found.by_meaning, found.by_words):
        assert len(hits) == 5
        assert {hit.stored.passage.article.language for hit in hits} == {"de"}
    everything = store.find("ferry", FakeEncoder(), candidates=46, fields=WORDS)
    scores = {hit.stored.number: round(hit.score, 5) for hit in everything.by_words}
    assert [round(hit.score, 5) for hit in found.by_words] == [
        scores[hit.stored.number] for hit in found.by_words
    ]
    store.close()


def test_facets_count_what_there_is(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    store = kept.store()
    facets = store.facets()
    assert (facets.articles, facets.dated, facets.first) == (3, 2, "2023-01-17")
    assert [each.value for each in facets.authors] == ["Ann Lee", "Bo Ray", "Cy Fox"]
    assert [(each.value, each.articles) for each in facets.languages] == [("en", 2), ("de", 1)]
    assert store.facets(Filters(languages=("de",))).articles == 1
    (unknown,) = store.unknown(Filters(authors=("Ann",)))
    assert unknown.held == ("Ann Lee",)
    with pytest.raises(FilterError, match="en, de"):
        store.check_filters(Filters(languages=("german",)))
    archive = kept.archive()
    nothing = archive.ask("ferry", filters=Filters(authors=("Nobody",)))
    assert getattr(nothing, "reason", "") == "filtered_out"
    archive.close()
    store.close()


# ---- what is kept


def test_articles_are_listed_and_kept_to_the_letter(kept: Kept, make_article: Make) -> None:
    long = "🚢 Ärger\r\n" * 20_000  # 1 character of 4 bytes, and more than Milvus takes at once
    article = Article(
        "odd'\"\\id", "Title “x”", long, "a\tb.pdf", None, None, "en",
        (Section(Span(0, 7), 2),), (0, 50_000), None,
    )  # fmt: skip
    kept.put(article, make_article("Short.", "Another"))
    archive = kept.archive()
    held = archive.article(article.id)
    assert held is not None
    assert held.captured
    assert (held.text, held.sections, held.pages) == (long, article.sections, article.pages)
    assert (held.author, held.published, held.source) == (None, None, "a\tb.pdf")
    first, second = archive.articles()
    assert (first.title, second.title) == ("Another", "Title “x”")
    assert (second.author, second.characters) == (None, len(long))
    assert archive.size() == (2, first.passages + second.passages)
    assert len(archive.passages(article.id)) == second.passages
    archive.close()
    kept.remove(article.id)
    archive = kept.archive()
    assert archive.size() == (1, 1)
    archive.close()


def test_near_duplicates_are_known(kept: Kept, make_article: Make) -> None:
    story = " ".join(f"On day {n} the keeper of light {n * 7} saw {n + 3} ships." for n in range(9))
    twins = [make_article(story, "A", published="2024-01-01"),
             make_article(story + " The end of it.", "B", published="2024-01-02")]  # fmt: skip
    other = " ".join(f"Otter {n} was seen at weir {n * 3} by {n + 2} anglers." for n in range(9))
    alike = make_article(story[: len(story) // 2] + other, "D")  # but no copy
    kept.put(*twins, make_article("Otters are other animals. They swim in rivers.", "C"), alike)
    store = kept.store()
    with store.snapshot() as reads:
        a, b = ids_of(twins)
        every = [info.id for info in reads.articles()]
        assert reads.copies_among(every) == {(a, b), (b, a)}
        assert reads.copies_among([a]) == frozenset()
        (group,) = reads.copy_groups()
    assert group.ids == (b, a)
    assert group.similarity == (1.0, 1.0)
    assert not group.crowded
    found = store.find("the keeper saw ships", FakeEncoder(), candidates=9, fields=WORDS)
    assert found.copies == {(a, b), (b, a)}
    store.close()


def test_another_encoder_is_refused(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    other = FakeEncoder("other")
    store = kept.store()
    store.check_encoder(FakeEncoder())
    with pytest.raises(LibraryMismatch, match="was built with encoder 'fake'"):
        store.check_encoder(other)
    store.close()
    with pytest.raises(LibraryMismatch, match="encoder_fingerprint"):
        kept.put(*articles, encoder=other)


def test_the_fingerprint_is_that_of_the_articles(
    tmp_path: Path, milvus_file: Path, articles: list[Article]
) -> None:
    prints = []
    for kept in (Folder(tmp_path / "library"), Lite(milvus_file, f"test_{next(_NAMES)}")):
        kept.put(*articles)
        store = kept.store()
        prints.append(store.fingerprint())
        kept.remove(articles[0].id)
        assert store.fingerprint() != prints[-1]
        store.close()
    assert prints[0] == prints[1]


def test_it_is_all_there_after_a_close(tmp_path: Path, articles: list[Article]) -> None:
    for kept in (Folder(tmp_path / "library"), Lite(tmp_path / "one.db", "again")):
        kept.put(*articles)
        before = found_ids(kept, "night ferry otters")
        kept.end()
        assert found_ids(kept, "night ferry otters") == before
        assert kept.put(*articles).unchanged == 3
        kept.end()


# ---- damage


def test_a_damaged_passage_is_not_shown(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    ferry = articles[0].id
    assert ferry in found_ids(kept, "night ferry lorries")
    kept.damage_passages(ferry)
    assert ferry not in found_ids(kept, "night ferry lorries")
    assert articles[1].id in found_ids(kept, "otters at bridges")


def test_a_damaged_article_is_not_shown(kept: Kept, articles: list[Article]) -> None:
    kept.put(*articles)
    ferry = articles[0].id
    kept.damage_article(ferry)
    assert ferry not in found_ids(kept, "night ferry lorries")
    archive = kept.archive(AskRules(bar=0.0))
    with pytest.raises(LibraryDamaged, match=ferry):
        archive.article(ferry)
    archive.close()
