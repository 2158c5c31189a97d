"""generate as a user has it: exact counts, paid for once, the same bytes however it came."""

import subprocess
from collections import Counter

import orjson
import pytest
from conftest import TEXTS, command
from faulty import content, faulty, rubbish
from llm_server import Answer, texts
from patience import until

SEEDS = set(TEXTS["refund"])


@pytest.fixture
def generate(llm_server, tmp_path, inside):
    """Run generate in this process against the scripted server, with a cache of this test's own."""

    def run(*args, cache=None):
        given = ["generate", "--base-url", llm_server.url, "--model", "m", "--cache",
                 cache or tmp_path / "cache", *args]  # fmt: skip
        return inside(*given)

    return run


def hundred(real_file, count=100):
    return ["--label", f"refund={count}", "--examples", real_file]


def test_a_hundred_rows_asked_for_are_a_hundred_good_rows_in_sixteen_requests(
    generate, llm_server, real_file, tmp_path
):
    llm_server.answer = faulty
    rejects, report = tmp_path / "rejects.jsonl", tmp_path / "report.json"
    done = generate(*hundred(real_file), "--rejects", rejects, "--report", report)
    assert done.code == 0, done.err
    assert len(done.rows) == len({row["text"] for row in done.rows}) == 100
    assert len(llm_server.asked) <= 16
    assert rubbish(done.rows, SEEDS) == []
    counts = orjson.loads(report.read_bytes())
    assert counts["rows"]["balanced"]
    reasons = Counter(
        orjson.loads(line)["_reject"]["reason"] for line in rejects.read_bytes().splitlines()
    )
    assert reasons == counts["rejected"]
    assert {"refusal", "truncated"} & set(reasons)


def test_again_costs_nothing_and_gives_the_same_bytes(generate, llm_server, real_file):
    llm_server.answer = faulty
    first = generate(*hundred(real_file))
    llm_server.forget()
    assert generate(*hundred(real_file)).out == first.out
    assert llm_server.asked == []


def test_more_rows_begin_with_the_earlier_ones(generate, llm_server, real_file):
    llm_server.answer = faulty
    first = generate(*hundred(real_file))
    llm_server.forget()
    more = generate(*hundred(real_file, 150))
    assert more.lines[:100] == first.lines
    assert len(more.rows) == 150
    assert len(llm_server.asked) <= 9


def test_more_rows_of_each_label_begin_with_the_earlier_ones(generate, real_file):
    asked = ["--examples", real_file, "--per-label"]
    few, many = generate(*asked, 6), generate(*asked, 9)
    assert many.lines[:12] == few.lines
    assert [row["label"] for row in few.rows] == ["delivery", "refund"] * 6


@pytest.mark.parametrize("concurrency", [8, 64])
def test_bytes_are_the_same_at_any_concurrency(
    generate, llm_server, real_file, tmp_path, concurrency
):
    llm_server.answer = faulty
    one = generate(*hundred(real_file), "--concurrency", 1, cache=tmp_path / "one")
    many = generate(*hundred(real_file), "--concurrency", concurrency, cache=tmp_path / "many")
    assert many.out == one.out


@pytest.mark.parametrize("after", [1, 6, 11])
def test_kill_9_loses_no_paid_reply(llm_server, generate, real_file, tmp_path, after):
    llm_server.answer = content
    whole = generate(*hundred(real_file), cache=tmp_path / "undisturbed")
    llm_server.forget()
    llm_server.delay = 0.03
    started = subprocess.Popen(
        command("generate", "--base-url", llm_server.url, "--model", "m", "--cache",
                tmp_path / "killed", "--concurrency", 2, *hundred(real_file)),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with started:
        until(
            lambda: len(llm_server.paid) >= after or started.poll() is not None,
            "it asks no more", 0.002,
        )  # fmt: skip
        started.kill()
    llm_server.delay = 0
    again = generate(*hundred(real_file), "--concurrency", 2, cache=tmp_path / "killed")
    assert again.out == whole.out
    paid = Counter(asked.identity for asked in llm_server.paid)
    assert sum(count - 1 for count in paid.values()) <= 2


def test_a_label_that_is_refused_is_short_and_the_others_are_whole(generate, llm_server, tmp_path):
    def answer(asked):
        refused = '"weapons"' in asked.prompt.partition("and not to")[0]
        return Answer("I can't help with that request.") if refused else texts(asked)

    llm_server.answer = answer
    out, report = tmp_path / "out.jsonl", tmp_path / "report.json"
    done = generate("--label", "refund=20", "--label", "weapons=20", "-o", out, "--report", report)
    assert done.code == 5
    assert b"weapons: 0 of 20" in done.err
    assert b"refusal" in done.err
    assert not out.exists()  # a file of that name would pass for the whole of it
    assert len((tmp_path / "out.jsonl.short").read_bytes().splitlines()) == 20
    groups = orjson.loads(report.read_bytes())["details"]["generate"]["groups"]
    assert (groups["refund"]["end"], groups["weapons"]["end"]) == ("done", "refusal")


def test_a_model_that_repeats_itself_is_given_up(generate, llm_server):
    llm_server.answer = lambda _: ["I want my money back now.", "The box came broken, refund me."]
    done = generate("--label", "refund=50")
    assert done.code == 5
    assert len(done.rows) == 2
    assert b"saturated" in done.err
    assert len(llm_server.asked) <= 20


def test_a_cap_ends_with_what_there_is_and_a_higher_one_goes_on(generate, llm_server):
    less = generate("--label", "refund=50", "--max-requests", 2)
    assert less.code == 5
    assert b"over_budget" in less.err
    assert len(less.rows) == 20
    whole = generate("--label", "refund=50")
    assert whole.code == 0
    assert whole.lines[:20] == less.lines
    assert len(llm_server.paid) == 5


def test_dry_run_sends_nothing_and_shows_the_prompt(generate, llm_server, real_file):
    done = generate(*hundred(real_file), "--dry-run")
    assert done.code == 0
    assert llm_server.asked == []
    assert done.out == b""
    assert b"10 requests" in done.err
    assert TEXTS["refund"][0].encode() in done.err or TEXTS["refund"][1].encode() in done.err


def test_evaluation_rows_are_neither_shown_nor_copied(generate, llm_server, real_file, tmp_path):
    held = tmp_path / "test.jsonl"
    held.write_bytes(orjson.dumps({"id": "t1", "text": f"{TEXTS['refund'][0]}!", "label": "refund"})
                     + b"\n")  # fmt: skip
    copy = TEXTS["refund"][0].replace("broken", "new")
    llm_server.answer = lambda asked: [copy, *texts(asked)]
    rejects = tmp_path / "rejects.jsonl"
    done = generate(*hundred(real_file, 5), "--against", held, "--rejects", rejects)
    assert done.code == 0
    assert b"1 examples are evaluation rows" in done.err
    assert all(TEXTS["refund"][0] not in asked.prompt for asked in llm_server.asked)
    assert copy not in {row["text"] for row in done.rows}
    assert orjson.loads(rejects.read_bytes().splitlines()[0])["_reject"]["reason"] == (
        "evaluation_copy"
    )


def test_rows_that_came_in_are_passed_on_byte_for_byte(generate, tmp_path):
    odd = tmp_path / "odd.jsonl"
    odd.write_bytes(b'{"n": 1.10, "text" : "Refund the kettle", "label":"refund"}\n')
    done = generate(odd, "--per-label", 2)
    assert done.lines[0] == odd.read_bytes().rstrip(b"\n")
    assert [row["label"] for row in done.rows] == ["refund"] * 3
    assert "id" not in done.rows[1]  # the real rows have none either


def test_provenance_names_what_made_a_row(generate, real_file):
    row = generate("--label", "refund=1", "--examples", real_file).rows[0]
    aug = row["_aug"]
    assert (aug["origin"], aug["parent"], aug["root"]) == ("synthetic", None, None)
    assert (aug["method"], aug["model"]) == ("classification", "m-2026")
    assert len(aug["examples"]) == 4
    assert all(name.startswith("refund-") for name in aug["examples"])
    assert {"length", "register", "mood", "spelling", "channel"} <= set(aug["attributes"])
    assert aug["id"] == row["id"]
    assert "refusal" in aug["checks"]


def test_prompt_of_ones_own_is_a_sandboxed_template(generate, llm_server, tmp_path):
    own = tmp_path / "de.txt"
    own.write_text("Du bist Kunde.\n---\nSchreib {{ count }} Nachrichten: {{ category }}\n"
                   "{% for text in examples %}{{ text }}\n{% endfor %}{{ style }}")  # fmt: skip
    hostile = tmp_path / "hostile.jsonl"
    hostile.write_bytes(b'{"text": "{{ 7 * 7 }} {% raw %} refund", "label": "refund"}\n')
    done = generate("--label", "refund=3", "--examples", hostile, "--prompt", own)
    assert done.code == 0
    turns = llm_server.asked[0].body["messages"]
    assert turns[0] == {"role": "system", "content": "Du bist Kunde."}
    assert "Schreib 10 Nachrichten: refund\n{{ 7 * 7 }} {% raw %} refund" in turns[1]["content"]


@pytest.mark.parametrize(
    ("template", "message"),
    [("{{ nothing }}", b"nothing"), ("{% if %}", b"line 1"),
     ("{{ ''.__class__.__mro__ }}", b"unsafe")],
)  # fmt: skip
def test_wrong_or_unsafe_template_is_an_error(generate, llm_server, tmp_path, template, message):
    own = tmp_path / "own.txt"
    own.write_text(template)
    done = generate("--label", "refund=3", "--prompt", own)
    assert done.code == 2
    assert message in done.err
    assert llm_server.asked == []


@pytest.mark.parametrize(
    ("args", "message"),
    [([], b"--label"), (["--label", "=3"], b"expected NAME"),
     (["--label", "a", "--label", "a=3"], b"twice"),
     (["--label", "a", "--language", "xx"], b"--language"),
     (["--label", "a", "--similarity", "0"], b"similarity"),
     (["--label", "a", "-p", "classification.vary=x"], b"request, item"),
     (["--task", "poems"], b"poems"), (["--task", "instructions"], b"--rows")],
)  # fmt: skip
def test_wrong_options_say_what_to_do(generate, llm_server, args, message):
    done = generate(*args)
    assert done.code == 2
    assert message in done.err
    assert llm_server.asked == []


def test_labels_come_from_files_with_what_they_mean(generate, llm_server, tmp_path):
    listed = tmp_path / "labels.json"
    listed.write_bytes(orjson.dumps([{"label": "late", "description": "it came late", "count": 2},
                                     "lost"]))  # fmt: skip
    done = generate("--labels-from", listed, "--per-label", 3)
    assert Counter(row["label"] for row in done.rows) == {"late": 2, "lost": 3}
    assert any("(it came late)" in asked.prompt for asked in llm_server.asked)


def instructions(asked):
    return [{"instruction": f"Say it again: {text}", "input": "", "output": text}
            for text in texts(asked)]  # fmt: skip


def test_instructions_have_the_fields_of_alpaca(generate, llm_server):
    llm_server.answer = instructions
    done = generate("--task", "instructions", "-n", 25)
    assert done.code == 0, done.err
    assert len(done.rows) == 25
    assert {tuple(row) for row in done.rows} == {("id", "instruction", "input", "output", "_aug")}
    kinds = {row["_aug"]["attributes"]["kind"] for row in done.rows}
    assert kinds == {"classification", "open"}


def test_instructions_as_messages_hold_the_same_conversation(generate, llm_server):
    llm_server.answer = lambda asked: [
        {**item, "input": "Some text"} for item in instructions(asked)
    ]
    (row,) = generate("--task", "instructions", "-n", 1, "--format", "messages").rows
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
    assert row["messages"][0]["content"] == f"{row['instruction']}\n\nSome text"
    assert row["messages"][1]["content"] in row["instruction"]


def test_instructions_near_a_seed_task_or_without_an_answer_are_rejected(
    generate, llm_server, tmp_path
):
    seeds = tmp_path / "seeds.jsonl"
    seed = {
        "instruction": "Name three animals that live in the sea.",
        "output": "Whale, squid, eel",
    }
    seeds.write_bytes(orjson.dumps(seed) + b"\n")
    bad = [
        {"instruction": "Name three animals that live in the forest.", "output": "Fox, owl, boar"},
        {"instruction": "Describe how a clock works to a child.", "input": "", "output": ""},
        {"instruction": "Describe the attached photo of a dog.", "input": "", "output": "A dog."},
    ]
    llm_server.answer = lambda asked: [*bad, *instructions(asked)]
    rejects = tmp_path / "rejects.jsonl"
    done = generate("--task", "instructions", "-n", 5, "--examples", seeds, "--rejects", rejects)
    assert done.code == 0, done.err
    lost = [orjson.loads(line)["_reject"]["reason"] for line in rejects.read_bytes().splitlines()]
    assert lost == ["seed_copy", "schema", "schema"]
    assert "Name three animals" in llm_server.asked[0].prompt


def test_a_label_that_no_example_carries_is_said_before_money_is_spent(
    generate, llm_server, real_file
):
    args = ("--label", "refund=2", "--label", "refnud=2", "--examples", real_file)
    said = b"no example has the label 'refnud' (those that are there: 'delivery', 'refund'); is it"
    assert said in generate(*args, "--dry-run").err
    assert llm_server.asked == []
    assert said in generate(*args).err
    assert b"no example has" not in generate("--label", "refund=2", "--examples", real_file).err
    assert b"no example has" not in generate("--label", "refund=2", "--label", "x=2").err


def test_an_item_that_says_it_has_another_label_is_a_reject(generate, llm_server, tmp_path):
    def answer(asked):
        labels = ("refund", "Refund Request", "delivery")
        items = [{"text": text, "label": labels[n % 3]} for n, text in enumerate(texts(asked))]
        return Answer(orjson.dumps({"items": items}).decode())

    llm_server.answer = answer
    done = generate("--label", "refund=20", "--rejects", tmp_path / "rejects.jsonl")
    assert done.code == 0, done.err
    rejects = [
        orjson.loads(line) for line in (tmp_path / "rejects.jsonl").read_bytes().splitlines()
    ]
    other = [row["_reject"] for row in rejects if row["_reject"]["reason"] == "other_label"]
    assert other
    assert {row["detail"]["message"] for row in other} == {"delivery"}
