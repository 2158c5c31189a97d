"""Caps count what is in flight at its worst; every number here is worked out by hand."""

import pytest

from dataaug.errors import UsageError
from dataaug.llms import Caps, Message, Prompt, Reply
from dataaug.llms.budget import Amount, Budget, bytes_of


class Prices:
    """Dollars for a token sent and one received."""

    source = "a price list"

    def __init__(self, sent, received):
        self.sent, self.received = sent, received

    def __call__(self, prompt_tokens, completion_tokens):
        return prompt_tokens * self.sent + completion_tokens * self.received


class Unknown:
    source = "price unknown"

    def __call__(self, _sent, _received):
        return None


def prompt(text, *, most=50, **given):
    return Prompt((Message("user", text),), max_tokens=most, **given)


def budget(pricing=None, **caps):
    return Budget(Caps(**caps), pricing or Prices(0.001, 0.01))


def parts(amount):
    return (amount.requests, amount.prompt_tokens, amount.completion_tokens,
            pytest.approx(amount.cost))  # fmt: skip


HUNDRED = prompt("x" * 100)  # 60 tokens at the worst, 25 probably, and 16 of the template


def test_the_size_of_a_prompt_is_that_of_all_its_turns_in_bytes_and_of_its_schema():
    assert bytes_of(Prompt((Message("system", "ab"), Message("user", "é")))) == 4
    assert bytes_of(prompt("abc", schema={"a": 1})) == 3 + len("{'a': 1}")


def test_the_worst_of_a_prompt_is_more_than_what_is_likely():
    own = budget()
    assert own.likely(HUNDRED) == 25 + 2 * 8
    assert parts(own.worst(HUNDRED)) == (1, 60 + 2 * 8, 50, 0.076 + 0.5)
    two = Prompt((Message("system", "x" * 50), Message("user", "x" * 50)), max_tokens=7)
    assert parts(own.worst(two)) == (1, 60 + 3 * 8, 7, 0.084 + 0.07)


def test_where_no_price_is_known_nothing_is_added_to_the_cost():
    assert budget(Unknown()).worst(HUNDRED).cost == 0.0


def test_amounts_are_added_and_taken_part_by_part():
    one = Amount(5, 60, 700, 8.0)
    one.add(Amount(1, 2, 3, 0.5))
    assert parts(one) == (6, 62, 703, 8.5)
    one.take(Amount(2, 1, 4, 0.25))
    assert parts(one) == (4, 61, 699, 8.25)
    assert parts(Amount()) == (0, 0, 0, 0.0)


@pytest.mark.parametrize(
    ("caps", "fits"),
    [
        ({}, True),
        ({"requests": 2}, True), ({"requests": 1}, False),
        ({"tokens": 300}, True), ({"tokens": 299}, False),
        ({"cost": 0.5}, True), ({"cost": 0.49}, False),
        ({"requests": 2, "tokens": 299, "cost": 9.0}, False),
    ],
)  # fmt: skip
def test_an_amount_fits_where_no_cap_is_exceeded(caps, fits):
    assert Amount(2, 100, 200, 0.5).fits(Caps(**caps)) is fits


def test_a_cap_on_cost_is_refused_only_where_no_price_is_known():
    budget(cost=5.0)
    budget(Unknown(), tokens=5)
    with pytest.raises(UsageError, match="--max-cost can't be kept: price unknown"):
        budget(Unknown(), cost=5.0)


@pytest.mark.parametrize(
    ("caps", "started"),
    [({"requests": 2}, 2), ({"tokens": 251}, 1), ({"tokens": 252}, 2), ({"cost": 1.151}, 1),
     ({"cost": 1.153}, 2), ({}, 3)],
)  # fmt: skip
def test_a_prompt_is_started_only_while_all_in_flight_fits_at_its_worst(caps, started):
    """Each prompt takes 76 and 50 tokens at the worst, which cost 0.576 dollars."""
    own = budget(**caps)
    booked = [own.start(HUNDRED) for _ in range(3)]
    assert [one is not None for one in booked] == [True] * started + [False] * (3 - started)
    assert parts(own.flying) == (started, 76 * started, 50 * started, 0.576 * started)
    assert own.spent == Amount()


def test_what_is_spent_counts_together_with_what_is_in_flight():
    own = budget(tokens=252 + 30)
    own.spent.add(Amount(1, 20, 11, 0.0))
    assert own.start(HUNDRED)
    assert own.start(HUNDRED) is None
    own.spent.take(Amount(0, 1, 0, 0.0))
    assert own.start(HUNDRED)


@pytest.mark.parametrize(
    ("reply", "spent"),
    [
        (Reply("a" * 40, prompt_tokens=31, completion_tokens=9), (1, 31, 9, 0.031 + 0.09)),
        # The server counts nothing: what is likely counts.
        (Reply("é" * 20), (1, 41, 10, 0.041 + 0.1)),
        (Reply("", fault="bad_request", prompt_tokens=31), (1, 0, 0, 0.0)),
        (Reply("", fault="refused", prompt_tokens=31, completion_tokens=4),
         (1, 31, 4, 0.031 + 0.04)),
        (Reply("", fault="over_budget", prompt_tokens=31, completion_tokens=4), (0, 0, 0, 0.0)),
    ],
    ids=["counted", "not counted", "error", "refused", "over budget"],
)  # fmt: skip
def test_a_reply_takes_the_place_of_what_was_booked_for_it(reply, spent):
    own = budget()
    own.settle(HUNDRED, own.start(HUNDRED), reply)
    assert parts(own.flying) == (0, 0, 0, 0.0)
    assert parts(own.spent) == spent


def test_of_a_refusal_that_was_not_paid_for_no_text_is_counted():
    own = budget()
    own.settle(HUNDRED, own.start(HUNDRED), Reply("Sorry, I can't help.", fault="refused"))
    assert parts(own.spent) == (1, 0, 0, 0.0)


def test_a_lost_request_that_may_be_paid_is_spent_at_its_worst():
    own = budget(tokens=126 + 126)
    booked = own.start(HUNDRED)
    assert own.lose(booked, paid=True) is True  # as much is still booked for the next try
    assert own.lost == 1
    assert parts(own.spent) == (1, 76, 50, 0.576)
    assert parts(own.flying) == (1, 76, 50, 0.576)
    assert own.lose(booked, paid=True) is False
    assert own.lost == 2


def test_a_lost_request_that_is_not_paid_counts_as_a_request_only():
    own = budget(requests=2)
    booked = own.start(HUNDRED)
    assert own.lose(booked, paid=False) is True
    assert own.lost == 0
    assert parts(own.spent) == (1, 0, 0, 0.0)
    assert own.lose(booked, paid=False) is False


def test_replies_teach_how_many_tokens_a_byte_has():
    own = budget()
    own.learn([(HUNDRED, Reply("", prompt_tokens=40)), (HUNDRED, Reply("", prompt_tokens=20))])
    assert own.likely(HUNDRED) == 30 + 16
    assert own.worst(HUNDRED).prompt_tokens == 60 + 16  # 1.2 times 40 is less than before
    own.learn([(HUNDRED, Reply("", prompt_tokens=100)), (HUNDRED, Reply("", prompt_tokens=20))])
    assert own.likely(HUNDRED) == 60 + 16
    assert own.worst(HUNDRED).prompt_tokens == 120 + 16
    own.settle(HUNDRED, own.start(HUNDRED), Reply("a" * 10))
    assert own.spent.completion_tokens == 6


def test_replies_that_tell_nothing_teach_nothing():
    own = budget()
    own.learn([])
    own.learn([(HUNDRED, Reply("", prompt_tokens=0)), (prompt(""), Reply("", prompt_tokens=9))])
    assert (own.likely(HUNDRED), own.worst(HUNDRED).prompt_tokens) == (25 + 16, 60 + 16)


def test_the_summary_says_what_was_spent_and_by_which_prices():
    own = budget()
    own.spent.add(Amount(3, 40, 5, 0.12345678))
    own.flying.add(Amount(9, 9, 9, 9.0))
    own.lost = 2
    assert own.summary() == {"requests": 3, "lost": 2, "prompt_tokens": 40,
                             "completion_tokens": 5, "cost_usd": 0.123457,
                             "prices": "a price list"}  # fmt: skip


def test_a_cost_that_is_not_known_is_not_said():
    assert budget(Unknown()).summary()["cost_usd"] is None
