"""The real Label Studio: our tasks in, two people's answers, and one result from all exports."""

import json
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from environments import environment
from making import made
from person import Person, free_port, is_there

from dataaug import plugins
from dataaug.plugins import Spec
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.sample import row_key

DOCS = Path(__file__).parents[2] / "docs" / "spotcheck.md"
ITEMS = [ReviewItem(row_key(row), row) for row in
         (made(f"the text of row {n}", "a", name=f"m{n}") for n in range(7))]  # fmt: skip
KINDS = {"verdict": "choices", "reason": "choices", "right_label": "textarea", "note": "textarea"}
SAID = {
    (0, "ana"): ReviewVerdict("bad", "nonsense"),
    (0, "ben"): ReviewVerdict("ok"),
    (1, "ana"): ReviewVerdict("bad", "meaning; nonsense", note="first note; second note"),
    (2, "ben"): ReviewVerdict("bad", "wrong_label", "b", "one"),
    (3, "ana"): ReviewVerdict("skip"),
    (6, "ben"): ReviewVerdict("bad", "copy"),
}
"""What must come back, by row and person."""

pytestmark = pytest.mark.slow


def signed_up(url, name):
    person = Person(url, name)
    person.get("/user/signup/")
    body = urlencode({"email": f"{name}@example.com", "password": f"secret-of-{name}"})
    person.send("/user/signup/", body.encode(), "application/x-www-form-urlencoded")
    return person


def number(person):
    return str(json.loads(person.get("/api/current-user/whoami"))["id"])


def answers(**said):
    """Return answers as the page sends them."""
    return [
        {"from_name": name, "to_name": "text", "type": KINDS[name],
         "value": {"choices" if KINDS[name] == "choices" else "text": values}}
        for name, values in said.items()
    ]  # fmt: skip


@contextmanager
def running(folder):
    """Run the server, and give its address."""
    python = environment("label-studio", "label-studio==1.23.2")
    port = free_port()
    settings = {"HOME": str(folder), "COLLECT_ANALYTICS": "False", "LATEST_VERSION_CHECK": "False",
                "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [python.with_name("label-studio"), "start", "--no-browser", "--internal-host",
             "127.0.0.1", "--port", str(port), "--data-dir", str(folder)],
            env=os.environ | settings, stdout=log, stderr=log, cwd=folder, start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        while server.poll() is None and not is_there(f"{url}/health"):
            time.sleep(0.5)
        assert server.poll() is None, (folder / "log").read_text()[-2000:]
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def annotate(ana, ben, project):
    """Do as two people do: change their minds, skip, cancel, leave a draft, give two reasons."""
    numbers = {
        task["data"]["key"]: task["id"]
        for task in json.loads(ana.get(f"/api/tasks?project={project}&page_size=50&fields=all"))[
            "tasks"
        ]
    }
    ids = [numbers[item.key] for item in ITEMS]

    def done(who, row, **said):
        path = f"/api/tasks/{ids[row]}/annotations/?project={project}"
        return who.ask(path, {"result": answers(**said), "was_cancelled": False})["id"]

    first = done(ana, 0, verdict=["ok"])
    done(ben, 0, verdict=["ok"])
    ana.ask(f"/api/annotations/{first}/", {"result": answers(
        verdict=["bad"], reason=["nonsense"])}, "PATCH")  # fmt: skip
    done(ana, 1, verdict=["bad"], reason=["meaning", "nonsense"],
         note=["first note", "second note"])  # fmt: skip
    done(ben, 2, verdict=["bad"], reason=["wrong_label"], right_label=["b"], note=["one"])
    done(ana, 3, verdict=["skip"])
    ana.ask(f"/api/tasks/{ids[4]}/annotations/?project={project}", {
        "result": answers(verdict=["bad"]), "was_cancelled": True})  # fmt: skip
    ben.ask(f"/api/tasks/{ids[5]}/drafts?project={project}", {
        "result": answers(verdict=["bad"]), "lead_time": 1.0, "draft_id": 0})  # fmt: skip
    done(ben, 6, verdict=["bad"], reason=["copy"])
    return {number(who): who.name for who in (ana, ben)}


def test_every_export_of_the_real_tool_gives_one_result(tmp_path):
    exchange = plugins.load("exchanges", Spec("label-studio"))
    config = re.search(r"```xml\n(<View>.*?</View>)\n```", DOCS.read_text(), re.DOTALL)[1]
    with running(tmp_path) as url:
        ana, ben = signed_up(url, "ana"), signed_up(url, "ben")
        project = ana.ask("/api/projects", {"title": "check", "label_config": config})["id"]
        tasks = json.loads(exchange.dumps(ITEMS, Header("feed", 9, 0, 9)))
        ana.ask(f"/api/projects/{project}/import", tasks)
        names = annotate(ana, ben, project)
        kinds = ("JSON", "JSON_MIN", "CSV", "TSV")
        exported = {
            kind: ana.get(
                f"/api/projects/{project}/export?exportType={kind}&download_all_tasks=true"
            )
            for kind in kinds
        }
    places = {item.key: place for place, item in enumerate(ITEMS)}
    for kind, content in exported.items():
        (reader,) = [found for found in (plugins.load("exchanges", Spec(each))
                     for each in plugins.names("exchanges")) if found.owns(content)]  # fmt: skip
        entries = reader.loads(content, kind)
        found = {
            (places[e.key], names.get(e.reviewer, e.reviewer.partition("@")[0])): e.verdict
            for e in entries
        }
        assert found == SAID, kind
        assert {entry.data for entry in entries} == {Header("feed", 9, 0, 9).tag()}, kind
