"""Exports as the tools write them: every format says the same, and no answer passes for another."""

import csv
import io

import orjson
import pytest
from making import made

from dataaug import plugins
from dataaug.errors import InputError
from dataaug.plugins import Spec
from dataaug.review.formats import texts_of, verdict_of_choices
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.sample import row_key

HEADER = Header("feed", 9, 0, 9)
ITEMS = [ReviewItem(row_key(row), row) for row in
         (made(f"the text of row {n}", "a", name=f"m{n}") for n in range(6))]  # fmt: skip

# row, annotator, when it was made and changed, answers; as Label Studio 1.23.2 keeps them
DONE = [
    (0, 1, "06:00", "09:00", {"verdict": ["bad"], "reason": ["nonsense"]}),
    (0, 1, "07:00", "08:00", {"verdict": ["ok"]}),  # made later, and not changed since
    (0, 2, "06:30", "06:30", {"verdict": ["ok"]}),
    (1, 1, "06:01", "06:01", {"verdict": ["bad"], "reason": ["meaning", "nonsense"],
                              "note": ["first note", "second note"]}),
    (2, 2, "06:02", "06:02", {"verdict": ["bad"], "reason": ["wrong_label"],
                              "right_label": ["b"], "note": ["one"]}),
    (3, 1, "06:03", "06:03", {"verdict": ["skip"]}),
]  # fmt: skip
SAID = {
    (0, "1"): ReviewVerdict("bad", "nonsense"),
    (0, "2"): ReviewVerdict("ok"),
    (1, "1"): ReviewVerdict("bad", "meaning; nonsense", note="first note; second note"),
    (2, "2"): ReviewVerdict("bad", "wrong_label", "b", "one"),
    (3, "1"): ReviewVerdict("skip"),
}


def stamp(clock):
    return f"2026-11-30T{clock}:04.100632Z"


def tasks():
    return orjson.loads(plugins.load("exchanges", Spec("label-studio")).dumps(ITEMS, HEADER))


def as_json():
    kinds = {"verdict": "choices", "reason": "choices", "right_label": "text", "note": "text"}
    found = []
    for number, task in enumerate(tasks()):
        annotations = [
            {"completed_by": who, "was_cancelled": False, "created_at": stamp(made_at),
             "updated_at": stamp(changed), "result": [
                 {"from_name": name, "to_name": "text", "value": {kinds[name]: values}}
                 for name, values in answers.items()
             ]}
            for row, who, made_at, changed, answers in DONE if row == number
        ]  # fmt: skip
        if number == 4:
            annotations.append({"completed_by": 1, "was_cancelled": True, "result": []})
        drafts = [{"user": "ana", "result": [
            {"from_name": "verdict", "value": {"choices": ["bad"]}}]}]  # fmt: skip
        found.append({"id": number + 1, **task, "annotations": annotations, "drafts": drafts})
    return orjson.dumps(found)


def flat():
    """Yield an object for each annotation; several values of a question are one of their own."""
    kinds = {"verdict": "choices", "reason": "choices", "right_label": "text", "note": "text"}
    every = tasks()
    for place, (row, who, made_at, changed, answers) in enumerate(DONE):
        said = {name: values[0] if len(values) == 1 else {kinds[name]: values}
                for name, values in answers.items()}  # fmt: skip
        yield row, {**every[row]["data"], **said, "annotator": who, "annotation_id": place,
                    "created_at": stamp(made_at), "updated_at": stamp(changed)}  # fmt: skip


def as_json_min():
    return orjson.dumps([{**fields, "id": row + 1} for row, fields in flat()])


def as_table(delimiter):
    rows = [
        {name: orjson.dumps(value).decode() if isinstance(value, dict) else value
         for name, value in fields.items()} for _, fields in flat()
    ]  # fmt: skip
    names = sorted({name for row in rows for name in row})
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


EXPORTS = {
    "JSON": as_json, "JSON_MIN": as_json_min, "CSV": lambda: as_table(","),
    "TSV": lambda: as_table("\t"),
}  # fmt: skip


def read(content, name="export"):
    (exchange,) = [
        found for found in (plugins.load("exchanges", Spec(each))
                            for each in plugins.names("exchanges")) if found.owns(content)
    ]  # fmt: skip
    return exchange.loads(content, name)


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_of_label_studio_says_the_same(export):
    last = {}
    for entry in read(EXPORTS[export]()):
        place = next(n for n, item in enumerate(ITEMS) if item.key == entry.key)
        last[place, entry.reviewer] = entry.verdict
        assert entry.time > 0
        assert entry.data.partition(";")[0] == "feed"
        assert entry.id in {"", ITEMS[place].record.id}  # never the number of the task
    assert last == SAID


@pytest.mark.parametrize(
    ("answers", "said"),
    [({"verdict": ["ok", "bad"]}, "two verdicts: ok, bad"), ({"verdict": ["fine"]}, "no verdict"),
     ({"quality": ["ok"]}, "answers quality, and no 'verdict'"),
     ({"verdict": ["bad"], "right_label": ["a", "b"]}, "two right labels")],
)  # fmt: skip
def test_an_annotation_that_is_not_understood_is_an_error(answers, said):
    (task, *_) = tasks()
    result = [{"from_name": name, "value": {"choices": values}} for name, values in answers.items()]
    export = orjson.dumps([{**task, "annotations": [{"completed_by": 1, "result": result}]}])
    with pytest.raises(InputError, match=rf"export: task 1: .*{said}"):
        read(export)


def test_an_answer_of_another_type_is_an_error():
    (task, *_) = tasks()
    result = [{"from_name": "verdict", "value": {"rating": 4}}]
    export = orjson.dumps([{**task, "annotations": [{"completed_by": 1, "result": result}]}])
    with pytest.raises(InputError, match="of this form is not understood"):
        read(export)


def argilla(status, *answers):
    (record, *_) = orjson.loads(plugins.load("exchanges", Spec("argilla")).dumps(ITEMS, HEADER))
    said = [{"value": value, "user_id": who, **more} for value, who, more in answers]
    return orjson.dumps([{**record, "responses": {"verdict": said}, "status": status}])


def test_a_pending_record_of_argilla_does_not_say_what_its_answers_are():
    with pytest.raises(InputError, match=r"record 1: .*is pending, and the export does not say"):
        read(argilla("pending", ("bad", "u1", {}), ("ok", "u2", {})))
    assert len(read(argilla("completed", ("bad", "u1", {})))) == 1
    assert read(argilla("pending")) == []
    answers = [("bad", "u1", {"status": "discarded"}), ("ok", "u2", {"status": "submitted"}),
               ("bad", "u3", {"status": "draft"})]  # fmt: skip
    found = read(argilla("pending", *answers))
    assert [(entry.verdict.verdict, entry.reviewer) for entry in found] == [("ok", "u2")]
    with pytest.raises(InputError, match="a response has the status 'lost'"):
        read(argilla("pending", ("ok", "u1", {"status": "lost"})))


def test_several_reasons_of_argilla_are_reasons():
    (record, *_) = orjson.loads(plugins.load("exchanges", Spec("argilla")).dumps(ITEMS, HEADER))
    said = {"verdict": [{"value": "bad", "user_id": "u"}],
            "reason": [{"value": ["nonsense", "copy"], "user_id": "u"}]}  # fmt: skip
    (entry,) = read(orjson.dumps([{**record, "responses": said}]))
    assert entry.verdict == ReviewVerdict("bad", "nonsense; copy")


def prodigy(**answer):
    content = plugins.load("exchanges", Spec("prodigy")).dumps(ITEMS, HEADER)
    task = orjson.loads(content.splitlines()[0])
    options = [{"id": "ok"}, {"id": "bad"}, {"id": "nonsense"}, {"id": 1, "text": "bad"}]
    return orjson.dumps({**task, "options": options, "_view_id": "choice", **answer}) + b"\n"


@pytest.mark.parametrize(
    ("accept", "verdict"),
    [(["bad"], ReviewVerdict("bad")), (["ok"], ReviewVerdict("ok")), ([1], ReviewVerdict("bad")),
     (["bad", "nonsense"], ReviewVerdict("bad", "nonsense")),
     (["nonsense"], ReviewVerdict("bad", "nonsense"))],
)  # fmt: skip
def test_a_choice_of_prodigy_is_what_was_chosen(accept, verdict):
    (entry,) = read(prodigy(accept=accept, answer="accept", _annotator_id="ana"))
    assert (entry.verdict, entry.reviewer) == (verdict, "ana")


@pytest.mark.parametrize(
    ("answer", "said"),
    [({"accept": [], "answer": "accept"}, "0 options are chosen"),
     ({"accept": ["bad"], "answer": "reject"}, "the answer is 'reject'"),
     ({"accept": ["ok", "bad"], "answer": "accept"}, "contradict each other"),
     ({"accept": ["ok", "nonsense"], "answer": "accept"}, "contradict each other"),
     ({"accept": ["LABEL"], "answer": "accept"}, "'LABEL' is no verdict and no reason"),
     ({"options": None, "_view_id": "ner_manual", "answer": "accept"}, "options are chosen")],
)  # fmt: skip
def test_a_choice_of_prodigy_that_is_not_understood_is_an_error(answer, said):
    with pytest.raises(InputError, match=rf"export:1: .*{said}"):
        read(prodigy(**answer))


def test_a_view_of_prodigy_that_asks_for_no_verdict_is_an_error():
    content = plugins.load("exchanges", Spec("prodigy")).dumps(ITEMS, HEADER)
    task = orjson.loads(content.splitlines()[0])
    for view in ("ner_manual", "text_input", "blocks"):
        with pytest.raises(InputError, match="asks for no verdict"):
            read(orjson.dumps({**task, "_view_id": view, "answer": "accept"}))
    assert read(prodigy(answer="ignore", accept=[]))[0].verdict.verdict == "skip"


def test_the_later_answer_of_prodigy_counts():
    first = prodigy(accept=["bad"], answer="accept", _annotator_id="ana", _timestamp=200)
    second = prodigy(accept=["ok"], answer="accept", _annotator_id="ana", _timestamp=100)
    assert [entry.verdict.verdict for entry in read(first + second)] == ["ok", "bad"]


def doccano(*labels, **more):
    content = plugins.load("exchanges", Spec("doccano")).dumps(ITEMS, HEADER)
    document = orjson.loads(content.splitlines()[0])
    return orjson.dumps({**document, "id": 17, "label": list(labels), **more}) + b"\n"


def test_documents_of_doccano_have_no_key_that_it_takes_for_the_text():
    document = orjson.loads(doccano())
    assert document["text"] == ITEMS[0].record.text
    assert "data" not in document  # doccano 1.8.4 shows it in place of the text
    assert read(doccano("ok"))[0].data == HEADER.tag()


def test_documents_of_doccano_come_back_by_annotator():
    (entry,) = read(doccano("bad", "copy", Comments=["one", "two"]), "export/ana.jsonl")
    assert (entry.key, entry.id, entry.reviewer) == (ITEMS[0].key, "m0", "ana")
    assert entry.verdict == ReviewVerdict("bad", "copy", note="one; two")
    assert read(doccano("ok"), "all.jsonl")[0].reviewer == "anonymous"
    assert read(doccano()) == []


@pytest.mark.parametrize("labels", [["billing"], ["ok", "bad"], ["ok", "copy"], ["skip", "bad"]])
def test_labels_of_doccano_that_are_no_verdict_are_an_error(labels):
    with pytest.raises(InputError, match=r"export:1: "):
        read(doccano(*labels))
    for label in (3, "ok", [{"label": 3, "user": 1}]):
        with pytest.raises(InputError, match="'label' as a list of names"):
            read(orjson.dumps({**orjson.loads(doccano()), "label": label}))


def test_forms_of_an_answer():
    assert texts_of({"choices": ["a", "b"]}) == ["a", "b"]
    assert texts_of(["a", ["b"]]) == ["a", "b"]
    assert texts_of(7) == ["7"]
    assert texts_of(None) == texts_of("") == texts_of([]) == []
    with pytest.raises(ValueError, match="not understood"):
        texts_of({"start": 1})
    assert verdict_of_choices([]) == ("", "")
    assert verdict_of_choices(["Reject"]) == ("bad", "")


def test_a_tag_says_which_sample_it_is_of():
    for header in (
        HEADER,
        Header("d", 9, 0, 4),
        Header("d", 351, 5, 40, ("label", "method"), 3, 10),
    ):
        assert Header.of_tag(header.tag()) == header
    assert Header.of_tag("f09aa3d22dcd33e0") is None
    assert Header.of_tag("") is None
    with pytest.raises(InputError, match="no sample does"):
        Header.of_tag("d;rows=x;n=3")
    with pytest.raises(InputError, match="no sample does"):
        Header.of_tag("d;seed=3")


@pytest.mark.parametrize(
    "export", ["csv", "label-studio", "argilla", "prodigy", "doccano", "jsonl"]
)
def test_a_sample_that_was_drawn_otherwise_is_found_when_it_comes_back(cli, tmp_path, export):
    from contracts.test_exchanges import FILLS

    rows = [made(f"text number {n} of many", "ab"[n % 2], name=f"m{n}") for n in range(90)]
    source, sample = tmp_path / "in.jsonl", tmp_path / "sample"
    source.write_bytes(b"".join(row.line + b"\n" for row in rows))
    drawn = cli("spotcheck", source, "--review", "file", "--sample", sample, "--export", export,
                "-n", 40, "--seed", 5, "--stratify", "label", "--suspicious", 0)  # fmt: skip
    assert drawn.code == 0, drawn.err
    given, found = {}, sample.read_bytes()
    for row in rows:
        given[row_key(row)] = ReviewVerdict("ok")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("contracts.test_exchanges.GIVEN", given)
        sample.write_bytes(FILLS[export](found))
    done = cli("spotcheck", source, "--verdicts", sample, "--report", tmp_path / "report")
    told = orjson.loads((tmp_path / "report").read_bytes())["details"]["spotcheck"]
    drawing = {"asked": 40, "seed": 5, "stratify": ["label"]}
    assert {name: told["sample"][name] for name in drawing} == drawing
    assert sum(each["reviewed"] for each in told["by_method"].values()) == 40, done.err
    assert told["outside_the_estimate"]["reviewed"] == 0


def test_a_sample_that_does_not_say_how_it_was_drawn_is_told(cli, tmp_path):
    rows = [made(f"text number {n} of many", "a", name=f"m{n}") for n in range(300)]
    source, sample = tmp_path / "in.jsonl", tmp_path / "sample.csv"
    source.write_bytes(b"".join(row.line + b"\n" for row in rows))
    cells = "".join(f"{row_key(row)},ok\n" for row in rows[:40])
    sample.write_text(f"key,verdict\n{cells}")
    said = cli("spotcheck", source, "--verdicts", sample).err.decode()
    assert "of this sample have no verdict" in said
    assert "drawn with -n, --seed or --stratify" in said
