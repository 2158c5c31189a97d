"""The real doccano: our documents in, two people's labels, and their files back."""

import io
import json
import os
import signal
import subprocess
import time
import zipfile
from contextlib import contextmanager

import pytest
from environments import environment
from making import made
from person import Person, free_port, is_there

from dataaug import plugins
from dataaug.plugins import Spec
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.sample import row_key

PINNED = ("doccano==1.8.4", "marshmallow<4", "numpy<2")
"""doccano does not bound the other two, whose next versions it can't be imported with."""
ITEMS = [ReviewItem(row_key(row), row) for row in
         (made(f"the text of row {n}", "a", name=f"m{n}") for n in range(5))]  # fmt: skip
LABELS = {
    ("ana", 0): ["bad", "nonsense"], ("ben", 0): ["ok"], ("ana", 1): ["meaning", "copy"],
    ("ben", 2): ["skip"], ("ana", 3): ["ok"],
}  # fmt: skip
SAID = {
    (0, "ana"): ReviewVerdict("bad", "nonsense"),
    (0, "ben"): ReviewVerdict("ok"),
    (1, "ana"): ReviewVerdict("bad", "copy; meaning"),
    (2, "ben"): ReviewVerdict("skip"),
    (3, "ana"): ReviewVerdict("ok", note="a note"),
}
PROJECT = {
    "name": "check", "description": "d", "guideline": "",
    "resourcetype": "TextClassificationProject",
    "project_type": "DocumentClassification", "random_order": False, "tags": [],
    "collaborative_annotation": False, "single_class_classification": False,
}  # fmt: skip

pytestmark = pytest.mark.slow


@contextmanager
def running(folder):
    """Run the server and its worker, with two people known to it, and give its address."""
    doccano = environment("doccano", *PINNED).with_name("doccano")
    surroundings = os.environ | {"HOME": str(folder)}
    port, processes = free_port(), []

    def call(*args):
        with (folder / "log").open("ab") as log:
            return subprocess.Popen([doccano, *args], env=surroundings, stdout=log, stderr=log,
                                    start_new_session=True)  # fmt: skip

    people = [["createuser", "--username", name, "--password", f"secret-of-{name}", "--email",
               f"{name}@example.com"] for name in ("ana", "ben")]  # fmt: skip
    for args in (["init"], *people):
        assert call(*args).wait() == 0, (folder / "log").read_text()[-2000:]
    try:
        processes += [call("webserver", "--port", str(port)), call("task")]
        url = f"http://127.0.0.1:{port}"
        while processes[0].poll() is None and not is_there(f"{url}/v1/health/?format=json"):
            time.sleep(0.5)
        assert processes[0].poll() is None, (folder / "log").read_text()[-2000:]
        yield url
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def known(url, name):
    person = Person(url, name)
    person.ask("/v1/auth/login/", {"username": name, "password": f"secret-of-{name}"})
    return person


def done(person, task):
    """Wait for a job of the worker."""
    while not (status := json.loads(person.get(f"/v1/tasks/status/{task}")))["ready"]:
        time.sleep(0.5)
    assert not status.get("error"), status


def upload(person, project, content):
    """Import a file as the page does."""
    edge = "edge-of-a-part"
    form = (f'--{edge}\r\nContent-Disposition: form-data; name="filepond"; filename="s.jsonl"\r\n'
            "Content-Type: application/json\r\n\r\n").encode()  # fmt: skip
    body = form + content + f"\r\n--{edge}--\r\n".encode()
    given = person.send("/v1/fp/process/", body, f"multipart/form-data; boundary={edge}")
    asked = {"format": "JSONL", "task": "DocumentClassification", "uploadIds": [given.decode()],
             "column_data": "text", "column_label": "label"}  # fmt: skip
    done(person, person.ask(f"/v1/projects/{project}/upload", asked)["task_id"])


def test_two_people_s_files_come_back_as_they_answered(tmp_path):
    exchange = plugins.load("exchanges", Spec("doccano"))
    with running(tmp_path) as url:
        ana, ben = known(url, "ana"), known(url, "ben")
        project = ana.ask("/v1/projects", PROJECT)["id"]
        home = f"/v1/projects/{project}"
        roles = {each["name"]: each["id"] for each in json.loads(ana.get("/v1/roles"))}
        number = json.loads(ben.get("/v1/me"))["id"]
        ana.ask(f"{home}/members", {"user": number, "role": roles["annotator"]})
        upload(ana, project, exchange.dumps(ITEMS, Header("feed", 9, 0, 9)))
        words = sorted({word for words in LABELS.values() for word in words})
        types = {word: ana.ask(f"{home}/category-types", {"text": word})["id"] for word in words}
        examples = json.loads(ana.get(f"{home}/examples?limit=50"))["results"]
        ids = {each["meta"]["key"]: each["id"] for each in examples}
        for (name, row), labels in LABELS.items():
            for label in labels:
                path = f"{home}/examples/{ids[ITEMS[row].key]}/categories"
                {"ana": ana, "ben": ben}[name].ask(path, {"label": types[label]})
        ana.ask(f"{home}/comments?example={ids[ITEMS[3].key]}", {
            "example": ids[ITEMS[3].key], "text": "a note"})  # fmt: skip
        task = ana.ask(f"{home}/download", {"format": "JSONL", "exportApproved": False})["task_id"]
        done(ana, task)
        packed = zipfile.ZipFile(io.BytesIO(ana.get(f"{home}/download?taskId={task}")))
        files = {name: packed.read(name) for name in packed.namelist()}
    assert sorted(files) == ["ana.jsonl", "ben.jsonl"]
    places = {item.key: place for place, item in enumerate(ITEMS)}
    entries = [entry for name, content in files.items() for entry in exchange.loads(content, name)]
    assert all(map(exchange.owns, files.values()))
    assert {(places[e.key], e.reviewer): e.verdict for e in entries} == SAID
    assert {entry.data for entry in entries} == {Header("feed", 9, 0, 9).tag()}
