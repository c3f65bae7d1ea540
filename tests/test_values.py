"""What answering words say: a table of pairs, and what must hold for all of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.accounts.values import Value, Wording, relation, value_of

SAME = [
    ("$15 billion", "15 billion dollars"),
    ("$15 billion", "15bn dollars"),
    ("US$ 15 billion", "15,000,000,000 USD"),
    ("15억 달러", "$1.5 billion"),
    ("3 Mrd. Euro", "€3bn"),
    ("1.4 million crowns a year", "1.4 million crowns per year"),
    ("1.4 million crowns a year", "1.4 million crowns"),
    ("28 days", "twenty-eight days"),
    ("28 days of annual leave", "28 days"),
    ("sixteen weeks", "112 days"),
    ("two years", "24 months"),
    ("1,600 kg", "1.6 tonnes"),
    ("40 per cent", "40 %"),
    ("nineteen adults", "19 adults"),
    ("41 lorries", "about 41 lorries"),
    ("more than 41 lorries", "more than 41 lorries"),
    ("1.234,5 km", "1,234.5 km"),
    ("two and a half hours", "150 minutes"),
    ("17 January 2023", "January 17, 2023"),
    ("17 January 2023", "2023-01-17"),
    ("17th of January 2023", "17 Jan. 2023"),
    ("17. Januar 2023", "2023년 1월 17일"),
    ("January 2023", "17 January 2023"),
    ("on 17 January", "17 January 2023"),
    ("in 2021", "2021"),
    ("Dr Mara Okafor", "Okafor"),
    ("the night porter", "The night porter."),
    ("Zürich", "Zurich"),
    ("freight", "freight from the dairies"),
    ("03/04/2023", "03/04/2023"),
]
DIFFERENT = [
    ("$15 billion", "$16 billion"),
    ("$15 billion", "about 40 billion dollars"),
    ("28 days", "30 days"),
    ("two weeks", "three weeks"),
    ("19 adults", "two adults"),
    ("40 per cent", "60 %"),
    ("-5 °C", "5 °C"),
    ("90 km/h", "80 km/h"),
    ("17 January 2023", "18 January 2023"),
    ("January 2023", "17 March 2023"),
    ("2021", "2022"),
    ("21 March", "13 March"),
    ("Dr Mara Okafor", "Dr Jonas Lindqvist"),
    ("Sydney", "Canberra"),
]
UNLIKE = [
    ("$15 billion", "€15 billion"),  # another currency
    ("$15 billion", "15 billion"),
    ("15 billion dollars", "15.2 billion dollars"),  # rounded
    ("1.4 million", "1,412,000"),
    ("about 41 lorries", "43 lorries"),
    ("more than 41 lorries", "41 lorries"),
    ("more than 41 lorries", "60 lorries"),  # a bound is not contradicted
    ("1.4 million crowns a year", "1.5 million crowns a month"),
    ("28 days of annual leave", "28 days of parental leave"),
    ("four months", "120 days"),  # no fixed number of days
    ("28", "30"),  # of what?
    ("15m", "$15m"),  # metres, or millions
    ("1.400 kg", "1.4 kg"),  # a point that may stand for thousands
    ("5 pounds", "£6"),  # a currency, or a weight
    ("10 to 12 days", "12 days"),
    ("5 euros & a tip", "5 euros"),
    ("5 m²", "6 m"),
    ("5 m²", "5 m"),
    ("90 km/h", "80 km"),
    ("5 square metres", "6 metres"),
    ("three hours and ten minutes", "three hours"),
    ("03/04/2023", "3 April 2023"),
    ("17 January", "January 2023"),
    ("2022", "March 2022"),  # too little in common
    ("May", "in May"),  # may be a name
    ("since 2019", "2019"),
    ("since 2019", "2021"),
    ("30 February 2020", "28 February 2020"),
    ("Mara Okafor", "John Okafor"),
    ("Okafor", "Okafor’s brother"),
    ("Anna", "Anna and Ben"),
    ("Okafor", "not Okafor"),
    ("Kyiv", "Kiev"),  # one place in two spellings
    ("Adrian", "Sandra"),  # their likeness depends on which comes first
    ("WHO", "World Health Organization"),
    ("freight", "passengers"),
    ("lorries", "the lorries and buses of two companies"),
    ("the second place", "the second place on its upper deck at night"),
]
TABLE = [
    (*pair, expected)
    for expected, pairs in (("same", SAME), ("different", DIFFERENT), ("unlike", UNLIKE))
    for pair in pairs
]


def value(words: str, **around: str) -> Value:
    # Inside a sentence: at its beginning a capital says nothing.
    found = value_of(words, **{"before": "It was ", **around})
    assert found is not None
    return found


@pytest.mark.parametrize(("a", "b", "expected"), TABLE, ids=[f"{a} | {b}" for a, b, _ in TABLE])
def test_pairs(a: str, b: str, expected: str) -> None:
    assert relation(value(a), value(b)) == expected
    assert relation(value(b), value(a)) == expected


PIECES = "15 1.4 1,400 28 twenty-one a $ € % billion bn m dollars days weeks months a year January"
PIECES += " 2023 2023-01-17 17 May about more than Dr Mara Okafor the of and not Ähre 억 달러 . , -"
words = st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=5).map(" ".join)
texts = words | st.text(max_size=12)
languages = st.sampled_from([None, "en", "de"])


@given(texts, texts, languages)
def test_symmetric_and_reflexive(a: str, b: str, language: str | None) -> None:
    one, other = value_of(a, language=language), value_of(b, language=language)
    for each in (one, other):
        assert each is None or relation(each, each) == "same"
    if one is not None and other is not None:
        assert relation(one, other) == relation(other, one)


@given(st.integers(1, 10**12), st.sampled_from(["euros", "days", "lorries", "%"]))
def test_grouped_digits_are_the_same_number(number: int, unit: str) -> None:
    assert relation(value(f"{number} {unit}"), value(f"{number:,} {unit}")) == "same"


@given(st.dates(), st.dates())
def test_whole_dates_agree_only_when_equal(a: date, b: date) -> None:
    first, second = value_of(a.isoformat()), value_of(b.isoformat())
    assert first is not None
    assert second is not None
    assert relation(first, second) == ("same" if a == b else "different")


@pytest.mark.parametrize("nothing", ["", " ", "the", "…", "—", "They"])
def test_words_that_say_nothing(nothing: str) -> None:
    assert value_of(nothing) is None


@pytest.mark.parametrize("name", ["US", "IT", "May", "Will"])
def test_names_that_look_like_function_words_are_heard(name: str) -> None:
    assert value_of(name) is not None


@pytest.mark.parametrize(
    "sign", ["1", "1,", "1 ", "one ", "-", "a", "A ", "１", "٣", "²", "1.000."]
)
def test_words_of_any_length_are_borne(sign: str) -> None:
    found = value_of(sign * 20_000, before="more than " * 3, after=" days" * 6)
    assert found is None or relation(found, found) == "same"


def test_digits_of_other_scripts_are_digits() -> None:
    assert relation(value("１２ lorries"), value("١٢ lorries")) == "same"
    assert relation(value("２０２３-01-17"), value("17 January 2023")) == "same"


def test_what_stands_round_a_number_belongs_to_it() -> None:
    lorries = value("41", after=" lorries. It leaves")
    assert relation(lorries, value("41 lorries")) == "same"
    assert relation(lorries, value("43", after=" lorries a night")) == "different"
    assert relation(lorries, value("43", after=" buses")) == "unlike"
    assert relation(value("15", after=" billion dollars in"), value("$15 billion")) == "same"
    assert relation(value("$5", before="costs more than "), value("$7")) == "unlike"


def test_a_capital_is_no_name_where_every_word_has_one() -> None:
    at_start = value("Freight", before="saved it. ")
    assert relation(at_start, value("Passengers", before="saved it. ")) == "unlike"
    german = [value_of(w, before="es war ", language="de") for w in ("Fracht", "Regen")]
    assert None not in german
    assert relation(*german) == "unlike"  # type: ignore[arg-type]


def test_the_decimal_comma_is_read_by_language() -> None:
    english, german = (value_of("1,400 kg", language=each) for each in ("en", "de"))
    assert english == value("1.4 tonnes")
    assert isinstance(german, Wording)  # 1.4 or 1,400: not decided
    assert isinstance(value_of("2 billion euros", language="de"), Wording)
