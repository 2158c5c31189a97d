"""Names behind abbreviations, initials, colons and quotes are names; real sentences begin."""

from pathlib import Path

import pytest

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.plugins import Spec
from dataaug.text.protection import Protector, names_in
from dataaug.text.sentences import sentences
from dataaug.text.words import words

EDITS = ("synonym", "typo", "swap", "delete", "insert")
LINES = (Path(__file__).parent / "cases" / "names.txt").read_text(encoding="utf-8").splitlines()
CASES = [line for line in LINES if not line.startswith("#")]
protect = Protector()


def test_there_are_two_hundred_sentences():
    assert len(set(CASES)) >= 200


@pytest.mark.parametrize("line", CASES)
def test_a_name_is_never_edited(line):
    text, named = line.replace("*", ""), line.split("*")[1::2]
    assert named
    assert set(named) <= set(names_in(text))
    for method in EDITS:
        request = Request(text, 4, 11, protect(text))
        (answers,) = plugins.load("methods", Spec(method, {}))([request])
        for variant in answers:
            if isinstance(variant, Variant):
                there = [word.text for word in words(variant.text)]
                assert all(there.count(name) >= named.count(name) for name in named), variant.text


@pytest.mark.parametrize(
    "text",
    [
        "The parcel is late. Please help",
        "The parcel is late! Please help",
        "Order from Acme Inc. Please answer",
        "I live in the U.S. Please help",
        "Bring cups etc. The rest is here",
        'He said "it is late." Please help',
        "First line\nPlease help",
        "To do:\n- Please help",
        "Note: please read. What's next",
        "My question: What is the fee",
        'She asked: "What is the fee"',
        "Ich habe gefragt: Was kostet das",
        "J'ai demandé : Où est le colis",
        "Te lo digo: ¿Dónde está",
        "Eu disse: Não é meu",
    ],
)
def test_words_that_open_a_sentence_are_no_names(text):
    openers = {"Please", "The", "What's", "What", "Was", "Où", "Dónde", "Não"}
    assert not openers & set(names_in(text))


def test_nothing_is_put_into_an_abbreviation():
    insert = plugins.load("methods", Spec("insert"))
    for text in ("big U.S. firms help", "the big Mr. Cook helps", "the small e.g. big firm"):
        (answers,) = insert([Request(text, 12, 3, protect(text))])
        whole = next(word for word in ("U.S.", "Mr.", "e.g.") if word in text)
        assert any(isinstance(answer, Variant) for answer in answers)
        assert all(whole in answer.text for answer in answers if isinstance(answer, Variant))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Where is it? I wait. thanks", ["Where is it?", "I wait.", "thanks"]),
        (
            "Ask Mr. Cook or Dr. Wu, e.g. Monday. Bye",
            ["Ask Mr. Cook or Dr. Wu, e.g. Monday.", "Bye"],
        ),
        ('He said "No." Then he left', ['He said "No."', "Then he left"]),
        ("Wait... what?! ... no", ["Wait...", "what?!", "no"]),
        ("one line\n\n  two lines\r\n", ["one line", "two lines"]),
        ("我的卡丢了。怎么办？请回复", ["我的卡丢了。", "怎么办？", "请回复"]),
        ("it is 3.5 km to shop.com now", ["it is 3.5 km to shop.com now"]),
        (" . ! ", []),
        ("", []),
    ],
)
def test_text_is_cut_behind_its_sentences(text, cut):
    assert sentences(text) == cut
