"""What a rewritten text must keep: numbers as values, names, places, negation."""

from fractions import Fraction
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaug.text import negation
from dataaug.text.fidelity import Change, changes
from dataaug.text.numbers import mentions

CASES = Path(__file__).parent / "cases" / "rewordings.jsonl"
REWORDINGS = [orjson.loads(line) for line in CASES.read_bytes().splitlines()]


def reasons(source, variant, **languages):
    return {change.reason for change in changes(source, variant, **languages)}


@pytest.mark.parametrize("pair", REWORDINGS, ids=lambda pair: f"{pair['source']} {pair['variant']}")
def test_rewordings_that_say_the_same_pass_and_others_do_not(pair):
    both = (pair["source"], pair["variant"])
    for source, variant in (both, both[::-1]):
        assert (not reasons(source, variant, language=pair["language"])) == pair["right"]


@pytest.mark.parametrize("zero", "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０", ids=lambda zero: f"U+{ord(zero):04X}")
def test_digits_of_every_script_are_digits(zero):
    written = "".join(chr(ord(zero) + int(digit)) for digit in "4072")
    assert reasons(f"I have {written} rows", "I have 4072 rows") == set()
    assert reasons(f"I have {written} rows", "I have 4073 rows") == {"number_changed"}


@pytest.mark.parametrize("blank", [" ", "\xa0", "\u2009", "\u202f", "'", "’"])
@pytest.mark.parametrize("minus", ["-", "−"])
def test_signs_and_blanks_inside_a_number_do_not_count(blank, minus):
    written = f"{minus}12{blank}345,5 €"
    assert reasons(f"Es sind {written}", "Es sind -12345,50 Euro", language="de") == set()
    assert reasons(f"Es sind {written}", "Es sind 12345,50 Euro", language="de") == {
        "number_changed"
    }


@pytest.mark.parametrize(
    ("source", "variant", "languages", "right"),
    [
        ("I waited 3 weeks", "J'ai attendu trois semaines", "en fr", True),
        ("I waited 3 weeks", "J'ai attendu trois jours", "en fr", False),
        ("I waited 3 weeks", "Я ждал три недели", "en ru", True),
        ("I waited 3 weeks", "Я ждал 4 недели", "en ru", False),
        ("I paid 300 dollars", "Я заплатил 300 рублей", "en ru", False),
        ("the 25th minute", "die 25. Minute", "en de", True),
        ("in the 1930s", "en los años 30", "en es", True),
        ("We met at 3 p.m.", "Nous nous sommes vus à 15\xa0h", "en fr", True),
        ("We met at 3 p.m.", "Nous nous sommes vus à 16\xa0h", "en fr", False),
        ("on May 30, 2005", "am 30. Mai 2005", "en de", True),
        ("on May 30, 2005", "2005年5月30日", "en zh", True),
        ("on May 30, 2005", "2005年6月30日", "en zh", False),
        ("£125m", "1.25 亿英镑", "en zh", True),
        ("up to 10 inches of rain", "bis zu 25 Zentimeter Regen", "en de", True),
        ("up to 10 inches of rain", "bis zu 10 Zentimeter Regen", "en de", False),
        ("I waited 22 weeks", "Ho aspettato ventidue settimane", "en it", True),
        ("I waited 22 weeks", "Ho aspettato ventitré settimane", "en it", False),
        ("I waited 22 weeks", "Ik heb tweeëntwintig weken gewacht", "en nl", True),
        ("I waited 22 weeks", "Ik heb drieëntwintig weken gewacht", "en nl", False),
        ("die beiden Karten", "the two cards", "de en", True),
        ("Segundo ele, sim", "He said yes", "pt en", True),
        ("o segundo cartão", "the third card", "pt en", False),
        ("vient lundi", "comes on Tuesday", "fr en", False),
    ],
)  # fmt: skip
def test_numbers_of_a_translation_are_those_of_its_source(source, variant, languages, right):
    language, into = languages.split()
    assert (not reasons(source, variant, language=language, into=into)) == right


def test_what_is_wrong_is_named():
    assert list(changes("I want 2 lamps, not 3 chairs", "I want 3 lamps, not 2 chairs")) == [
        Change("number_changed", "2 and 3 changed places")
    ]
    assert list(changes("It took 3 weeks", "It took 3 days")) == [
        Change("number_changed", "lost 3 weeks"),
        Change("number_changed", "added 3 days"),
    ]
    assert list(changes("It opens in March", "It opens in April")) == [Change("name_lost", "March")]
    assert list(changes("From Oslo to Rome by bus", "By bus from Rome to Oslo")) == [
        Change("name_lost", "Oslo and Rome changed places")
    ]


@pytest.mark.parametrize(
    ("text", "language", "what", "value"),
    [
        ("two million dollars", "en", "USD", 2_000_000),
        ("$2m", "en", "USD", 2_000_000),
        ("3 Mio. Euro", "de", "EUR", 3_000_000),
        ("quatre-vingt-dix-sept", "fr", "", 97),
        ("veintiún días", "es", "second", 21 * 86400),
        ("R$ 1.234,50", "pt", "BRL", Fraction(2469, 2)),
        ("1,23,456 rupees", "en", "INR", 123456),
        ("halb acht", "de", "clock", 7 * 60 + 30),
        ("a las 7 de la tarde", "es", "clock", 19 * 60),
        ("il y a une heure et demie", "fr", "second", 5400),
        ("5 feet 10 inches", "en", "inch", 70),
        ("-5 °C", "en", "celsius", -5),
        ("5 degrees below zero", "en", "celsius", -5),
        ("３５％", "ja", "percent", 35),
    ],
)
def test_numbers_are_read_with_what_they_count(text, language, what, value):
    (found,) = mentions(text, language)
    assert (what, value) in found.keys


@pytest.mark.parametrize(
    ("source", "variant", "language", "right"),
    [
        ("It takes at least 3 days", "It takes at most 3 days", "en", False),
        ("It takes at least 3 days", "3 days or more: it takes no less than 3 days", "en", True),
        ("more than 50 people", "over 50 people", "en", True),
        ("more than 50 people", "fewer than 50 people", "en", False),
        ("not more than 50 people", "up to 50 people", "en", True),
        ("after 5 pm", "before 5 pm", "en", False),
        ("mindestens 3 Tage", "höchstens 3 Tage", "de", False),
        ("plus de 3 jours", "moins de 3 jours", "fr", False),
        ("al menos 3 días", "como máximo 3 días", "es", False),
        ("pelo menos 3 dias", "no máximo 3 dias", "pt", False),
        ("über 3 Tage", "mehr als drei Tage", "de", True),
    ],
)
def test_a_bound_stays_on_its_side(source, variant, language, right):
    for one, other in ((source, variant), (variant, source)):
        assert (not reasons(one, other, language=language)) == right


def test_a_number_that_may_be_read_in_two_ways_keeps_both():
    (found,) = mentions("10.000", "en")
    assert set(found.values) == {10_000, 10}
    (found,) = mentions("10,000", "en")
    assert found.values == (10_000,)
    (found,) = mentions("04/10/2021"[:5], "en")
    assert {key for key in found.keys if key[0] == "date"} == {("date", "10-4"), ("date", "4-10")}


@pytest.mark.parametrize(
    "text",
    ["Five Guys is near", "no one came", "one of us", "wait a second", "hundreds of people",
     "behalf", "Mr. O’Neil", "the weekend", "often"],
)  # fmt: skip
def test_what_is_no_number_counts_nothing(text):
    assert all(found.soft for found in mentions(text, "en"))


@pytest.mark.parametrize(
    ("source", "variant", "language", "word"),
    [
        ("I can't log in", "I am locked out", "en", ""),
        ("I can't log in", "I am logged in", "en", "can't"),
        ("My card was not blocked", "My card was blocked", "en", "not"),
        ("It is not done", "It is hardly done", "en", "not"),
        ("no refund, a new one", "a refund, no new one", "en", "refund"),
        ("it returns None here", "it returns nothing", "en", ""),
        ("None of us came", "We came", "en", "None"),
        ("Order No. 5 is late", "Order 5 is late", "en", ""),
        ("Is it late or not?", "Is it late?", "en", ""),
        ("Das geht nicht", "Das geht", "de", "nicht"),
        ("Das geht nicht", "Das ist kaputt", "de", ""),
        ("Je ne sais pas", "Je sais", "fr", "ne"),
        ("No lo sé", "Lo sé", "es", "No"),
        ("Não sei", "Sei", "pt", "Não"),
        ("Nie wiem", "Wiem", "pl", ""),
    ],
)
def test_negation_is_kept(source, variant, language, word):
    assert negation.changed(source, variant, language) == word
    assert bool(negation.changed(variant, source, language)) == bool(word)


@settings(deadline=None)  # the first text of a language loads its names
@given(st.text(max_size=60), st.sampled_from(["en", "de", "fr", "es", "pt", "hi", "zh", "xx", ""]))
def test_a_text_says_what_it_says(text, language):
    assert list(changes(text, text, language=language)) == []
    found = mentions(text, language)
    assert all(0 <= mention.start < mention.end <= len(text) for mention in found)


_PIECE = st.sampled_from(
    ["5", "10,000", " ", "pm", "a.m.", "half", "two", "dozen", "€", "$", "-", "/", ".", "%", "May",
     "weeks", "and", "uno", "dos", "halb", "ein", "½", "٣", "third", "past", "to", "h", "30", "No."]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_PIECE, max_size=12), st.sampled_from(["en", "de", "fr", "es", "pt"]))
def test_any_row_of_number_words_is_read_alike_twice(pieces, language):
    text = " ".join(pieces)
    assert list(changes(text, text, language=language)) == []


def test_long_texts_of_numbers_take_no_long():
    text = "12 apples for $5 at 10am, two and a half May "
    assert list(changes(text * 400, text * 400)) == []
    assert reasons(text * 400, text * 400 + "13 pears") == {"number_changed"}
