import sys

import pytest

from dataaug import plugins
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec, option_value, parse_options


def test_names_are_those_of_the_files_that_have_a_door():
    assert {"swap", "synonym", "typo"} <= set(plugins.names("methods"))
    assert "typo-tables" not in plugins.names("methods")
    assert "near-duplicate" in plugins.names("checks")
    assert plugins.names("methods") == sorted(plugins.names("methods"))


def test_summary_and_options_are_read_without_import(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    assert plugins.summary("taggers", "spacy").startswith("spaCy's small English model")
    assert plugins.describe("taggers", "spacy") == ["model=en_core_web_sm"]
    assert plugins.describe("methods", "synonym")[:2] == ["replacements=2", "rate=0.0"]
    assert "max_good_loss=0.05" in plugins.describe("checks", "label")


@pytest.mark.parametrize(
    ("value", "kind", "result"),
    [("1", int, 1), ("-3", int, -3), ("0.5", float, 0.5), (1, float, 1.0), ("x", str, "x"),
     ("17", str, "17"), ("true", bool, True), ("No", bool, False), ("0", bool, False),
     ("on", bool, True), (True, bool, True), (3, int, 3)],
)  # fmt: skip
def test_option_is_turned_into_its_type(value, kind, result):
    found = option_value(value, kind, "m.x")
    assert (found, type(found)) == (result, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", int), ("1.5", int), ("", float), ("nan", float), ("inf", float), ("-inf", float),
     ("maybe", bool), ("", bool), (1, str), (True, float), (0.5, int), (1, bool)],
)  # fmt: skip
def test_option_of_another_type_is_refused(value, kind):
    with pytest.raises(UsageError, match=f"m.x: expected {kind.__name__}, found"):
        option_value(value, kind, "m.x")


def test_options_are_sorted_by_name():
    found = parse_options(["swap.rate=0.2", "near.max-drop=a=b"], ["swap", "near", "typo"])
    assert found == {"swap": {"rate": "0.2"}, "near": {"max_drop": "a=b"}, "typo": {}}


@pytest.mark.parametrize("option", ["rate=1", "swap.rate", "swap.=1", "", "=", "swap"])
def test_option_without_name_key_and_value_is_refused(option):
    with pytest.raises(UsageError, match=r"expected name\.key=value"):
        parse_options([option], ["swap"])


def test_spec_is_plain_data_with_one_spelling():
    assert str(Spec("swap")) == "swap"
    assert str(Spec("m", {"b": 1, "a": "x"})) == "m(a=x,b=1)"
    assert hash(Spec("m", {"b": 1, "a": 2})) == hash(Spec("m", {"a": 2, "b": 1}))
    assert Spec("m", {"b": 1, "a": 2}) == Spec("m", {"a": 2, "b": 1})


@pytest.mark.parametrize(
    ("options", "name"),
    [({"rate": "0.2"}, "typo(rate=0.2)"), ({"rate": ".2"}, "typo(rate=0.2)"),
     ({"rate": "0.20"}, "typo(rate=0.2)"), ({"rate": 0.2}, "typo(rate=0.2)"),
     ({"rate": "2e-1"}, "typo(rate=0.2)"), ({"rate": "0.1"}, "typo"), ({"rate": 0.1}, "typo"),
     ({"rate": "1"}, "typo(rate=1)"), ({"rate": "1.0"}, "typo(rate=1)"),
     ({"rate": 1}, "typo(rate=1)"), ({}, "typo"),
     ({"misspellings": "0.50", "rate": "0.3"}, "typo(rate=0.3)")],
)  # fmt: skip
def test_one_meaning_has_one_name(options, name):
    assert str(plugins.typed("methods", Spec("typo", options))) == name


def test_truth_has_one_name_and_a_text_stays_as_it_is():
    named = {str(plugins.typed("checks", Spec("near-duplicate", {"approximate": given})))
             for given in ("true", "yes", "1", "On", True)}  # fmt: skip
    assert named == {"near-duplicate(approximate=true)"}
    assert str(plugins.typed("methods", Spec("synonym", {"language": "0.20"}))) == (
        "synonym(language=0.20)"
    )


def test_options_are_typed_before_they_name_anything_for_every_implementation():
    for kind in plugins.PACKAGES:
        for name in plugins.names(kind):
            for entry in plugins.describe(kind, name):
                key, _, default = entry.partition("=")
                assert str(plugins.typed(kind, Spec(name, {key: default}))) == name


@pytest.mark.parametrize(
    ("options", "said"), [({"x": 1}, "has no option 'x'"), ({"rate": "much"}, "expected float")]
)
def test_an_option_that_makes_no_sense_has_no_name(options, said):
    with pytest.raises(UsageError, match=said):
        plugins.typed("methods", Spec("typo", options))


@pytest.mark.usefixtures("foreign")
def test_options_of_an_entry_point_are_typed_too():
    for times in ("2", "02", 2):
        assert str(plugins.typed("methods", Spec("exclaim", {"times": times}))) == (
            "exclaim(times=2)"
        )
    assert str(plugins.typed("methods", Spec("exclaim", {"times": "1"}))) == "exclaim"


def test_one_option_in_other_spellings_gives_one_output(cli):
    rows = b"".join(
        b'{"text":"I would like to return the parcel number %d"}\n' % n for n in range(9)
    )
    given = {
        spelt: cli("augment", "-m", "typo", *(("-p", f"typo.rate={spelt}") if spelt else ()),
                   stdin=rows).out
        for spelt in ("0.2", ".2", "0.20", "", "0.1", ".10")
    }  # fmt: skip
    assert given["0.2"] == given[".2"] == given["0.20"] != given[""]
    assert b'"method":"typo(rate=0.2)"' in given["0.2"]
    assert given[""] == given["0.1"] == given[".10"]


def test_options_of_a_translator_are_typed_where_they_are_part_of_a_method_s_name():
    from dataaug.cli.translators import method_options

    def name(*options):
        found = method_options(list(options), ["back-translation"], "")["back-translation"]
        return str(plugins.typed("methods", Spec("back-translation", found)))

    marian = "back-translation.translator=marian"
    assert name(marian, "marian.beams=2") == name(marian, "marian.beams=02")
    assert name("back-translation.translator=marian(beams=02)") == name(marian, "marian.beams=2")
    assert name("firefox.processes=0") == name()


@pytest.mark.parametrize(
    "name", ["nope", "", "__init__", "typo-tables", "../checks/exact", "a.b", "\0"]
)
def test_unknown_name_lists_the_choices(name):
    with pytest.raises(UsageError, match=r"unknown method .*: choose from .*swap"):
        plugins.load("methods", Spec(name))


def test_unknown_option_lists_the_options():
    with pytest.raises(
        UsageError, match="method 'typo' has no option 'x'; its options: rate, missp"
    ):
        plugins.load("methods", Spec("typo", {"x": 1}))
    with pytest.raises(UsageError, match="its options: it has none"):
        plugins.load("checks", Spec("exact", {"x": 1}))


def test_missing_package_is_named_with_the_pip_line(monkeypatch):
    monkeypatch.delitem(sys.modules, "dataaug.lexicon.taggers.spacy", raising=False)
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(
        MissingError, match=r"taggers/spacy needs spacy: pip install 'dataaug\[spacy\]'"
    ):
        plugins.load("taggers", Spec("spacy"))


EXCLAIM = '''
"""Shout."""
from __future__ import annotations

from dataaug.HOME import Variant


def load(*, times: int = 1):
    def method(requests):
        return [[Variant(r.text + "!" * (times + n)) for n in range(r.count)] for r in requests]
    return method
'''


@pytest.fixture(params=["extending", "augmentation.methods"])
def foreign(tmp_path, monkeypatch, request):
    """Put a distribution with an entry point on the path, as pip would."""
    (tmp_path / "exclaiming.py").write_text(EXCLAIM.replace("HOME", request.param))
    (tmp_path / "broken.py").write_text("import a_package_that_is_not_there\n")
    info = tmp_path / "exclaiming-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: exclaiming\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[dataaug.methods]\nexclaim = exclaiming\nbroken = broken\n")  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "exclaiming", raising=False)
    return tmp_path


@pytest.mark.usefixtures("foreign")
def test_entry_point_adds_a_method():
    from dataaug.augmentation.methods import Request

    assert "exclaim" in plugins.names("methods")
    assert plugins.summary("methods", "exclaim") == "(from another package)"
    assert plugins.describe("methods", "exclaim") == []
    method = plugins.load("methods", Spec("exclaim", {"times": "2"}))
    assert [v.text for v in method([Request("hi", 2, 1)])[0]] == ["hi!!", "hi!!!"]
    with pytest.raises(UsageError, match="has no option 'x'; its options: times"):
        plugins.load("methods", Spec("exclaim", {"x": 1}))


@pytest.mark.usefixtures("foreign")
def test_entry_point_whose_package_is_missing_is_named():
    with pytest.raises(MissingError, match="methods/broken needs a_package_that_is_not_there: pip"):
        plugins.load("methods", Spec("broken"))


def test_entry_point_works_from_the_command_line(foreign, cli):
    env = {"PYTHONPATH": str(foreign)}
    asked = ("-m", "exclaim", "-p", "exclaim.times=3")
    result = cli("augment", *asked, stdin=b'{"text":"hi"}\n', env=env)
    assert [row["text"] for row in result.rows] == ["hi", "hi!!!"]
    assert "edits" not in result.rows[1]["_aug"]


@pytest.mark.parametrize(
    ("kind", "name", "option", "values"),
    [
        ("classifiers", "tfidf", "c", (0, -1, float("inf"))),
        ("classifiers", "embedding", "c", (0, -1, float("inf"))),
        ("measures", "detector", "c", (0, -1, float("inf"))),
        ("measures", "detector", "rows", (0, -1)),
        ("measures", "embedding", "rows", (0, -1)),
        ("measures", "self-similarity", "rows", (0, -1)),
        ("embedders", "hashing", "dimensions", (0, -1, 1 << 30)),
        ("strategies", "density", "neighbours", (0, -1)),
        ("teachers", "llm", "asks", (0, -1)),
    ],
)
def test_numbers_that_mean_nothing_are_refused_before_any_work(kind, name, option, values):
    """A classifier with c=0 divided by it in the midst of the fits."""
    for value in values:
        with pytest.raises(UsageError, match=f"{name.partition('.')[0]}.*expected"):
            plugins.load(kind, Spec(name, {option: value}))
