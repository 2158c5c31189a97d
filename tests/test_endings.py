"""How runs end: all files or none, no process and no partial file left, and words for each end."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest
from conftest import command
from making import as_bytes, made, real
from patience import PATIENCE, until

from dataaug.cli import app, interrupts
from dataaug.errors import MissingError, UsageError
from dataaug.rows import atomic
from dataaug.rows.atomic import AtomicFile, partial_folder

ROWS = as_bytes(real(f"the big car number {n} started", "ab"[n % 2], id=f"r{n}") for n in range(12))
SHORT = ("filter", "--check", "length", "-p", "length.min_chars=30", "--include-real")


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rows.jsonl").write_bytes(ROWS)
    return tmp_path


# All or nothing


@pytest.mark.parametrize("option", ["--rejects", "--report", "--html"])
def test_no_file_is_new_where_one_of_them_cannot_be_written(cli, option):
    for name in ("out.jsonl", "other"):
        Path(name).write_bytes(b"old")
    other = "--rejects" if option != "--rejects" else "--report"
    done = cli(*SHORT, "rows.jsonl", "-o", "out.jsonl", other, "other", option, "/dev/full")
    assert done.code == 4
    assert b"/dev/full: cannot be written: No space left on device" in done.err
    assert [Path(name).read_bytes() for name in ("out.jsonl", "other")] == [b"old", b"old"]
    assert sorted(os.listdir()) == ["other", "out.jsonl", "rows.jsonl"]


def test_a_file_that_cannot_be_opened_leaves_nothing_of_those_opened_before(cli):
    done = cli("mix", "rows.jsonl", "-o", "out.jsonl", "--rejects", "nowhere/x")
    assert done.code == 4
    assert os.listdir() == ["rows.jsonl"]


def test_all_are_on_the_disk_before_the_first_has_its_name(monkeypatch, there):
    files = [AtomicFile(str(there / name)) for name in "abc"]
    for file in files:
        file.write(b"new")
    steps = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append("sync"), fsync(number)))
    monkeypatch.setattr(Path, "replace", lambda *names: (steps.append("name"), replace(*names)))
    atomic.commit(files)
    assert steps[:3] == ["sync"] * 3
    assert steps.count("name") == 3
    assert [Path(name).read_bytes() for name in "abc"] == [b"new"] * 3


def test_a_name_that_can_no_longer_be_taken_is_said_with_those_that_were(monkeypatch):
    files = [AtomicFile(name) for name in "abc"]
    replace = Path.replace

    def failing(part, final):
        if final.name == "b":
            raise OSError(5, "Input/output error")
        return replace(part, final)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(MissingError, match=r"b: cannot be written: Input/output error; written.*a"):
        atomic.commit(files)
    assert sorted(os.listdir()) == ["a", "rows.jsonl"]


def test_a_signal_waits_until_all_files_have_their_names(monkeypatch):
    files = [AtomicFile(name) for name in "ab"]
    replace = Path.replace

    def struck(part, final):
        if final.name == "a":
            os.kill(os.getpid(), signal.SIGTERM)
        return replace(part, final)

    monkeypatch.setattr(Path, "replace", struck)
    came = []
    before = signal.signal(signal.SIGTERM, lambda *args: came.append(args))
    try:
        atomic.commit(files)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (len(came), sorted(os.listdir())) == (1, ["a", "b", "rows.jsonl"])


def test_a_sample_for_other_tools_appears_with_the_other_files_or_not_at_all(cli, tmp_path):
    rows = tmp_path / "made.jsonl"
    made = ({"id": str(number), "origin": "synthetic"} for number in range(9))
    rows.write_bytes(
        b"".join(orjson.dumps({"text": f"row {aug['id']}", "_aug": aug}) + b"\n" for aug in made)
    )
    sample = tmp_path / "sample.jsonl"
    sample.write_bytes(b"of before")
    args = ("spotcheck", rows, "--review", "file", "--sample", sample)
    done = cli(*args, "--report", "/dev/full")
    assert done.code == 4, done.err
    assert sample.read_bytes() == b"of before"
    assert not list(tmp_path.glob("*.partial"))
    done = cli(*args, "--report", tmp_path / "report.json")
    assert done.code == 0, done.err
    assert sample.read_bytes().count(b"\n") == 10


# A full folder for temporary files


@pytest.mark.parametrize(
    "args",
    [("mix",), ("augment", "-m", "swap", "-"), ("balance", "--with", "oversample"),
     ("filter", "--check", "exact"), ("split", "--embedder", "hashing", "--test-out", "/dev/null")],
)  # fmt: skip
def test_a_full_folder_for_temporary_files_is_named(cli, there, args):
    (there / "temp").mkdir()
    done = cli(*args, stdin=ROWS * 40, file_size=3000, env={"TMPDIR": str(there / "temp")})
    assert done.code == 4, done.err
    assert str(there / "temp").encode() in done.err
    assert b"TMPDIR" in done.err
    assert b"Traceback" not in done.err


def test_vectors_that_find_no_room_on_the_disk_are_a_message(there):
    source = (
        "import resource, signal, tempfile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from dataaug.embedders import hashing\n"
        "from dataaug.embedders.memo import Memo\n"
        "Memo(hashing.load(dimensions=8), memory=1)([f'text {n}' for n in range(20000)])\n"
        "Memo(hashing.load(dimensions=8), memory=1)([f'text {n % 9}' for n in range(20000)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, check=False,
        env={**os.environ, "TMPDIR": str(there)},
    )  # fmt: skip
    assert b"MissingError" in done.stderr
    assert f"{there}: vectors can't be kept there".encode() in done.stderr


# A fault of dataaug


def test_a_fault_of_dataaug_is_seventy_and_asks_for_a_report(monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("a fault that nobody thought of")

    monkeypatch.setattr("dataaug.mixing.mix", broken)
    monkeypatch.setattr("sys.argv", ["dataaug", "mix", "rows.jsonl", "-o", "out.jsonl"])
    assert app._code() == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "report it" in said
    assert "ZeroDivisionError: a fault that nobody thought of" in said
    assert "dataaug/cli/mix.py:" in said
    assert os.listdir() == ["rows.jsonl"]


@pytest.mark.parametrize(
    ("error", "said"),
    [(OSError(28, "No space left on device"), "TMPDIR"), (MemoryError(), "memory is full"),
     (PermissionError(13, "Permission denied", "/x/y"), "/x/y: Permission denied")],
)  # fmt: skip
def test_a_machine_that_fails_is_four(monkeypatch, capsys, error, said):
    def failing(*_, **__):
        raise error

    monkeypatch.setattr("dataaug.mixing.mix", failing)
    monkeypatch.setattr("sys.argv", ["dataaug", "mix", "rows.jsonl"])
    assert app._code() == 4
    assert said in capsys.readouterr().err


# Signals


def waiting(*args, **options):
    """Start a command that waits for stdin, and return it when it has begun to write."""
    process = subprocess.Popen(
        command(*args, "-", "-o", "out.jsonl"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    until(lambda: any(name.endswith(".partial") for name in os.listdir()), "it does not begin")
    return process


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGQUIT: 131}


@pytest.mark.parametrize("number", CODES)
def test_every_signal_says_what_is_kept_and_how_to_go_on(number):
    process = waiting("mix")
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (CODES[number], b""), err
    assert b"Traceback" not in err
    assert b"no output file was written, those there before are as they were" in err
    assert b"run the same command" in err
    assert os.listdir() == ["rows.jsonl"]


def test_a_signal_while_files_are_opened_leaves_none(monkeypatch):
    opened = atomic._opened

    def struck(part):
        opened(part).close()
        raise interrupts.Interrupted(signal.SIGTERM)

    monkeypatch.setattr(atomic, "_opened", struck)
    monkeypatch.setattr("sys.argv", ["dataaug", "mix", "rows.jsonl", "-o", "out.jsonl"])
    with pytest.raises(SystemExit) as left:
        app.main()
    assert left.value.code == 143
    assert os.listdir() == ["rows.jsonl"]


def test_paid_replies_are_said_to_be_kept(llm_server):
    stopped = threading.Event()

    def held(asked):
        stopped.wait(PATIENCE)
        return f"too late for {asked.number}"

    llm_server.answer = held
    process = waiting(
        "augment", "-m", "paraphrase", "--model", "m", "--base-url", llm_server.url, "--cache", "c"
    )
    process.stdin.write(ROWS)
    process.stdin.close()
    process.stdin = None
    until(lambda: llm_server.asked, "it asks nothing")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    stopped.set()
    assert process.returncode == 130
    assert b"replies so far are kept: run the same command to go on" in err


def test_a_hangup_that_nohup_ignores_stays_ignored():
    process = waiting("mix", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    process.communicate(b'{"text":"a"}\n', timeout=PATIENCE)
    assert process.returncode == 0
    assert Path("out.jsonl").exists()


STUCK = """
import os, signal, sys, time
from dataaug.cli import interrupts
from dataaug.rows.atomic import AtomicFile
interrupts._PATIENCE = 0.1
with interrupts.handled():
    file = AtomicFile("out")
    try:
        print("ready", flush=True)
        time.sleep(1000)
    finally:
        print("unwinding", flush=True)
        {hang}
"""


@pytest.mark.parametrize("second", [False, True])
def test_a_run_that_does_not_unwind_ends_all_the_same(second):
    """No Python handler can run, or a person cannot wait and says it again."""
    hang = (
        "signal.pthread_sigmask(signal.SIG_BLOCK, interrupts.SIGNALS); time.sleep(1000)"
        if not second
        else "interrupts._PATIENCE = 1000; time.sleep(1000)"
    )
    source = STUCK.replace("{hang}", hang)
    if second:
        source = source.replace("_PATIENCE = 0.1", "_PATIENCE = 1000")
    process = subprocess.Popen([sys.executable, "-c", source], stdout=-1, stderr=-1)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == b"unwinding\n"
    if second:
        process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == (143 if second else 130), err
    assert b"dataaug: " in err
    assert os.listdir() == ["rows.jsonl"]


def test_a_signal_during_start_up_is_no_traceback():
    source = (
        "import os, signal, sys\n"
        "class Strike:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'dataaug.cli.app':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Strike())\n"
        "import dataaug.__main__ as entry\n"
        "entry.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    assert done.returncode == 130, done.stderr
    assert done.stderr == b"dataaug: interrupted: nothing had begun\n"


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in interrupts.SIGNALS]
    with interrupts.handled():
        assert signal.getsignal(signal.SIGHUP) is interrupts.raise_interrupted
    assert [signal.getsignal(number) for number in interrupts.SIGNALS] == before


# Nothing stays behind


def children(pid):
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                stat = Path(entry.path, "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


POOL = """
import sys, threading, time
from dataaug.engines.local import load
import engine_task
def go():
    for got in load(workers=2).map(engine_task.slow, range(1000)):
        print("one", flush=True)
if __name__ == "__main__":
    if "thread" in sys.argv:
        thread = threading.Thread(target=go)
        thread.start()
        thread.join()
    else:
        go()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_workers_and_their_tracker_die_with_a_parent_that_is_killed(there, where):
    Path("pool.py").write_text(POOL)
    Path("engine_task.py").write_text("import time\ndef slow(n):\n    time.sleep(0.01)\n")
    path = os.pathsep.join([str(there), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "pool.py", where], stdout=-1, env={**os.environ, "PYTHONPATH": path}
    )
    assert process.stdout.readline() == b"one\n"
    mine = children(process.pid)
    assert len(mine) >= 3  # two workers and the tracker
    process.kill()
    process.communicate()
    until(lambda: not any(map(alive, mine)), "workers live on")


def test_ctrl_c_of_a_terminal_ends_workers_without_their_tracebacks():
    Path("many.jsonl").write_bytes(ROWS * 2000)
    process = subprocess.Popen(
        command("augment", "-m", "swap", "many.jsonl", "--workers", "2"),
        stdout=-1, stderr=-1, start_new_session=True,
    )  # fmt: skip
    process.stdout.readline()
    mine = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"the output is not whole" in err
    until(lambda: not any(map(alive, mine)), "workers live on")


def test_the_part_of_a_dead_process_is_removed_by_the_next_run(cli):
    process = waiting("mix")
    process.kill()
    process.communicate()
    (left,) = (name for name in os.listdir() if name.endswith(".partial"))
    Path(".out.jsonl.x.partial").write_bytes(b"not ours")
    with Path(".out.jsonl.1.partial").open("wb") as living:  # on another machine, for all we know
        fcntl.flock(living, fcntl.LOCK_EX)
        assert cli("mix", "rows.jsonl", "-o", "out.jsonl").code == 0
        assert left not in os.listdir()
        assert Path(".out.jsonl.x.partial").exists()
        assert Path(".out.jsonl.1.partial").exists()
    assert cli("mix", "rows.jsonl", "-o", "out.jsonl").code == 0
    assert not Path(".out.jsonl.1.partial").exists()


def test_a_folder_in_the_making_of_a_dead_process_is_removed_by_the_next_run(there):
    home = there / "models"
    dead = home / ".made.1.partial"
    dead.mkdir(parents=True)
    (dead / "weights").write_bytes(b"x")
    with partial_folder(home) as made:
        assert os.listdir(home) == [made.name]
        with pytest.raises(BlockingIOError):
            fcntl.flock(os.open(made, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert os.listdir(home) == []


# Names


@pytest.mark.parametrize("name", ["n" * 250, "ü" * 120 + ".jsonl.gz", "n" * 255])
def test_the_longest_names_work(cli, name):
    Path("x" * 250).write_bytes(ROWS)
    done = cli("mix", "x" * 250, "-o", name)
    assert done.code == 0, done.err
    assert Path(name).stat().st_size


@pytest.mark.parametrize("option", ["-o", "--rejects", "--report", "input", "--real", "--against"])
@pytest.mark.parametrize("name", ["loop", "n" * 256, "loop/x", "rows.jsonl/x"])
def test_links_in_a_ring_and_names_that_are_too_long_are_messages(capsys, option, name):
    Path("loop").symlink_to("loop")
    there = [name] if option == "input" else [option, name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["dataaug", "mix", "rows.jsonl", *there])
        code = app._code()
    said = capsys.readouterr().err
    assert code == (4 if option in {"-o", "--rejects", "--report"} else 3), said
    assert name[:100] in said


def test_a_folder_is_still_refused(there):
    with pytest.raises(UsageError, match="is a directory"):
        AtomicFile(str(there))


def test_verdict_files_too(capsys):
    Path("loop").symlink_to("loop")
    parent = real("a text", "a", id="p")
    Path("made.jsonl").write_bytes(as_bytes([made("a made text", "a", parent=parent)]))
    for name in ("loop", "n" * 256):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["dataaug", "spotcheck", "made.jsonl", "--verdicts", name])
            assert app._code() == 3
        assert name[:100] in capsys.readouterr().err
