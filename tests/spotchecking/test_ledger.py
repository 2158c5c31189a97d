import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaug.errors import InputError, MissingError
from dataaug.review.header import Header
from dataaug.review.items import ReviewVerdict
from dataaug.review.ledger import Ledger, changed_verdicts

HEADER = Header("d", 1000, 0, 100)
OK, BAD, SKIP = ReviewVerdict("ok"), ReviewVerdict("bad", "nonsense"), ReviewVerdict("skip")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "verdicts.jsonl"


def opened(path):
    ledger = Ledger.read(str(path))
    ledger.start(HEADER)
    return ledger


def test_what_was_put_is_there_when_the_file_is_read_again(path):
    ledger = opened(path)
    ledger.put("k1", "row 1", ReviewVerdict("bad", "wrong_label", "refund", "a note"), "ana")
    ledger.put("k2", "row 2", OK, "ana")
    again = Ledger.read(str(path))
    assert again.header == HEADER
    assert again.of("ana") == {
        "k1": ReviewVerdict("bad", "wrong_label", "refund", "a note"),
        "k2": OK,
    }
    assert again.entries == ledger.entries


def test_last_verdict_wins_and_both_are_kept(path):
    ledger = opened(path)
    for said in (OK, OK, BAD, SKIP):
        ledger.put("k", "row", said, "ana")
    assert ledger.of("ana") == {"k": SKIP}
    assert changed_verdicts(ledger.entries) == (3, 2)
    assert path.read_bytes().count(b'"key":"k"') == 4


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(["a", "b", "c", "undo"]), max_size=30))
def test_undo_takes_back_one_verdict_after_another(tmp_path_factory, steps):
    ledger = opened(tmp_path_factory.mktemp("undo") / "v.jsonl")
    stack = []
    for number, step in enumerate(steps):
        if step != "undo":
            verdict = ReviewVerdict("bad", f"reason {number}")
            ledger.put(step, step, verdict, "ana")
            stack.append((step, verdict))
        else:
            assert ledger.undo("ana") == (stack.pop()[0] if stack else None)
    assert ledger.of("ana") == dict(stack)
    assert Ledger.read(str(ledger.path)).of("ana") == dict(stack)


def test_undo_is_of_ones_own_verdicts_on_the_rows_that_are_asked_about(path):
    ledger = opened(path)
    ledger.put("k1", "", OK, "ana")
    ledger.put("k2", "", OK, "ana")
    ledger.put("k1", "", BAD, "ben")
    assert ledger.undo("ana", {"k1"}) == "k1"
    assert ledger.of("ben") == {"k1": BAD}
    assert ledger.of("ana") == {"k2": OK}


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_line_that_was_cut_off_is_set_aside_and_nothing_else_is_lost(path, cut):
    ledger = opened(path)
    ledger.put("k1", "row", OK, "ana")
    ledger.put("k2", "row", BAD, "ana")
    whole = path.read_bytes()
    path.write_bytes(whole[: -1 - cut])
    again = Ledger.read(str(path))
    assert again.of("ana") == {"k1": OK}
    assert path.read_bytes() == whole[: -1 - cut]  # reading mends nothing
    again.start(HEADER)
    again.put("k3", "row", OK, "ana")
    assert Ledger.read(str(path)).of("ana") == {"k1": OK, "k3": OK}
    aside = (path.parent / f"{path.name}.cut").read_bytes()
    assert whole.endswith(aside[:-1] + whole[-1 - cut :])


def test_whole_line_without_its_end_counts(path):
    opened(path).put("k1", "row", OK, "ana")
    path.write_bytes(path.read_bytes()[:-1])
    ledger = opened(path)
    assert ledger.of("ana") == {"k1": OK}
    ledger.put("k2", "row", OK, "ana")
    assert set(Ledger.read(str(path)).of("ana")) == {"k1", "k2"}


def test_line_that_another_process_left_unfinished_is_set_aside_before_the_next(path):
    ledger = opened(path)
    with path.open("ab") as stream:
        stream.write(b'{"key":"k1","verd')
    ledger.put("k2", "row", OK, "ana")
    assert Ledger.read(str(path)).of("ana") == {"k2": OK}
    assert (path.parent / "verdicts.jsonl.cut").read_bytes() == b'{"key":"k1","verd\n'


def test_end_that_another_process_has_mended_meanwhile_is_not_cut_again(path):
    opened(path).put("k1", "row", OK, "ana")
    path.write_bytes(path.read_bytes() + b'{"key":"k2","verd')
    late = Ledger.read(str(path))
    opened(path).put("k3", "row", BAD, "ben")
    late.start(HEADER)
    late.put("k4", "row", OK, "ana")
    found = Ledger.read(str(path))
    assert (found.of("ana"), found.of("ben")) == ({"k1": OK, "k4": OK}, {"k3": BAD})
    assert (path.parent / f"{path.name}.cut").read_bytes() == b'{"key":"k2","verd\n'


def test_two_open_ledgers_see_what_the_other_wrote(path):
    one, other = opened(path), opened(path)
    one.put("k1", "row", OK, "ana")
    other.put("k2", "row", OK, "ana")
    assert set(other.of("ana")) == {"k1", "k2"}
    one.put("k3", "row", OK, "ana")
    assert one.entries == Ledger.read(str(path)).entries


def _write(path, name):
    ledger = opened(path)
    for number in range(25):
        ledger.put(f"{name}{number}", "row", ReviewVerdict("bad", "x" * 200), name)


def test_processes_and_threads_write_into_one_file_without_losing_a_line(path):
    opened(path)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(path, name)) for name in "ab"]
    workers += [threading.Thread(target=_write, args=(path, name)) for name in "cd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(Ledger.read(str(path)).entries) == 100


def test_killed_while_it_writes_it_keeps_every_verdict_that_was_confirmed(path):
    program = (
        "import sys\nfrom dataaug.review.ledger import Ledger\n"
        "from dataaug.review.header import Header\nfrom dataaug.review.items import ReviewVerdict\n"
        f"ledger = Ledger.read({str(path)!r})\nledger.start(Header('d', 1, 0, 1))\n"
        "for n in range(100000):\n"
        "    ledger.put(f'k{n}', '', ReviewVerdict('ok'), 'ana')\n    print(n, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        for _ in range(20):
            said = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        said = process.stdout.read().split() or [said]
    assert len(opened(path).of("ana")) >= int(said[-1]) + 1


@pytest.mark.parametrize(
    ("line", "said"),
    [(b"not json", "not JSON"), (b"[1]", "expected a JSON object"), (b'{"key":"k"}', "verdict"),
     (b'{"key":1,"verdict":"ok"}', "key"), (b'{"key":"k","verdict":"maybe"}', "ok, bad, skip"),
     (b'{"spotcheck":2}', "another version"), (b'{"spotcheck":1,"data":"d"}', "should be a number"),
     (b'{"text":"a row","label":"x"}', "'key' and a 'verdict'"), (b"\xff\xfe", "not JSON")],
)  # fmt: skip
def test_line_that_is_no_verdict_is_named(path, line, said):
    path.write_bytes(orjson.dumps(HEADER.row()) + b"\n" + line + b"\n")
    with pytest.raises(InputError, match=r"verdicts\.jsonl:2") as error:
        Ledger.read(str(path))
    assert said in str(error.value)


def test_verdict_that_cannot_be_written_is_an_error_and_does_not_count(path):
    ledger = opened(path)
    ledger.put("k1", "row", OK, "ana")
    path.unlink()
    path.mkdir()
    with pytest.raises(MissingError, match="not taken"):
        ledger.put("k2", "row", OK, "ana")
    assert ledger.of("ana") == {"k1": OK}


def test_time_of_a_verdict_is_now(path):
    ledger = opened(path)
    before = round(time.time(), 3)
    ledger.put("k", "row", OK, "ana")
    assert before <= ledger.entries[0].time <= round(time.time(), 3)
