"""Ray over two hosts gives the bytes of this machine, also where one of them goes down."""

import subprocess
import sys

import pytest
from two_nodes import HEAD, PORT, TwoNodes, able

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not able(), reason="needs root and iproute2 for network namespaces"),
]
ROW = b'{"id": "r%d", "text": "the large phone number %d started quickly today", "label": "a"}\n'
COMMAND = [sys.executable, "-m", "dataaug", "augment", "-m", "synonym", "-m", "typo", "-n", "3"]


def test_two_nodes_and_the_loss_of_one_give_the_local_bytes(tmp_path):
    pytest.importorskip("ray")
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"".join(ROW % (n, n) for n in range(12_000)))
    local = subprocess.run([*COMMAND, str(rows)], capture_output=True, check=True).stdout
    far = [*COMMAND, str(rows), "--engine", "ray", "--ray-address", f"{HEAD}:{PORT}"]
    with TwoNodes(tmp_path) as hosts:
        whole = subprocess.run(
            hosts.inside(0, *far), env=hosts.env, capture_output=True, check=True
        )
        assert whole.stdout == local
        wrong = {**hosts.env, "RAY_AUTH_TOKEN_PATH": str(tmp_path / "other")}
        (tmp_path / "other").write_text("fedcba9876543210" * 4)
        refused = subprocess.run(
            hosts.inside(0, *far), env=wrong, capture_output=True, check=False, timeout=120
        )
        assert (refused.returncode, refused.stdout) == (4, b"")
        with subprocess.Popen(
            hosts.inside(0, *far), env=hosts.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            head = process.stdout.read(len(local) // 8)
            hosts.kill(hosts.started[1])
            rest = process.stdout.read()
        assert process.returncode == 0
        assert head + rest == local
