"""Azure's form of OpenAI's protocol: deployments in the path, batches beside them, its header."""

import json

import pytest
from asking import ask, prompts, texts
from batch_server import Plan
from llm_server import Answer, Server

from dataaug.llms import Bulk, rate_limiter
from dataaug.llms.urls import server_layout

KEY = "azure-key-not-real"
VERSION = "?api-version=2024-10-21"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def azure():
    """A server that has things where Azure's dated API has them."""
    with Server(lambda asked: Answer(f"reply to {asked.prompt}")) as server:
        server.batches.root = "/openai/"
        yield server


def address(server, rest=""):
    return f"{server.url.removesuffix('/v1')}/openai{rest}{VERSION}"


def batched(server, cache, model="m", rest="", count=3):
    bulk = Bulk(batch=True)
    return ask(
        address(server, rest), prompts(count), cache=cache, bulk=bulk, model=model, poll=0.01
    )


PLACES = [("m", "/deployments/my-mini"), ("my-mini", "")]


@pytest.mark.parametrize(("model", "rest"), PLACES)
def test_chat_completions_lie_below_the_deployment(azure, model, rest):
    assert texts(ask(address(azure, rest), prompts(1), model=model)) != ["bad_request"]
    (asked,) = azure.asked
    assert asked.path == f"/openai/deployments/my-mini/chat/completions{VERSION}"
    assert asked.headers["api-key"] == KEY
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(("model", "rest"), PLACES)
def test_files_and_batches_lie_beside_the_deployments(azure, tmp_path, model, rest):
    """They went to .../deployments/my-mini/files, without the key."""
    replies = batched(azure, tmp_path, model, rest)
    assert texts(replies) == [f"reply to Say something, number {n}" for n in range(3)]
    assert {path.partition("?")[2] for path, _ in azure.batches.sent} == {VERSION[1:]}
    assert {headers["api-key"] for _, headers in azure.batches.sent} == {KEY}
    assert not [1 for _, headers in azure.batches.sent if "authorization" in headers]
    (order,) = azure.batches.orders
    assert {line["url"] for line in azure.batches.requests(order)} == {"/chat/completions"}
    assert {line["body"]["model"] for line in azure.batches.requests(order)} == {"my-mini"}


def test_a_batch_of_the_dated_api_is_found_and_gone_on_with(azure, tmp_path):
    """The list of batches carries the query too, and what an online run kept is not sent."""
    ask(address(azure), prompts(1), cache=tmp_path)
    azure.batches.after = lambda call: Answer(status=500) if call == "POST batches" else None
    azure.batches.plan(Plan(statuses=("Validating", "In_Progress", "Completed")))
    assert len(texts(batched(azure, tmp_path))) == 3
    assert [len(azure.batches.requests(order)) for order in azure.batches.orders] == [2]
    assert "GET batches" in azure.batches.calls


def test_no_batch_is_ordered_of_a_file_that_is_not_read_yet(azure, tmp_path):
    azure.batches.slow_file = 2
    assert len(texts(batched(azure, tmp_path))) == 3
    assert azure.batches.calls[:4] == ["POST files", "GET files/ID", "GET files/ID", "POST batches"]


def test_a_token_of_entra_goes_where_tokens_go(azure, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "eyJhbGciOi.not.real")
    ask(address(azure), prompts(1))
    assert azure.asked[0].headers["authorization"] == "Bearer eyJhbGciOi.not.real"
    assert "api-key" not in azure.asked[0].headers


@pytest.mark.parametrize(
    ("url", "base", "azure"),
    [
        ("https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1", True),
        ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1", False),
        ("https://api.openai.com/v1", "https://api.openai.com/v1", False),
        ("https://azure.com.example/v1", "https://azure.com.example/v1", False),
    ],
)
def test_other_addresses_have_the_usual_paths(url, base, azure):
    found = server_layout(url, "m")
    assert found[:2] == (base, "/chat/completions")
    assert (found.model, found.azure) == ("m", azure)
    assert found.endpoint == ("/chat/completions" if azure else "/v1/chat/completions")


def test_a_deployment_with_odd_letters_is_one_part_of_the_path():
    found = server_layout("https://gate.example/openai?api-version=1", "a/b c")
    assert (found.base, found.model) == ("https://gate.example/openai", "a/b c")
    assert found.chat == "/deployments/a%2Fb%20c/chat/completions"


def test_what_is_exported_for_azure_is_what_azure_takes(cli, azure, tmp_path):
    asked = ("--batch-export", tmp_path / "ask.jsonl", "--cache", tmp_path / "c")
    place = ("--base-url", address(azure), "--model", "my-mini")
    done = cli("generate", "--label", "refund=9", *place, *asked)
    assert done.code == 7, done.err
    (line, *_) = map(json.loads, (tmp_path / "ask.jsonl").read_text().splitlines())
    assert (line["url"], line["body"]["model"]) == ("/chat/completions", "my-mini")
