"""What every task promises. A new task is picked up by its name and must keep all of it."""

import pytest
from making import real

from dataaug import plugins
from dataaug.generation.tasks import Brief, Dropped, Label
from dataaug.llms import Reply
from dataaug.plugins import Spec
from dataaug.rows.record import Schema

NAMES = plugins.names("tasks")
ASKING = [name for name in NAMES if "llm" in plugins.takes("tasks", name)]
ROWS = tuple(
    real(text, label, id=f"r{number}", instruction=text, output="Yes.")
    for number, (text, label) in enumerate([
        ("My card is late and I am waiting", "late"),
        ("The parcel came two days after the date", "late"),
        ("I lost my card on the way home from work", "lost"),
        ("I want a refund for what I paid twice", "refund"),
    ])
)  # fmt: skip
ODD = ["", "{}", "[]", "null", "7", '{"items": null}', '{"items": [null, 3, [], {}]}', "plain text",
       '{"items": [{"text": 3}]}', '{"items": ["', "\x00", '{"items": ["\\ud800"]}']  # fmt: skip


def planned(name, count=5, seed=0, rows=ROWS):
    labels = (Label("late", count), Label("lost", count))
    brief = Brief(labels, rows, count, "banking", schema=Schema(), seed=seed)
    return plugins.load("tasks", Spec(name))(brief)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(params=ASKING)
def asking(request):
    return request.param


def test_all_tasks_of_the_issue_are_there():
    assert {"classification", "instructions", "rewrite"} <= set(NAMES)


def test_groups_have_names_of_their_own_and_keep_their_order(name):
    groups = planned(name).groups()
    assert len({group.name for group in groups}) == len(groups) > 0
    assert [group.name for group in groups] == [group.name for group in planned(name).groups()]
    assert all(group.wanted == 5 for group in groups)


def test_requests_do_not_depend_on_how_many_rows_are_wanted(asking):
    few, many = planned(asking, 3), planned(asking, 300)
    for group, same in zip(few.groups(), many.groups(), strict=True):
        for number in range(4):
            assert few.ask(group, number) == many.ask(same, number)


def test_requests_of_a_group_are_all_different(asking):
    task = planned(asking)
    for group in task.groups():
        assert len({repr(task.ask(group, number).prompt) for number in range(30)}) == 30


def test_requests_depend_on_the_seed_and_not_on_the_order_of_calls(asking):
    task, other = planned(asking), planned(asking, seed=1)
    (group, *_) = task.groups()
    backwards = [task.ask(group, number) for number in (5, 2, 0)]
    assert backwards == [planned(asking).ask(group, number) for number in (5, 2, 0)]
    assert other.ask(group, 0).prompt != task.ask(group, 0).prompt


def test_checks_judge_one_text_at_a_time(name):
    from dataaug.filtering.checks.by_row import Panel

    Panel(planned(name).checks())


@pytest.mark.parametrize("odd", ODD)
def test_odd_replies_are_no_rows_and_no_errors(asking, odd):
    task = planned(asking)
    (group, *_) = task.groups()
    for finish in ("stop", "length"):
        for item in task.read(group, task.ask(group, 0), Reply(odd, finish)):
            assert isinstance(item, Dropped) or isinstance(item.fields["text"], str)
