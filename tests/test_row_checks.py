"""Checks of one text: what each finds and lets pass is data, in cases/checks.jsonl."""

from pathlib import Path

import orjson
import pytest
from making import kept, made, real, rejected

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.filtering import run as verb
from dataaug.filtering.checks.by_row import CandidateText, Panel
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.plugins import Spec
from dataaug.rows.report import Report

CASES = [orjson.loads(line) for line in
         (Path(__file__).parent / "cases" / "checks.jsonl").read_bytes().splitlines()]  # fmt: skip
BY_ROW = (*verb.BY_ROW, "faithful", "leak")


def candidate(case):
    given = {key: case[key] for key in ("label", "parent", "language", "finish") if key in case}
    return CandidateText(case["text"], **given, examples=tuple(case.get("examples", ())))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']}: {case['text'][:40]}")
def test_check_says_what_the_case_says(case):
    (fault,) = Panel([Spec(case["check"])])([candidate(case)])
    assert (fault.reason if fault else None) == case["reason"], fault


def test_every_check_of_one_row_has_cases_of_both_sorts():
    for name in set(BY_ROW) - {"leak"}:  # tests/test_privacy.py
        assert {case["reason"] is None for case in CASES if case["check"] == name} == {True, False}


@pytest.mark.parametrize("name", BY_ROW)
def test_verdict_does_not_depend_on_the_batch(name):
    check = plugins.load("checks", Spec(name)).row
    several = [candidate(case) for case in CASES]
    check.learn([real(f"This is row {n} of ordinary text", "x") for n in range(9)])
    assert list(check(several)) == [check([one])[0] for one in several]


ODD = ["", "\ud800", "\x00\x1b[31m", "a" * 200_000, "<" * 50_000, "[" * 50_000, "as an " * 20_000,
       "1. " * 20_000, "😀" * 1000, "9" * 50_000]  # fmt: skip


@pytest.mark.parametrize("name", BY_ROW)
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_judged(name, text):
    check = plugins.load("checks", Spec(name)).row
    check.learn(
        [real("Where is my card?", "x"), real(text.encode("utf-8", "replace").decode(), "y")]
    )
    assert len(check([CandidateText(text, "x", "Where is my card?", ("Where is it?",))])) == 1


def test_panel_gives_the_first_fault_in_its_order():
    both = CandidateText("Label: positive, I waited", "positive", "I did not wait")
    for names, reason in ((("label-word", "faithful"), "label_in_text"),
                          (("faithful", "label-word"), "negation_changed")):  # fmt: skip
        assert Panel(map(Spec, names))([both])[0].reason == reason


def test_panel_takes_checks_of_one_row_only():
    with pytest.raises(UsageError, match="compares rows"):
        Panel([Spec("exact")])


AGENT = [
    real(f"Thank you for contacting us about your order {n}.", "x", id=str(n)) for n in range(5)
]


def test_what_is_normal_in_the_real_rows_is_no_fault():
    child = made("How may I help you today?", "x")
    report = Report("filter")
    outcomes = list(filter([*AGENT, child], Filtering((Spec("voice"),)), report=report))
    assert rejected(outcomes) == []
    assert "voice: not checked, since 5 of 5 real rows would fail" in report.warnings[0]
    assert report.summary.row("voice").muted
    panel = Panel([Spec("voice")])
    panel.learn(AGENT)
    assert panel([CandidateText(child.text)]) == [None]
    assert list(panel.muted) == ["voice"]


def test_voice_tells_agents_from_customers_on_the_benchmark_lines():
    path = Path(__file__).parent.parent / "benchmarks" / "data" / "voice_lines.txt"
    rows = [line.split("\t") for line in path.read_text().splitlines() if line[0] != "#"]
    assert len(rows) == 300
    faults = Panel([Spec("voice")])([CandidateText(text) for *_, text in rows])
    found = [speaker for (_, speaker, _), fault in zip(rows, faults, strict=True) if fault]
    assert found.count("agent") >= 0.95 * 150  # benchmarks/README.md has how it does elsewhere
    assert found.count("customer") <= 0.03 * 150


def test_two_odd_real_rows_mute_no_check():
    child = made("How may I help you today?", "x")
    outcomes = list(filter([*AGENT[:2], child], Filtering((Spec("voice"),))))
    assert [reject.reason for reject in rejected(outcomes)] == ["agent_voice"]
    assert len(kept(outcomes)) == 2


def test_parent_and_examples_are_found_wherever_they_stand():
    old = real("I waited 2 weeks for the new card.", "x", id="old")
    child = made("I waited 3 weeks for the new card.", "x", parent=old, name="child")
    copy = made("I waited 2 weeks for the new card!", "x", name="copy", examples=["old"])
    checks = Filtering((Spec("faithful"), Spec("seed-copy")))
    for rows, reals in (([old, child, copy], []), ([copy, child, old], []), ([child, copy], [old])):
        gone = {r.record.id: r.reason for r in rejected(filter(rows, checks, real=reals))}
        assert gone == {"child": "number_changed", "copy": "seed_copy"}
    assert rejected(filter([child, copy], checks)) == []  # nobody to compare with


def test_list_marks_count_only_where_real_rows_have_none():
    row = made("- the battery is good", "x")
    plain = [real(f"The battery is good {n}", "x", id=str(n)) for n in range(5)]
    listed = [real(f"- the screen is good {n}", "x", id=str(n)) for n in range(5)]
    check = Filtering((Spec("placeholder"),))
    assert len(rejected(filter([*plain, row], check))) == 1
    assert rejected(filter([*listed, row], check)) == []


def test_words_of_a_label_count_where_many_real_rows_do_without_them():
    phrase = made("My card arrival is late", "card_arrival")
    rows = [
        real(f"Where is the thing I ordered {n}?", "card_arrival", id=str(n)) for n in range(30)
    ]
    check = Filtering((Spec("label-word"),))
    (reject,) = rejected(filter([*rows, phrase], check))
    assert reject.detail == {"how": "in none of 30 real rows"}
    assert rejected(filter([*rows[1:], phrase], check)) == []
    said = real("When is the card arrival?", "card_arrival", id="said")
    assert rejected(filter([*rows, said, phrase], check)) == []


def test_languages_of_the_real_rows_are_learned():
    english = [
        real(f"Where is the new card that I ordered {n} days ago?", id=str(n)) for n in range(9)
    ]
    german = real("Wo ist die neue Karte, die ich vor Tagen bestellt habe?", id="g")
    row = made("Ich habe meine neue Karte immer noch nicht bekommen.", name="m")
    check = Filtering((Spec("language"),))
    assert [r.detail["found"] for r in rejected(filter([*english, row], check))] == ["de"]
    assert rejected(filter([*english, german, row], check)) == []
    named = made(row.text, name="n", language="de")
    assert rejected(filter([*english, named], check)) == []
    english_named_german = made("I still have not received my new card.", name="e", language="de")
    assert len(rejected(filter([*english, english_named_german], check))) == 1


@pytest.mark.parametrize(
    "spec", [Spec("language", {"margin": 0}), Spec("seed-copy", {"similarity": 0})]
)
def test_bounds_out_of_range_are_refused(spec):
    with pytest.raises(UsageError):
        plugins.load("checks", spec)


def test_filter_takes_the_language_from_the_command_line(cli, tmp_path):
    row = made("Ich habe meine neue Karte immer noch nicht bekommen.", "x").line
    args = ("filter", "--check", "language", "--language")
    assert cli(*args, "de", stdin=row).rows
    result = cli(*args, "en", "--rejects", tmp_path / "gone.jsonl", stdin=row)
    assert result.rows == []
    assert (
        orjson.loads((tmp_path / "gone.jsonl").read_bytes())["_reject"]["reason"]
        == "wrong_language"
    )


def test_a_translation_is_held_to_what_a_translation_keeps():
    english = "I never got the 2 cards that you sent from London on Monday to my house"
    translated = CandidateText(
        "Nunca recebi os dois cartões que enviaram de Londres na segunda para minha casa",
        parent=english, language="pt",
    )  # fmt: skip
    turned = CandidateText(
        "Recebi os 3 cartões que enviaram de Londres na segunda para minha casa",
        parent=english, language="pt",
    )  # fmt: skip
    panel = Panel([Spec("faithful")])
    assert [fault and fault.reason for fault in panel([translated, turned])] == [
        None, "number_changed",
    ]  # fmt: skip


def test_a_full_stop_without_a_blank_is_no_address():
    glued = CandidateText(
        "The rate is really bad. This can't be it", parent="The rate is bad.This can't be it"
    )
    lost = CandidateText("I can't log in at your site", parent="I can't log in at bank.com")
    found = Panel([Spec("faithful")])([glued, lost])
    assert [fault and fault.reason for fault in found] == [None, "placeholder_lost"]
