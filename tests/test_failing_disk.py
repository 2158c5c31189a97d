"""Calls of the system that fail inside a run: an error with the file's name, nothing half done."""

import errno

import faults
import pytest
from faults import Fault, survives

pytestmark = pytest.mark.skipif(not faults.library(), reason="needs Linux and a C compiler")


@pytest.fixture
def there(tmp_path):
    faults.write_rows(tmp_path / "rows.jsonl", 300)
    faults.write_made(tmp_path)
    return tmp_path


FAULTS = [
    ("augment", Fault("write", ".partial")),
    ("augment", Fault("sync", ".partial", 1)),
    ("augment", Fault("rename", "/gone")),
    ("mix", Fault("rename", "/out", 0, errno.EROFS)),
    ("mix", Fault("write", "/spools/", 0, errno.EDQUOT)),
    ("mix", Fault("read", "/spools/")),
    ("mix", Fault("read", "/rows.jsonl")),
    ("split", Fault("read", "/spools/", 1)),
]


@pytest.mark.parametrize(("verb", "fault"), FAULTS, ids=str)
def test_a_call_that_fails_is_an_error_and_nothing_is_half_done(there, verb, fault):
    assert survives(verb, there, fault)


STORE = """
import sys
from pathlib import Path
import numpy as np
from dataaug.embedders.vector_store import VectorStore, keys_of
from dataaug.errors import MissingError
store = VectorStore(Path("vectors"), "a model")
keys = keys_of([str(number) for number in range(100)])
if sys.argv[1:]:
    store.add(keys, np.ones((100, 8), np.float32))
try:
    assert not len(store.read(store.find(keys), np.empty((100, 8), np.float32)))
except MissingError as error:
    print(error)
"""


LARGE = """
import sys
from pathlib import Path
import numpy as np
from dataaug.embedders.memo import Memo
from dataaug.errors import MissingError
from dataaug.search.pairs import inner_pairs
class Some:
    name = identity = "some"
    tolerance = 0.0
    def __call__(self, texts, notify=None):
        return np.eye(64, dtype=np.float32)[[int(text) % 64 for text in texts]]
    exactly = __call__
try:
    vectors = Memo(Some(), Path("vectors"), memory=1).stored([str(n) for n in range(200)])
    print("embedded", vectors.shape)
    print(len(inner_pairs(vectors, 0.9)[0]))
except MissingError as error:
    print(error)
"""


def test_a_disk_that_fails_under_vectors_beyond_memory_is_an_error_and_no_signal(tmp_path):
    done, _ = faults.run((), tmp_path, program=("-c", LARGE))
    assert done.stdout == b"embedded (200, 64)\n216\n", done.stderr
    fault = Fault("read", ".vectors", 1)
    done, failed = faults.run((), tmp_path, fault, program=("-c", LARGE))
    assert (done.returncode, failed) == (0, 1), done.stderr
    assert done.stdout.startswith(b"embedded (200, 64)\nthe cache of vectors")
    assert b"Input/output error" in done.stdout
    assert b"--cache DIR" in done.stdout


def test_a_disk_that_cannot_be_read_under_vectors_is_an_error_and_no_signal(tmp_path):
    """Under a map of the file the same ended the process by SIGBUS."""
    done, _ = faults.run(("fill",), tmp_path, program=("-c", STORE))
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    done, failed = faults.run((), tmp_path, Fault("read", ".vectors"), program=("-c", STORE))
    assert (done.returncode, failed) == (0, 1), done.stderr
    assert b"the cache of vectors" in done.stdout
    assert b"Input/output error" in done.stdout
