"""Groups of rows that belong together."""

from hypothesis import given
from hypothesis import strategies as st

from dataaug.rows.groups import Groups

NUMBERS = st.integers(0, 11)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_groups_are_what_links_reach(links):
    groups = Groups(12)
    reached = [{number} for number in range(12)]
    for one, other in links:
        whole = reached[one] | reached[other]
        assert groups.join(one, other) == (reached[one] is not reached[other])
        for number in whole:
            reached[number] = whole
    assert groups.members() == sorted({min(group): sorted(group) for group in reached}.values())
    for one in range(12):
        assert {n for n in range(12) if groups.find(n) == groups.find(one)} == reached[one]


def test_a_long_chain_takes_no_recursion_and_no_square_of_steps():
    size = 200_000
    groups = Groups(size)
    assert all(groups.join(number + 1, number) for number in range(size - 1))
    assert groups.members() == [list(range(size))]
