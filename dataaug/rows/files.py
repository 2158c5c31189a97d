"""Open row files for reading, compressed or not."""

import codecs
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

import zstandard

from dataaug.errors import InputError

STDIO = "-"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 18


class _ZstdReader(io.RawIOBase):
    """Reads concatenated zstd frames and notices a missing end, which zstandard's reader hides."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._fresh = True  # nothing of the current frame has been read yet
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        while not self._ready:
            chunk = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._fresh = True
            chunk = chunk or self._raw.read(_CHUNK)
            if not chunk:
                if self._fresh:
                    return 0
                raise EOFError("the zstd stream ends in the middle of a frame")
            self._fresh = False
            self._ready = self._frame.decompress(chunk)
        view = memoryview(buffer)
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


class _Rejoined(io.RawIOBase):
    """Reads bytes that were taken off a stream, and then the rest of it."""

    def __init__(self, head: bytes, rest: io.BufferedReader) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        if not self._head:
            return self._rest.readinto1(buffer)
        view = memoryview(buffer)
        size = min(len(view), len(self._head))
        view[:size] = self._head[:size]
        self._head = self._head[size:]
        return size


class _Recoded(io.RawIOBase):
    """Reads texts of another encoding as UTF-8."""

    def __init__(self, raw: IO[bytes], encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        while not (self._ready or self._done):
            chunk = self._raw.read(_CHUNK)
            self._done = not chunk
            text = self._decoder.decode(chunk, final=self._done)
            self._ready = text.encode("utf-8", "surrogatepass")
        view = memoryview(buffer)
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def user_cache() -> Path:
    """Return the folder of dataaug in the user's cache (XDG_CACHE_HOME, else ~/.cache)."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "dataaug"


def display_name(path: str) -> str:
    """Return how messages name an input: its path, or ``<stdin>``."""
    return "<stdin>" if path == STDIO else path


def is_file(path: str) -> bool:
    """Is it a file? A loop of links, or a name that is too long, is none (Path.is_file raises)."""
    return os.path.isfile(path)  # noqa: PTH113 - see above


@contextmanager
def open_input(path: str, encoding: str = "") -> Iterator[BinaryIO]:
    """Open a file (``-`` is stdin) for reading bytes, decompressed if it is gzip or zstd.

    Args:
        path: the file.
        encoding: of a text file, as Python knows it: it is read as UTF-8; empty: as it is.

    Raises:
        InputError: the file is missing or unreadable, its compressed stream is damaged, or it is
            of another encoding.
        OSError: the disk failed; it has the name of the file.
    """
    name = display_name(path)
    try:
        opened = sys.stdin.buffer if path == STDIO else Path(path).open("rb", buffering=_CHUNK)  # noqa: SIM115
    except OSError as error:
        raise InputError(f"{name}: cannot be opened: {error.strerror}") from error
    buffered = cast("io.BufferedReader", opened)
    try:
        head = buffered.peek(4)[:4]
        if 0 < len(head) < 4:  # a pipe that is slow to start
            head = buffered.read(4)
            buffered = io.BufferedReader(_Rejoined(head, buffered), _CHUNK)
        stream = _unpacked(buffered, head)
        yield cast("BinaryIO", io.BufferedReader(_Recoded(stream, encoding), _CHUNK)
                   if encoding else stream)  # fmt: skip
    except IsADirectoryError as error:
        raise InputError(f"{name}: is a directory, expected a JSONL file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: is not in the encoding {encoding!r}: {error.reason}; --encoding names another"
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise InputError(
            f"{name}: the compressed stream is damaged or cut off ({error}); "
            "fetch or write the file again"
        ) from error
    except OSError as error:
        error.filename = error.filename or name  # a read that fails does not say of which file
        raise
    finally:
        if path != STDIO:
            buffered.close()
            opened.close()  # not closed with what stands around it where the first bytes were few


def _unpacked(buffered: io.BufferedReader, head: bytes) -> IO[bytes]:
    if head.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=buffered, mode="rb"))
    if head == _ZSTD:
        return io.BufferedReader(_ZstdReader(buffered), _CHUNK)
    return buffered


class FilePart:
    """The lines of a stream whose first byte lies in a range.

    Attributes:
        position: where the next line begins, counted from the start of the first file.
    """

    def __init__(self, stream: IO[bytes], position: int, span: tuple[int, int]) -> None:
        self._stream = stream
        self._span = span
        self.position = position
        self._whole = True  # the next byte is the first of a line

    def skip(self) -> int:
        """Pass over the lines before the range and return how many there were."""
        number = 0
        while self.position < self._span[0]:
            line = self._stream.readline()
            if not line:
                break
            self.position += len(line)
            number += 1
        return number

    def readline(self, limit: int, /) -> bytes:
        """Return the next line, or its next ``limit`` bytes; nothing behind the range."""
        if self._whole and self.position >= self._span[1]:
            return b""
        line = self._stream.readline(limit)
        self.position += len(line)
        self._whole = line.endswith(b"\n")
        return line
