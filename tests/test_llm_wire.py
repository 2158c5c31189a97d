"""What goes over the wire: keys, proxies, and replies that are not quite as they should be."""

import json

import pytest
from asking import ask, prompts
from llm_server import Answer

from dataaug.errors import UsageError
from dataaug.llms import urls, wire


def sent(content, **further):
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": content}, **further}
    return json.dumps({"model": "m", "choices": [choice]})


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (sent("all well", logprobs=float("nan")).encode(), "all well"),
        (sent("cut in an emoji \ud83d").encode(), "cut in an emoji ?"),
        (sent("half QQ").encode().replace(b"QQ", b"\xe2\x82"), "half �"),
        (sent("first").replace("{", '{"model": "n", ', 1).encode(), "first"),
        (sent("x" * 10_000_000).encode(), "x" * 10_000_000),
    ],
    ids=["NaN", "half a surrogate pair", "half a character", "a key twice", "ten megabytes"],
)
def test_a_reply_that_is_paid_for_is_read_though_it_is_not_quite_json(llm_server, raw, text):
    llm_server.answer = lambda _asked: Answer(raw=raw)
    (reply,) = ask(llm_server, prompts(1))
    assert (reply.text, reply.fault, len(llm_server.asked)) == (text, "", 1)


@pytest.mark.parametrize("raw", [b"", b"[" * 100_000, b'{"choices": 3}', b'{"choices": [null]}'])
def test_what_is_no_reply_is_unreadable_and_nothing_worse(raw):
    with pytest.raises(wire.UnreadableError):
        wire.reply(raw, "m")


def test_a_line_end_behind_the_key_is_not_sent(llm_server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test\n")
    ask(llm_server, prompts(1))
    assert llm_server.asked[0].headers["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("key", ["sk-te\nst", "sk-tést", "sk-\x1b[31m"])
def test_a_key_that_can_not_be_sent_is_said_and_not_shown(llm_server, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(UsageError, match="OPENAI_API_KEY holds a line break or") as caught:
        ask(llm_server, prompts(1))
    assert key[:3] not in str(caught.value)
    assert not llm_server.asked


def test_only_openai_is_told_the_organisation(llm_server, monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    ask(llm_server, prompts(1))
    (asked,) = llm_server.asked
    assert not {"openai-organization", "openai-project", "authorization"} & set(asked.headers)
    assert "org-1" not in str(asked.headers)
    assert not [name for name in asked.headers if "os" in name.split("-") or "arch" in name]


def test_a_proxy_is_asked_for_all_but_this_machine(llm_server, monkeypatch):
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", llm_server.url.removesuffix("/v1"))  # plays the proxy
    (reply,) = ask("http://llm.example/v1", prompts(1))
    assert not reply.fault
    assert llm_server.asked[0].headers["host"] == "llm.example"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    ask(llm_server, prompts(1))  # nothing listens at that proxy
    assert len(llm_server.asked) == 2


@pytest.mark.parametrize("url", ["http://[::1/v1", "http://h:x/v1", "http://h:99999", "ftp://h"])
def test_an_address_that_is_none_is_said(url):
    assert not urls.host(url)
    with pytest.raises(UsageError, match="--base-url"):
        ask(url, prompts(1))


def test_what_a_server_made_with_fastapi_says_is_quoted():
    """``transformers serve`` says so to a model that it does not serve; it read "no reason"."""
    said = {"detail": "Server is pinned to 'a'; requested 'b'."}
    assert wire.failure(400, said, {}).said == "400: Server is pinned to 'a'; requested 'b'."
