"""Fixtures for all tests: a home of their own, no network, rows, and the command line."""

import gc
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

# Threads that wait for work sleep: those that spin take the processors from the other workers.
# Libraries read this when they are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

import orjson
import pytest
import skips
from forked import Forks, limit_files
from hypothesis import HealthCheck, settings
from llm_server import Server
from making import made, real
from patience import PATIENCE

from dataaug.cli import app

# Of the time that libraries and tests take to be imported a quarter went into looks for cycles.
gc.set_threshold(100_000, 50, 100)

pytest_addoption = skips.add_option
pytest_configure = skips.register


def pytest_collection_finish():
    """Let no garbage collection look at what lives as long as the process: libraries and tests."""
    gc.freeze()


# On a loaded machine all is slow, the making of examples too.
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")

LOOPBACK = {"127.0.0.1", "::1", "localhost", ""}


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Raise at any connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test connects to {address!r}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session", autouse=True)
def signals():
    """Start from the usual signals: nohup and background jobs of a shell hand down ignored ones.

    Commands that the tests start would ignore them too; one that waits for Ctrl-C would never end.
    """
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)}
    for each, handler in kept.items():
        if handler == signal.SIG_IGN:
            usual = signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL
            signal.signal(each, usual)
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory):
    """Give the tests an empty home, so that nothing installed there helps them."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("DATAAUG_PROGRESS", "0")  # at a load of 20 small runs take half a minute
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HF_HOME", "NLTK_DATA"):
            patch.delenv(name, raising=False)
        yield folder


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: bytes

    @property
    def lines(self):
        return self.out.splitlines(keepends=False)

    @property
    def rows(self):
        return [orjson.loads(line) for line in self.out.split(b"\n") if line]


def command(*args):
    return [sys.executable, "-m", "dataaug", *map(str, args)]


@pytest.fixture(scope="session")
def cli(home):
    """Run the command line as a user does: ``cli("mix", "--seed", 1, stdin=b"...")``.

    It is a fork of a process that has imported the libraries, where that makes no difference.
    ``file_size=3000`` lets it write files of so many bytes at most, as on a full disk.
    """
    # A dead proxy: a subprocess that asks the network for something fails at once.
    own = {"HOME": str(home), "HTTPS_PROXY": "http://127.0.0.1:9",
           "HTTP_PROXY": "http://127.0.0.1:9"}  # fmt: skip

    def run(*args, stdin=b"", env=None, **options):
        surroundings = {**os.environ, **own, **(env or {})}
        words = [str(arg) for arg in args]
        if forks.fits(words, surroundings, options):
            return Result(*forks.run(words, stdin, surroundings, timeout=PATIENCE, **options))
        if size := options.pop("file_size", 0):
            options["preexec_fn"] = partial(limit_files, size)
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        done = subprocess.run(
            command(*args), input=stdin, stderr=subprocess.PIPE, env=surroundings, check=False,
            timeout=PATIENCE, **options,
        )  # fmt: skip
        return Result(done.returncode, done.stdout or b"", done.stderr)

    with Forks({**os.environ, **own}) as forks:
        yield run


@pytest.fixture
def inside(capsysbinary, monkeypatch):
    """Run a command in this process, whose libraries and patches it has: ``inside("mix", path)``.

    It is given no stdin. A command that needs torch, which tests have loaded, takes a tenth so.
    """

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["dataaug", *map(str, args)])
        capsysbinary.readouterr()
        code = app._code()
        sys.stdout.flush()
        return Result(code, *capsysbinary.readouterr())

    return run


@pytest.fixture
def llm_server():
    """Start a scripted language model server; see llm_server.py."""
    with Server() as server:
        yield server


TEXTS = {
    "refund": [
        "I want my money back for the broken kettle",
        "Please refund the second payment, it was a mistake",
        "You charged me twice and I want the money back",
        "How long does a refund take to reach my bank account?",
        "The refund that you promised last week has not arrived",
        "I returned the shoes and want the full amount back",
    ],
    "delivery": [
        "My parcel has still not arrived and it is late",
        "Where is the package that I bought on Monday?",
        "The courier left the box at the wrong address",
        "Can the delivery come on Saturday morning instead?",
        "The tracking page has not changed for several days",
        "I want to change the address for my delivery",
    ],
}


@pytest.fixture
def rows():
    """Real rows of two classes, six each."""
    return [
        real(text, label, id=f"{label}-{number}")
        for label, texts in TEXTS.items()
        for number, text in enumerate(texts)
    ]


@pytest.fixture
def stream(rows):
    """Return the real rows with a synthetic child behind each, as ``augment`` writes them."""
    return [
        row
        for parent in rows
        for row in (parent, made(f"{parent.text} indeed", parent.label, parent=parent))
    ]


@pytest.fixture
def real_file(tmp_path, rows):
    """Write the real rows to a file."""
    path = tmp_path / "real.jsonl"
    path.write_bytes(b"".join(row.line + b"\n" for row in rows))
    return path
