"""Masks, stand-ins and the search for leaks."""

import re
import subprocess
import sys

import orjson
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import made, real, rejected

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.plugins import Spec
from dataaug.privacy.detectors import Entity, without_overlaps
from dataaug.privacy.leaks import Leaks
from dataaug.privacy.masks import difference, fill, mask
from dataaug.privacy.nearness import Nearness
from dataaug.privacy.sources import mask_rows
from dataaug.privacy.stand_ins import StandIns

DETECT = plugins.load("detectors", Spec("patterns"))

# --- masks


@st.composite
def text_and_entities(draw):
    text = draw(st.text(alphabet="ab<>_1NAMEIL é", max_size=40))
    bounds = st.integers(0, len(text))
    spans = draw(
        st.lists(st.tuples(bounds, bounds, st.sampled_from(["NAME", "EMAIL"])), max_size=6)
    )
    return text, without_overlaps(Entity(min(a, b), max(a, b), kind) for a, b, kind in spans)


@given(text_and_entities())
def test_filling_a_mask_with_its_values_gives_the_text(pair):
    text, entities = pair
    found = mask(text, entities)
    assert fill(found.text, found.values) == text


def test_placeholders_in_the_source_are_no_ones_own():
    found = mask("<EMAIL_1> is not ada@mill.example", [Entity(17, 33, "EMAIL")])
    assert found.text == "<TEXT_1> is not <EMAIL_1>"
    assert found.values == {"<TEXT_1>": "<EMAIL_1>", "<EMAIL_1>": "ada@mill.example"}


def test_equal_values_share_a_placeholder():
    text = "Ada and Bob and Ada"
    entities = [Entity(0, 3, "NAME"), Entity(8, 11, "NAME"), Entity(16, 19, "NAME")]
    assert mask(text, entities).text == "<NAME_1> and <NAME_2> and <NAME_1>"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("<NAME_1> says <IP_1>", []), ("<NAME_1>, <NAME_1>: <IP_1>", []),
     ("<NAME_1>", ["lost <IP_1>"]), ("<NAME_1> <IP_1> <IP_2>", ["made up <IP_2>"]),
     ("NAME_1 at <IP_1>", ["lost <NAME_1>", "broke NAME"]),
     ("<name_1> <IP_1>", ["lost <NAME_1>"])],
)  # fmt: skip
def test_placeholders_must_come_back_exactly(text, wrong):
    assert difference(["<NAME_1>", "<IP_1>"], text) == wrong


# --- leaks


def leaks(*entities):
    found = Leaks()
    for value, kind in entities:
        found.add(value, kind)
    return found


KNOWN = [("Sarah Connor", "NAME"), ("Li", "NAME"), ("s.connor@mail.example", "EMAIL"),
         ("+44 7911 123456", "PHONE"), ("DE89 3704 0044 0532 0130 00", "IBAN"),
         ("王小明", "NAME")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Hi Sarah Connor", ["NAME"]), ("hi sarah  connor", ["NAME"]),
        ("Ms Connor called", ["NAME"]),
        ("SARAH!", ["NAME"]), ("Mrs Conner called", ["NAME"]), ("Mr Conor", ["NAME"]),
        ("Sárah is here", ["NAME"]), ("write s.connor@mail.example", ["EMAIL", "NAME"]),
        ("S.CONNOR @ MAIL . EXAMPLE", ["EMAIL", "NAME"]), ("call 447911123456", ["PHONE"]),
        ("call 44-79-11-12-34-56!", ["PHONE"]), ("DE89370400440532013000", ["IBAN"]),
        ("89 3704 00440532013000", ["IBAN"]), ("我叫王小明。", ["NAME"]),
    ],
)  # fmt: skip
def test_leak_is_found_however_it_is_written(text, kinds):
    assert leaks(*KNOWN).find(text) == kinds


@pytest.mark.parametrize(
    "text",
    ["Hi Lauren Flores", "call +44 7911 123457", "corner of the street", "the connection", ""],
)
def test_what_only_resembles_is_no_leak(text):
    assert leaks(*KNOWN).find(text) == []


def test_name_that_is_a_word_of_the_sources_too_counts_with_a_capital_only():
    found = leaks(("Marigold Hill", "NAME"))
    assert found.find("in marigold") == ["NAME"]
    found.allow("a marigold grew")
    assert found.find("in marigold") == []
    assert found.find("I met Marigold") == ["NAME"]


def test_name_that_is_a_common_word_may_start_a_sentence():
    found = leaks(("Will May", "NAME"))
    assert found.find("Will I be charged? Will it come?") == []
    assert found.find("I will, in may") == []
    assert found.find("Ask Will about it") == ["NAME"]
    assert found.find("will may") == ["NAME"]
    assert list(found.names_in("Will you ask Will?")) == [(13, 17)]


@pytest.mark.parametrize("consistent", [True, False])
def test_stand_in_is_not_the_data_where_every_draw_is_somebodys(consistent, monkeypatch):
    barred = Leaks()
    monkeypatch.setattr(barred, "find", lambda _: ["NAME"])
    fakes = StandIns("en_US", 0, barred, consistent=consistent)
    made_ = fakes("row", VALUES)
    assert not any(
        value.lower() in str(made_).lower() for value in ("Sarah", "mail.example", "7911")
    )


@given(st.text(alphabet="abcde fgh", min_size=3, max_size=30))
def test_an_entity_is_found_in_any_text_that_holds_it(value):
    if sum(letter != " " for letter in value) >= 3:
        assert leaks((value, "NAME")).find(f"say {value.title()} now") == ["NAME"]


def test_check_on_leaks_names_the_kind_and_never_the_data():
    old = real("I am Sarah Connor, s.connor@mail.example", "x", id="old")
    rows = [old, made("Ask Sarah Conner", "x", name="near"), made("Ask Lauren", "x", name="good")]
    (reject,) = rejected(filter(rows, Filtering((Spec("leak"),))))
    assert (reject.record.id, reject.reason) == ("near", "pii_leak")
    assert dict(reject.detail) == {"kinds": ["NAME"]}


def test_leak_of_the_parent_is_a_leak_too():
    old = real("Mail s.connor@mail.example please", "x", id="old")
    child = made("Please mail s.connor@mail.example", "x", parent=old)
    assert len(rejected(filter([old, child], Filtering((Spec("leak"),))))) == 1


# --- stand-ins

VALUES = {
    "<NAME_1>": "Sarah Connor", "<NAME_2>": "sarah", "<EMAIL_1>": "s.connor@mail.example",
    "<PHONE_1>": "+44 7911 123456", "<IBAN_1>": "DE89 3704 0044 0532 0130 00",
    "<CARD_1>": "4111 1111 1111 1111", "<IP_1>": "192.168.1.12", "<URL_1>": "https://a.example/u/ada",
    "<HANDLE_1>": "@ada_mill", "<ADDRESS_1>": "12 Baker Street", "<DATE_1>": "12.03.1985",
    "<DATE_2>": "1985-03-12", "<NUMBER_1>": "ORD-73681809", "<ID_1>": "54362315k",
    "<TICKET_1>": "T-123 %@!", "<TEXT_1>": "<EMAIL_9>",
}  # fmt: skip


def test_stand_ins_look_like_what_they_stand_for():
    made_ = StandIns("en_US", 0, Leaks())("row", VALUES)
    assert set(made_) == set(VALUES)
    assert made_["<TEXT_1>"] == "<EMAIL_9>"  # the source's own words
    first = made_["<NAME_1>"].partition(" ")[0]
    assert made_["<NAME_2>"] == first.lower()
    assert made_["<EMAIL_1>"].rpartition("@")[2].startswith("example.")
    assert made_["<DATE_1>"].count(".") == 2
    assert made_["<DATE_2>"].split("-")[0].isdigit()
    assert made_["<NUMBER_1>"][3] == "-"
    assert made_["<NUMBER_1>"][4:].isdigit()
    assert made_["<ID_1>"][-1].islower()
    for name in set(VALUES) - {"<TEXT_1>"}:
        assert made_[name] != VALUES[name]


def test_stand_ins_are_the_same_in_every_process_and_others_in_other_rows():
    program = (
        "import sys, orjson; from dataaug.privacy.stand_ins import StandIns; "
        "from dataaug.privacy.leaks import Leaks; "
        "values = orjson.loads(sys.stdin.buffer.read()); "
        "made = [StandIns('de_DE', 7, Leaks())(row, values) for row in 'ab']; "
        "sys.stdout.buffer.write(orjson.dumps(made))"
    )
    outs = set()
    for seed in ("1", "2"):
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, input=orjson.dumps(VALUES), check=True, capture_output=True, env=env
        )
        outs.add(done.stdout)
    (out,) = outs
    one, other = orjson.loads(out)
    assert one["<NAME_1>"] != other["<NAME_1>"]
    assert one == StandIns("de_DE", 7, Leaks())("a", VALUES)


def test_stand_in_says_nothing_of_the_data_unless_consistency_was_asked_for():
    fakes = StandIns("en_US", 0, Leaks())
    assert fakes("row", {"<EMAIL_1>": "a@b.example"}) == fakes("row", {"<EMAIL_1>": "c@d.example"})
    linked = StandIns("en_US", 0, Leaks(), consistent=True)
    ada = {"<NAME_1>": "Ada Mill"}
    assert linked("r1", ada) == linked("r2", ada) != linked("r1", {"<NAME_1>": "Eve Hill"})
    assert linked("r1", ada)["<NAME_1>"].split()[0] == linked("r2", {"<NAME_1>": "Ada"})["<NAME_1>"]


@pytest.mark.parametrize("seed", range(5))
def test_stand_in_is_never_data_of_the_source(seed):
    values = {f"<NAME_{n}>": f"Name{n} Other{n}" for n in range(30)}
    every = StandIns("en_US", seed, Leaks())("row", values)
    barred = leaks(*((name, "NAME") for name in every.values()))
    again = StandIns("en_US", seed, barred)("row", values)
    assert [name for name in again.values() if barred.find(name)] == []


@pytest.mark.parametrize("locale", ["en_US", "en_CA", "de_DE", "nl_NL", "pt_BR"])
def test_phone_numbers_of_stand_ins_are_allowed_by_their_country(locale):
    values = {f"<PHONE_{n}>": f"+44 7911 1234{n}" for n in range(10, 40)}
    found = StandIns(locale, 0, Leaks())("row", values).values()
    region = locale[-2:]
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(each, region)) for each in found)
    if region in ("US", "CA"):  # kept for fiction
        assert all(re.fullmatch(r"\([2-9]\d\d\) 555-01\d\d", each) for each in found)


def test_unknown_locale_is_refused():
    with pytest.raises(UsageError, match="xx_XX"):
        StandIns("xx_XX", 0, Leaks())


# --- sources


def test_source_row_carries_no_personal_data_in_text_id_or_other_fields():
    rows = [
        real(
            "I am Sarah Connor", "x", id="s.connor@mail.example", name="Sarah Connor", plan="gold"
        ),
        real("Sarah called, mail s.connor@mail.example", "y", id="7", secret="s"),
        real("Where is it?", id="4"),
        real("Where is it?"),
    ]
    sources, found = mask_rows(rows, DETECT, ["name"], ["plan"])
    assert [source.row.text for source in sources] == [
        "I am <NAME_1>", "<NAME_1> called, mail <EMAIL_1>", "Where is it?", "Where is it?"
    ]  # fmt: skip
    assert [source.row.id for source in sources[1:3]] == ["7", "4"]
    assert len({source.row.id for source in sources}) == 4
    assert rows[3].id != sources[3].row.id  # a hash of the text itself could be tried out
    for source in sources:
        assert found.find(source.row.line.decode()) == []
        assert set(source.row.fields) <= {"id", "text", "label"}
    assert sources[0].kept == {"plan": "gold"}
    assert found.find("Mrs Connor") == ["NAME"]


def test_id_that_is_declared_personal_is_replaced():
    (source,), _ = mask_rows([real("Hello", id="customer-12")], DETECT, ["id"], [])
    assert source.row.id != "customer-12"


# --- nearness


def test_nearness_is_measured_beside_that_of_the_source_rows():
    near = Nearness(
        ["where is my card", "where is my pin", "i want a loan today", "who are you then"]
    )
    assert near.of("where is my card now").nearer
    assert near.of("something else altogether") == (0.0, False)
    assert Nearness([]).of("anything") == (0.0, False)
    assert Nearness(["one row"]).of("one row") == (1.0, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [("अनिता शर्मा", "मेरा नाम अनिता है"), ("Zoé", "Zoe\u0301 called"), ("Zoé", "I saw Zo\u200dé"),
     ("Markus", "I saw Mar\u200bkus"), ("שָׂרָה", "קוראים לי שָׂרָה"), ("নীলিমা", "আমার নাম নীলিমা")],
)  # fmt: skip
def test_names_of_every_script_and_spelling_are_leaks(name, text):
    leaks = Leaks()
    leaks.add(name, "NAME")
    assert leaks.find(text) == ["NAME"]


def test_a_part_of_a_word_of_another_script_is_no_leak():
    leaks = Leaks()
    leaks.add("अनिता", "NAME")
    assert leaks.find("मेरा नाम अनि है") == []
