"""Servers that send anything but a reply, or none that ends: a reason for each, and an end."""

import asyncio
import gzip
import itertools
import json
import ssl
import subprocess

import aiohttp
import httpx2
import openai
import pytest
from asking import SCHEMA, ask, opened, prompts, texts
from llm_server import (
    Answer,
    bad_request,
    by_hand,
    garbage,
    rate_limited,
    redirect,
    reset,
    unavailable,
)
from patience import PATIENCE

from dataaug.errors import MissingError
from dataaug.llms import Caps, rate_limiter, wire


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let back-off begin at a hundredth of a second, so that the tests are quick."""
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.001)


def echo(asked):
    return Answer(f"reply to {asked.prompt}")


def poison(answer):
    return lambda asked: answer if asked.prompt.endswith("number 3") else echo(asked)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DEEP = b"[" * 3000 + b"]" * 3000
NONSENSE = {
    "no status line": by_hand(b'{"choices": []}\r\n\r\n'),
    "binary": by_hand(bytes(range(256)) * 8),
    "another protocol": by_hand(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a header of 1 MB": by_hand(OK + b"X-A: " + b"a" * (1 << 20) + b"\r\n\r\n{}"),
    "a status of words": by_hand(b"HTTP/1.1 fine OK\r\n\r\n{}"),
    "a length of words": by_hand(OK + b"Content-Length: many\r\n\r\n{}"),
    "cut JSON": Answer(raw=b'{"choices": [{"message": {"content": "a'),
    "HTML": Answer(raw=b"<html>busy</html>", headers={"Content-Type": "text/html"}),
    "no JSON in plain text": Answer(raw=b"hello", headers={"Content-Type": "text/plain"}),
    "nothing": Answer(raw=b""),
    "a list": Answer(raw=b"[]"),
    "a number": Answer(raw=b"3"),
    "deep": Answer(raw=DEEP),
    "deep choices": Answer(raw=b'{"choices": ' + DEEP + b"}"),
    "a deep error": Answer(raw=b'{"error": ' + DEEP + b"}", status=500),
    "unknown packing": Answer(raw=b"x", headers={"Content-Encoding": "br"}),
    "packing that is none": Answer(raw=b"x" * 100, headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_whatever_comes_is_a_reason_on_that_request_alone(llm_server, nonsense):
    llm_server.answer = poison(nonsense)
    replies = ask(llm_server, prompts(60), concurrency=2)
    assert [n for n, reply in enumerate(replies) if reply.fault] == [3]
    assert replies[3].fault in {"bad_response", "bad_request"}
    assert "times " in replies[3].detail
    assert len(replies[3].detail) < 600


@pytest.mark.parametrize("nonsense", [NONSENSE["no status line"], NONSENSE["deep"], by_hand()])
def test_nonsense_once_is_asked_for_again(llm_server, nonsense):
    llm_server.answer = echo
    llm_server.script(nonsense)
    assert not [reply for reply in ask(llm_server, prompts(3)) if reply.fault]


def test_an_error_with_status_200_is_the_error_that_it_names(llm_server):
    body = {"error": {"code": 429, "message": "Rate limit"}}
    llm_server.answer = echo
    llm_server.script(Answer(raw=json.dumps(body).encode()))
    llm = opened(llm_server, concurrency=1)
    assert not [reply for reply in llm(prompts(3)) if reply.fault]
    assert llm.usage()["lost"] == 0


@pytest.mark.parametrize("headers", [
    {"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"},
    {"retry-after": "nan"},
    {"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"},
    {"retry-after-ms": "soon", "retry-after": ""},
])  # fmt: skip
def test_a_retry_after_that_is_none_is_none(headers):
    assert not wire.failure(429, {}, headers).after


def test_a_wait_in_milliseconds_is_taken():
    assert wire.failure(429, {}, {"retry-after-ms": "1500", "retry-after": "9"}).after == 1.5


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
DRIPS = {
    "a byte now and then": by_hand(HEAD, over=(b" ",), pause=0.05),
    "a header that drips": by_hand(b"HTTP/1.1 200 OK\r\nX-A: ", over=(b"a",), pause=0.05),
    "endless 100 Continue": by_hand(over=(b"HTTP/1.1 100 Continue\r\n\r\n",), pause=0.05),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_a_request_ends_at_its_deadline_though_bytes_come(llm_server, drip):
    """Each of these held a call for ever, whatever the timeout: a limit for each read is none."""
    llm_server.answer = echo
    llm_server.script(drip)
    llm = opened(llm_server, timeout=3, concurrency=1)
    assert not [reply for reply in llm(prompts(2)) if reply.fault]
    assert llm.usage()["lost"] == 1


def test_patience_ends_a_run_while_calls_hang(llm_server):
    llm_server.answer = lambda _: by_hand(HEAD, over=(b" ",), pause=0.05)
    with pytest.raises(MissingError, match="no reply for 1 s, last: nothing, requests hang"):
        ask(llm_server, prompts(4), timeout=PATIENCE, patience=1)
    assert len(llm_server.asked) <= 4


def packed(size):
    return Answer(raw=gzip.compress(b" " * size), headers={"Content-Encoding": "gzip"})


def test_a_reply_without_end_is_cut_off_and_not_asked_for_again(llm_server):
    endless = by_hand(OK + b"\r\n", over=(b" " * (1 << 20),))
    for answer in (endless, packed(1 << 26)):
        llm_server.forget()
        llm_server.answer = lambda _, answer=answer: answer
        llm = opened(llm_server)
        (reply,) = llm(prompts(1))
        assert (reply.fault, reply.detail) == ("bad_response", "a reply of more than 32 MB")
        assert len(llm_server.asked) == 1
        assert llm.usage()["completion_tokens"] == 1024  # it was paid for


def test_a_packed_reply_is_read_though_none_was_asked_for(llm_server):
    body = json.dumps({"choices": [{"message": {"content": "small"}}]}).encode()
    llm_server.answer = lambda _: Answer(
        raw=gzip.compress(body), headers={"Content-Encoding": "gzip"}
    )
    assert texts(ask(llm_server, prompts(1))) == ["small"]
    assert llm_server.asked[0].headers["accept-encoding"] == "identity"


STORMS = {
    "429 at once": lambda: rate_limited(after=0),
    "429 in milliseconds": lambda: Answer(status=429, headers={"retry-after-ms": "0"}, error={}),
    "500": lambda: unavailable(after=0, status=500),
    "503": lambda: unavailable(after=0),
    "HTML": garbage,
    "reset": reset,
    "form refused": lambda: bad_request("response_format is not supported"),
    "parameter refused": lambda: bad_request("Unsupported parameter: 'seed' is not supported"),
}


@pytest.mark.parametrize("fault", STORMS.values(), ids=STORMS)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_cap_on_requests_counts_every_try(llm_server, fault, concurrency):
    """--max-requests 3 sent 185 of them to a server that says 429 and Retry-After: 0."""
    llm_server.answer = lambda _: fault()
    llm = opened(llm_server, caps=Caps(requests=3), concurrency=concurrency)
    replies = llm(prompts(20, SCHEMA))
    assert len(llm_server.asked) == 3
    assert llm.usage()["requests"] == 3
    assert replies[-1].fault == "over_budget"


def test_a_server_that_says_at_once_is_not_asked_at_once(llm_server, monkeypatch):
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.2)
    llm_server.answer = echo
    llm_server.script(*[rate_limited(after=0)] * 3)
    ask(llm_server, prompts(1))
    moments = [asked.at for asked in llm_server.asked]
    assert all(later - at > 0.1 for at, later in itertools.pairwise(moments))


def test_a_message_to_all_of_the_first_requests_ends_the_run(llm_server):
    """LiteLLM's proxy says 400 to a wrong key and to a model that it does not know."""
    said = "Authentication Error, Invalid proxy server token passed. Received 1234, request {}"
    llm_server.answer = lambda asked: bad_request(said.format(asked.number))
    with pytest.raises(MissingError, match=r"400: Authentication Error, .* OPENAI_API_KEY, then"):
        ask(llm_server, prompts(40), concurrency=4)
    assert len(llm_server.asked) < 12


def test_a_message_to_some_requests_ends_nothing(llm_server):
    def answer(asked):
        return echo(asked) if asked.number == 0 else bad_request()

    llm_server.answer = answer
    replies = ask(llm_server, prompts(12), concurrency=1)
    assert [reply.fault for reply in replies] == ["", *["bad_request"] * 11]


def test_the_address_of_a_redirect_is_said_without_key(llm_server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-not-real")
    llm_server.answer = lambda _: redirect("http://u:pw@127.0.0.1:1/sk-test-not-real?key=hidden")
    with pytest.raises(MissingError, match=r"redirects to http://127.0.0.1:1/\(key\): ") as caught:
        ask(llm_server, prompts(1))
    assert not {"sk-test-not-real", "hidden", "pw@"} & set(str(caught.value).split("/"))
    assert "hidden" not in str(caught.value)


def test_the_query_of_the_address_is_kept(llm_server):
    llm_server.answer = echo
    address = f"{llm_server.url}/?api-version=2026-01-01&x="
    assert not ask(address, prompts(1))[0].fault
    assert llm_server.asked[0].path == "/v1/chat/completions?api-version=2026-01-01&x="


@pytest.fixture
def own_certificate(llm_server, tmp_path):
    """Put TLS before the server, with a certificate that its owner has signed himself."""
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    llm_server.secure(context)
    return own


def test_a_certificate_that_is_not_trusted_is_named(llm_server, own_certificate, monkeypatch):
    """It read "no server answers"."""
    llm_server.answer = echo
    address = llm_server.url.replace("http:", "https:")
    with pytest.raises(MissingError, match=r"does not trust the server's certificate.*SSL_CERT_F"):
        ask(address, prompts(1))
    monkeypatch.setenv("SSL_CERT_FILE", str(own_certificate))
    assert not ask(address, prompts(1))[0].fault


def test_tls_to_a_server_without_it_is_said(llm_server):
    with pytest.raises(MissingError, match="is it http:// rather than https://"):
        ask(llm_server.url.replace("http:", "https:"), prompts(1))


# What is relied on of the client; see the bound in pyproject.toml.


def test_contract_the_client_hands_on_the_bytes_of_any_reply(llm_server):
    for raw in (b"{}", b"<html>", b"", b'{"a": NaN}'):
        llm_server.answer = lambda _, raw=raw: Answer(
            raw=raw, headers={"Content-Type": "text/html"}
        )
        assert sent(llm_server) == raw


def test_contract_an_error_status_has_body_and_headers(llm_server):
    llm_server.answer = lambda _: rate_limited(after=7)
    with pytest.raises(openai.APIStatusError) as caught:
        sent(llm_server)
    assert caught.value.status_code == 429
    assert caught.value.body["message"] == "Rate limit reached for requests"
    assert caught.value.response.headers["retry-after"] == "7"
    assert len(llm_server.asked) == 1  # max_retries=0


def test_contract_no_redirect_is_followed(llm_server):
    llm_server.answer = lambda _: redirect(f"{llm_server.url}/elsewhere")
    with pytest.raises(openai.APIStatusError) as caught:
        sent(llm_server)
    assert (caught.value.status_code, len(llm_server.asked)) == (307, 1)


def test_contract_what_aiohttp_says_is_the_cause(llm_server):
    for answer, kind in ((reset(), aiohttp.ClientPayloadError), (by_hand(), aiohttp.ClientError)):
        llm_server.answer = lambda _, answer=answer: answer
        with pytest.raises(openai.APIConnectionError) as caught:
            sent(llm_server)
        cause = caught.value
        while cause.__cause__ and not isinstance(cause, aiohttp.ClientError):
            cause = cause.__cause__
        assert isinstance(cause, kind)


def test_contract_a_call_can_be_ended_and_a_hook_sees_each_reply(llm_server):
    seen = []

    async def hook(response):
        seen.append((response.status_code, isinstance(response.stream, httpx2.AsyncByteStream)))

    async def both():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await post(llm_server, hook)
        llm_server.answer = echo
        await post(llm_server, hook)

    llm_server.answer = lambda _: by_hand(over=(b"HTTP/1.1 100 Continue\r\n\r\n",), pause=0.05)
    asyncio.run(both())
    assert seen == [(200, True)]


async def post(server, hook):
    http = openai.DefaultAioHttpClient(follow_redirects=False, event_hooks={"response": [hook]})
    async with openai.AsyncOpenAI(
        api_key="k", base_url=server.url, max_retries=0, http_client=http
    ) as client:
        return await client.post("/chat/completions", cast_to=bytes, body={"model": "m"})


def sent(server):
    async def nothing(_response):
        pass

    return asyncio.run(post(server, nothing))
