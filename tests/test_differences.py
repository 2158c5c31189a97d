"""Two texts side by side: nothing is lost, and what is marked is what changed."""

from hypothesis import given
from hypothesis import strategies as st

from dataaug.review.ui.shown import is_cut, marked_pair, stretches, unmarked
from dataaug.text.differences import Piece, differences
from dataaug.text.printable import safe

TEXTS = st.text(st.sampled_from("ab é'.\n\u200b"), max_size=60) | st.text(max_size=60)


def joined(pieces, *kinds):
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_the_pieces(before, after):
    pieces = differences(before, after)
    assert joined(pieces, "same", "gone") == before
    assert joined(pieces, "same", "new") == after
    assert all(piece.text for piece in pieces)


@given(TEXTS)
def test_equal_texts_have_no_marks(text):
    assert differences(text, text) == unmarked(text)


def test_only_the_word_that_changed_is_marked():
    assert differences("Where can I buy it?", "Where can I purchase it?") == [
        Piece("same", "Where can I "),
        Piece("gone", "buy"),
        Piece("new", "purchase"),
        Piece("same", " it?"),
    ]


def test_changed_words_side_by_side_are_one_phrase():
    found = differences("I need to go now", "I have got to go now")
    assert Piece("gone", "need") in found
    assert Piece("new", "have got") in found


def test_a_change_deep_in_a_long_text_is_found_and_shown():
    text = "lorem ipsum dolor " * 6_000
    changed = text[:50_004] + "NEW " + text[50_004:]
    assert joined(differences(text, changed), "new").strip() == "NEW"
    shown = stretches(marked_pair(text, changed)[1], 1_200)
    assert is_cut(shown)
    assert any(run.kind == "new" and "NEW" in run.text for run in shown)
    assert sum(len(run.text) for run in shown) < 2_000


def test_long_texts_with_nothing_in_common_are_not_aligned():
    one, other = "a b " * 20_000, "c d " * 20_000
    assert joined(differences(one, other), "gone", "same") == one
    assert marked_pair(one, other) == (unmarked(one), unmarked(other))


@given(st.text(max_size=80))
def test_what_is_shown_holds_no_control_or_format_character(text):
    for run in stretches(unmarked(text)):
        for line in run.text.split("\n"):
            assert safe(line, len(line) + 1) == line


@given(st.lists(st.sampled_from("ab \u200b\x1b"), max_size=400).map("".join), st.integers(1, 200))
def test_a_cut_text_says_how_much_is_left_out(text, limit):
    shown = stretches(unmarked(text), limit)
    lost = [int(run.text.split()[1].replace(",", "")) for run in shown if run.kind == "cut"]
    assert sum(lost) == max(0, len(text) - limit)


def test_hidden_letters_are_apart_from_what_reads_alike():
    found = stretches(unmarked("a\u200bb \\u{200b}"))
    assert [(run.hidden, run.text) for run in found] == [
        (False, "a"),
        (True, "\\u{200b}"),
        (False, "b \\u{200b}"),
    ]


def test_text_without_a_parent_has_no_marks():
    assert marked_pair(None, "abc") == ([], unmarked("abc"))
    assert marked_pair(None, "") == ([], [])
