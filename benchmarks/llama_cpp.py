"""Tokens a second of models on this machine, and whether neighbours show in what they write.

    python benchmarks/llama_cpp.py --data FOLDER --model FILE.gguf [--model …] [--prompts 8]

FOLDER holds banking77/train.jsonl. The prompts are those of ``augment -m paraphrase`` on real rows,
each with the schema that dataaug sends, and replies are cut at ``--tokens``. They are answered

* one after another by dataaug's backend, as it does by default, in their order and in the other;
* four at a time by the same (``-p llama-cpp.parallel=4``);
* by llama.cpp's own server at four slots, else as it is by default, over HTTP;
* one after another by llama.cpp as it is by default, each prompt from its beginning.

Prints tokens for a second of CPU time and of the clock without loading, the load of the machine,
and how many replies are those of the first way.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import xllamacpp
from bench import DATAAUG, parser, rows, write

from dataaug import llms, machine
from dataaug.llms import Connection, Message, Prompt, Reply, structured, wire
from dataaug.plugins import Spec

SLOTS, CONTEXT = 4, 1024
Answering = Callable[[Sequence[Prompt]], Sequence[Reply]]


def main() -> None:
    """Print a line for each model and way."""
    options = parser(__doc__)
    options.add_argument("--model", action="append", required=True)
    options.add_argument("--prompts", type=int, default=8)
    options.add_argument("--tokens", type=int, default=24)
    options.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    given = options.parse_args()
    asked = prompts(given.data, given.prompts, given.tokens)
    print(
        "| model | way | tokens of prompts, replies | a CPU second | a second | load | the same |"
    )
    for model in given.model:
        first: Sequence[Reply] = ()
        for way in given.ways:
            answer = WAYS[way](model)
            answer([Prompt((Message("user", "Hello"),), None, 1)])  # loads the model
            wall, cpu = time.perf_counter(), time.process_time()
            replies = answer(asked)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            first = first or replies
            same = sum(one.text == other.text for one, other in zip(replies, first, strict=True))
            sent = sum(reply.prompt_tokens for reply in replies)
            came = sum(reply.completion_tokens for reply in replies)
            print(f"| {Path(model).name} | {way} | {sent:,}, {came:,} | {(sent + came) / cpu:.1f} |"
                  f" {(sent + came) / wall:.1f} | {os.getloadavg()[0]:.0f} |"
                  f" {same} of {len(replies)} |", flush=True)  # fmt: skip


def prompts(data: Path, count: int, tokens: int) -> list[Prompt]:
    """Return the prompts of ``augment -m paraphrase`` on the first real rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        real = write(folder / "real.jsonl", list(rows(data / "banking77/train.jsonl"))[:count])
        subprocess.run(
            [*DATAAUG, "augment", real, "-m", "paraphrase", "--model", "any", "--base-url",
             "http://127.0.0.1:9/v1", "--cache", folder, "-o", folder / "none.jsonl", "-q",
             "--batch-export", folder / "asked.jsonl"], check=False,
        )  # fmt: skip
        bodies = [json.loads(line)["body"] for line in (folder / "asked.jsonl").open()]
    return [
        Prompt(
            tuple(Message(turn["role"], turn["content"]) for turn in body["messages"]),
            body["response_format"]["json_schema"]["schema"], tokens, body["temperature"],
            body["seed"],
        )
        for body in bodies
    ]  # fmt: skip


def dataaug(model: str, slots: int = 1) -> Answering:
    """Return dataaug's backend."""
    options = {"model": model, "context": CONTEXT, "parallel": slots}
    return llms.opened(Connection(Spec("llama-cpp", options), "off"))


def reversed_(model: str) -> Answering:
    """Return the same, asked in the other order."""
    answer = dataaug(model)
    return lambda asked: answer(asked[::-1])[::-1]


def server(model: str, slots: int = SLOTS) -> Answering:
    """Return llama.cpp's own server, asked over HTTP by as many connections as it has slots."""
    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.n_parallel, wanted.n_ctx = model, slots, slots * CONTEXT
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = machine.threads()
    wanted.verbosity, wanted.warmup = 0, False
    running = xllamacpp.Server(wanted)
    url = f"{running.listening_address}/v1"
    spec = Spec("openai", {"model": "m", "base_url": url, "concurrency": slots})
    ask = llms.opened(Connection(spec, "off"))

    def answer(asked: Sequence[Prompt], running: object = running) -> Sequence[Reply]:  # noqa: ARG001
        return ask(asked)

    return answer


def from_the_beginning(model: str) -> Answering:
    """Return llama.cpp as it is by default, one prompt after another and nothing used again."""
    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.n_ctx = model, CONTEXT
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = machine.threads()
    wanted.verbosity, wanted.warmup = 0, False
    running = xllamacpp.Server(wanted)

    def one(prompt: Prompt) -> Reply:
        body = wire.request(prompt, "m", structured.MODES[0], ())
        return wire.read_reply(
            running.handle_chat_completions({**body, "cache_prompt": False}), "m"
        )

    return lambda asked: [one(prompt) for prompt in asked]


WAYS: dict[str, Callable[[str], Answering]] = {
    "dataaug": dataaug,
    "dataaug, other order": reversed_,
    "dataaug, parallel=4": lambda model: dataaug(model, SLOTS),
    "server, four slots": server,
    "llama.cpp, each from its beginning": from_the_beginning,
}


if __name__ == "__main__":
    main()
