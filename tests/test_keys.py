"""Bytes of a terminal are keys, whole or in pieces; noise is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaug.review.ui.keys import Decoder, Key


def keys(*pieces, flush=True):
    decoder = Decoder()
    found = [key for piece in pieces for key in decoder.feed(piece)]
    return [key.name for key in [*found, *(decoder.flush() if flush else [])]]


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (b"yn1?", ["y", "n", "1", "?"]),
        (b"\r\n\x7f\t", ["enter", "enter", "backspace", "tab"]),
        (b"\x1b[A\x1bOB\x1b[6~", ["up", "down", "page down"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[200~yyy\x1b[Ayy\x1b[201~n", ["paste", "n"]),
        (b"\x1b[31;5my", ["y"]),  # a sequence that is no key types nothing
        (b"\x1b[1;5Cn", ["n"]),
        (b"\x1by", ["escape", "y"]),
        ("é界".encode(), ["é", "界"]),
        (b"\x00\x01\xff", ["\ufffd"]),
        (b"\x1b[" + b"9" * 40, ["9"] * 10),
    ],
)
def test_sent_bytes_are_these_keys(sent, names):
    assert keys(sent) == names


@given(st.lists(st.sampled_from([b"y", b"\x1b[A", b"\x1bOB", "é".encode(), b"\r",
                                 b"\x1b[200~no\x1b[201~"]), max_size=12), st.data())  # fmt: skip
def test_pieces_that_the_line_cuts_anywhere_are_the_same_keys(sent, data):
    whole = b"".join(sent)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]
    assert keys(*pieces) == keys(whole)


@given(st.binary(max_size=60))
def test_no_bytes_break_it(sent):
    for key in Decoder().feed(sent):
        assert isinstance(key, Key)


def test_a_paste_is_one_key_that_holds_its_text():
    (key,) = Decoder().feed(b"\x1b[200~two words\x1b[201~")
    assert key == Key("paste", "two words")


def test_an_unfinished_paste_decides_nothing():
    assert keys(b"\x1b[200~yyyy", b"yy") == []
