"""generate --task rewrite: no personal data of a source row goes to the model or comes back."""

import itertools

import orjson
import pytest
from making import as_bytes, kept, real, rejected

from dataaug import plugins
from dataaug.errors import ShortfallError, UsageError
from dataaug.generation.run import Generation, generate
from dataaug.generation.tasks import Brief
from dataaug.llms import Reply
from dataaug.plugins import Spec
from dataaug.privacy.masks import PLACEHOLDER
from dataaug.rows.record import from_fields
from dataaug.rows.report import Report

ROWS = [
    real("My name is Sarah Connor, mail s.connor@mail.example about my card.", "lost_card",
         id="s.connor@mail.example", plan="gold", secret="hush"),
    real("Call +44 7911 123456, I did not get order ORD-73681809.", "order", id="b"),
    real("Card 4111 1111 1111 1111 was charged 2 times.", "charge", id="c"),
    real("Where is my parcel?", "order", id="d"),
]  # fmt: skip
PERSONAL = ["Sarah", "Connor", "s.connor", "7911", "73681809", "4111"]


class Scripted:
    """Answers with what a function makes of the masked message, and keeps the prompts."""

    name = "scripted"

    def __init__(self, answer):
        self.answer = answer
        self.prompts = []

    def __call__(self, prompts, /, done=lambda *_: None):
        replies = []
        for place, prompt in enumerate(prompts):
            number = len(self.prompts)
            self.prompts.append(prompt)
            quoted = prompt.messages[-1].content.split("\n\n")[1]
            text = self.answer(orjson.loads(quoted), number)
            body = orjson.dumps({"items": [text]}).decode()
            replies.append(Reply(body, key=str(number)))
            done(place, replies[-1])
        return replies


def said_anew(text, _number):
    return f"Please look at this: {text}"


def run(answer=said_anew, rows=ROWS, count=1, seed=0, **options):
    task = plugins.load("tasks", Spec("rewrite", options))(Brief((), tuple(rows), count, seed=seed))
    llm, report, outcomes = Scripted(answer), Report("generate"), []
    try:
        outcomes += generate(task, llm, Generation("rewrite"), report=report)
    except ShortfallError as error:
        report.warn(str(error))
    return outcomes, llm, report


def test_rows_are_said_anew_with_fakes_and_their_labels():
    outcomes, _, _ = run()
    made = {row.label: row for row in kept(outcomes)}
    assert len(kept(outcomes)) == len(ROWS)
    assert not rejected(outcomes)
    for row in kept(outcomes):
        assert row.text.startswith("Please look at this: ")
        assert not PLACEHOLDER.search(row.text)
        assert not any(value in row.line.decode() for value in PERSONAL)
        assert set(row.fields) <= {"id", "text", "label", "_aug"}
    assert "2 times" in made["charge"].text
    assert made["charge"].aug["masked"] == ["CARD"]
    assert {row.aug["parent"] for row in kept(outcomes)} >= {"b", "c", "d"}


def test_model_never_sees_what_is_personal():
    _, llm, _ = run()
    assert len(llm.prompts) == len(ROWS)
    assert not any(value in str(llm.prompts) for value in PERSONAL)
    assert "<EMAIL_1>" in str(llm.prompts)


LEAKS = {
    "name of another row": lambda text, _: f"Sarah asks: {text}",
    "nearly the name": lambda text, _: f"Mrs Conner asks: {text}",
    "digits": lambda text, _: f"{text} Or 44-7911-123456",
    "card without blanks": lambda text, _: f"{text} 4111111111111111",
    "mail in capitals": lambda text, _: f"{text} S.CONNOR@MAIL.EXAMPLE",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_is_rejected_and_its_text_goes_nowhere(leak):
    outcomes, _, report = run(LEAKS[leak])
    assert kept(outcomes) == []
    assert {reject.reason for reject in rejected(outcomes)} == {"pii_leak"}
    written = str([(o.record.line, dict(o.detail)) for o in outcomes]) + str(report.to_row())
    assert not any(value.lower() in written.lower() for value in [*PERSONAL, "Conner"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda text, _: text, "unchanged"),
        (lambda text, _: f"<{text.upper()}>" if "parcel" in text else "no", "unchanged"),
        (lambda text, _: PLACEHOLDER.sub("it", text) + " please", "placeholder_lost"),
        (lambda text, _: f"{text} and <IP_7>", "placeholder_lost"),
        (lambda text, _: f"{text} Mail x@b.example", "pii_leak"),
        (lambda text, _: f"{text} 3 times", "number_changed"),
        (lambda text, _: f"{text} Not so." if "not" not in text else "Hi", "negation_changed"),
        (lambda text, _: f"{text} copy all of them exactly, make up none", "prompt_copied"),
        (lambda text, _: "I'm sorry, but I can't assist with that. " + text, "refusal"),
        (lambda text, _: f"{text} I would be happy to assist you.", "agent_voice"),
    ],
)  # fmt: skip
def test_reply_that_is_no_rewriting_is_rejected(answer, reason):
    rows = ROWS[1:2] if reason in {"placeholder_lost", "refusal"} else ROWS[3:]
    outcomes, _, _ = run(answer, rows)
    assert {reject.reason for reject in rejected(outcomes)} == {reason}


def test_row_is_asked_for_again_until_it_is_clean():
    def second_time(text, number):
        return text if number < len(ROWS) else f"So: {text}"

    outcomes, llm, _ = run(second_time)
    assert len(kept(outcomes)) == len(ROWS)
    assert len({prompt.seed for prompt in llm.prompts}) == len(llm.prompts) >= 2 * len(ROWS)
    assert {row.aug["number"] for row in kept(outcomes)} == {1}
    assert {prompt.temperature for prompt in llm.prompts} >= {0.7, 0.8}


def test_rows_do_not_depend_on_the_order_of_the_sources():
    lines = [
        {row.line for row in kept(run(rows=rows)[0])} for rows in itertools.permutations(ROWS[1:])
    ]
    strip = [{row.replace(row[row.find(b'"request"') : row.find(b'"number"')], b"") for row in one}
             for one in lines]  # fmt: skip
    texts = [{orjson.loads(row)["text"] for row in one} for one in strip]
    assert all(one == texts[0] for one in texts)


def test_other_fields_go_over_only_when_asked_and_only_clean():
    (row,) = [r for r in kept(run(keep="plan")[0]) if r.label == "lost_card"]
    assert row.fields["plan"] == "gold"
    assert "secret" not in row.fields
    rows = [from_fields({**dict(ROWS[0].fields), "note": "Sarah is upset"})]
    outcomes, _, _ = run(rows=rows, keep="note")
    assert {reject.reason for reject in rejected(outcomes)} == {"pii_leak"}


def test_values_of_personal_fields_are_masked_wherever_they_stand():
    rows = [
        real("it is wanjiru odhiambo, customer 55", "x", id="1", who_name="Wanjiru Odhiambo", no=55)
    ]
    outcomes, llm, _ = run(rows=rows, fields="who_name,no")
    assert "<NAME_1>, customer <NO_1>" in str(llm.prompts)
    (row,) = kept(outcomes)
    assert not any(word in row.line.lower() for word in (b"wanjiru", b"odhiambo"))


def test_several_rewritings_of_a_row_differ():
    outcomes, _, _ = run(lambda text, number: f"{' '.join(['so'] * (9 * number + 1))}: {text}",
                         ROWS[2:3], count=2)  # fmt: skip
    assert len({row.text for row in kept(outcomes)}) == 2


@pytest.mark.parametrize(
    "options", [{"temperature": 3}, {"detector": ""}, {"detector": "nope"}, {"locale": "xx_XX"}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(UsageError):
        run(**options)


def test_no_row_is_an_error():
    with pytest.raises(UsageError, match="no row to rewrite"):
        run(rows=[])


def test_command_line_replaces_rows_and_says_which_it_could_not(cli, tmp_path):
    answers = [
        {"match": "parcel", "text": '{"items": ["Has anybody seen my parcel?"]}'},
        {"match": "charged", "text": '{"items": ["Sarah Connor was charged <CARD_1> 2 times"]}'},
    ]
    file = tmp_path / "answers.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, answers)))
    source = tmp_path / "in.jsonl"
    source.write_bytes(as_bytes([ROWS[0], ROWS[2], ROWS[3]]))
    files = ("--cache", tmp_path / "cache", "--rejects", tmp_path / "gone",
             "--report", tmp_path / "report")  # fmt: skip
    task = ("generate", "--task", "rewrite", source)
    result = cli(*task, "--llm", "replay", "--model", file, *files)
    assert result.code == 5
    assert [row["text"] for row in result.rows] == ["Has anybody seen my parcel?"]
    assert result.rows[0]["_aug"]["root"] == "d"
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*")
                    if path.is_file() and path not in {source, file})  # fmt: skip
    assert b"pii_leak" in left
    written = left + result.out + result.err
    assert not any(value.encode() in written for value in ("s.connor", "4111 1111"))
    report = orjson.loads((tmp_path / "report").read_bytes())
    assert set(report["rejected"]) == {"pii_leak", "bad_request"}
    assert report["details"]["nearness"]["rows"] == 1
    assert report["rows"]["balanced"]
    assert b"no differential privacy" in result.err
    assert b"nearer to a source row" in result.err
