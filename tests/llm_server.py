"""A scripted server that speaks OpenAI's chat completions on 127.0.0.1, faults and all.

In a test, the fixture ``llm_server`` gives a running one::

    def test_something(llm_server, cli):
        llm_server.script(rate_limited(after=1), reset())     # for the next requests, one each
        llm_server.answer = lambda asked: Answer("hello")     # for all others
        cli("generate", "--base-url", llm_server.url, "--model", "m", ...)
        assert len(llm_server.asked) == 3

``answer`` is a function of an :class:`Asked` (``prompt``: all turns as one text, ``body``: the
request's JSON, ``seed``, ``schema``, ``number``: 0 for the first request …) and returns an
:class:`Answer`, a string (the reply's text), or a list (sent as ``{"items": [...]}``). Its default,
:func:`texts`, gives ten made-up sentences that depend on the request alone, never on its place.

``script(*answers)`` queues answers that are given first, whatever is asked. Faults, each an
``Answer``: :func:`rate_limited`, :func:`unavailable`, :func:`quota`, :func:`unauthorized`,
:func:`no_model`, :func:`filtered`, :func:`bad_request`, :func:`reset`, :func:`garbage`,
:func:`empty`, :func:`null`, :func:`refusal`, :func:`redirect`, :func:`by_hand`;
``Answer(text, finish="length")``, ``usage=None``, ``delay=0.5`` make the others.
:func:`backwards` answers groups in reverse order.
``rpm=600`` or ``tpm=...`` makes the server keep a limit as a token bucket that starts empty;
``schema=False`` makes it refuse ``response_format``; ignoring it takes only an answer that does.

It has a Batch API, too: :mod:`batch_server` says how that is scripted; ``batch_api=False`` makes it
a server without one.

``server.asked`` holds every request that came, refused ones too, ``server.paid`` those that were
answered with 200; ``server.most`` is the most requests that were open at once. To run one by hand:
``python tests/llm_server.py --port 8800 --rpm 600 --delay 0.2``.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from batch_server import Batches

WORDS = """
account app bank bill box call card case charge cheque code coffee country day desk door email
error fee file flat form garden gift hour house invoice kettle key letter light line list lock
mail market minute mistake money month name night number office order page parcel park pen phone
place plan price queue receipt refund road room sale screen seat shelf shoe shop sign street
table tax ticket time tool town train trip van visit wall watch week window word work year zone
broken late early wrong blue green small large new old slow quick cheap dear open closed found
lost sent paid kept bought sold cut moved changed asked answered waited
""".split()  # noqa: SIM905 - a list would be a page long


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    number: int
    body: dict
    headers: dict
    at: float
    path: str = ""

    @property
    def prompt(self):
        return "\n".join(message["content"] for message in self.body.get("messages", []))

    @property
    def seed(self):
        return self.body.get("seed")

    @property
    def schema(self):
        return (self.body.get("response_format") or {}).get("json_schema", {}).get("schema")

    @property
    def rung(self):
        """Return how structure was asked for: json_schema, json_object or nothing."""
        return (self.body.get("response_format") or {}).get("type", "")

    @property
    def identity(self):
        """Return what names this request whenever it comes."""
        named = {key: self.body.get(key) for key in ("messages", "seed", "temperature")}
        return json.dumps(named, sort_keys=True)


@dataclass(frozen=True)
class Answer:
    """What the server sends back."""

    text: str | None = ""
    finish: str = "stop"
    status: int = 200
    headers: dict = field(default_factory=dict)
    error: dict | None = None  # the error object of a status of 400 or more
    delay: float = 0.0  # seconds before the first byte
    usage: bool | None = True  # None leaves it out
    refusal: str | None = None
    choices: list | None = None  # in place of the one choice
    raw: bytes | None = None  # in place of the JSON
    cut: bool = False  # reset the connection in the middle of the body
    by_hand: object = None  # a function of a write function: all that is sent, the head too


def texts(asked, count=10):
    """Return made-up sentences that follow from the request alone, all unlike each other."""
    rng = random.Random(hashlib.sha256(asked.identity.encode()).digest())
    return [
        f"{' '.join(rng.sample(WORDS, rng.randint(7, 14)))}".capitalize() + rng.choice(".!?")
        for _ in range(count)
    ]


def _error(status, message, code=None, kind=None, **headers):
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Answer(
        status=status, headers=named, error={"message": message, "code": code, "type": kind}
    )


def rate_limited(after=None):
    """429, with ``Retry-After`` in seconds or without."""
    headers = {} if after is None else {"Retry_After": after}
    return _error(429, "Rate limit reached for requests", "rate_limit_exceeded", **headers)


def unavailable(after=None, status=503):
    """503 (or 500, 502, 504)."""
    headers = {} if after is None else {"Retry_After": after}
    return _error(status, "The server is overloaded", **headers)


def quota():
    """429 that no waiting helps."""
    return _error(429, "You exceeded your current quota", "insufficient_quota",
                  "insufficient_quota")  # fmt: skip


def unauthorized():
    return _error(401, "Incorrect API key provided: sk-te****1234", "invalid_api_key")


def no_model(name="m"):
    return _error(404, f"The model `{name}` does not exist", "model_not_found")


def filtered():
    """400 of a content filter, as Azure sends it."""
    return _error(400, "The response was filtered due to the prompt", "content_filter")


def bad_request(message="This model's maximum context length is 2048 tokens"):
    return _error(400, message, "context_length_exceeded")


def reset():
    """Half an answer, then the connection is reset."""
    return Answer("this text is never whole", cut=True)


def garbage():
    """200 with a page of HTML."""
    return Answer(raw=b"<html>bad gateway</html>")


def empty():
    """200 with no choices."""
    return Answer(choices=[])


def null():
    """200 with ``content: null``."""
    return Answer(None)


def refusal(text="I'm sorry, I can't help with that."):
    """200 with the refusal in the field that OpenAI has for it."""
    return Answer(None, refusal=text)


def by_hand(*parts, pause=0.0, over=()):
    """Send these bytes and nothing else, then those of ``over`` again and again; then hang up.

    Between any two of them lie ``pause`` seconds. What never ends is ended by the client.
    """

    def send(write):
        for part in itertools.chain(parts, itertools.cycle(over)):
            write(part)
            time.sleep(pause)

    return Answer(by_hand=send)


def redirect(url):
    return Answer(status=307, headers={"Location": url}, raw=b"")


def backwards(answer, group=8, step=0.02):
    """Answer each group of requests in the reverse of the order in which they came."""

    def late(asked):
        given = _as_answer(answer(asked))
        return _replaced(given, delay=step * (group - asked.number % group))

    return late


def _replaced(answer, **changes):
    return Answer(**{**answer.__dict__, **changes})


def _as_answer(given):
    if isinstance(given, Answer):
        return given
    if isinstance(given, list):
        return Answer(json.dumps({"items": given}, ensure_ascii=False))
    return Answer(given)


class _Bucket:
    """A limit per minute; it holds a sixtieth of it at most, so that nothing bursts through."""

    def __init__(self, per_minute):
        self._rate = per_minute / 60
        self._level = 1.0
        self._at = time.monotonic()

    def take(self, amount):
        now = time.monotonic()
        self._level = min(self._level + (now - self._at) * self._rate, max(self._rate, 1.0))
        self._at = now
        if self._level < min(amount, self._rate):
            return False
        self._level -= amount
        return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer(None, self.server.script.batches.get(self.path, self._named()))

    def do_POST(self):
        script = self.server.script
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.partition("?")[0].endswith("/completions"):
            self._answer(None, script.batches.post(self.path, self._named(), sent))
            return
        body = json.loads(sent)
        script.opened(1)
        try:
            self._answer(*script.choose(body, self._named(), self.path))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            script.opened(-1)

    def _named(self):
        return {name.lower(): value for name, value in self.headers.items()}

    def _answer(self, asked, answer):
        if answer is None:  # the connection is to break without a word
            self.close_connection = True
            return
        if answer.delay:
            time.sleep(answer.delay)
        if answer.by_hand is not None:
            self.close_connection = True
            answer.by_hand(self.wfile.write)
            return
        raw = answer.raw if answer.raw is not None else _body(asked, answer)
        if not answer.cut:
            self._send(answer.status, raw, answer.headers)
            return
        self.wfile.write(self._head(answer.status, raw, {}) + raw[: len(raw) // 2])
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, status, raw, headers):
        self.wfile.write(self._head(status, raw, headers) + raw)

    def _head(self, status, raw, headers):
        lines = {"Content-Type": "application/json", "Content-Length": len(raw), **headers}
        told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\n{told}\r\n".encode()

    def handle(self):
        try:
            super().handle()
        except (OSError, ValueError):  # we reset the connection, or the client did
            self.close_connection = True

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            super().finish()


def _body(asked, answer):
    if answer.error is not None:
        return json.dumps({"error": answer.error}).encode()
    message = {"role": "assistant", "content": answer.text}
    if answer.refusal is not None:
        message["refusal"] = answer.refusal
    choice = {"index": 0, "message": message, "finish_reason": answer.finish}
    reply = {
        "id": f"chatcmpl-{asked.number}",
        "object": "chat.completion",
        "created": 1,
        "model": f"{asked.body.get('model')}-2026",
        "choices": answer.choices if answer.choices is not None else [choice],
    }
    if answer.usage:
        ins, outs = len(asked.prompt) // 4 + 8, len(answer.text or "") // 4 + 1
        reply["usage"] = {
            "prompt_tokens": ins,
            "completion_tokens": outs,
            "total_tokens": ins + outs,
        }
    return json.dumps(reply, ensure_ascii=False).encode()


class _Listener(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass


class Server:
    """The server; a context manager that listens while it is open."""

    def __init__(self, answer=texts, *, rpm=None, tpm=None, schema=True, delay=0.0, port=0,
                 batch_api=True):  # fmt: skip
        self.answer = answer
        self.asked = []
        self.paid = []
        self.most = 0
        self.delay = delay
        self.schema = schema
        self.batches = Batches(self, there=batch_api)
        self._queue = []
        self._open = 0
        self._lock = threading.Lock()
        self._limits = [(_Bucket(rpm), lambda _: 1)] if rpm else []
        if tpm:
            self._limits.append((_Bucket(tpm), lambda asked: len(asked.prompt) // 4))
        self._listener = _Listener(("127.0.0.1", port), _Handler)
        self._listener.script = self
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}/v1"

    def __enter__(self):
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._listener.server_close()

    def secure(self, context):
        """Speak TLS from now on, by a context of the module ssl."""
        self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)

    def script(self, *answers):
        """Queue answers for the next requests."""
        self._queue += answers

    def forget(self):
        """Forget what was asked so far."""
        self.asked, self.paid = [], []

    def opened(self, change):
        with self._lock:
            self._open += change
            self.most = max(self.most, self._open)

    def answered(self, body):
        """Return status and body of the answer to a request of a batch."""
        with self._lock:
            asked = Asked(len(self.asked), body, {}, time.monotonic(), "/v1/chat/completions")
            self.asked.append(asked)
        answer = self._usual(asked, asked.path)
        if answer.status == 200:
            self.paid.append(asked)
        return answer.status, json.loads(_body(asked, answer))

    def choose(self, body, headers, path):
        """Return a request and what to answer to it."""
        with self._lock:
            asked = Asked(len(self.asked), body, headers, time.monotonic(), path)
            self.asked.append(asked)
            scripted = self._queue.pop(0) if self._queue else None
            limited = scripted is None and not all(
                bucket.take(amount(asked)) for bucket, amount in self._limits
            )
        answer = scripted or (rate_limited() if limited else self._usual(asked, path))
        if answer.delay == 0 and self.delay:
            answer = _replaced(answer, delay=self.delay)
        if answer.status == 200 and not answer.cut and answer.by_hand is None:
            with self._lock:
                self.paid.append(asked)
        return asked, answer

    def _usual(self, asked, path):
        if not path.partition("?")[0].endswith("/chat/completions"):
            return _error(404, f"no such page: {path}")
        if asked.rung and not self.schema:
            return _error(400, "response_format is not supported", "unsupported_parameter")
        return _as_answer(self.answer(asked))


def main():
    parser = argparse.ArgumentParser(description="A scripted chat completions server.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rpm", type=int)
    parser.add_argument("--tpm", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    with Server(rpm=given.rpm, tpm=given.tpm, delay=given.delay, port=given.port) as server:
        print(server.url, flush=True)  # noqa: T201 - run by hand
        threading.Event().wait()


if __name__ == "__main__":
    main()
