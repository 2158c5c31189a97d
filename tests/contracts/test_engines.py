"""What every engine promises: the map of this process, wherever the work is done."""

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from dataaug import engines, plugins
from dataaug.errors import InputError, MissingError, UsageError
from dataaug.plugins import Spec

SPECS = {
    "local": [Spec("local"), Spec("local", {"workers": 2})],
    "ray": [Spec("ray", {"workers": 2})],
}


def test_no_engine_is_left_out():
    assert sorted(SPECS) == plugins.names("engines")


@pytest.fixture(autouse=True, scope="module")
def importable():
    """Let workers import the tasks of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def on_ray(importable):  # noqa: ARG001 - its workers are to import the tasks of this file
    """Start one cluster for all tests of this process: each takes many seconds of a processor."""
    ray = pytest.importorskip("ray")
    yield plugins.load("engines", *SPECS["ray"])
    ray.shutdown()


@pytest.fixture(
    params=[spec for specs in SPECS.values() for spec in specs], ids=str, scope="module"
)
def engine(request):
    if request.param.name == "ray":
        return request.getfixturevalue("on_ray")
    return plugins.load("engines", request.param)


def double(number):
    return 2 * number


def refuse(number):
    if number == 3:
        raise InputError(f"rows.jsonl:{number}: broken")
    return number


def die_once(marker):
    """End the worker without a word, the first time."""
    if os.path.exists(marker):
        return os.getpid()
    with open(marker, "w"):
        pass
    os._exit(9)


def die_always(_item):
    os._exit(9)


def settings(_item):
    return os.environ.get("OMP_NUM_THREADS"), os.getpid()


class Large:
    """A task that says how often it was unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __setstate__(self, state):
        self.__dict__.update(state)
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False):
            pass

    def __call__(self, item):
        return item


def test_results_come_in_order(engine):
    assert list(engine.map(double, range(100))) == list(range(0, 200, 2))


def test_an_engine_of_this_machine_is_not_far(engine):
    assert engine.far is False
    with engines.using(engine):
        assert engines.in_use() is engine
        assert engines.elsewhere() is None


def test_nothing_in_nothing_out(engine):
    assert list(engine.map(double, [])) == []


def test_endless_input_is_read_only_a_window_ahead(engine):
    read = itertools.count()
    results = engine.map(double, read)
    assert list(itertools.islice(results, 5)) == [0, 2, 4, 6, 8]
    results.close()
    assert next(read) < 200


def test_an_error_of_the_task_arrives_as_itself(engine):
    with pytest.raises(InputError, match=r"rows\.jsonl:3: broken"):
        list(engine.map(refuse, range(6)))


def test_too_few_workers_are_refused():
    for name in SPECS:
        if name == "ray":
            pytest.importorskip("ray")
        with pytest.raises(UsageError, match="at least 1"):
            plugins.load("engines", Spec(name, {"workers": -1}))


def test_what_is_inside_a_block_is_done_by_its_engine_and_by_no_worker_again():
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    here = os.getpid()
    assert list(engines.spread(own_engine, [0])) == [(here, True)]
    with engines.using(engine):
        ((worker, alone),) = engines.spread(own_engine, [0])
    assert worker != here
    assert alone
    assert list(engines.spread(own_engine, [0])) == [(here, True)]


def own_engine(_item):
    return os.getpid(), engines.in_use() is None


@pytest.mark.parametrize("items", [1, 40])
def test_local_workers_that_are_killed_are_replaced(tmp_path, items):
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    marker = str(tmp_path / "died")
    found = list(engine.map(die_once, [marker] * items))
    assert len(found) == items
    assert os.getpid() not in found


def test_an_item_that_kills_every_local_worker_ends_the_run():
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    with pytest.raises(MissingError, match="4 times over"):
        list(engine.map(die_always, range(3)))


def test_local_workers_share_the_processors_and_stay_for_the_same_task(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    one = list(engine.map(settings, range(6)))
    there = set(engine._idle._pool._processes)  # one of them may have done all the work so far
    other = list(engine.map(settings, range(6)))
    assert {pid for _, pid in [*one, *other]} <= there
    share = max(1, len(os.sched_getaffinity(0)) // 2)
    assert {threads for threads, _ in one} == {str(share)}
    assert "OMP_NUM_THREADS" not in os.environ
    assert list(engine.map(double, range(3))) == [0, 2, 4]


def test_a_task_is_sent_once_to_a_local_worker(tmp_path):
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    assert list(engine.map(Large(tmp_path), range(50))) == list(range(50))
    assert len(list(tmp_path.iterdir())) <= 2


def test_ray_does_the_task_of_a_dead_worker_again(on_ray, tmp_path):
    (worker,) = on_ray.map(die_once, [str(tmp_path / "died")])
    assert worker != os.getpid()
    assert (tmp_path / "died").exists()


LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
ALONE = """
import os, subprocess, sys, tempfile
from pathlib import Path
from types import SimpleNamespace
from dataaug import plugins
from dataaug.plugins import Spec

def listening():
    paths = [path for path in ("/proc/net/tcp", "/proc/net/tcp6") if os.path.exists(path)]
    lines = [line.split()[1:4] for path in paths
             for line in Path(path).read_text().splitlines()[1:]]
    return {tuple(local.split(":")) for local, _, state in lines if state == "0A"}

before = listening()
engine = plugins.load("engines", Spec("ray", {"workers": 1}))
assert list(engine.map(abs, [-1])) == [1]
print(*sorted({address for address, _ in listening() - before}), flush=True)

import ray
address = ray.get_runtime_context().gcs_address
client = [sys.executable, "-c", f"import ray; ray.init({address!r})"]
for known in ({}, {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "f" * 64}):
    done = subprocess.run(client, capture_output=True, text=True, env={**os.environ, **known})
    assert done.returncode == 1
    assert "Authentication token is missing or incorrect" in done.stderr, done.stderr

assert list(engine.map(abs, [-2])) == [2]
(folder,) = Path(tempfile.gettempdir()).glob("ray*")
assert folder.stat().st_mode & 0o077 == 0
engine.close()
assert not folder.exists()
assert not Path.home().joinpath(".ray").exists()

engine = plugins.load("engines", Spec("ray", {"workers": 1}))  # the token is another one now
assert list(engine.map(abs, [-3])) == [3]
engine.close()
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Run ALONE in a process of its own: Ray reads its settings when it is imported."""
    pytest.importorskip("ray")
    with tempfile.TemporaryDirectory() as short:  # Ray's sockets take no long path
        given = {
            "HOME": str(tmp_path_factory.mktemp("alone")), "TMPDIR": short,
            "RAY_NUM_REDIS_GET_RETRIES": "1", "RAY_AUTH_MODE": "disabled",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-c", ALONE],
            check=False, capture_output=True, text=True, env={**os.environ, **given},
        )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/net/tcp6").exists(), reason="reads /proc/net")
def test_ray_on_this_machine_listens_on_loopback_only(alone):
    assert alone.stdout.split(), alone.stderr
    assert set(alone.stdout.split()) <= LOOPBACK


def test_nobody_else_can_submit_to_the_cluster_of_this_machine(alone):
    assert alone.returncode == 0, alone.stderr


def test_a_node_that_takes_too_long_to_start_is_a_sentence(monkeypatch):
    """Ray gives it 30 s, and then raises a bare Exception."""
    from dataaug.engines import ray as engine

    def init(*_, **__):
        raise Exception("The current node timed out during startup")  # noqa: TRY002 - as Ray does

    loader = SimpleNamespace(instance=lambda: SimpleNamespace(reset_cache=lambda: None))
    raylet = SimpleNamespace(AuthenticationTokenLoader=loader)
    monkeypatch.setattr(engine.atexit, "register", lambda *_: None)
    with pytest.raises(MissingError, match="timed out during startup"):
        engine._start(SimpleNamespace(_raylet=raylet, init=init), "", 1)
