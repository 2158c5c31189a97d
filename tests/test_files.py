import gzip
import io
import os
import stat
import subprocess
import threading

import pytest
import zstandard

from dataaug.errors import InputError, MissingError, UsageError
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.files import open_input
from dataaug.rows.jsonl import read

ROWS = b"".join(b'{"text":"row %d"}\n' % number for number in range(2000))
HALF = ROWS.index(b'{"text":"row 1000"}')


def zst(data):
    return zstandard.ZstdCompressor().compress(data)


def unsized_zst(data):
    """Compress as a stream does: without the size in the header."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


def texts(path, **options):
    return [row.text for row in read(str(path), **options)]


ALL = [f"row {number}" for number in range(2000)]
PACKED = {
    "plain": ROWS,
    "gzip": gzip.compress(ROWS),
    "gzip of two members": gzip.compress(ROWS[:HALF]) + gzip.compress(ROWS[HALF:]),
    "zstd": zst(ROWS),
    "zstd without size": unsized_zst(ROWS),
    "zstd of two frames": zst(ROWS[:HALF]) + unsized_zst(ROWS[HALF:]),
    "zstd with an empty frame": zst(b"") + zst(ROWS),
}


@pytest.mark.parametrize("name", PACKED)
def test_compressed_file_is_known_by_its_content_and_not_its_name(name, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(PACKED[name])
    assert texts(path) == ALL


@pytest.mark.parametrize("name", PACKED)
def test_compressed_stdin_is_read(name, cli):
    result = cli("mix", "--ratio", "1:0", stdin=PACKED[name])
    assert result.code == 0
    assert sorted(result.out.splitlines()) == sorted(ROWS.splitlines())


@pytest.mark.parametrize("size", [1, 2, 3])
def test_compressed_stdin_that_comes_byte_by_byte_is_read(size):
    process_in, process_out = os.pipe()
    packed = zst(b'{"text":"a"}\n')

    def trickle():
        import time

        with os.fdopen(process_out, "wb", buffering=0) as stream:
            stream.write(packed[:size])
            time.sleep(0.5)
            stream.write(packed[size:])

    writer = threading.Thread(target=trickle)
    writer.start()
    with os.fdopen(process_in, "rb") as stdin:
        from conftest import command

        out = subprocess.run(command("mix"), stdin=stdin, capture_output=True, check=True).stdout
    writer.join()
    assert out == b'{"text":"a"}\n'


@pytest.mark.parametrize("name", [name for name in PACKED if name != "plain"])
@pytest.mark.parametrize("cut", [1, 5, 200])
def test_compressed_file_that_is_cut_off_is_an_error(name, cut, tmp_path):
    path = tmp_path / "rows.jsonl.packed"
    path.write_bytes(PACKED[name][:-cut])
    with pytest.raises(InputError, match=r"rows\.jsonl\.packed: the compressed stream is damaged"):
        texts(path)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_compressed_file_that_is_damaged_is_an_error(name, tmp_path):
    path = tmp_path / "rows.packed"
    whole = PACKED[name]
    path.write_bytes(whole[:40] + bytes([whole[40] ^ 255, whole[41] ^ 255]) + whole[42:])
    with pytest.raises(InputError, match="damaged"):
        texts(path, on_error="skip")


def test_missing_file_is_an_input_error_with_its_name(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.jsonl: cannot be opened: No such file"):
        texts(tmp_path / "nowhere.jsonl")


def test_directory_is_refused_as_input_and_as_output(tmp_path):
    with pytest.raises(InputError, match="directory"):
        texts(tmp_path)
    with pytest.raises(UsageError, match="is a directory; name a file"):
        AtomicFile(str(tmp_path))


def test_input_file_is_closed_after_reading(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROWS)
    with open_input(str(path)) as stream:
        stream.readline()
    assert stream.closed


def write_to(path, data):
    file = AtomicFile(str(path))
    file.stream.write(data)
    file.commit()


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst"])
def test_what_is_written_is_read_again(name, tmp_path):
    write_to(tmp_path / name, ROWS)
    assert texts(tmp_path / name) == ALL


def test_compression_goes_by_the_name_of_the_output(tmp_path):
    for name in ("a", "a.gz", "a.zst"):
        write_to(tmp_path / name, ROWS)
    assert (tmp_path / "a").read_bytes() == ROWS
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == ROWS
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO((tmp_path / "a.zst").read_bytes())
    )
    assert reader.read() == ROWS


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_equal_rows_give_equal_compressed_bytes_at_any_time_and_under_any_name(ending, tmp_path):
    write_to(tmp_path / f"one.{ending}", ROWS)
    write_to(tmp_path / f"other.{ending}", ROWS)
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"other.{ending}").read_bytes()
    if ending == "gz":
        assert (tmp_path / "one.gz").read_bytes()[3:8] == bytes(5)  # no name, no time


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_file_appears_only_when_it_is_whole(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"old")
    file = AtomicFile(str(path))
    file.stream.write(ROWS)
    assert path.read_bytes() == b"old"
    file.commit()
    assert path.read_bytes() != b"old"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_discarded_file_leaves_no_trace_and_the_old_one_in_place(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"old")
    file = AtomicFile(str(path))
    file.stream.write(ROWS)
    file.discard()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [name]


def test_overwritten_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_to(path, ROWS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_link_stays_a_link_to_the_new_content(tmp_path):
    target = tmp_path / "target.jsonl"
    target.write_bytes(b"old")
    link = tmp_path / "link.jsonl"
    link.symlink_to(target)
    write_to(link, ROWS)
    assert link.is_symlink()
    assert target.read_bytes() == ROWS


def test_named_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_to(pipe, ROWS)
    reader.join()
    assert got == [ROWS]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_output_in_a_folder_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(MissingError, match="cannot be written: No such file"):
        AtomicFile(str(tmp_path / "nowhere" / "out.jsonl"))


@pytest.mark.filterwarnings("error::ResourceWarning")
@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"{}\n\n"])
def test_a_file_of_few_bytes_is_closed(tmp_path, content):
    path = tmp_path / "few"
    path.write_bytes(content)
    before = os.listdir("/proc/self/fd")
    with open_input(str(path)) as stream:
        assert stream.read() == content
    assert os.listdir("/proc/self/fd") == before
