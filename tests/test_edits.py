from random import Random

import pytest
from making import made, real

from dataaug.errors import InputError, UsageError
from dataaug.rows.annotations import NONE, SpanFault, annotations_of, moved
from dataaug.rows.derived import make_child
from dataaug.rows.spans import Edit, Span, apply_edits, as_rows, from_rows, move, overlaps
from dataaug.text.protection import Protector, merge
from dataaug.text.words import article_edit, free_words, match_case, takes_an, words

TEXT = "I bought a big red car"


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ([], TEXT),
        ([Edit(2, 8, "got")], "I got a big red car"),
        ([Edit(0, 1, "We"), Edit(9, 10, "one"), Edit(19, 22, "")], "We bought one big red "),
        ([Edit(2, 2, "just ")], "I just bought a big red car"),
        ([Edit(22, 22, "!")], TEXT + "!"),
        ([Edit(0, 2, ""), Edit(2, 8, "Got")], "Got a big red car"),
    ],
)
def test_edits_change_what_they_name_and_nothing_else(edits, result):
    assert apply_edits(TEXT, edits) == result
    assert apply_edits(TEXT, from_rows(as_rows(TEXT, edits))) == result


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 5, "x"), Edit(4, 6, "y")],
        [Edit(5, 6, "x"), Edit(0, 1, "y")],
        [Edit(20, 23, "x")],
        [Edit(5, 4, "x")],
        [Edit(-1, 4, "x")],
    ],
)
def test_edits_that_overlap_or_lie_outside_are_refused(edits):
    with pytest.raises(ValueError, match="overlaps another or is out of range"):
        apply_edits(TEXT, edits)


def test_provenance_says_what_stood_there_and_what_does_now():
    assert as_rows("a big car", [Edit(2, 5, "large")]) == [
        {"start": 2, "end": 5, "from": "big", "to": "large"}
    ]


@pytest.mark.parametrize(
    ("edits", "moved"),
    [
        ([], Span(11, 14)),
        ([Edit(0, 1, "We")], Span(12, 15)),
        ([Edit(19, 22, "lorry")], Span(11, 14)),
        ([Edit(11, 11, "very ")], Span(16, 19)),  # insertions at an edge stay outside
        ([Edit(14, 14, " and")], Span(11, 14)),
        ([Edit(9, 11, "")], Span(9, 12)),
        ([Edit(11, 14, "large")], None),
        ([Edit(12, 12, "x")], None),
        ([Edit(10, 12, "x")], None),
        ([Edit(13, 20, "x")], None),
    ],
)
def test_span_moves_with_the_text_or_is_lost_where_an_edit_cuts_into_it(edits, moved):
    assert move(Span(11, 14), edits) == moved


@pytest.mark.parametrize(
    ("start", "end", "answer"),
    [(0, 3, False), (0, 4, True), (6, 7, False), (5, 6, True), (3, 3, False), (4, 4, True),
     (6, 6, False), (10, 10, False)],
)  # fmt: skip
def test_range_overlaps_a_span_if_it_shares_a_character_or_lies_inside(start, end, answer):
    assert overlaps(start, end, [Span(3, 6)]) is answer


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("big", "large", "large"),
        ("Big", "large", "Large"),
        ("BIG", "large", "LARGE"),
        ("Big", "turned down", "Turned down"),
        ("A", "one", "One"),
        ("iPhone", "phone", "phone"),
        ("ÉTÉ", "été", "ÉTÉ"),
        ("how do i", "how could I", "how could i"),
        ("How do i", "how can I", "How can i"),
        ("How do I", "how can I", "How can I"),
        ("Can i", "am I able to", "Am i able to"),
        ("is it possible", "can I", "can I"),
    ],
)
def test_new_word_takes_the_case_of_the_old(old, new, written):
    assert match_case(old, new) == written


@pytest.mark.parametrize(
    "word", ["apple", "error", "hour", "honest", "heir", "unimportant", "uninteresting"]
)
def test_words_that_take_an(word):
    assert takes_an(word)
    assert takes_an(word.upper())


@pytest.mark.parametrize(
    "word", ["car", "user", "unit", "one", "European", "house", "unique", "usual", "日本"]
)
def test_words_that_take_a(word):
    assert not takes_an(word)


@pytest.mark.parametrize(
    ("before", "word", "new", "after"),
    [
        ("a mistake", "mistake", "error", "an"),
        ("an error", "error", "mistake", "a"),
        ("A mistake", "mistake", "error", "An"),
        ("AN ERROR", "ERROR", "MISTAKE", "A"),
        ("A MISTAKE", "MISTAKE", "ERROR", "AN"),
        ("a  mistake", "mistake", "error", "an"),
        ("a mistake", "mistake", "fault", None),
        ("the mistake", "mistake", "error", None),
        ("data mistake", "mistake", "error", None),
        ("o'a mistake", "mistake", "error", None),
    ],
)
def test_article_follows_the_word_behind_it(before, word, new, after):
    edit = article_edit(before, before.index(word), new)
    assert (edit.text if edit else None) == after


def test_words_are_letters_of_any_script_with_what_holds_them_together():
    text = "Don't re-open part2 snake_case naïve 日本語 x’y 3rd - ok"
    assert [word.text for word in words(text)] == [
        "Don't", "re-open", "naïve", "x’y", "ok"]  # fmt: skip
    assert all(text[word.start : word.end] == word.text for word in words(text))


def test_free_words_are_those_that_no_protected_span_touches():
    text = "one two three four"
    assert [w.text for w in free_words(text, [Span(5, 6), Span(13, 18)])] == ["one", "three"]
    assert free_words(text, [Span(0, 18)]) == []
    assert [w.text for w in free_words(text, [Span(3, 4)])] == ["one", "two", "three", "four"]


def test_a_word_is_free_where_it_shares_no_sign_with_a_span():
    rng = Random(3)
    for _ in range(2000):
        text = "".join(rng.choice("ab  .é'") for _ in range(rng.randrange(24)))
        cuts = sorted(rng.randrange(len(text) + 1) for _ in range(2 * rng.randrange(4)))
        spans = [Span(*cuts[n : n + 2]) for n in range(0, len(cuts), 2)]
        wanted = [
            word
            for word in words(text)
            if not any(span.start < word.end and word.start < span.end for span in spans)
        ]
        assert free_words(text, spans) == wanted


PROTECTED = [
    ("see https://example.com/a?b=c&d=1 now", "https://example.com/a?b=c&d=1"),
    ("go to www.example.com now", "www.example.com"),
    ("look at shop.example-store.com now", "shop.example-store.com"),
    ("the file notes.txt is gone", "notes.txt"),
    ("mail me at first.last+tag@mail.example.co.uk please", "first.last+tag@mail.example.co.uk"),
    ("it cost $1,299.99 in all", "$1,299.99"),
    ("on 2024-05-01 at 10:30 sharp", "2024-05-01"),
    ("order A-1234 is late", "A-1234"),
    ("hello {customer_name} there", "{customer_name}"),
    ("hello {{ user.name }} there", "{{ user.name }}"),
    ("hello ${name} there", "${name}"),
    ("hello %(name)s there", "%(name)s"),
    ("a <b class='x'>bold</b> word", "<b class='x'>"),
    ("a <b class='x'>bold</b> word", "</b>"),
    ("run `pip install this` now", "`pip install this`"),
    ("set snake_case here", "snake_case"),
    ("fish &amp; chips", "&amp;"),
    ("ask @user_name for #help", "@user_name"),
    ("ask @user_name for #help", "#help"),
    ("open src/main.py and look", "src/main.py"),
    ("we asked Angela about it", "Angela"),
    ("the ATM took my card", "ATM"),
    ("my iPhone is broken", "iPhone"),
    ("I did not get it", "not"),
    ("i didn't get it", "didn't"),
    ("i didn’t get it", "didn’t"),
    ("it came without a box", "without"),
    ("The [id] field", "[id]"),
]


@pytest.mark.parametrize(("text", "token"), PROTECTED)
def test_token_is_protected_whole(text, token):
    start = text.index(token)
    spans = Protector()(text)
    assert any(s.start <= start and start + len(token) <= s.end for s in spans), spans


def test_ordinary_words_are_free_also_at_the_start_of_a_sentence_and_in_capitals():
    assert Protector()("Please help me. Thanks! “Sure” it is") == ()
    assert Protector()("MY CARD IS LOST") == ()


def test_name_is_protected_where_it_starts_a_sentence_too():
    text = "Hawking was right. They met Hawking"
    assert Span(0, 7) in Protector()(text)


def test_own_patterns_and_spans_are_added():
    spans = Protector(["kettle", "e+"])("the kettle here", [Span(0, 2)])
    assert spans == (Span(0, 2), Span(2, 3), Span(4, 10), Span(12, 13), Span(14, 15))


def test_pattern_that_matches_nothing_protects_nothing():
    assert Protector(["x*"])("aaa") == ()


def test_bad_pattern_is_a_usage_error_that_shows_it():
    with pytest.raises(UsageError, match=r"--protect '\[a' is not a regular expression"):
        Protector(["[a"])


@pytest.mark.parametrize("letter", ["a", "1", "/", "{", "<", "@", "_", "[", ".", "`", "é", "%"])
def test_protection_is_found_in_time_in_a_row_of_one_letter(letter):
    spans = Protector()(letter * 100_000 + " {x}")  # hours, if a repetition were unbounded
    assert spans == merge(spans)


@pytest.mark.parametrize(
    "spans",
    [17, "x", [1], [{}], [{"start": 0}], [{"start": "0", "end": 1}], [{"start": 0, "end": 99}],
     [{"start": -1, "end": 1}], [{"start": 2, "end": 1}], [{"start": 0.0, "end": 1}],
     [{"start": True, "end": 2}]],
)  # fmt: skip
def test_spans_that_are_none_are_recognised(spans):
    assert annotations_of(real("hello there", spans=spans)).fault.reason == "bad_spans"


def test_row_without_spans_has_none():
    assert annotations_of(real("hello")) is NONE
    assert annotations_of(real("hello", spans=None)) is NONE
    assert annotations_of(real("hello", spans=[])) is NONE


def test_moved_spans_keep_their_other_fields():
    row = real("a big car", spans=[{"start": 6, "end": 9, "label": "thing", "score": 0.5}])
    edits = [Edit(2, 5, "large")]
    assert moved(row, annotations_of(row), edits, "a large car") == {
        "spans": [{"start": 8, "end": 11, "label": "thing", "score": 0.5}]
    }


def test_span_whose_characters_changed_is_lost():
    row = real("a big car", spans=[{"start": 2, "end": 5}])
    lost, own = SpanFault("span_lost"), annotations_of(row)
    assert moved(row, own, [Edit(2, 5, "new")], "a new car") == lost
    assert moved(row, own, [], "a xxx car") == lost


def child(parent, text="new", **options):
    return make_child(parent, text, method="m", variant=0, seed=1, **options)


@pytest.mark.parametrize(
    "number",
    ["123456789012345678901234567890", "-123456789012345678901234567890", "1.10", "1E5", "1e400000"
     [:4], "-0", "-0.0", "0.1000", "12345678901234567.5", "100000000000000000000.0", "7", "1.0"],
)  # fmt: skip
@pytest.mark.parametrize("where", ['{"text":"a","n":%s}', '{"text":"a","n":[ 1,{"m": %s}]}'])
def test_child_has_the_numbers_of_its_parent_character_for_character(number, where, tmp_path):
    from dataaug.rows.jsonl import read

    path = tmp_path / "in.jsonl"
    path.write_text(where % number)
    (parent,) = read(str(path))
    line = child(parent).line.decode()
    assert f"{number}}}" in line.replace("]", "").replace(',"_aug"', '},"_aug"')


def test_child_keeps_the_other_fields_and_their_order():
    parent = real("old", "x", id="p", more={"k": [1, None, True]})
    made_ = child(parent)
    assert list(made_.fields)[:-1] == list(parent.fields)
    assert (made_.text, made_.label, made_.fields["more"]) == ("new", "x", {"k": [1, None, True]})
    assert (made_.aug["parent"], made_.aug["root"]) == ("p", "p")


def test_child_does_not_carry_its_parents_id():
    assert child(real("old", id="p")).fields["id"] == child(real("old", id="p")).id != "p"
    assert "id" not in child(real("old")).fields


def test_children_of_one_parent_have_ids_of_their_own_and_reruns_agree():
    parent = real("old", id="p")
    ids = [make_child(parent, "t", method=m, variant=v, seed=1).id for m in "ab" for v in (0, 1)]
    again = [make_child(parent, "t", method=m, variant=v, seed=1).id for m in "ab" for v in (0, 1)]
    assert len(set(ids)) == 4
    assert ids == again


def test_rows_that_share_an_id_by_mistake_have_different_children():
    assert child(real("one", id="p")).id != child(real("two", id="p")).id


def test_child_of_a_child_has_the_same_root():
    parent = made("old", parent=real("first", id="root"))
    assert (child(parent).aug["root"], child(parent).aug["parent"]) == ("root", parent.id)


@pytest.mark.parametrize("number", [b"1", b"1.10"])
@pytest.mark.parametrize("depth", [300, 1000])
def test_row_nested_too_deep_to_be_written_is_an_input_error_with_file_and_line(
    number, depth, tmp_path
):
    from dataaug.rows.jsonl import read

    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text":"a","n":' + b"[" * depth + number + b"]" * depth + b"}")
    (parent,) = read(str(path))
    with pytest.raises(InputError, match=r"in\.jsonl:1: can't be written as JSON again"):
        child(parent)
