"""Does llama.cpp give a reply the same bits whatever stands beside it? By settings of its server.

    dataaug augment rows.jsonl -m paraphrase --base-url http://127.0.0.1:9/v1 --model any \
        --batch-export asked.jsonl -o none.jsonl
    python benchmarks/llama_cpp_bits.py --model FILE.gguf --requests asked.jsonl

Of each line of ``--requests`` (several files take turns) the first tokens of the reply are
generated, with the log-probabilities of the two likeliest ones at each place. They are compared to
the last digit with those of the same settings, one prompt after another and each from its
beginning. Prints, for each way, the replies of which all of them are the same, those of which those
of the first token are, and tokens a CPU second.
"""

import argparse
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import xllamacpp

from dataaug import machine

CONTEXT = 1024
WAYS = {  # slots, is the beginning of the prompt before used again, one memory for all slots
    "alone": (1, False, False),
    "beginnings used again": (1, True, False),
    "2 slots": (2, False, False),
    "4 slots": (4, False, False),
    "8 slots": (8, False, False),
    "4 slots, one memory": (4, False, True),
}
SETTINGS = {  # are weights repacked, flash attention
    "as it is by default": (True, -1),
    "no flash attention": (True, 0),
    "no repacking": (False, 1),
    "neither": (False, 0),
}


def main() -> None:
    """Print a line for each setting and way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--requests", nargs="+", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=12)
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--ways", nargs="+", default=list(WAYS)[1:], choices=list(WAYS))
    given = parser.parse_args()
    files = [[json.loads(line)["body"] for line in name.open()] for name in given.requests]
    bodies = list(itertools.chain.from_iterable(zip(*files, strict=False)))[: given.prompts]
    print("| settings | way | all the same | first token | tokens a CPU second |")
    for settings in given.settings:
        alone: list[Any] = []
        for way in ("alone", *given.ways):
            cpu = time.process_time()
            found, tokens = replies(given.model, bodies, given.tokens, (*SETTINGS[settings], way))
            cpu = time.process_time() - cpu
            alone = alone or found
            same = sum(one == other for one, other in zip(found, alone, strict=True))
            first = sum(one[:1] == other[:1] for one, other in zip(found, alone, strict=True))
            print(f"| {settings} | {way} | {same} of {len(found)} | {first} | {tokens / cpu:.0f} |",
                  flush=True)  # fmt: skip


def replies(
    model: str, bodies: list[dict[str, Any]], most: int, how: tuple[bool, int, str]
) -> tuple[list[Any], int]:
    """Return the likeliest tokens of each reply with their numbers, and all tokens computed."""
    repacked, flash, way = how
    slots, again, unified = WAYS[way]
    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.n_parallel, wanted.n_ctx = model, slots, slots * CONTEXT
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = machine.threads()
    wanted.verbosity, wanted.warmup, wanted.no_extra_bufts = 0, False, not repacked
    wanted.kv_unified = unified
    wanted.flash_attn_type = xllamacpp.llama_flash_attn_type(flash)
    server = xllamacpp.Server(wanted)
    more = {"max_tokens": most, "cache_prompt": again, "logprobs": True, "top_logprobs": 2}
    with ThreadPoolExecutor(slots) as pool:
        rows = list(pool.map(lambda b: server.handle_chat_completions({**b, **more}), bodies))
    found = [
        [[(each["token"], each["logprob"]) for each in place["top_logprobs"]]
         for place in row["choices"][0]["logprobs"]["content"]]
        for row in rows
    ]  # fmt: skip
    return found, sum(row["usage"]["total_tokens"] for row in rows)


if __name__ == "__main__":
    main()
