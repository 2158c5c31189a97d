"""Shares of whole rows: Hamilton's method, with caps and floors, whatever order names come in."""

import itertools
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaug.allocation import shares

names = st.none() | st.text("abcde", max_size=3)
weights = st.dictionaries(names, st.integers(0, 40), min_size=1, max_size=12)


def quotas(total, given_weights, least, most):
    """Return the exact quotas: floors and caps bind, the others follow one rate.

    It looks for the rate by trying every place where a bound begins or ends to bind.
    """

    def at(rate):
        return {
            name: min(max(Fraction(least[name]), rate * weight), Fraction(most[name]))
            for name, weight in given_weights.items()
        }

    ends = sorted(
        {Fraction(bound[name], weight) for bound in (least, most)
         for name, weight in given_weights.items()} | {Fraction(0)}
    )  # fmt: skip
    for low, high in itertools.pairwise(ends):
        under, over = sum(at(low).values()), sum(at(high).values())
        if under <= total <= over:
            if under == over:
                return at(low)
            return at(low + (high - low) * (total - under) / (over - under))
    raise AssertionError("no rate adds up to the total")


def test_the_biggest_name_does_not_take_all_remainders():
    found = shares(50, {"big": 90, **{f"small{n}": 1 for n in range(10)}})
    assert found.pop("big") == 45
    assert sorted(found.values()) == [0] * 5 + [1] * 5


@pytest.mark.parametrize(
    ("total", "given_weights", "expected"),
    [
        # Hamilton's own method on the census of 1790 (Balinski & Young 2001, table 3.1).
        (120, {"CT": 236841, "DE": 55540, "GA": 70835, "KY": 68705, "MD": 278514, "MA": 475327,
               "NH": 141822, "NJ": 179570, "NY": 331589, "NC": 353523, "PA": 432879, "RI": 68446,
               "SC": 206236, "VT": 85533, "VA": 630560},
         {"CT": 8, "DE": 2, "GA": 2, "KY": 2, "MD": 9, "MA": 16, "NH": 5, "NJ": 6, "NY": 11,
          "NC": 12, "PA": 14, "RI": 2, "SC": 7, "VT": 3, "VA": 21}),
        (1, {"b": 1, "a": 1}, {"b": 0, "a": 1}),
        (1, {"b": 1, None: 1}, {"b": 0, None: 1}),
        (1, {("y", "a"): 2, ("x", "b"): 2}, {("y", "a"): 0, ("x", "b"): 1}),
        (0, {"a": 3}, {"a": 0}),
        (7, {}, {}),
        (3, {"a": 0, "b": 0}, {"a": 2, "b": 1}),
        (3, {"a": 0, "b": 5}, {"a": 0, "b": 3}),
    ],
)  # fmt: skip
def test_shares(total, given_weights, expected):
    assert shares(total, given_weights) == expected


def test_what_a_full_name_cannot_take_goes_to_the_others_by_their_weights():
    found = shares(100, {"a": 50, "b": 30, "c": 20}, caps={"a": 10})
    assert found == {"a": 10, "b": 54, "c": 36}


def test_what_floors_take_comes_from_the_others_by_their_weights():
    found = shares(100, {"a": 0, "b": 60, "c": 40}, floors={"a": 10})
    assert found == {"a": 10, "b": 54, "c": 36}


def test_names_without_weight_wait_until_all_others_are_full():
    assert shares(9, {"a": 5, "b": 0, "c": 0}, caps={"a": 4}) == {"a": 4, "b": 3, "c": 2}


def test_caps_that_add_up_to_less_are_all_there_is():
    assert shares(9, {"a": 5, "b": 1}, caps={"a": 4, "b": 2}) == {"a": 4, "b": 2}


@pytest.mark.parametrize(
    ("total", "bounds", "expected"),
    [
        # Both quotas are one and a half: rounded up, the first would be above its cap ...
        (3, {"caps": {"a": 1}}, {"a": 1, "b": 2}),
        # ... and rounded down, the second would be under its floor.
        (3, {"floors": {"b": 2}}, {"a": 1, "b": 2}),
    ],
)
def test_a_quota_half_a_row_beyond_its_bound_is_bound(total, bounds, expected):
    assert shares(total, {"a": 1, "b": 1}, **bounds) == expected


@pytest.mark.parametrize("bounds", [{"floors": {"a": 4}}, {"floors": {"a": 2}, "caps": {"a": 1}}])
def test_bounds_that_cannot_be_met_are_an_error(bounds):
    with pytest.raises(ValueError, match="floor"):
        shares(3, {"a": 1, "b": 1}, **bounds)


@given(weights, st.integers(0, 200))
@settings(max_examples=300)
def test_without_bounds_each_share_is_the_quota_rounded_down_or_up(given_weights, total):
    found = shares(total, given_weights)
    whole = sum(given_weights.values())
    assert sum(found.values()) == total
    for name, weight in given_weights.items() if whole else ():
        assert total * weight // whole <= found[name] <= -(-total * weight // whole)
    if whole:  # largest remainders: whoever got a row more has a remainder at least as large
        rest = {name: (total * weight) % whole for name, weight in given_weights.items()}
        up = {name for name in rest if found[name] > total * given_weights[name] // whole}
        most = max((rest[name] for name in rest if name not in up), default=0)
        assert all(rest[name] >= most for name in up)


@given(st.data(), st.dictionaries(names, st.integers(1, 40), min_size=1, max_size=8))
@settings(max_examples=300)
def test_within_bounds_each_share_is_its_bounded_quota_rounded_down_or_up(data, given_weights):
    caps = {name: data.draw(st.integers(0, 30)) for name in given_weights}
    floors = {name: data.draw(st.integers(0, cap)) for name, cap in caps.items()}
    total = data.draw(st.integers(sum(floors.values()), sum(caps.values())))
    found = shares(total, given_weights, floors=floors, caps=caps)
    assert sum(found.values()) == total
    exact = quotas(total, given_weights, floors, caps) if total else dict.fromkeys(caps, 0)
    for name, quota in exact.items():
        assert floors[name] <= found[name] <= caps[name]
        assert quota.__floor__() <= found[name] <= quota.__ceil__()


@given(weights, st.integers(0, 100), st.integers())
def test_the_order_of_the_names_changes_nothing(given_weights, total, seed):
    order = list(given_weights)
    Random(seed).shuffle(order)
    caps = dict.fromkeys(order, 9)
    mixed = {name: given_weights[name] for name in order}
    assert shares(total, mixed, caps=caps) == shares(total, given_weights, caps=caps)
