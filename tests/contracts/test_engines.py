"""What every engine promises: the map of this process, wherever the work is done."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataaug import plugins
from dataaug.errors import InputError, UsageError
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


@pytest.fixture(
    params=[spec for specs in SPECS.values() for spec in specs], ids=str, scope="module"
)
def engine(request):
    if request.param.name == "ray":
        pytest.importorskip("ray")
    yield plugins.load("engines", request.param)
    if request.param.name == "ray":
        import ray

        ray.shutdown()


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


def test_results_come_in_order(engine):
    assert list(engine.map(double, range(100))) == list(range(0, 200, 2))


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


def test_ray_does_the_task_of_a_dead_worker_again(tmp_path):
    pytest.importorskip("ray")
    import ray

    engine = plugins.load("engines", Spec("ray", {"workers": 2}))
    try:
        (worker,) = engine.map(die_once, [str(tmp_path / "died")])
        assert worker != os.getpid()
        assert (tmp_path / "died").exists()
    finally:
        ray.shutdown()


LISTEN = """
from pathlib import Path
from dataaug import plugins
from dataaug.plugins import Spec

def listening():
    lines = [line.split()[1:4] for path in ("/proc/net/tcp", "/proc/net/tcp6")
             for line in Path(path).read_text().splitlines()[1:]]
    return {tuple(local.split(":")) for local, _, state in lines if state == "0A"}

before = listening()
engine = plugins.load("engines", Spec("ray", {"workers": 1}))
assert list(engine.map(abs, [-1])) == [1]
print(*sorted({address for address, _ in listening() - before}))
"""
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


@pytest.mark.skipif(not Path("/proc/net/tcp6").exists(), reason="reads /proc/net")
def test_ray_on_this_machine_listens_on_loopback_only():
    pytest.importorskip("ray")
    # In a process of its own: Ray reads its settings when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", LISTEN], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()
    assert set(done.stdout.split()) <= LOOPBACK
