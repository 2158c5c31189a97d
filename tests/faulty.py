"""A server with the faults of docs/generate.md: of 20 replies, one 429, one 500, two refusals, one
fenced, one or two cut off, one with a seed copied letter by letter."""

import hashlib
import json
import re

from llm_server import Answer, rate_limited, texts, unavailable

_SEED = re.compile(r"^\".+\"$", re.MULTILINE)


def faulty(asked, mix=""):
    """Answer; what a reply holds follows from the request alone, 429 and 500 from its number.

    Another ``mix`` has the same faults on other requests.
    """
    if asked.number % 20 == 7:
        return rate_limited(after=0)
    if asked.number % 20 == 13:
        return unavailable(after=0, status=500)
    return content(asked, mix)


def content(asked, mix=""):
    """Answer like :func:`faulty`, without errors of the transport."""
    card = hashlib.sha256(f"card{mix}{asked.identity}".encode()).digest()[0] % 40
    items = texts(asked)
    seeds = [json.loads(quoted) for quoted in _SEED.findall(asked.prompt)]
    if card < 4:
        return Answer("I'm sorry, but I can't assist with that request.")
    if 10 <= card < 12 and seeds:
        items[card % 10] = seeds[0]
    whole = json.dumps({"items": items})
    if 4 <= card < 6:
        return Answer(f"Sure! Here are ten messages:\n```json\n{whole}\n```\nI hope this helps.")
    if 6 <= card < 9:
        return Answer(whole[: len(whole) * 6 // 10], finish="length")
    return Answer(whole)


def rubbish(rows, seeds):
    """Return the texts among rows that are refusals, seed copies or cut off."""
    return [
        row["text"] for row in rows
        if "sorry" in row["text"].lower() or row["text"] in seeds or row["text"][-1] not in ".!?"
    ]  # fmt: skip
