"""Every fault of a server: what comes of it, and that it stays with the request it hit."""

import asyncio
import gc
import itertools
import random
import threading
import time
from dataclasses import replace

import pytest
from asking import SCHEMA, ask, opened, prompts, texts
from llm_server import (
    Answer,
    Server,
    backwards,
    bad_request,
    empty,
    filtered,
    garbage,
    no_model,
    null,
    quota,
    rate_limited,
    redirect,
    refusal,
    reset,
    unauthorized,
    unavailable,
)
from llm_server import texts as made_up
from patience import PATIENCE, until

from dataaug.errors import MissingError, UsageError
from dataaug.llms import Caps, Message, rate_limiter, wire
from dataaug.llms.budget import bytes_of
from dataaug.sessions import Session


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let back-off begin at a hundredth of a second, so that the tests are quick."""
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.01)


def echo(asked):
    return Answer(f"reply to {asked.prompt}")


def expected(count):
    return [f"reply to Say something, number {n}" for n in range(count)]


def poison(number, answer):
    return lambda asked: answer if asked.prompt.endswith(f"number {number}") else echo(asked)


def test_replies_have_the_order_of_the_prompts_when_the_server_answers_backwards(llm_server):
    llm_server.answer = backwards(echo)
    came = []
    llm = opened(llm_server, concurrency=8)
    replies = llm(prompts(16), done=lambda place, reply: came.append((place, reply)))
    assert texts(replies) == expected(16)
    assert [place for place, _ in came[:8]] != list(range(8))
    assert sorted(came, key=lambda pair: pair[0]) == list(enumerate(replies))


TRANSIENT = {
    "429": rate_limited(),
    "429 with Retry-After": rate_limited(0.05),
    "503 with Retry-After": unavailable(0.05),
    "500": unavailable(status=500),
    "502": unavailable(status=502),
    "504": unavailable(status=504),
    "408": unavailable(status=408),
    "reset in mid-body": reset(),
    "a page of HTML": garbage(),
    "no choices": empty(),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_a_passing_fault_costs_one_more_request_and_nothing_else(llm_server, fault):
    llm_server.answer = echo
    llm_server.script(fault)
    assert texts(ask(llm_server, prompts(4))) == expected(4)
    assert len(llm_server.asked) == 5


def test_a_reply_that_does_not_come_in_time_is_asked_for_again(llm_server):
    def answer(asked):
        if asked.number == 0:
            again.wait(PATIENCE)
        elif asked.prompt == llm_server.asked[0].prompt:
            again.set()
        return echo(asked)

    again = threading.Event()
    llm_server.answer = answer
    llm = opened(llm_server, timeout=5)  # the others have to come within it on a loaded machine
    assert texts(llm(prompts(3))) == expected(3)
    assert llm.usage()["lost"] == 1  # it may have been paid for


STOPS = {
    "quota": (quota(), "429: You exceeded your current quota; the account has no credit left"),
    "no money": (Answer(status=402, error={"message": "pay"}), "has no credit left"),
    "key": (unauthorized(), "401: Incorrect API key .*; set OPENAI_API_KEY"),
    "forbidden": (Answer(status=403, error={"message": "no"}), "403: no; set OPENAI_API_KEY"),
    "model": (no_model(), "404: The model `m` does not exist; check --model and --base-url"),
    "redirect": (redirect("http://127.0.0.1:1/v1"), "redirects to http://127.0.0.1:1/v1: name"),
}


@pytest.mark.parametrize(("fault", "said"), STOPS.values(), ids=STOPS)
def test_what_no_waiting_helps_stops_the_run_and_keeps_what_was_answered(
    llm_server, tmp_path, fault, said
):
    llm_server.answer = lambda asked: fault if asked.number >= 5 else echo(asked)
    with pytest.raises(MissingError, match=said) as caught:
        ask(llm_server, prompts(40), cache=tmp_path, concurrency=4)
    assert "same command again: replies so far are in the cache" in str(caught.value)
    assert len(llm_server.asked) <= 5 + 4
    llm_server.answer, paid = echo, len(llm_server.paid)
    llm_server.forget()
    assert texts(ask(llm_server, prompts(40), cache=tmp_path)) == expected(40)
    assert len(llm_server.asked) == 40 - paid


def test_what_is_in_flight_when_the_run_stops_is_kept(llm_server, tmp_path):
    stops = threading.Event()

    def answer(asked):
        if asked.prompt.endswith("number 1"):
            stops.set()
            return quota()
        stops.wait(PATIENCE)
        return Answer("slow but paid", delay=0.4)

    llm_server.answer = answer
    with pytest.raises(MissingError):
        ask(llm_server, prompts(2), cache=tmp_path, concurrency=2)
    (kept,) = ask(llm_server, prompts(1), cache=tmp_path)
    assert (kept.text, kept.cached) == ("slow but paid", True)


def test_no_redirect_carries_the_prompt_to_another_origin(llm_server):
    with Server() as elsewhere:
        llm_server.answer = lambda _: redirect(f"{elsewhere.url}/chat/completions")
        with pytest.raises(MissingError, match="redirects"):
            ask(llm_server, prompts(1))
        assert elsewhere.asked == []


REFUSED = {
    "filter": (filtered(), "refused"),
    "moderation": (Answer(status=403, error={"message": "Your input was flagged"}), "refused"),
    "refusal": (refusal(), "refused"),
    "finish": (Answer("half a te", finish="content_filter"), "refused"),
    "context": (bad_request(), "bad_request"),
    "too large": (Answer(status=413, error={"message": "too large"}), "bad_request"),
}


@pytest.mark.parametrize(("fault", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_prompt_that_is_not_taken_is_marked_and_its_neighbours_are_answered(
    llm_server, fault, reason
):
    llm_server.answer = poison(3, fault)
    wanted = expected(8)
    wanted[3] = reason
    replies = ask(llm_server, prompts(8))
    assert texts(replies) == wanted
    assert replies[3].text == ""
    assert len(llm_server.asked) == 8


def test_a_refusal_is_kept_and_an_error_is_not(llm_server, tmp_path):
    for fault, again in ((filtered(), 0), (bad_request(), 1)):
        llm_server.answer = poison(3, fault)
        llm_server.forget()
        ask(llm_server, prompts(8), cache=tmp_path / str(again))
        ask(llm_server, prompts(8), cache=tmp_path / str(again))
        assert len(llm_server.asked) == 8 + again


def test_a_prompt_that_always_breaks_the_server_is_marked_after_some_tries(llm_server):
    llm_server.answer = poison(3, unavailable(status=500))
    replies = ask(llm_server, prompts(40), concurrency=2)
    assert [n for n, reply in enumerate(replies) if reply.fault] == [3]
    assert (replies[3].fault, "times 500: " in replies[3].detail) == ("bad_request", True)


BREAKS = [
    (unavailable(status=500), "bad_request"),
    (garbage(), "bad_response"),
    (reset(), "bad_response"),
]


@pytest.mark.parametrize(("fault", "reason"), BREAKS)
@pytest.mark.parametrize("bad", [{0}, {0, 1}])
def test_a_prompt_that_breaks_the_server_is_marked_though_it_is_the_first(
    llm_server, fault, reason, bad
):
    def answer(asked):
        number = int(asked.prompt.partition("number ")[2].split()[0])
        return fault if number in bad else Answer('{"items": ["yes"]}')

    llm_server.answer = answer
    replies = ask(llm_server, prompts(20, SCHEMA))
    assert [n for n, reply in enumerate(replies) if reply.fault] == sorted(bad)
    assert {replies[n].fault for n in bad} == {reason}


def test_a_prompt_that_a_gateway_always_gives_up_is_marked_later(llm_server):
    llm_server.answer = poison(3, unavailable(status=504))
    llm_server.delay = 0.001
    replies = ask(llm_server, prompts(400), concurrency=2)
    assert [n for n, reply in enumerate(replies) if reply.fault] == [3]
    assert "20 times 504: " in replies[3].detail


def test_a_reply_without_content_or_usage_is_a_reply(llm_server):
    llm_server.script(null(), Answer("no usage", usage=None))
    llm = opened(llm_server, concurrency=1)
    first, second = llm(prompts(2))
    assert (first.text, first.fault, second.text) == ("", "", "no usage")
    assert second.prompt_tokens == 0
    assert llm.usage()["prompt_tokens"] > first.prompt_tokens  # counted by length
    assert len(llm_server.asked) == 2


def test_a_cut_reply_says_so(llm_server):
    llm_server.answer = lambda _: Answer('["a", "b', finish="length")
    (reply,) = ask(llm_server, prompts(1))
    assert (reply.text, reply.finish, reply.model) == ('["a", "b', "length", "m-2026")


def test_a_cooldown_is_shared_and_a_storm_is_met_by_few_requests(llm_server):
    llm_server.answer = echo
    llm_server.script(*[rate_limited()] * 20)
    assert texts(ask(llm_server, prompts(32), concurrency=8)) == expected(32)
    assert len(llm_server.asked) == 32 + 20
    # eight go at once, then six; as long as there is no reply, one at a time and ever later
    moments = [asked.at for asked in llm_server.asked[14:21]]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps[-1] > gaps[2] > gaps[0] > 0.01


def test_no_worker_sends_while_the_server_asks_to_wait(llm_server):
    llm_server.answer = echo
    llm_server.script(rate_limited(after=1))
    assert texts(ask(llm_server, prompts(12), concurrency=1)) == expected(12)
    assert llm_server.asked[1].at - llm_server.asked[0].at >= 1


@pytest.fixture
def clock(monkeypatch):
    """Give the rate limiter a clock that moves only when it sleeps."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

        async def sleep(self, seconds):
            self.now += seconds
            await real_sleep(0)

        def __getattr__(self, name):
            return getattr(asyncio, name)

    real_sleep = asyncio.sleep
    clock = Clock()
    monkeypatch.setattr(rate_limiter, "time", clock)
    monkeypatch.setattr(rate_limiter, "asyncio", clock)
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.5)
    return clock


def test_ten_minutes_are_waited_if_the_server_asks_for_them(llm_server, clock):
    llm_server.answer = echo
    llm_server.script(rate_limited(after=600))
    heard = []
    with Session(heard=heard.append):
        assert texts(ask(llm_server, prompts(3), concurrency=1)) == expected(3)
    assert 600 <= clock.now - 1000 < 601
    assert heard == ["the server is pushed or limits us: waiting 600 s"]
    assert len(llm_server.asked) == 4


def test_a_limit_per_minute_is_outlasted_without_being_told_how_long(llm_server, clock):
    until = clock.now + 65
    llm_server.answer = lambda asked: rate_limited() if clock.now < until else echo(asked)
    assert texts(ask(llm_server, prompts(5), concurrency=4)) == expected(5)
    assert len(llm_server.asked) < 20


def test_the_circuit_breaks_when_nothing_is_answered_any_more(llm_server, clock, tmp_path):
    llm_server.answer = lambda asked: echo(asked) if asked.number < 5 else unavailable()
    with pytest.raises(MissingError, match="no reply for 300 s, last: 503: The server is overl"):
        ask(llm_server, prompts(20), concurrency=2, cache=tmp_path)
    assert 300 < clock.now - 1000 < 500
    assert len(llm_server.asked) < 40


def test_a_wait_of_a_day_is_left_to_the_user(llm_server):
    llm_server.script(rate_limited(after=86_400))
    with pytest.raises(
        MissingError, match=r"asks to wait 24.0 hours .* run the same command again"
    ):
        ask(llm_server, prompts(1))


def test_no_server_is_said_soon():
    with pytest.raises(
        MissingError, match=r"no server answers at http://127.0.0.1:9/v1 .*--base-url"
    ):
        ask("http://127.0.0.1:9/v1", prompts(2))


def test_a_page_that_is_no_language_model_is_said_soon(llm_server):
    llm_server.answer = lambda _: garbage()
    with pytest.raises(MissingError, match=r"answers, but with no chat completions .*--base-url"):
        ask(llm_server, prompts(40))
    assert len(llm_server.asked) < 40


def test_requests_a_minute_are_spread_and_not_exceeded():
    with Server(echo, rpm=1200) as server:
        llm = opened(server, rpm=1140, concurrency=16)
        began = time.monotonic()
        assert texts(llm(prompts(30))) == expected(30)
        assert time.monotonic() - began >= 29 * 60 / 1140
        assert len(server.asked) == 30


def test_tokens_a_minute_are_spread():
    with Server(echo) as server:
        began = time.monotonic()
        ask(server, prompts(5, max_tokens=100), tpm=60_000, concurrency=5)
        assert time.monotonic() - began >= 4 * 0.1  # a prompt of some tokens and 100 of reply


@pytest.mark.parametrize("value", ["Wed, 21 Oct 2015 07:28:00 GMT", "0"])
def test_retry_after_may_be_a_date(value):
    assert wire.failure(429, {}, {"retry-after": value}).after == 0
    assert wire.failure(429, {}, {"retry-after": "soon"}).after is None


def test_equal_bytes_at_any_concurrency_and_under_any_faults():
    def faulty(rng):
        faults = [rate_limited(), unavailable(status=500), reset(), garbage()]
        return lambda asked: (
            rng.choice(faults) if rng.random() < 0.2 else Answer(repr(made_up(asked)))
        )

    got = []
    for concurrency in (1, 8, 64):
        with Server(faulty(random.Random(concurrency))) as server:
            got.append(texts(ask(server, prompts(100), concurrency=concurrency)))
    assert got[0] == got[1] == got[2]
    assert len(set(got[0])) == 100


def prose(_asked):
    return Answer('Sure! ["a", "b"]')


def lists(asked):
    return made_up(asked)


def only(*rungs):
    """Hold to the schema on these rungs only."""
    return lambda asked: lists(asked) if asked.rung in rungs else prose(asked)


LADDER = {
    "obeyed": (only("json_schema"), ["json_schema"] * 5),
    "ignored": (only("json_object"), ["json_schema", *["json_object"] * 4]),
    "both ignored": (prose, ["json_schema", "json_object", "", "", ""]),
    "cut off at first": (
        lambda asked: Answer("{", finish="length") if asked.number == 0 else lists(asked),
        ["json_schema"] * 5,
    ),
}


@pytest.mark.parametrize(("answer", "rungs"), LADDER.values(), ids=LADDER)
@pytest.mark.parametrize("concurrency", [1, 16])
def test_the_form_is_chosen_by_looking_at_replies_and_is_remembered(
    llm_server, tmp_path, answer, rungs, concurrency
):
    llm_server.answer = answer
    ask(llm_server, prompts(5, SCHEMA), cache=tmp_path, concurrency=concurrency)
    assert [asked.rung for asked in llm_server.asked] == rungs
    llm_server.forget()
    ask(llm_server, prompts(3, SCHEMA, start=5), cache=tmp_path)
    assert {asked.rung for asked in llm_server.asked} == {rungs[-1]}


def test_a_server_that_refuses_the_form_gets_the_schema_in_words():
    with Server(schema=False) as server:
        replies = ask(server, prompts(4, SCHEMA))
        assert not any(reply.fault for reply in replies)
        assert [asked.rung for asked in server.asked] == [
            "json_schema",
            "json_object",
            "",
            "",
            "",
            "",
        ][:6]
        assert '"required": ["items"]' in server.asked[-1].prompt


def test_a_bad_prompt_tells_nothing_about_the_form(llm_server):
    llm_server.answer = lambda asked: bad_request() if "number 0" in asked.prompt else lists(asked)
    replies = ask(llm_server, prompts(4, SCHEMA))
    assert [reply.fault for reply in replies] == ["bad_request", "", "", ""]
    assert [asked.rung for asked in llm_server.asked[3:]] == ["json_schema"] * 3


def test_a_strict_schema_is_sent_as_such(llm_server):
    ask(llm_server, prompts(1, SCHEMA))
    sent = llm_server.asked[0].body["response_format"]["json_schema"]
    assert (sent["strict"], sent["schema"]) == (True, SCHEMA)
    loose = {**SCHEMA, "required": []}
    ask(llm_server, prompts(1, loose))
    assert llm_server.asked[1].body["response_format"]["json_schema"]["strict"] is False


def test_a_parameter_that_the_server_does_not_know_is_left_out(llm_server):
    def picky(asked):
        for name in ("max_tokens", "seed"):
            if name in asked.body:
                said = f"Unsupported parameter: '{name}' is not supported with this model."
                return Answer(status=400, error={"message": said, "param": name})
        return echo(asked)

    llm_server.answer = picky
    assert texts(ask(llm_server, prompts(6), concurrency=1)) == expected(6)
    assert len(llm_server.asked) == 6 + 2
    assert texts(ask(llm_server, prompts(20), concurrency=20)) == expected(20)
    assert llm_server.asked[-1].body["max_completion_tokens"] == 1024


def worst(count):
    """Return how many tokens so many prompts may take, as the first of them are booked."""
    return count * (1024 + int(0.6 * len("Say something, number 1")) + 16)


CAPS = {
    "requests": (Caps(requests=7), {}, 7),
    "none at all": (Caps(requests=0), {}, 0),
    "tokens": (Caps(tokens=worst(2)), {}, None),
    "cost": (Caps(cost=worst(2) / 1e6), {"price": "1,1"}, None),
}


@pytest.mark.parametrize(("caps", "options", "answered"), CAPS.values(), ids=CAPS)
def test_a_cap_is_hard_and_stops_the_same_prompts_at_any_concurrency(caps, options, answered):
    got = []
    for concurrency in (1, 32):
        with Server(lambda _: Answer("word " * 100)) as server:
            llm = opened(server, caps=caps, concurrency=concurrency, **options)
            replies = llm(prompts(40))
            got.append([reply.fault for reply in replies])
            used = llm.usage()
            assert used["requests"] == len(server.asked)
            assert used["prompt_tokens"] + used["completion_tokens"] <= (caps.tokens or 10**9)
            assert (used["cost_usd"] or 0) <= (caps.cost or 10**9)
            assert used["over_budget"] == got[-1].count("over_budget")
    assert got[0] == got[1]
    passed = got[0].index("over_budget")
    assert got[0] == [""] * passed + ["over_budget"] * (40 - passed)
    if answered is None:  # later waves use what the earlier ones left over
        assert 2 < passed < 40
    else:
        assert passed == answered


def test_a_lost_reply_counts_at_its_worst(llm_server):
    llm_server.answer = lambda _: reset()
    llm = opened(llm_server, caps=Caps(requests=3))
    (reply,) = llm(prompts(1))
    assert reply.fault == "over_budget"
    assert len(llm_server.asked) == 3
    used = llm.usage()
    assert (used["requests"], used["lost"], used["over_budget"]) == (3, 3, 1)
    assert used["completion_tokens"] == 3 * 1024


def test_a_cap_on_tokens_holds_where_later_prompts_are_of_another_script(llm_server):
    """Short words teach little about a tokenizer that takes a token for each byte of others."""
    llm_server.answer = echo
    plain, foreign = prompts(1, max_tokens=1), prompts(1, start=1, max_tokens=1)
    (long,) = foreign
    text = "\u1019\u103c\u1014\u103a " * 60
    long = replace(long, messages=(Message("user", text),))
    most = bytes_of(long) * 0.6
    llm = opened(llm_server, caps=Caps(tokens=int(most)))
    assert [reply.fault for reply in llm(plain)] == [""]
    assert [reply.fault for reply in llm([long])] == ["over_budget"]


def test_a_cap_on_cost_needs_a_price(llm_server):
    with pytest.raises(UsageError, match="--max-cost can't be kept: price unknown"):
        opened(llm_server, caps=Caps(cost=1))


def test_equal_prompts_are_one_request(llm_server):
    llm_server.answer = echo
    told = []
    llm = opened(llm_server)
    replies = llm(prompts(3) * 2, done=lambda place, _: told.append(place))
    assert texts(replies) == expected(3) * 2
    assert (len(llm_server.asked), sorted(told)) == (3, list(range(6)))


def test_it_works_where_an_event_loop_runs_and_in_threads(llm_server):
    llm_server.answer = echo
    llm = opened(llm_server)

    async def inside():
        return llm(prompts(3))

    assert texts(asyncio.run(inside())) == expected(3)
    got = []
    threads = [threading.Thread(target=lambda: got.append(llm(prompts(3)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [texts(replies) for replies in got] == [expected(3)] * 3
    gc.collect()  # an open loop or socket would warn, and warnings are errors here


def test_a_notebook_can_be_interrupted(llm_server, monkeypatch):
    from concurrent.futures import Future

    llm_server.delay = 0.2

    result, here = Future.result, threading.current_thread()

    def interrupted(future, timeout=None):
        if threading.current_thread() is not here:
            return result(future, timeout)
        until(lambda: len(llm_server.asked) >= 2, "it asks nothing")
        raise KeyboardInterrupt(timeout)

    async def inside():
        opened(llm_server, concurrency=2)(prompts(1000))

    with monkeypatch.context() as patch:
        patch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(inside())
    assert len(llm_server.asked) < 1000  # all of them take 100 s and more


def test_the_key_goes_to_the_server_and_nowhere_else(llm_server, tmp_path, monkeypatch):
    key = "sk-test-not-a-real-key"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    llm_server.script(echo_key := Answer(status=400, error={"message": f"no {key}"}))
    llm = opened(llm_server, cache=tmp_path)
    replies = llm(prompts(3))
    assert llm_server.asked[0].headers["authorization"].endswith(key)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    shown = f"{replies} {llm.usage()} {llm!r}".encode() + kept
    assert b"(key)" in shown
    assert key.encode() not in shown
    llm_server.script(Answer(status=401, error=echo_key.error))
    with pytest.raises(MissingError) as caught:
        llm(prompts(1, start=9))
    assert key not in str(caught.value)


def test_a_password_in_the_address_is_in_no_message_and_not_in_the_cache(llm_server, tmp_path):
    llm = opened(llm_server.url.replace("//", "//someone:secret@"), cache=tmp_path)
    llm(prompts(2, SCHEMA))
    llm_server.script(unauthorized())
    with pytest.raises(MissingError) as caught:
        llm(prompts(1, start=9))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret" not in kept + f"{caught.value} {llm.usage()}".encode()


def test_openai_itself_needs_a_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingError, match="set OPENAI_API_KEY, or name another server"):
        ask("https://api.openai.com/v1", prompts(1))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": ""}, "name the language model by --model"),
        ({"base_url": "localhost:8000/v1"}, "--base-url 'localhost:8000/v1': expected something"),
        ({"concurrency": 0}, "concurrency is at least 1"),
        ({"price": "1"}, "price '1': expected US dollars"),
        ({"price": "-1,2"}, "price '-1,2': expected two numbers"),
    ],
)
def test_a_wrong_option_says_what_was_expected(llm_server, options, said):
    with pytest.raises(UsageError, match=said):
        opened(llm_server, **options)
