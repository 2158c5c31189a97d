"""Requests that go by the Batch API: whatever becomes of a batch, each is paid for once."""

import multiprocessing
import os
import random
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from asking import SCHEMA, ask, opened, prompts, texts
from batch_server import HANG_UP, HAPPY, Plan
from conftest import command
from llm_server import Answer, bad_request, filtered, garbage, quota, unauthorized, unavailable
from patience import PATIENCE, until

import dataaug as da
from dataaug.errors import MissingError, ShortfallError, UsageError
from dataaug.generation import run as generation
from dataaug.llms import Bulk, Caps, batch_lines, counted, prices, rate_limiter, reply_store
from dataaug.llms.reply_store import ReplyStore
from dataaug.sessions import Session

BATCH = Bulk(batch=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Wait a moment only where one would wait for a second."""
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.01)


def batched(server, asked, cache, **options):
    """Return the replies that come by batches."""
    return ask(server, asked, cache=cache, bulk=BATCH, **{"poll": 0.01, **options})


def statuses(server):
    return [order.status for order in server.batches.orders]


def sizes(server):
    return [len(server.batches.requests(order)) for order in server.batches.orders]


def asked_of(server):
    """Return how often each prompt was answered."""
    return sorted(asked.prompt for asked in server.paid)


def test_replies_are_those_of_single_requests(llm_server, tmp_path):
    online = ask(llm_server, prompts(30, SCHEMA), cache=tmp_path / "online")
    llm_server.forget()
    got = batched(llm_server, prompts(30, SCHEMA), tmp_path / "batch")
    assert got == online
    assert (len(llm_server.paid), sizes(llm_server)) == (30, [30])
    assert batched(llm_server, prompts(30, SCHEMA), tmp_path / "batch")[0].cached
    assert len(llm_server.batches.orders) == 1


def test_a_line_is_what_the_batch_api_takes(llm_server, tmp_path):
    (reply,) = batched(llm_server, prompts(1, SCHEMA), tmp_path)
    (line,) = llm_server.batches.requests(llm_server.batches.orders[0])
    body = line.pop("body")
    assert line == {"custom_id": reply.key, "method": "POST", "url": "/v1/chat/completions"}
    assert body["messages"] == [{"role": "user", "content": "Say something, number 0"}]
    assert (body["model"], body["response_format"]["type"]) == ("m", "json_schema")


@pytest.mark.parametrize("statuses", [
    ("completed",), HAPPY, ("validating",) * 5 + ("completed",), ("in_progress", "expired"),
    ("a_status_of_the_future", "completed"), ("finalizing", "in_progress", "completed"),
])  # fmt: skip
def test_a_batch_is_waited_for_through_every_status(llm_server, tmp_path, statuses):
    llm_server.batches.plan(Plan(statuses=statuses))
    assert all(texts(batched(llm_server, prompts(3), tmp_path)))
    assert len(llm_server.paid) == 3


def test_its_progress_is_told(llm_server, tmp_path):
    told = []
    with Session(heard=told.append):
        batched(llm_server, prompts(3), tmp_path)
    assert told[0] == "batch batch_1 was ordered: 3 requests"
    assert told[1:] == [
        f"batch batch_1: {status}, {done} of 3 requests done"
        for status, done in zip(HAPPY, (0, 0, 0, 3), strict=True)
    ]


def test_what_a_server_calls_a_batch_can_not_write_to_the_terminal(llm_server, tmp_path):
    told = []
    llm_server.batches.plan(Plan(statuses=("\x1b[2Jgone", "completed")))
    with Session(heard=told.append):
        batched(llm_server, prompts(1), tmp_path)
    assert all(said.isprintable() for said in told)


def number(asked):
    return int(asked.prompt.split()[-1])


@pytest.mark.parametrize(
    ("fault", "reason"), [(bad_request(), "bad_request"), (filtered(), "refused")]
)
def test_requests_that_fail_harm_no_other(llm_server, tmp_path, fault, reason):
    llm_server.answer = lambda asked: fault if number(asked) % 3 == 0 else Answer("fine")
    got = texts(batched(llm_server, prompts(9), tmp_path))
    assert got == [reason if n % 3 == 0 else "fine" for n in range(9)]
    assert sizes(llm_server) == [9]


@pytest.mark.parametrize("fault", [unavailable(), unavailable(status=500), garbage(),
                                   Answer(choices=[])])  # fmt: skip
def test_requests_that_may_come_right_are_sent_again_and_no_other(llm_server, tmp_path, fault):
    failed = set()

    def answer(asked):
        if number(asked) % 3 or number(asked) in failed or fault.raw:
            return Answer("fine")
        failed.add(number(asked))
        return fault

    def arrange(good, bad):
        return [b"<html>\n" if fault.raw and n % 3 == 0 else line
                for n, line in enumerate(good)], bad  # fmt: skip

    llm_server.answer = answer
    llm_server.batches.plan(Plan(arrange=arrange))
    assert texts(batched(llm_server, prompts(9), tmp_path)) == ["fine"] * 9
    assert sizes(llm_server) == [9, 3]


def test_a_request_that_fails_in_every_batch_comes_to_its_end(llm_server, tmp_path):
    llm_server.answer = lambda asked: Answer("fine") if number(asked) else unavailable()
    first, second = batched(llm_server, prompts(2), tmp_path)
    assert (first.fault, second.text) == ("bad_request", "fine")
    assert first.detail.startswith("3 times 503: The server is overloaded")
    assert sizes(llm_server) == [2, 1, 1]


def shuffled(good, bad):
    return random.Random(1).sample(good, len(good)), bad


def doubled(good, _):
    return [good[0], *good, *[{**line, "response": None} for line in good]], good


def with_foreign_lines(good, bad):
    foreign = [{**good[0], "custom_id": name} for name in ("request-1", "0" * 32, 7, None)]
    return [*foreign, b"\n", b"no JSON\n", b"[1, 2]\n", b'"text"\n', b"\xff\xfe\n", *good, {}], bad


def all_in_the_error_file(good, bad):
    return [], [*good, *bad]


@pytest.mark.parametrize("arrange", [shuffled, doubled, with_foreign_lines, all_in_the_error_file])
def test_results_are_found_by_their_names(llm_server, tmp_path, arrange):
    llm_server.batches.plan(Plan(arrange=arrange))
    got = batched(llm_server, prompts(9), tmp_path)
    assert texts(got) == texts(ask(llm_server, prompts(9)))
    assert sizes(llm_server) == [9]
    assert ReplyStore(tmp_path).check() == (9, 0), "no reply of somebody else's is in the cache"


@pytest.mark.parametrize("told", [True, False])
def test_replies_that_are_missing_are_asked_for_again(llm_server, tmp_path, told):
    def arrange(good, _):
        return good[:4], [{**line, "response": None, "error": None} for line in good[4:]][
            : 9 * told
        ]

    llm_server.batches.plan(Plan(arrange=arrange))
    llm = opened(llm_server, cache=tmp_path, bulk=BATCH, poll=0.01)
    assert all(texts(llm(prompts(9))))
    assert sizes(llm_server) == [9, 5]
    assert llm.usage()["requests"] == 14
    assert llm.usage()["lost"] == (0 if told else 5), "they may have been paid for"


def test_a_batch_that_completes_with_no_file_at_all_is_asked_for_again(llm_server, tmp_path):
    llm_server.batches.plan(Plan(arrange=lambda *_: ([], [])))
    assert all(texts(batched(llm_server, prompts(2), tmp_path)))
    assert sizes(llm_server) == [2, 2]


@pytest.mark.parametrize("told", [True, False])
def test_what_expired_is_ordered_anew_and_the_rest_is_kept(llm_server, tmp_path, told):
    ended = ("in_progress", "expired")
    llm_server.batches.plan(*(Plan(ended, done=2, tell_undone=told) for _ in range(4)))
    llm = opened(llm_server, cache=tmp_path, bulk=BATCH, poll=0.01)
    assert all(texts(llm(prompts(9))))
    assert sizes(llm_server) == [9, 7, 5, 3, 1]
    assert len(llm_server.paid) == 9
    assert llm.usage()["lost"] == 0


def test_batches_that_expire_without_a_reply_end_the_run(llm_server, tmp_path):
    llm_server.batches.plan(*(Plan(("expired",), done=0) for _ in range(3)))
    with pytest.raises(MissingError, match="3 batches in a row expired without one reply"):
        batched(llm_server, prompts(2), tmp_path)
    assert all(texts(batched(llm_server, prompts(2), tmp_path)))


def test_a_batch_that_somebody_cancelled_ends_the_run_and_its_replies_are_kept(
    llm_server, tmp_path
):
    llm_server.batches.plan(Plan(("in_progress", "cancelling", "cancelled"), done=4))
    with pytest.raises(MissingError, match=r"cancelled at the server: 4 of its 9 replies are kept"):
        batched(llm_server, prompts(9), tmp_path)
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert sizes(llm_server) == [9, 5]


def check(code, message, line=None, param=None):
    return {"code": code, "message": message, "line": line, "param": param}


def test_requests_that_do_not_pass_the_check_are_left_out(llm_server, tmp_path):
    faults = [check("invalid_json_schema", "no such type", 2), check("x", "no", 99)]
    llm_server.batches.plan(Plan(("validating", "failed"), errors=faults))
    got = batched(llm_server, prompts(4), tmp_path)
    assert [reply.fault for reply in got] == ["", "bad_request", "", ""]
    assert got[1].detail == "400: no such type"
    assert sizes(llm_server) == [4, 3]


def test_a_queue_that_is_full_is_filled_by_smaller_batches(llm_server, tmp_path):
    limit = check("token_limit_exceeded", "Enqueued token limit reached for m. Limit: 90,000")
    llm_server.batches.plan(Plan(("failed",), errors=[limit]), Plan(("failed",), errors=[limit]))
    assert all(texts(batched(llm_server, prompts(8), tmp_path)))
    assert sizes(llm_server) == [8, 4, 2, 2, 2, 2]
    ended = [order.looks for order in llm_server.batches.orders]
    assert all(ended), "one at a time"


def test_one_request_that_is_too_large_by_itself_is_a_reject(llm_server, tmp_path):
    limit = check("token_limit_exceeded", "Enqueued token limit reached")
    llm_server.batches.plan(Plan(("failed",), errors=[limit]))
    (reply,) = batched(llm_server, prompts(1), tmp_path)
    assert (reply.fault, reply.detail[:20]) == ("bad_request", "token_limit_exceeded")


@pytest.mark.parametrize("errors", [[check("billing_hard_limit_reached", "no money")], None])
def test_a_check_that_no_other_batch_would_pass_ends_the_run(llm_server, tmp_path, errors):
    llm_server.batches.plan(Plan(("failed",), errors=errors))
    said = "no money" if errors else "it did not say why"
    with pytest.raises(MissingError, match=f"refuses the batch: .*{said}"):
        batched(llm_server, prompts(2), tmp_path)
    assert all(texts(batched(llm_server, prompts(2), tmp_path)))


@pytest.mark.parametrize("call", ["POST files", "POST batches"])
@pytest.mark.parametrize("said", [
    Answer(status=413, raw=b"<html>Request Entity Too Large</html>"),
    Answer(status=400, error={"message": "File size exceeds the maximum of 200 MB"}),
])  # fmt: skip
def test_a_file_that_is_too_large_is_halved(llm_server, tmp_path, call, said):
    tries = []

    def before(name):
        tries.append(name)
        return said if name == call and tries.count(call) <= 2 else None

    llm_server.batches.before = before
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert sizes(llm_server) == [3, 3, 3]


def test_a_file_that_is_refused_for_something_else_ends_the_run(llm_server, tmp_path):
    llm_server.batches.before = lambda _: bad_request("Invalid purpose")
    with pytest.raises(MissingError, match="refuses the batch: 400: Invalid purpose"):
        batched(llm_server, prompts(9), tmp_path)


def test_a_server_without_a_batch_api_says_what_else_there_is(llm_server, tmp_path):
    llm_server.batches.there = False
    with pytest.raises(MissingError, match=r"404: .*has no Batch API: .*--batch-export FILE"):
        batched(llm_server, prompts(2), tmp_path)
    assert llm_server.batches.calls == ["POST files"]


def test_a_wrong_key_ends_the_run(llm_server, tmp_path):
    llm_server.batches.before = lambda _: unauthorized()
    with pytest.raises(MissingError, match=r"401: .*; set OPENAI_API_KEY"):
        batched(llm_server, prompts(2), tmp_path)


def test_an_account_that_runs_empty_ends_the_run_and_what_came_is_kept(llm_server, tmp_path):
    llm_server.answer = lambda asked: quota() if number(asked) > 3 else Answer("fine")
    with pytest.raises(MissingError, match=r"current quota; the account has no credit left"):
        batched(llm_server, prompts(9), tmp_path)
    llm_server.answer = lambda _: Answer("fine")
    assert texts(batched(llm_server, prompts(9), tmp_path)) == ["fine"] * 9
    assert len(llm_server.paid) == 9


def test_when_all_are_refused_with_one_message_the_run_ends_and_quotes_it(llm_server, tmp_path):
    llm_server.answer = lambda _: bad_request("no such model")
    with pytest.raises(MissingError, match="400: no such model; it said so to all 9 requests"):
        batched(llm_server, prompts(9), tmp_path)
    assert sizes(llm_server) == [9]


def test_a_server_that_takes_no_schema_is_asked_in_words(llm_server, tmp_path):
    llm_server.schema = False
    llm = opened(llm_server, cache=tmp_path, bulk=BATCH, poll=0.01)
    assert all(texts(llm(prompts(9, SCHEMA))))
    assert all(texts(llm(prompts(9, SCHEMA, start=9))))
    assert sizes(llm_server) == [9, 9, 9, 9], "json_schema, json_object, in words; then in words"


def test_a_server_that_ignores_the_schema_is_asked_otherwise_the_next_time(llm_server, tmp_path):
    llm_server.answer = lambda _: Answer("in words")
    for start in (0, 9, 18):
        batched(llm_server, prompts(9, SCHEMA, start=start), tmp_path)
    assert [asked.rung for asked in llm_server.asked] == [
        *["json_schema"] * 9, *["json_object"] * 9, *[""] * 9
    ]  # fmt: skip


def test_a_parameter_that_the_server_does_not_know_is_left_out(llm_server, tmp_path):
    error = {"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens"}
    llm_server.answer = lambda asked: (
        Answer(status=400, error=error) if "max_tokens" in asked.body else Answer("fine")
    )
    assert texts(batched(llm_server, prompts(9), tmp_path)) == ["fine"] * 9
    assert sizes(llm_server) == [9, 9]


def test_many_requests_go_out_in_several_files(llm_server, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 4)
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert sizes(llm_server) == [4, 4, 1]


def test_large_requests_go_out_in_several_files(llm_server, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_lines, "MOST_BYTES", 500)
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert max(map(len, llm_server.batches.files.values())) < 5000
    files = [llm_server.batches.files[order.file] for order in llm_server.batches.orders]
    assert len(files) > 2
    assert max(map(len, files)) <= 500


CALLS = ("POST files", "POST batches", "GET batches/ID", "GET content")


def killed(server, folder, call, moment):
    """Ask in a process that is killed at a call, before or after the server has done its part."""
    context = multiprocessing.get_context("fork")
    child = context.Process(target=batched, args=(server, prompts(9), folder))
    hit = threading.Event()

    def kill(name):
        if name == call and not hit.is_set() and child.pid:
            hit.set()
            os.kill(child.pid, signal.SIGKILL)

    setattr(server.batches, moment, kill)
    child.start()
    child.join(PATIENCE)
    setattr(server.batches, moment, None)
    assert hit.is_set()
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_that_is_killed_anywhere_is_gone_on_with_and_pays_once(
    llm_server, tmp_path, call, moment
):
    online = texts(ask(llm_server, prompts(9)))
    llm_server.forget()
    killed(llm_server, tmp_path, call, moment)
    assert texts(batched(llm_server, prompts(9), tmp_path)) == online
    assert len(asked_of(llm_server)) == 9
    never = (call, moment) in {("POST files", "before"), ("POST files", "after"),
                               ("POST batches", "before")}  # fmt: skip
    assert len(llm_server.batches.orders) == 1, never
    assert ReplyStore(tmp_path).jobs() == {}


def test_a_run_that_asks_for_more_or_less_goes_on_with_what_another_one_ordered(
    llm_server, tmp_path
):
    killed(llm_server, tmp_path, "GET batches/ID", "before")
    assert all(texts(batched(llm_server, prompts(6, start=5), tmp_path)))
    assert sizes(llm_server) == [9, 2]
    assert all(reply.cached for reply in batched(llm_server, prompts(11), tmp_path))
    assert sizes(llm_server) == [9, 2]


def test_an_order_whose_answer_is_lost_is_found_and_not_repeated(llm_server, tmp_path):
    calls = []

    def hang_up(call):
        calls.append(call)
        return HANG_UP if call == "POST batches" and calls.count(call) == 1 else None

    llm_server.batches.after = hang_up
    assert all(texts(batched(llm_server, prompts(3), tmp_path)))
    assert sizes(llm_server) == [3]
    assert "GET batches" in calls


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", [
    unavailable(after=0), unavailable(status=500), garbage(), HANG_UP, Answer(raw=b'{"id": null}'),
    Answer(raw=b"\xff\x00"), Answer(raw=b'{"id": "x"', cut=True), Answer(raw=b"[1]"),
])  # fmt: skip
def test_answers_that_are_none_are_asked_for_again(llm_server, tmp_path, call, fault):
    seen = []

    def before(name):
        seen.append(name)
        once = name == call and seen.count(call) == 1
        return fault if once and not (call == "GET content" and _is_content(fault)) else None

    llm_server.batches.before = before
    assert all(texts(batched(llm_server, prompts(3), tmp_path)))
    assert sizes(llm_server) == [3]
    assert len(llm_server.paid) == 3


def _is_content(fault):
    """Would these bytes pass for the content of a file? Then they hold no result."""
    return fault is not HANG_UP and fault.status == 200 and not fault.cut


def test_a_server_that_stays_away_ends_the_run_and_the_next_goes_on(llm_server, tmp_path):
    llm_server.batches.before = lambda name: HANG_UP if name == "GET batches/ID" else None
    with pytest.raises(MissingError, match="batches go on at the server"):
        batched(llm_server, prompts(3), tmp_path, patience=0.01)
    llm_server.batches.before = None
    assert all(texts(batched(llm_server, prompts(3), tmp_path)))
    assert sizes(llm_server) == [3]


def test_nothing_listens(tmp_path):
    with pytest.raises(MissingError, match=r"no server answers at http://127.0.0.1:9/v1"):
        batched("http://127.0.0.1:9/v1", prompts(1), tmp_path, timeout=5)


def test_a_batch_that_the_server_has_lost_is_ordered_anew(llm_server, tmp_path):
    killed(llm_server, tmp_path, "GET batches/ID", "before")
    llm_server.batches.orders.clear()
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert sizes(llm_server) == [9]


def test_results_that_the_server_has_lost_are_asked_for_again(llm_server, tmp_path):
    lost = []

    def lose(call):
        if call == "GET content" and not lost:
            lost.append(call)
            return Answer(status=404, error={"message": "No such File object"})
        return None

    llm_server.batches.before = lose
    assert all(texts(batched(llm_server, prompts(3), tmp_path)))
    assert sizes(llm_server) == [3, 3]


def test_two_runs_on_one_cache_order_once(llm_server, tmp_path):
    llm_server.batches.plan(Plan(("in_progress",) * 40 + ("completed",)))
    found = []
    first = threading.Thread(target=lambda: found.append(batched(llm_server, prompts(9), tmp_path)))
    first.start()
    until(lambda: llm_server.batches.orders, "an order")
    found.append(batched(llm_server, prompts(9), tmp_path))
    first.join(PATIENCE)
    assert texts(found[0]) == texts(found[1])
    assert sizes(llm_server) == [9]


def test_caps_are_reserved_by_the_worst_case_when_a_batch_is_ordered(llm_server, tmp_path):
    llm_server.answer = lambda _: Answer("fine")
    most = 3 * 1024 + 200  # three replies at their longest, and their prompts
    llm = opened(llm_server, cache=tmp_path, caps=Caps(tokens=most), bulk=BATCH, poll=0.01)
    llm(prompts(60))
    assert sizes(llm_server)[:3] == [3, 3, 3], "what is left of the reserve buys the next"
    usage = llm.usage()
    assert usage["prompt_tokens"] + usage["completion_tokens"] <= most


def test_no_batch_is_ordered_for_the_few_requests_that_a_cap_still_allows(llm_server, tmp_path):
    llm_server.answer = lambda _: Answer("fine " * 200)  # a quarter of the longest reply
    most = 40 * (1024 + 30)
    llm = opened(llm_server, cache=tmp_path, caps=Caps(tokens=most), bulk=BATCH, poll=0.01)
    replies = llm(prompts(400))
    assert sizes(llm_server)[0] == 40
    assert min(sizes(llm_server)) >= 4
    assert len(sizes(llm_server)) < 12
    stopped = [reply.fault == "over_budget" for reply in replies]
    assert stopped == sorted(stopped), "in the order of the prompts"


def test_no_more_requests_are_sent_than_a_cap_allows(llm_server, tmp_path):
    llm_server.answer = lambda asked: unavailable() if number(asked) < 2 else Answer("fine")
    got = texts(batched(llm_server, prompts(9), tmp_path, caps=Caps(requests=6)))
    assert got == ["over_budget"] * 2 + ["fine"] * 4 + ["over_budget"] * 3
    assert len(llm_server.asked) == 6


def test_batches_are_booked_at_half_the_price(llm_server, tmp_path):
    llm_server.answer = lambda _: Answer("fine")
    online = opened(llm_server, cache=tmp_path / "a", price="2,4")
    online(prompts(9))
    bulk = opened(llm_server, cache=tmp_path / "b", bulk=BATCH, poll=0.01, price="2,4")
    bulk(prompts(9))
    assert bulk.usage()["cost_usd"] == pytest.approx(online.usage()["cost_usd"] / 2, abs=1e-6)
    assert bulk.usage()["prices"] == (
        "half of the online price (as given), as OpenAI's Batch API takes, 2026-11-30"
    )


def test_the_docs_date_the_half_of_the_price_as_reports_do():
    day = prices.halved(prices.from_user("1,2")).source.split()[-1]
    docs = Path(__file__).parent.parent / "docs" / "llm.md"
    assert f"seen\n{day}" in docs.read_text(encoding="utf-8")


def test_the_table_of_prices_has_those_of_batches():
    pytest.importorskip("genai_prices")
    usual = prices.from_table("gpt-4o-mini", "https://api.openai.com/v1")
    batch = prices.from_table("gpt-4o-mini", "https://api.openai.com/v1", batch=True)
    assert batch(1000, 500) == pytest.approx(usual(1000, 500) / 2)
    assert batch.source.startswith("genai-prices ")
    assert batch.source.endswith("batch prices")
    assert "verified up to 20" in batch.source


def test_a_dry_run_plans_at_half_the_price(llm_server, tmp_path):
    plans = []
    for bulk in (Bulk(), BATCH):
        llm = opened(llm_server, cache=tmp_path, dry=True, bulk=bulk, price="2,4")
        llm(prompts(4))
        plans.append(llm.usage()["planned"])
    assert plans[1]["cost_usd"] == [pytest.approx(cost / 2) for cost in plans[0]["cost_usd"]]
    assert llm_server.batches.calls == []


def test_batches_need_a_cache_and_a_server(llm_server, tmp_path):
    with pytest.raises(UsageError, match="--batch needs the cache"):
        opened(llm_server, cache="off", bulk=BATCH)
    with pytest.raises(UsageError, match="leave one of them out"):
        opened(llm_server, cache=tmp_path, bulk=Bulk(batch=True, exported="x"))


def test_a_key_that_an_answer_repeats_is_hidden(llm_server, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    llm_server.batches.before = lambda _: bad_request("no purpose with sk-secret")
    with pytest.raises(MissingError) as error:
        batched(llm_server, prompts(1), tmp_path)
    assert "sk-secret" not in str(error.value)


def test_a_run_on_another_machine_goes_on_when_the_first_has_gone(
    llm_server, tmp_path, monkeypatch
):
    monkeypatch.setattr(reply_store, "LEASE", 0.5)
    monkeypatch.setattr(counted, "_POLL_FOR_BATCHES", 0.05)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(socket, "gethostname", lambda: "another-machine")
        killed(llm_server, tmp_path, "GET batches/ID", "before")
    assert all(texts(batched(llm_server, prompts(9), tmp_path)))
    assert sizes(llm_server) == [9]
    assert len(llm_server.paid) == 9


def test_rows_under_a_cap_on_requests_are_those_of_an_online_run(llm_server, tmp_path):
    wanted = {"labels": {"refund": 40, "delivery": 40, "other": 40}, "model": "m",
              "base_url": llm_server.url, "max_requests": 7}  # fmt: skip
    bulk = {"batch": True, "llm": da.Spec("openai", {"poll": 0.01})}
    made = []
    for cache, options in (("online", {}), ("batch", bulk)):
        with pytest.raises(ShortfallError) as short:
            da.generate(cache=tmp_path / cache, **wanted, **options)
        made.append([row.line for row in short.value.result.rows])
    assert made[0] == made[1] != []
    assert sizes(llm_server) == [7]


def test_many_groups_are_asked_in_one_batch(llm_server, tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "_ROUND", 4)
    wanted = {"labels": {f"label {n}": 15 for n in range(9)}, "model": "m",
              "base_url": llm_server.url}  # fmt: skip
    online = da.generate(cache=tmp_path / "online", **wanted)
    bulk = {"batch": True, "llm": da.Spec("openai", {"poll": 0.01})}
    batch = da.generate(cache=tmp_path / "batch", **wanted, **bulk)
    assert [row.line for row in batch.rows] == [row.line for row in online.rows]
    assert sizes(llm_server) == [18]
    used = batch.report.other(da.ModelUse)
    assert (used.requests, used.cached) == (18, 0)
    plan = da.generate(cache=tmp_path / "dry", dry_run=True, **wanted)
    assert plan.report.other(da.ModelUse).planned["requests"] == 18


def test_an_interrupted_command_ends_at_once_and_the_same_one_goes_on(cli, llm_server, tmp_path):
    args = ("generate", "--label", "refund=30", "--model", "m", "--base-url", llm_server.url,
            "--cache", tmp_path / "cache", "--batch", "-p", "openai.poll=0.05")  # fmt: skip
    llm_server.batches.plan(Plan(("in_progress",)))
    started = subprocess.Popen(command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until(lambda: llm_server.batches.calls.count("GET batches/ID") > 2, "looks at the batch")
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)
    assert (started.returncode, out) == (130, b""), err
    assert b"so far are kept: run the same command to go on" in err
    llm_server.batches.orders[0].plan.statuses = HAPPY
    done = cli(*args)
    assert (done.code, len(done.rows)) == (0, 30), done.err
    assert sizes(llm_server) == [3]
