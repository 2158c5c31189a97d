"""The Batch API of the scripted server: files, batches, and all that can become of them.

In a test::

    def test_something(llm_server, cli):
        llm_server.batches.plan(Plan(done=3, statuses=("in_progress", "expired")), Plan())
        cli("generate", "--batch", "-p", "openai.poll=0.01", "--base-url", llm_server.url, ...)
        assert [order.status for order in llm_server.batches.orders] == ["expired", "completed"]

A :class:`Plan` says what becomes of the next batch; without one all its requests are answered, as
``server.answer`` answers them. ``batches.before`` and ``batches.after`` are called with the name of
each call (``"POST files"``, ``"GET files/ID"``, ``"POST batches"``, ``"GET batches"``,
``"GET batches/ID"``, ``"GET content"``) before and after it has had its effect, and may return what
is sent in place of the usual answer: an ``Answer``, or ``HANG_UP``. ``batches.root = "/openai/"``
puts files and batches where Azure has them; ``batches.sent`` has path and headers of all calls.
"""

import itertools
import json
import threading
from dataclasses import dataclass, field

HANG_UP = "hang up"
HAPPY = ("validating", "in_progress", "finalizing", "completed")
SPLIT = b"\r\n\r\n"


@dataclass
class Plan:
    """What becomes of a batch."""

    statuses: tuple = HAPPY  # one for each look; the last one stays
    done: int | None = None  # requests that are done before it ends; None: all
    errors: list | None = None  # what its check says, of one that failed
    tell_undone: bool = True  # do requests that were not done stand in the error file?
    arrange: object = None  # a function of lines of results and of errors that returns both anew


@dataclass
class Order:
    """A batch as the server has it."""

    id: str
    file: str
    plan: Plan
    looks: int = 0
    files: tuple = ()
    made: bool = False

    @property
    def status(self):
        return self.plan.statuses[min(self.looks, len(self.plan.statuses)) - 1 if self.looks else 0]


@dataclass
class Batches:
    """Files and batches of a scripted server."""

    server: object
    there: bool = True
    files: dict = field(default_factory=dict)
    orders: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    before: object = None
    after: object = None
    root: str = "/v1/"  # what stands before files and batches
    slow_file: int = 0  # looks at an uploaded file until it is processed, as at Azure
    sent: list = field(default_factory=list)

    def __post_init__(self):
        self._numbers = itertools.count()
        self._lock = threading.RLock()

    def plan(self, *plans):
        """Say what becomes of the next batches."""
        self.plans += plans

    def requests(self, order):
        """Return the requests of a batch."""
        return [json.loads(line) for line in self.files[order.file].splitlines()]

    def get(self, path, headers):
        name = self._named(path, headers)
        if name.endswith("/content"):
            return self._done("GET content", lambda: self._raw(name.split("/")[1]))
        if name.startswith("files/"):
            return self._done("GET files/ID", lambda: self._file(name.partition("/")[2]))
        if name == "batches":
            return self._done("GET batches", self._list)
        return self._done("GET batches/ID", lambda: self._look(name.partition("/")[2]))

    def post(self, path, headers, sent):
        name = self._named(path, headers)
        if name == "files":
            return self._done("POST files", lambda: self._keep(headers, sent))
        if name == "batches":
            return self._done("POST batches", lambda: self._order(json.loads(sent)))
        return self._missing("Resource not found")

    def _named(self, path, headers):
        """Return what follows the root; elsewhere there are no files and no batches."""
        self.sent.append((path, headers))
        path = path.partition("?")[0]
        return path.removeprefix(self.root) if path.startswith(self.root) else ""

    def _done(self, call, work):
        from llm_server import Answer

        with self._lock:
            self.calls.append(call)
            if not self.there:
                return Answer(raw=b'{"detail":"Not Found"}', status=404)
            answer = self.before(call) if self.before else None
            if answer is None:
                usual = work()
                answer = self.after(call) if self.after else None
                answer = usual if answer is None else answer
        if answer is HANG_UP:
            return None
        return answer if isinstance(answer, Answer) else Answer(raw=json.dumps(answer).encode())

    def _keep(self, headers, sent):
        boundary = headers["content-type"].partition("boundary=")[2].encode()
        parts = [part for part in sent.split(b"--" + boundary) if b'name="file"' in part]
        name = f"file-{next(self._numbers)}"
        self.files[name] = parts[0].partition(SPLIT)[2].removesuffix(b"\r\n")
        return self._file(name)

    def _file(self, name):
        self.slow_file -= 1
        return {"id": name, "object": "file", "bytes": 1, "created_at": 1, "purpose": "batch",
                "filename": "requests.jsonl",
                "status": "pending" if self.slow_file >= 0 else "processed"}  # fmt: skip

    def _order(self, asked):
        plan = self.plans.pop(0) if self.plans else Plan()
        order = Order(f"batch_{next(self._numbers)}", asked["input_file_id"], plan)
        self.orders.append(order)
        return self._told(order)

    def _list(self):
        data = [self._told(order) for order in reversed(self.orders)]
        return {"object": "list", "data": data, "has_more": False}

    def _look(self, name):
        (order,) = [order for order in self.orders if order.id == name] or [None]
        if order is None:
            return self._missing(f"No batch found with id '{name}'")
        order.looks += 1
        if order.status.lower() in {"completed", "expired", "cancelled"} and not order.made:
            order.made = True
            self._make(order)
        return self._told(order)

    def _missing(self, said):
        from llm_server import Answer

        return Answer(status=404, error={"message": said})

    def _raw(self, name):
        from llm_server import Answer

        if name not in self.files:
            return self._missing("No such File object")
        return Answer(raw=self.files[name])

    def _make(self, order):
        """Answer the requests of a batch, into files."""
        asked = self.requests(order)
        done = len(asked) if order.plan.done is None else order.plan.done
        good, bad = [], []
        for number, line in enumerate(asked[:done]):
            status, body = self.server.answered(line["body"])
            result = {"id": f"batch_req_{number}", "custom_id": line["custom_id"],
                      "response": {"status_code": status, "request_id": "r", "body": body},
                      "error": None}  # fmt: skip
            (good if status == 200 else bad).append(result)
        if order.plan.tell_undone:
            code = f"batch_{order.status}"
            bad += [
                {"id": "x", "custom_id": line["custom_id"], "response": None,
                 "error": {"code": code, "message": "This request could not be executed."}}
                for line in asked[done:]
            ]  # fmt: skip
        if order.plan.arrange:
            good, bad = order.plan.arrange(good, bad)
        names = []
        for lines in (good, bad):
            name = f"file-{next(self._numbers)}" if lines else None
            if name:
                self.files[name] = b"".join(
                    line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
                    for line in lines
                )
            names.append(name)
        order.files = tuple(names)

    def _told(self, order):
        output, errors = order.files or (None, None)
        total = self.files[order.file].count(b"\n")
        told = {"id": order.id, "object": "batch", "endpoint": "/v1/chat/completions",
                "input_file_id": order.file, "completion_window": "24h", "status": order.status,
                "created_at": 1, "output_file_id": output, "error_file_id": errors,
                "request_counts": {"total": total, "completed": total if output else 0,
                                   "failed": 0}}  # fmt: skip
        if order.plan.errors and order.status == "failed":
            told["errors"] = {"object": "list", "data": order.plan.errors}
        return told
