"""Texts that differ in looks only are equal; texts in which names changed places are not."""

import orjson
import pytest

from dataaug.text.exchanges import places
from dataaug.text.normalize import normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I fly from Oslo to Rome", "I fly from Rome to Oslo"),
        ("i fly from oslo to rome", "i fly from rome to oslo"),
        ("I fly from Oslo to Rome", "I fly to Oslo from Rome"),
        ("a room for 2 adults and 3 children", "a room for 3 adults and 2 children"),
        ("Yesterday Anna paid Berg", "Yesterday Berg paid Anna"),
        ("ich fliege von Oslo nach Rom", "ich fliege von Rom nach Oslo"),
        ("un vuelo de Lima a Quito", "un vuelo de Quito a Lima"),
        ("un vol de Lyon à Nice", "un vol de Nice à Lyon"),
    ],
)
def test_what_changed_places_is_seen(one, other):
    assert places(one).exchanged(places(other))
    assert places(other).exchanged(places(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I fly from Oslo to Rome", "I fly from Oslo to Rome!"),
        ("I fly from Oslo to Rome", "I fly to Rome from Oslo"),
        ("please call Anna at 5", "at 5 please call Anna"),
        ("Anna, call me at 5", "call me at 5, Anna"),
        ("where is my card", "my card is where"),
        ("I want a refund for a parcel", "a parcel I want a refund for"),
        ("I want to buy and to sell", "I want to sell and to buy"),
        ("I fly from Oslo to Rome", "I fly from Oslo to Lima"),
    ],
)
def test_other_orders_are_no_exchange(one, other):
    assert not places(one).exchanged(places(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("re\u200bfund", "refund"), ("\ufeffHello", "hello"), ("re\u00adfund", "refund"),
     ("hel\u200dlo", "hello"), ("hello\u200f!", "hello"), ("...", "…"), ("ok.", "OK"),
     ("cafe\u0301", "café")],
)  # fmt: skip
def test_what_shows_nothing_does_not_count(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("!!!", "???"), ("!!!", "…"), ("???", "..."), ("👩\u200d💻", "👩💻"), ("", "."), ("!", "?")],
)
def test_texts_of_punctuation_differ(one, other):
    assert normalise(one) != normalise(other)


def kept(cli, *texts):
    lines = b"".join(orjson.dumps({"text": text, "label": "a"}) + b"\n" for text in texts)
    result = cli("filter", "--check", "exact", "--check", "near-duplicate", "--include-real",
                 "--max-drop", "1", "-p", "near-duplicate.embedder=hashing", "-p",
                 "near-duplicate.similarity=0.5",
                 stdin=lines)  # fmt: skip
    assert result.code == 0, result.err
    return [orjson.loads(line)["text"] for line in result.out.splitlines()]


def test_filter_keeps_both_directions_and_one_of_each_copy(cli):
    there, back = (
        "please book me a flight from Oslo to Rome",
        "please book me a flight from Rome to Oslo",
    )
    copies = (f"\ufeff{there}", "please book me from Oslo to Rome a flight")
    assert kept(cli, there, back, *copies, "!!!", "???") == [there, back, "!!!", "???"]
