"""Requests that leave by a file and come back answered, in the format of OpenAI and of vLLM."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import orjson
import pytest
from asking import ask, opened, prompts, texts
from llm_server import Answer, bad_request, filtered, unavailable
from llm_server import texts as made_up

import dataaug as da
from dataaug.errors import InputError, PendingError, ShortfallError, UsageError
from dataaug.llms import Bulk, batch_lines

NOWHERE = "http://127.0.0.1:9/v1"
"""An address that nothing listens at: by files no server is needed."""
REAL = [
    {"id": f"r{n}", "text": f"My {what} has not arrived, where is it now?", "label": "delivery"}
    for n, what in enumerate(["parcel", "card", "kettle", "lamp", "shoe", "book", "phone", "bike"])
]


def of_openai(line, status, body, number):
    """Return a result as OpenAI writes it, and whether it stands in the error file."""
    answer = {"status_code": status, "request_id": f"req_{number}", "body": body}
    return {"id": f"batch_req_{number}", "custom_id": line["custom_id"], "response": answer,
            "error": None}, status != 200  # fmt: skip


def of_vllm(line, status, body, number):
    """Return a result as vLLM's run-batch writes it (vllm/entrypoints/openai/run_batch.py)."""
    fine = status == 200
    answer = {"status_code": status, "request_id": f"vllm-batch-{number}",
              "body": body if fine else None}  # fmt: skip
    return {"id": f"vllm-{number}", "custom_id": line["custom_id"], "response": answer,
            "error": None if fine else body}, False  # fmt: skip


def of_vllm_in_words(line, status, body, number):
    """Return it with the error as text, as for a request that vLLM can't read."""
    result, _ = of_vllm(line, status, body, number)
    return {**result, "error": result["error"] and body["error"]["message"]}, False


FORMS = (of_openai, of_vllm, of_vllm_in_words)


def answered(server, requests, form=of_openai):
    """Answer a file of requests, and return the files of results and of errors."""
    files = [requests.with_name(f"{requests.stem}-{name}.jsonl") for name in ("out", "errors")]
    lines = [b"", b""]
    for number, raw in enumerate(requests.read_bytes().splitlines()):
        line = json.loads(raw)
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        result, apart = form(line, *server.answered(line["body"]), number)
        lines[apart] += orjson.dumps(result) + b"\n"
    for file, content in zip(files, lines, strict=True):
        file.write_bytes(content)
    return [str(file) for file, content in zip(files, lines, strict=True) if content]


def handed_out(tmp_path, asked, **options):
    """Write requests to a file and return it."""
    file = tmp_path / "requests.jsonl"
    llm = opened(NOWHERE, cache=tmp_path / "cache", bulk=Bulk(exported=str(file)), **options)
    assert {reply.fault for reply in llm(asked)} == {"dry_run"}
    assert str(file) in llm.deliver()
    llm.close()
    return file


def taken_in(tmp_path, asked, files, **options):
    bulk = Bulk(imported=tuple(files), exported=str(tmp_path / "next.jsonl"))
    llm = opened(NOWHERE, cache=tmp_path / "cache", bulk=bulk, **options)
    replies = llm(asked)
    llm.close()
    return replies


VERBS = {
    "generate": partial(da.generate, REAL, labels={"delivery": 55}),
    "rewrite": partial(da.generate, REAL, task="rewrite"),
    "balance": partial(da.balance, REAL, labels={"delivery": 80}),
    "paraphrase": partial(da.augment, REAL, "paraphrase", n=2),
    "translation": partial(da.augment, REAL, da.method(
        "translation", to="de", translator="llm", embedder="off", similarity=0.0)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_replies_of_files_are_those_of_the_server(llm_server, tmp_path, form):
    online = ask(llm_server, prompts(9))
    requests = handed_out(tmp_path, prompts(9))
    replies = taken_in(tmp_path, prompts(9), answered(llm_server, requests, form))
    assert texts(replies) == texts(online)
    assert all(reply.cached for reply in replies)


@pytest.mark.parametrize(
    ("form", "fault", "reason"),
    [*((form, bad_request(), "bad_request") for form in FORMS),
     *((form, filtered(), "refused") for form in (of_openai, of_vllm))],
)  # fmt: skip
def test_a_request_that_failed_for_good_is_a_reject_and_not_written_again(
    llm_server, tmp_path, form, fault, reason
):
    llm_server.answer = lambda asked: fault if asked.prompt.endswith("4") else Answer("fine")
    requests = handed_out(tmp_path, prompts(9))
    replies = taken_in(tmp_path, prompts(9), answered(llm_server, requests, form))
    assert texts(replies) == ["fine"] * 4 + [reason] + ["fine"] * 4
    assert replies[4].detail.startswith("400: ")
    assert not (tmp_path / "next.jsonl").exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_request_that_may_come_right_is_written_again(llm_server, tmp_path, form):
    llm_server.answer = lambda asked: (
        unavailable() if asked.prompt.endswith("4") else Answer("fine")
    )
    requests = handed_out(tmp_path, prompts(9))
    replies = taken_in(tmp_path, prompts(9), answered(llm_server, requests, form))
    assert texts(replies) == ["fine"] * 4 + ["dry_run"] + ["fine"] * 4


def test_expired_requests_and_missing_ones_are_written_again(llm_server, tmp_path):
    requests = handed_out(tmp_path, prompts(9))
    (out,) = answered(llm_server, requests)
    found = [orjson.loads(line) for line in Path(out).read_bytes().splitlines()]
    found[2] = {**found[2], "response": None, "error": {"code": "batch_expired", "message": "x"}}
    Path(out).write_bytes(jsonl(found[:7]))
    got = texts(taken_in(tmp_path, prompts(9), [out]))
    assert [n for n, text in enumerate(got) if text == "dry_run"] == [2, 7, 8]


def test_order_copies_and_lines_of_others_do_not_matter(llm_server, tmp_path):
    requests = handed_out(tmp_path, prompts(9))
    (out,) = answered(llm_server, requests)
    found = Path(out).read_bytes().splitlines(keepends=True)
    others = [b'{"custom_id":"request-1","response":{"status_code":200,"body":{}}}\n', b"{}\n",
              b"\n", b"no JSON\n", b'{"custom_id":5}\n']  # fmt: skip
    Path(out).write_bytes(b"".join([*others, *reversed(found), *found])[:-1])
    assert texts(taken_in(tmp_path, prompts(9), [out])) == texts(ask(llm_server, prompts(9)))


@pytest.mark.parametrize("content", [
    b"", b"{}\n", b"no JSON\n", b'{"custom_id":"request-1","response":{"status_code":200}}\n', None,
])  # fmt: skip
def test_a_file_without_a_result_of_ours_is_refused(tmp_path, content):
    file = tmp_path / "replies.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"replies.jsonl: (no line is a result|cannot be read)"):
        taken_in(tmp_path, prompts(1), [str(file)])


def test_many_requests_are_written_to_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 4)
    handed_out(tmp_path, prompts(9))
    names = ["requests.jsonl", "requests.2.jsonl", "requests.3.jsonl"]
    assert [len((tmp_path / name).read_bytes().splitlines()) for name in names] == [4, 4, 1]
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 50_000)
    monkeypatch.setattr(batch_lines, "MOST_BYTES", 600)
    handed_out(tmp_path, prompts(9, start=20))
    assert all((tmp_path / name).stat().st_size <= 600 for name in names)


def test_equal_requests_are_written_once(tmp_path):
    file = handed_out(tmp_path, [*prompts(3), *prompts(3)])
    assert len(file.read_bytes().splitlines()) == 3


def test_a_form_that_the_server_was_found_to_take_is_kept_to(llm_server, tmp_path):
    llm_server.schema = False
    schema = {"type": "object", "properties": {}, "required": []}
    ask(llm_server, prompts(1, schema), cache=tmp_path)
    file = tmp_path / "requests.jsonl"
    llm = opened(llm_server, cache=tmp_path, bulk=Bulk(exported=str(file)))
    llm(prompts(1, schema, start=5))
    llm.deliver()
    assert "response_format" not in json.loads(file.read_bytes())["body"]


def test_files_need_a_cache_and_a_name(tmp_path):
    for bulk in (Bulk(exported="x.jsonl"), Bulk(imported=("x.jsonl",))):
        with pytest.raises(UsageError, match="needs the cache"):
            opened(NOWHERE, cache="off", bulk=bulk)
    with pytest.raises(UsageError, match="stdout is for rows"):
        opened(NOWHERE, cache=tmp_path, bulk=Bulk(exported="-"))


@pytest.fixture
def usual(llm_server):
    """Let every fifth reply be of no use, so that further rounds are needed."""

    def answer(asked):
        # whatever form of schema was asked for: of that, one reply of no use decides
        first = {**asked.body, "messages": [
            {**turn, "content": turn["content"].partition("\n\nAnswer with JSON only")[0]}
            for turn in asked.body["messages"]
        ]}  # fmt: skip
        asked = replace(asked, body=first)
        if sum(asked.identity.encode()) % 5 == 0:
            return Answer("no list at all")
        if "You are a translator" in asked.prompt:
            return Answer('{"translation": "Das ist noch nicht gekommen, wo bleibt es jetzt?"}')
        return made_up(asked)

    llm_server.answer = answer
    return llm_server


def lines(make, **options):
    """Return the lines of the rows that a verb makes, also where they are fewer than asked for."""
    try:
        return [row.line for row in make(**options).rows]
    except ShortfallError as short:
        return [row.line for row in short.result.rows]


@pytest.mark.parametrize("verb", VERBS)
def test_rows_by_files_are_the_bytes_of_an_online_run(usual, tmp_path, verb):
    """Round by round: exported, answered elsewhere, imported, until the rows are there."""
    make = partial(VERBS[verb], model="m", base_url=usual.url)
    online = lines(make, cache=tmp_path / "online")
    assert any(b"_aug" in line for line in online)
    requests, replies = tmp_path / "requests.jsonl", []
    rounds = 0
    while True:
        files = {"batch_export": requests, "batch_import": replies}
        try:
            by_files = lines(make, cache=tmp_path / "files", **files)
            break
        except PendingError:
            rounds += 1
            replies = answered(usual, requests, of_vllm)
            requests.unlink()
    assert by_files == online
    assert rounds == 1 if verb == "translation" else 1 < rounds < 9
    assert not requests.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_rows_by_batches_are_the_bytes_of_an_online_run(usual, tmp_path, verb):
    make = partial(VERBS[verb], model="m", base_url=usual.url)
    online = lines(make, cache=tmp_path / "online")
    sent = len(usual.asked)
    batch = lines(make, cache=tmp_path / "batch", batch=True, llm=da.Spec("openai", {"poll": 0.01}))
    assert batch == online
    assert len(usual.batches.orders) < 9
    assert len(usual.asked) >= 2 * sent, "no reply of the first run was used"


def jsonl(rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def test_nothing_of_the_rows_that_come_in_is_written_before_the_replies_are_there(cli, tmp_path):
    args = ("generate", "-", "--label", "refund=9", "--base-url", NOWHERE, "--model", "m",
            "--cache", tmp_path / "cache", "--batch-export", tmp_path / "requests.jsonl",
            "--rejects", tmp_path / "gone.jsonl", "--report", tmp_path / "report.json")  # fmt: skip
    done = cli(*args, stdin=jsonl(REAL))
    assert (done.code, done.out) == (7, b""), done.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cache", "requests.jsonl"]
    assert done.err.decode().splitlines()[-1] == (
        f"dataaug: 1 requests for m were written to {tmp_path}/requests.jsonl, and no rows. Have "
        "them answered (vllm run-batch -i FILE -o REPLIES, or another service that takes OpenAI's "
        "batch files), then run the same command with --batch-import REPLIES"
    )


def test_what_is_in_the_cache_needs_no_file(cli, llm_server, tmp_path):
    args = ("generate", "-", "--label", "refund=9", "--base-url", llm_server.url, "--model", "m",
            "--cache", tmp_path / "cache")  # fmt: skip
    online = cli(*args, stdin=jsonl(REAL))
    again = cli(*args, "--batch-export", tmp_path / "requests.jsonl", stdin=jsonl(REAL))
    assert (again.code, again.out) == (0, online.out)
    assert not (tmp_path / "requests.jsonl").exists()


def test_replies_of_files_and_the_server_for_the_rest(cli, llm_server, tmp_path):
    args = ("generate", "--label", "refund=40", "--base-url", llm_server.url, "--model", "m",
            "--cache", tmp_path / "cache")  # fmt: skip
    requests = tmp_path / "requests.jsonl"
    assert cli(*args, "--batch-export", requests, "--max-requests", 2).code == 7
    assert len(requests.read_bytes().splitlines()) == 2
    (out,) = answered(llm_server, requests)
    llm_server.forget()
    done = cli(*args, "--batch-import", out)
    assert done.code == 0, done.err
    assert b"2 replies are in the cache now, 0 requests failed" in done.err
    assert len(llm_server.asked) == 2


@pytest.mark.parametrize(("args", "said"), [
    (("--batch", "--batch-export", "x.jsonl"), "leave one of them out"),
    (("--batch", "--cache", "off"), "--batch needs the cache"),
    (("--batch", "--llm", "replay", "--model", "answers.jsonl"), "no meaning with --llm replay"),
    (("--batch-export", "-"), "stdout is for rows"),
    (("--batch-export", "o.jsonl", "-o", "o.jsonl"), "is the same file as"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(cli, tmp_path, args, said):
    (tmp_path / "answers.jsonl").write_text('{"text": "x"}')
    done = cli("generate", "--label", "refund=9", "--base-url", NOWHERE, "--model", "m",
               *args, cwd=tmp_path)  # fmt: skip
    if "replay" in args:
        done = cli("generate", "--label", "refund=9", *args, cwd=tmp_path)
    assert (done.code, done.out) == (2, b""), done.err
    assert said in done.err.decode()


def test_python_says_the_same(llm_server, tmp_path):
    options = {"model": "m", "base_url": llm_server.url, "cache": tmp_path / "cache"}
    file = tmp_path / "requests.jsonl"
    with pytest.raises(PendingError, match="4 requests for m were written to"):
        da.generate(labels={"refund": 40}, batch_export=file, **options)
    (replies,) = answered(llm_server, file)
    llm_server.forget()
    assert len(da.generate(labels={"refund": 40}, batch_import=replies, **options).rows) == 40
    assert llm_server.asked == []
