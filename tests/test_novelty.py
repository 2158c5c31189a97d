"""What a text shares with a known one: runs of words to the word, and numbers however grouped."""

import pytest

from dataaug.text.fidelity import changes
from dataaug.text.rouge import RUN, Known, Vocabulary

SHARED = [f"shared{n}" for n in range(8)]


def filler(name, count):
    return [f"{name}{n}" for n in range(count)]


@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("behind", [0, 1, 5])
def test_eight_words_in_a_row_are_a_copy_wherever_they_stand(before, behind):
    known = Known(Vocabulary(), 1.0, RUN)
    known.add("seed", " ".join([*filler("a", before), *SHARED, *filler("b", behind)]))
    text = " ".join([*filler("c", behind), *SHARED, *filler("d", before)])
    found = known.near_duplicate(text)
    if before == behind == 0:
        assert found == ("seed", 1.0, 0)
    else:
        assert found == ("seed", 0.0, RUN)


@pytest.mark.parametrize("where", ["begin", "end", "alone"])
def test_seven_words_in_a_row_are_none(where):
    known = Known(Vocabulary(), 1.0, RUN)
    known.add("seed", " ".join([*filler("a", 3), *SHARED, *filler("b", 3)]))
    text = {"begin": [*SHARED[:-1], *filler("c", 4)], "end": [*filler("c", 4), *SHARED[1:]],
            "alone": SHARED[:-1]}[where]  # fmt: skip
    assert known.near_duplicate(" ".join(text)) is None


CHINESE = "我的订单还没有到请帮我查一下物流信息"


@pytest.mark.parametrize(("shared", "copied"), [(8, False), (15, False), (16, True)])
def test_two_characters_without_blanks_are_a_word_of_a_run(shared, copied):
    known = Known(Vocabulary(), 1.0, RUN)
    known.add("seed", f"甲乙丙丁{CHINESE[:shared]}戊己庚辛")
    found = known.near_duplicate(f"子丑寅卯{CHINESE[:shared]}辰巳午未")
    assert found == (("seed", 0.0, RUN) if copied else None)


def test_runs_of_both_kinds_of_script_count_together():
    known = Known(Vocabulary(), 1.0, RUN)
    shared = f"{CHINESE[:8]} one two three four"
    known.add("seed", f"alpha beta {shared}")
    assert known.near_duplicate(f"gamma delta {shared}") == ("seed", 0.0, RUN)
    assert known.near_duplicate(f"gamma delta {CHINESE[:8]} one two three") is None


def test_a_run_of_none_looks_for_none():
    known = Known(Vocabulary(), 1.0)
    known.add("seed", " ".join(filler("a", 20)))
    assert known.near_duplicate(" ".join(filler("a", 19))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("10,000 rows", "10000 rows"), ("10 000 rows", "10000 rows"),
     ("1,234,567 rows", "1234567 rows"), ("1 234 567 rows", "1,234,567 rows")],
)  # fmt: skip
def test_a_number_with_thousands_separators_is_the_number_without(one, other):
    assert list(changes(one, other)) == []
    assert list(changes(other, one)) == []


@pytest.mark.parametrize(
    ("one", "other"), [("1,23 m", "123 m"), ("5 and 1234 rows", "51234 rows"), ("1,2345", "12345")]
)
def test_what_is_no_group_of_three_is_not_joined(one, other):
    assert {change.reason for change in changes(one, other)} == {"number_changed"}
