"""Damage of the cache of vectors: no damaged vector is used, and nobody has to delete a folder."""

import random
import shutil

import numpy as np
import pytest
from test_vectors import Drawn, Memo, right, texts

from dataaug.embedders import vector_store
from dataaug.errors import MissingError
from dataaug.sessions import Session, Settings


@pytest.fixture
def heard():
    found = []
    with Session(Settings(), found.append):
        yield found


def only(folder, pattern):
    (path,) = folder.rglob(pattern)
    return path


def computed(folder):
    """Embed 300 texts from a cache; they are right; return how many had to be computed."""
    drawn = Drawn()
    memo = Memo(drawn, folder)
    assert right(memo(texts(300)), texts(300))
    memo.close()
    return len(drawn.asked)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pattern", ["*.keys", "*.vectors", "about.json"])
def test_flipped_bits_of_any_file_change_no_vector(tmp_path, heard, pattern, seed):
    computed(tmp_path)
    path = only(tmp_path, pattern)
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(60):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    again = computed(tmp_path)
    assert again <= 60
    assert len(heard) <= 1
    if pattern == "*.vectors":
        assert again > 30
        assert "damaged entries; they are computed again" in heard[0]
    assert computed(tmp_path) == 0


def test_flipped_signs_are_noticed(tmp_path, heard):
    computed(tmp_path)
    path = only(tmp_path, "*.vectors")
    vectors = np.frombuffer(path.read_bytes(), np.float32).reshape(300, 48).copy()
    vectors[7] *= -1
    path.write_bytes(vectors.tobytes())
    assert computed(tmp_path) == 1
    assert len(heard) == 1


@pytest.mark.parametrize("pattern", ["*.keys", "*.vectors", "about.json"])
@pytest.mark.parametrize("left", [0, 1, 1001, None])
def test_files_that_are_cut_off_or_gone_are_made_good(tmp_path, heard, pattern, left):
    computed(tmp_path)
    path = only(tmp_path, pattern)
    if left is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:left])
    assert computed(tmp_path) <= 300
    assert computed(tmp_path) == 0
    assert heard == []


def test_noise_in_place_of_every_file_is_made_good(tmp_path):
    computed(tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(random.Random(1).randbytes(path.stat().st_size))
    assert computed(tmp_path) == 300
    assert computed(tmp_path) == 0


def test_a_file_that_is_cut_off_under_a_reader_costs_only_what_is_gone(tmp_path):
    drawn = Drawn()
    memo = Memo(drawn, tmp_path)
    memo(texts(300))
    only(tmp_path, "*.vectors").write_bytes(b"")
    assert right(memo(texts(300)), texts(300))
    assert len(drawn.asked) == 600
    assert computed(tmp_path) == 0


def test_a_folder_that_is_removed_under_a_run_is_made_again(tmp_path):
    memo = Memo(Drawn(), tmp_path / "vectors")
    memo(texts(10))
    shutil.rmtree(tmp_path / "vectors")
    assert right(memo(texts(20)), texts(20))
    assert right(Memo(Drawn(), tmp_path / "vectors")(texts(20)), texts(20))


def test_vectors_that_stay_on_the_disk_are_checked_whenever_they_are_read(tmp_path, heard):
    drawn = Drawn()
    stored = Memo(drawn, tmp_path, memory=1).stored(texts(300))
    path = only(tmp_path, "*.vectors")
    content = bytearray(path.read_bytes())
    content[5000] ^= 64
    path.write_bytes(content)
    assert right(stored[:20], texts(20))
    assert (len(drawn.asked), heard) == (300, [])
    assert right(stored[20:], texts(280, 20))  # the vector of the damaged byte is number 26
    assert len(drawn.asked) == 301
    assert len(heard) == 1


def test_a_disk_that_gives_back_other_bytes_time_and_again_is_said(tmp_path, monkeypatch):
    read = vector_store.VectorPart.read
    monkeypatch.setattr(vector_store.VectorPart, "read", lambda part, rows: read(part, rows) + 1)
    with pytest.raises(MissingError, match=r"the disk is failing; .*--cache DIR"):
        Memo(Drawn(), tmp_path)(texts(3))


def test_the_cache_command_counts_vectors_and_removes_damaged_ones(tmp_path, cli):
    assert cli("cache", "--check", "--cache", tmp_path).out.endswith(
        b": no replies and no vectors\n"
    )
    computed(tmp_path / "vectors")
    path = only(tmp_path, "*.vectors")
    path.write_bytes(bytes(400) + path.read_bytes()[400:])  # two vectors and a bit
    done = cli("cache", "--check", "--cache", tmp_path)
    assert (done.code, done.err) == (0, b"")
    assert b": 300 vectors, 3 of them damaged and removed" in done.out
    assert b": 297 vectors, 0 of them" in cli("cache", "--check", "--cache", tmp_path).out
    only(tmp_path, "about.json").write_text("{}")
    assert b"300 of a model whose description is damaged" in cli("cache", "--cache", tmp_path).out
