"""What every reviewer promises. A new one is picked up by its name."""

import subprocess
import sys
from pathlib import Path

import pytest

from dataaug import plugins
from dataaug.errors import DataaugError
from dataaug.plugins import Spec

NAMES = plugins.names("reviewers")
SITTINGS = Path(__file__).parents[1] / "sittings.py"


def test_all_reviewers_of_the_issue_are_there():
    assert {"file", "terminal", "web"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_reviewer_is_built_without_a_terminal_or_a_port(name):
    if name == "file":  # it needs an option, and says which
        with pytest.raises(DataaugError, match="--"):
            plugins.load("reviewers", Spec(name))
    else:
        assert callable(plugins.load("reviewers", Spec(name)).review)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"file"}))
def test_a_sitting_that_ends_at_once_says_nothing_on_stdout_and_takes_no_verdict(name, tmp_path):
    ledger = tmp_path / "v.jsonl"
    options = ["linger=0"] if name == "web" else []
    done = subprocess.run(
        [sys.executable, SITTINGS, name, ledger, "0", *options],
        capture_output=True, check=False, start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert done.returncode in {0, 2}
    assert ledger.read_bytes().count(b"\n") == 1
