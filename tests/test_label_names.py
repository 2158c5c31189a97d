"""Names of labels as rows: only where they say something, and each text once."""

import math

import orjson
import pytest
from making import real

import dataaug
from dataaug.errors import InputError, ShortfallError, UsageError
from dataaug.generation.label_file import read_labels
from dataaug.generation.label_names import name_test
from dataaug.generation.tasks.messages import spoken_label

ROWS = [
    {"text": "When will my card come?", "label": "card_arrival"},
    {"text": "My card still has not arrived", "label": "card_arrival"},
    {"text": "Which exchange rates do you use?", "label": "exchangeRate"},
    {"text": "The rate for dollars was bad", "label": "exchangeRate"},
    {"text": "I lost my phone on a train", "label": "lost-phone"},
    {"text": "someone took my phone", "label": "lost-phone"},
]


def made(rows=ROWS, **options):
    found = dataaug.generate(rows, task="label-names", **options)
    return [row for row in found.to_dicts() if "_aug" in row], found


def test_each_label_gives_its_name_as_one_would_say_it():
    rows, found = made()
    assert [(row["text"], row["label"]) for row in rows] == [
        ("card arrival", "card_arrival"), ("exchange Rate", "exchangeRate"),
        ("lost phone", "lost-phone"),
    ]  # fmt: skip
    assert {row["_aug"]["from"] for row in rows} == {"name"}
    assert not {"model", "request", "seed", "examples"} & set(rows[0]["_aug"])
    assert found.report.summary.requests == {}


@pytest.mark.parametrize(
    ("label", "spoken"),
    [
        ("card_arrival", "card arrival"), ("PlayMusic", "Play Music"),
        ("card-arrival", "card arrival"),
        ("sign-up_form", "sign-up form"), ("e-mail", "e-mail"), ("a/b", "a b"), ("HTML", "HTML"),
        ("wi-fi down", "wi-fi down"), ("__", "__"), ("कार्ड_खोया", "कार्ड खोया"),
    ],
)  # fmt: skip
def test_labels_are_said_as_people_say_them(label, spoken):
    assert spoken_label(label) == spoken


def test_descriptions_and_templates_are_rows_too(tmp_path):
    (tmp_path / "templates.txt").write_text(
        "I have a question about {{ category }}\n\n{{ category }}\n"
        "I wrote to the {{ domain }} again because {{ description }}\n"
    )
    rows, _ = made(
        labels_from={"card_arrival": "the card is not there yet", "lost-phone": ""},
        prompt=tmp_path / "templates.txt", domain="bank",
    )  # fmt: skip
    rows = [row for row in rows if row["label"] == "card_arrival"]
    assert [(row["text"], row["_aug"]["from"]) for row in rows] == [
        ("card arrival", "name"), ("the card is not there yet", "description"),
        ("I have a question about card arrival", "template"),
        ("I wrote to the bank again because the card is not there yet", "template"),
    ]  # fmt: skip


def test_a_label_keeps_its_type_and_a_text_that_is_there_is_no_row_again():
    numbered = [
        {"text": f"{word} {n}", "label": word if word != "seven" else 7}
        for word in ("apples", "pears", "plums", "kiwis", "seven")
        for n in range(3)
    ]
    rows, _ = made([*numbered, {"text": "Apples", "label": "apples"}], labels_from={"7": "seven"})
    assert [(row["text"], row["label"]) for row in rows] == [("seven", 7)]
    rows, found = made([*numbered, {"text": "Apples", "label": "apples"}])
    assert [row["text"] for row in rows] == ["kiwis", "pears", "plums"]
    assert [(reject.reason, reject.record.text) for reject in found.rejects] == [
        ("no_letters", "7"), ("exact_duplicate", "apples"),
    ]  # fmt: skip


def test_a_number_that_can_not_be_had_is_a_shortfall():
    with pytest.raises(ShortfallError, match=r"lost-phone: 1 of 2 .*descriptions.*templates"):
        made(labels={"lost-phone": 2})
    rows, _ = made(labels={"lost-phone": 1})
    assert len(rows) == 1


@pytest.mark.parametrize("names", [("0", "1"), ("positive", "negative"), ("a", "b", "c", "d")])
def test_names_that_say_nothing_are_refused(names):
    texts = ["I like it", "it broke at once", "fine for the price", "never again"]
    rows = [
        {"text": f"{text} {n}", "label": name}
        for name, text in zip(names, texts, strict=False)
        for n in range(5)
    ]
    with pytest.raises(UsageError, match="such names teach nothing"):
        made(rows)


def test_without_rows_names_are_taken_on_trust():
    rows, _ = made(None, labels=["0", "late_delivery"])
    assert [row["text"] for row in rows] == ["late delivery"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b'\xef\xbb\xbf["refund", "login"]', ["refund", "login"]),
        (b'\xef\xbb\xbf{"refund": "money back"}', ["refund"]),
        (b"[0, 1, 2.50, false]", ["0", "1", "2.5", "false"]),
        (b'{"label": 0}\n{"label": 1}\n{"label": false}\n', ["0", "1", "false"]),
        (b"[spam]\n[2024] news\tof that year\r\n\xe2\x82\xac", ["[spam]", "[2024] news", "\u20ac"]),
    ],
)
def test_a_file_of_labels_is_read_as_it_is_meant(tmp_path, content, names):
    (tmp_path / "labels").write_bytes(content)
    assert [label.name for label in read_labels(str(tmp_path / "labels"), "label")] == names


@pytest.mark.parametrize(
    "content",
    [b'["refund",\n"login",]', b'[\n"refund"\n', b'[{"label": "a"},]', b"[null]", b'[""]'],
)
def test_a_broken_list_of_labels_is_no_list_of_names(tmp_path, content):
    """Its lines would be labels, brackets and all."""
    (tmp_path / "labels.json").write_bytes(content)
    with pytest.raises(InputError, match=r"labels\.json: "):
        read_labels(str(tmp_path / "labels.json"), "label")


def test_a_list_of_labels_in_a_file_says_where(tmp_path):
    (tmp_path / "labels.jsonl").write_bytes(b'{"label": "a"}\n{"label": ["b", "c"]}\n')
    with pytest.raises(InputError, match=r"labels\.jsonl:2: a list of labels"):
        read_labels(str(tmp_path / "labels.jsonl"), "label")


def test_chance_is_that_of_the_binomial_law():
    found = name_test({label: [f"all about {label}"] for label in ("red", "green", "blue", "grey")})
    assert (found.labels, found.own) == (4, 4)
    assert found.chance == pytest.approx(1 / 256)
    found = name_test({"red": ["red"], "green": ["green"], "blue": ["red"], "grey": ["green"]})
    assert found.own == 0  # equal rows: neither label is the more alike
    expected = sum(math.comb(5, n) * 0.2**n * 0.8 ** (5 - n) for n in (2, 3, 4, 5))
    texts = {"rain": "rain", "snow": "snow", "hail": "x1", "wind": "x2", "fog": "x3"}
    found = name_test({label: [text] for label, text in texts.items()})
    assert found.chance == pytest.approx(expected)
    assert not found.passed


@pytest.mark.parametrize(
    "rows",
    [
        {"天气": ["今天天气怎么样"], "音乐": ["播放音乐", "放点音乐"], "闹钟": ["设置闹钟"]},
        {"मौसम": ["आज मौसम कैसा है"], "संगीत": ["संगीत बजाओ"], "अलार्म": ["अलार्म लगाओ"]},
        {"อากาศ": ["วันนี้อากาศเป็นอย่างไร"], "เพลง": ["เปิดเพลงหน่อย"], "ปลุก": ["ตั้งปลุกเจ็ดโมง"]},
    ],
)  # fmt: skip
def test_names_of_other_scripts_are_understood(rows):
    assert name_test(rows).passed


def test_evaluation_rows_do_not_come_back_as_names():
    rows, found = made(against=[real("card arrival", "card_arrival", id="t1").fields])
    assert [row["label"] for row in rows] == ["exchangeRate", "lost-phone"]
    assert found.rejects[0].reason == "evaluation_copy"
    assert orjson.loads(found.rejects[0].record.line)["text"] == "card arrival"


FEW = [
    *({"text": f"When will my card come, on day {n}?", "label": "card_arrival"} for n in range(9)),
    *({"text": f"Exchange rates of {n} pounds", "label": "exchange_rate"} for n in range(9)),
    {"text": "I lost my phone on a train", "label": "lost_phone"},
    {"text": "The top-up did not work again", "label": "top-up failed"},
]  # fmt: skip


def test_balance_begins_with_names_where_a_class_has_few_rows():
    made = [row for row in dataaug.balance(FEW, to=4).to_dicts() if "_aug" in row]
    methods = [(row["label"], row["_aug"]["method"]) for row in made]
    assert methods[:2] == [("lost_phone", "label-names"), ("top-up failed", "label-names")]
    assert [row["text"] for row in made[:2]] == ["lost phone", "top-up failed"]
    assert {method for _, method in methods[2:]} == {"synonym"}
    full = [*FEW, *({"text": f"lost phone number {n}", "label": "lost_phone"} for n in range(10))]
    made = [
        row for row in dataaug.balance(full, labels={"lost_phone": 12}).to_dicts() if "_aug" in row
    ]
    assert [row["_aug"]["method"] for row in made] == ["synonym"]


def test_names_and_copies_are_one_option(cli):
    both = dataaug.balance(FEW, to=4, with_="label-names+oversample").to_dicts()
    assert both == dataaug.balance(FEW, to=4, with_=["label-names", "oversample"]).to_dicts()
    methods = [row["_aug"]["method"] for row in both if "_aug" in row]
    assert methods == ["label-names"] * 2 + ["oversample"] * 4
    lines = b"".join(orjson.dumps(row) + b"\n" for row in FEW)
    done = cli("balance", "--to", "4", "--with", "label-names+oversample", stdin=lines)
    assert done.rows == both
    nothing = cli("balance", "--with", "label-names+nothing", stdin=lines)
    assert (nothing.code, b"nothing" in nothing.err) == (2, True)


def test_balance_with_names_alone_stays_short_and_says_why():
    with pytest.raises(ShortfallError, match="label-names made 1 of 3"):
        dataaug.balance(FEW, labels={"lost_phone": 4}, with_="label-names")


def test_balance_goes_on_where_names_say_nothing():
    rows = [{**row, "label": str(len(row["label"]))} for row in FEW]
    made = [row for row in dataaug.balance(rows, to=3).to_dicts() if "_aug" in row]
    assert {row["_aug"]["method"] for row in made} == {"synonym"}
    found = dataaug.balance(rows, to=3, with_=["label-names", "synonym"])
    assert {row["_aug"]["method"] for row in found.to_dicts() if "_aug" in row} == {"synonym"}
    assert any("such names teach nothing" in said for said in found.report.warnings)
