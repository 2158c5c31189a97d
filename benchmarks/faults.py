"""The table of faults: what comes of each fault of a server or a reply, here and in an old release.

    python benchmarks/faults.py [--base COMMIT] [--only WORD]

Each fault is met by ``dataaug generate`` for 12 rows, of a working tree of the release and of this
one, in turn and with the same Python, from the scripted server of the tests. A row is wrong if it
is none of the texts that a person would read in the replies. Whoever is not done after 30 s is
ended. Takes about ten minutes on two busy cores.
"""

import argparse
import contextlib
import gzip
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE / "tests"))

from llm_server import (  # noqa: E402 - from the tests
    Answer,
    Server,
    bad_request,
    by_hand,
    rate_limited,
    redirect,
    texts,
    unavailable,
)

BASE = "d0d56c0"
LIMIT = 30.0  # seconds
KEY = "sk-test-not-real"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HEAD = OK + b"Content-Length: 100000\r\n\r\n"
Form = Callable[[list[str]], Answer]


@dataclass(frozen=True)
class Fault:
    """A fault, and how a run meets it.

    Attributes:
        form: turns the texts of a reply into the faulty answer.
        args: further options of the command.
        all: is every answer like that? Else the first one is.
        runs: how often the command runs; the last one counts.
        beside: how many equal commands run at a time; their requests are counted together.
        address: turns the address of the server into what is named.
        secure: has the server a certificate that it signed itself?
        right: the texts that a person reads in a reply; None for those that went in.
    """

    form: Form
    args: Sequence[str] = ()
    all: bool = True
    runs: int = 1
    beside: int = 1
    address: Callable[[str], str] = str
    secure: bool = False
    right: Callable[[list[str]], Sequence[str]] = list


def said(text: object) -> Answer:
    return Answer(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))


def raw(content: bytes, **more: object) -> Form:
    return lambda _: Answer(raw=content, **more)


def message(**fields: object) -> Answer:
    """A reply whose message has these fields."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **fields}}
    return Answer(choices=[choice])


def unwanted(item: str) -> Fault:
    """Every reply holds one text that nobody wants."""
    return Fault(lambda items: said({"items": [item, *items[1:]]}), right=lambda items: items[1:])


def numbered(items: list[str]) -> Answer:
    return said("\n".join(f"{n}. {text}\n   Please help." for n, text in enumerate(items, 1)))


SCHEMA = {"type": "object", "properties": {"items": {"type": "array", "items": {"type": "string"}}}}
QUICK = ("-p", "openai.timeout=4")
CAP = ("--max-requests", "3")
DEEP = "[" * 500 + "'a'" + "]" * 500
GZIP = {"headers": {"Content-Encoding": "gzip"}}
NOISE = {
    "500 brackets in a reply": Fault(lambda _: said(DEEP), all=False),
    "the same command again": Fault(lambda _: said(DEEP), all=False, runs=2),
    "no status line": Fault(lambda _: by_hand(b'{"choices": []}\r\n\r\n'), all=False),
    "binary": Fault(lambda _: by_hand(bytes(range(256)) * 8), all=False),
    "a header of 1 MB": Fault(
        lambda _: by_hand(OK + b"X-A: " + b"a" * (1 << 20) + b"\r\n\r\n{}"), all=False
    ),
    "cut JSON": Fault(raw(b'{"choices": [{"message": {"content": "a'), all=False),
    "text/html": Fault(raw(b"<html>", headers={"Content-Type": "text/html"}), all=False),
    "Retry-After in the year 99999": Fault(
        lambda _: Answer(status=429, headers={"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"},
                         error={"message": "slow down"}), all=False,
    ),
}  # fmt: skip
TIME = {
    "a byte every 50 ms, timeout 4": Fault(
        lambda _: by_hand(HEAD, over=(b" ",), pause=0.05), QUICK, all=False
    ),
    "a header that drips, timeout 4": Fault(
        lambda _: by_hand(OK + b"X-A: ", over=(b"a",), pause=0.05), QUICK, all=False
    ),
    "endless 100 Continue, timeout 4": Fault(
        lambda _: by_hand(over=(b"HTTP/1.1 100 Continue\r\n\r\n",), pause=0.05), QUICK, all=False
    ),
    "a gzip of 64 MB": Fault(raw(gzip.compress(b" " * (1 << 26)), **GZIP), all=False),
    "a list in words of 3 MB": Fault(
        lambda _: said("\n".join(f"{n}. it came late" for n in range(180_000))), all=False,
        right=lambda _: ["it came late"],
    ),
}  # fmt: skip
CAPS = {
    "--max-requests 3, always 429 with Retry-After: 0": Fault(lambda _: rate_limited(after=0), CAP),
    "--max-requests 3, always 500": Fault(lambda _: unavailable(after=0, status=500), CAP),
    "three equal runs on one cache": Fault(lambda items: said({"items": items}), beside=3),
}
READING = {
    "a list in a JSON string": Fault(lambda items: said(json.dumps({"items": json.dumps(items)}))),
    '{"messages": […], "category": "refund"}': Fault(
        lambda items: said({"messages": items, "category": "refund"})
    ),
    "the schema comes back first": Fault(
        lambda items: said(json.dumps(SCHEMA) + "\n" + json.dumps({"items": items}))
    ),
    "numbered entries of two lines": Fault(
        numbered, right=lambda items: [f"{text}\nPlease help." for text in items]
    ),
    "a Python list with apostrophes": Fault(
        lambda items: said("[" + ", ".join(f"'{text[:-1]}, it's late'" for text in items) + "]"),
        right=lambda items: [f"{text[:-1]}, it's late" for text in items],
    ),
    "two lists": Fault(lambda items: said(json.dumps(items[:5]) + "\n" + json.dumps(items[5:]))),
    "content in parts": Fault(
        lambda items: message(content=[{"type": "text", "text": json.dumps({"items": items})}])
    ),
    "null content beside JSON in reasoning_content": Fault(
        lambda items: message(content=None, reasoning_content=json.dumps({"items": items}))
    ),
    "null content beside a thought": Fault(
        lambda _: message(content=None, reasoning_content="The user wants ten texts, so I")
    ),
}  # fmt: skip
UNWANTED = {
    f"an item is `{shown}`": unwanted(item)
    for shown, item in (
        ("...", "..."),
        ("16 to 30", "16 to 30"),
        ("refund ×40", "refund " * 40),
        ("I want my money back. ×5", "I want my money back. " * 5),
        ("It doesnâ€™t work", "It doesnâ€™t work, I paid it"),
        ("… &lt;br&gt; …", "It broke &lt;br&gt; and I want my money back"),
        (r"It broke.\nI want …", r"It broke.\nI want my money back"),
        ("… </s>", "I want my money back for the kettle</s>"),
        ("… <end_of_turn>", "I want my money back now<end_of_turn>"),
        ("… (Note: this …)", "I want my money back. (Note: this message is informal.)"),
        ("As a frustrated customer, …", "As a frustrated customer, I would write: pay me back"),
    )
}
UNWANTED["an item carries another label"] = Fault(
    lambda items: said({"items": [{"text": items[0], "label": "spam"}, *items[1:]]}),
    right=lambda items: items[1:],
)
GATEWAYS = {
    "always 400: Invalid proxy server token": Fault(
        lambda _: bad_request("Authentication Error, Invalid proxy server token passed")
    ),
    "a redirect with the key in its address": Fault(
        lambda _: redirect(f"http://127.0.0.1:1/v1?key={KEY}")
    ),
    "a self-signed certificate": Fault(
        lambda items: said({"items": items}), secure=True,
        address=lambda url: url.replace("http:", "https:"),
    ),
    "--base-url …/v1?api-version=1": Fault(
        lambda items: said({"items": items}), address=lambda url: f"{url}?api-version=1"
    ),
}  # fmt: skip
GROUPS = {
    "1. No reply ends a run": NOISE, "2. Time": TIME, "3. Caps": CAPS, "4. Reading": READING,
    "5. Rows nobody wants": UNWANTED, "6. Gateways": GATEWAYS,
}  # fmt: skip


def certified(server: Server, folder: Path) -> None:
    """Put TLS before a server, with a certificate of its own."""
    key, own = folder / "key.pem", folder / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own,
         "-subj", "/CN=localhost"], check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    server.secure(context)


def run(source: Path, fault: Fault, url: str, folder: Path) -> list[tuple[str, str]]:
    """Run the command, several side by side; return how each ended, and what it said."""
    env = {**os.environ, "PYTHONPATH": str(source), "OPENAI_API_KEY": KEY, "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "dataaug", "generate", "--label", "refund=12", "--model", "m",
             "--base-url", url, "--cache", folder / "cache", "-o", folder / f"{number}.jsonl",
             *fault.args], cwd=folder, env=env, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )
        for number in range(fault.beside)
    ]  # fmt: skip
    end = time.monotonic() + LIMIT
    ended = []
    for process in running:
        try:
            told = process.communicate(timeout=max(0.1, end - time.monotonic()))[1]
            ended.append((f"exit {process.returncode}", told))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            ended.append((f"**no end in {LIMIT:.0f} s**", ""))
    return ended


def outcome(source: Path, fault: Fault) -> str:
    """Return what came of a fault, as a cell of the table."""
    right: set[str] = set()

    def answer(asked: object) -> Answer:
        items = texts(asked)
        if fault.all or asked.number == 0:
            right.update(fault.right(items))
            return fault.form(items)
        right.update(items)
        return said({"items": items})

    with tempfile.TemporaryDirectory() as name, Server(answer) as server:
        folder = Path(name)
        if fault.secure:
            certified(server, folder)
        for _ in range(fault.runs):
            server.forget()
            for old in folder.glob("*.jsonl"):
                old.unlink()
            started = time.monotonic()
            ended = run(source, fault, fault.address(server.url), folder)
            took = time.monotonic() - started
        rows = [
            json.loads(line)["text"]
            for path in sorted(folder.glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]
    wrong = len([text for text in rows if text not in right])
    told = "".join(said for _, said in ended)
    return ", ".join([
        f"{len(rows)} rows" + (f" (**{wrong} wrong**)" if wrong else ""),
        f"{len(server.asked)} requests", f"{took:.0f} s",
        " and ".join(sorted({end for end, _ in ended})),
        *(["**traceback**"] if "Traceback" in told else []),
        *(["**key shown**"] if KEY in told else []),
    ])  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", default=BASE, help="the commit of the release")
    parser.add_argument("--only", default="", help="only faults with this in their name")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "-q", "--detach", base, given.base], check=True)
        try:
            print(f"| fault | release {given.base} | today |\n|---|---|---|", flush=True)
            for title, faults in GROUPS.items():
                chosen = {name: fault for name, fault in faults.items() if given.only in name}
                if chosen:
                    print(f"| **{title}** | | |", flush=True)
                for name, fault in chosen.items():
                    cells = " | ".join(outcome(source, fault) for source in (base, HERE))
                    print(f"| {name} | {cells} |", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", base], check=True)


if __name__ == "__main__":
    main()
