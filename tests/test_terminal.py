import pytest

from dataaug.text.printable import safe

HIDDEN = "\x1b\x9b\x00\u200b\u202e\u2066\ufeff\u2028\u00ad\U000e0041"
BLANK = "\u034f\u115f\u1160\u17b4\u180b\u3164\ufe00\uffa0\U000e0101"


@pytest.mark.parametrize("letter", HIDDEN + BLANK)
def test_letter_that_would_not_be_seen_is_shown_by_its_number(letter):
    assert safe(f"a{letter}b") == f"a\\u{{{ord(letter):x}}}b"


def test_letters_that_are_seen_stay_as_they_are():
    text = "naïve e\u0301 東京 مرحبا ❤\ufe0f 👍🏽 «»"
    assert safe(text) == text


def test_line_end_and_tab_take_one_place():
    assert safe("a\tb\nc") == "a b⏎c"
    assert safe("abcd", 3) == "abc…"
