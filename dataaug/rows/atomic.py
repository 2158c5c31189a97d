"""Write files that appear only when they are whole, all of a run together, and leave no others."""

import errno
import fcntl
import gzip
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import zstandard

from dataaug.errors import MissingError, UsageError

_CHUNK = 1 << 18
_ENDING = ".partial"
SHORT_ENDING = ".short"
"""Behind the name of a file that has fewer rows than were asked for."""
_LONGEST = 255  # bytes of a file's name, on all usual file systems
_parts: set[Path] = set()
"""Files of this process that have no name yet."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def _compressed(path: Path, raw: BinaryIO) -> IO[bytes]:
    if path.suffix == ".gz":  # no time and no name in the header: equal rows give equal files
        packed = gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0)
        return cast("IO[bytes]", packed)
    if path.suffix == ".zst":
        return zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False)
    return raw


class AtomicFile:
    """A file that is written beside its final name and takes that name only when committed.

    A link stays a link to the new file; a device or a named pipe is written to as it is. While it
    is written it is locked, so that whoever writes the same file next knows a dead process's part
    from a living one's, and removes the former.

    Attributes:
        path: the name, as it was given.
        stream: what to write to.
    """

    def __init__(self, path: str) -> None:
        """Open it.

        Raises:
            UsageError: it is a folder, or its name can be none.
            MissingError: it can't be written.
        """
        self.path = path
        self._final = Path(path)
        self._partial: Path | None = None
        self._ready = False
        try:
            if self._final.is_dir():
                raise UsageError(f"{path}: is a directory; name a file")
            if self._final.is_file() or not self._final.exists():
                self._final = Path(os.path.realpath(path, strict=self._final.is_symlink()))
                self._partial = _beside(self._final)
                _sweep(self._partial)
                _parts.add(self._partial)  # first: a signal may come while it is opened
                self._raw = _opened(self._partial)
            else:
                self._raw = self._final.open("wb", buffering=_CHUNK)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ENOENT and self._final.is_symlink():
                said = "is a link into a folder that is not there"
            else:
                said = f"cannot be written: {getattr(error, 'strerror', None) or error}"
            raise MissingError(f"{path}: {said}") from error
        self.stream = _compressed(self._final, self._raw)

    @property
    def is_new(self) -> bool:
        """Is it to take its name when it is whole? A device or a pipe is written to as it is."""
        return self._partial is not None

    @property
    def content(self) -> Path:
        """Where its bytes are before they have their name."""
        return self._partial or self._final

    def write(self, content: bytes) -> None:
        """Write bytes.

        Raises:
            MissingError: the disk is full or failed.
        """
        try:
            self.stream.write(content)
        except OSError as error:
            raise self.failed(error) from error

    def prepare(self) -> None:
        """Flush everything to the disk.

        Raises:
            MissingError: the disk is full or failed; what stood under the name before stays.
        """
        if self._ready:
            return
        self._ready = True
        try:
            if self.stream is not self._raw:
                self.stream.close()
            self._raw.flush()
            if self._partial is not None:
                os.fsync(self._raw.fileno())
                if self._final.exists():  # an overwritten file keeps its permissions
                    self._partial.chmod(self._final.stat().st_mode & 0o7777)
        except OSError as error:
            self.discard()
            raise self.failed(error) from error

    def publish(self) -> None:
        """Give a file that is prepared its name.

        Raises:
            MissingError: that failed; what stood under the name before stays.
        """
        try:
            if self._partial is not None:
                self._partial.replace(self._final)
                _parts.discard(self._partial)
                self._partial = None
                _sync_folder(self._final.parent)
            self._raw.close()
        except OSError as error:
            self.discard()
            raise self.failed(error) from error

    def failed(self, error: OSError) -> MissingError:
        """Return what is to be raised where writing has failed."""
        return MissingError(f"{self.path}: cannot be written: {error.strerror}")

    def shorten(self) -> None:
        """Take another name at the end, that of a file with fewer rows than were asked for.

        A file that is a link's gets its name beside the file; a device or a pipe stays what it is.
        """
        if self._partial is not None:
            linked = Path(self.path).is_symlink()
            self._final = self._final.with_name(f"{self._final.name}{SHORT_ENDING}")
            self.path = str(self._final) if linked else f"{self.path}{SHORT_ENDING}"

    def commit(self) -> None:
        """Flush everything to the disk and give the file its name.

        Raises:
            MissingError: the disk is full or failed; what stood under the name before stays.
        """
        commit([self])

    def unlink(self) -> None:
        """Remove what has no name yet."""
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)
            _parts.discard(self._partial)

    def discard(self) -> None:
        """Leave no trace; what stood under the final name before stays."""
        with suppress(OSError):
            self.unlink()  # before the lock goes, which says whose it is
        for stream in (self.stream, self._raw):
            with suppress(OSError, ValueError):
                stream.close()


def discard_all() -> None:
    """Remove all files of this process that have no name yet: it is about to end."""
    for part in list(_parts):
        with suppress(OSError):
            part.unlink(missing_ok=True)
        _parts.discard(part)


def commit(files: Sequence[AtomicFile]) -> None:
    """Give all files their names, or none: they are all on the disk before the first is renamed.

    Raises:
        MissingError: a file can't be written. No name has changed, but where a name that could be
            written to before no longer can: then the message says which files are new.
    """
    try:
        for file in files:
            file.prepare()
        with _uninterrupted():
            for number, file in enumerate(files):
                _publish(file, files[:number])
    finally:
        for file in files:
            file.discard()  # does nothing to a file that has its name


def _publish(file: AtomicFile, done: Sequence[AtomicFile]) -> None:
    try:
        file.publish()
    except MissingError as error:
        if not done:
            raise
        new = ", ".join(other.path for other in done)
        raise MissingError(f"{error}; written before that: {new}") from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let signals wait until all names are changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[tuple[int, Any]] = []
    before: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = [number for number in _SIGNALS if callable(before[number])]
    for number in ours:
        signal.signal(number, lambda *came: held.append(came))
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
        for came in held:
            before[came[0]](*came)


def _beside(final: Path) -> Path:
    """Return the name of a file's part of this process, however long the file's name is."""
    stem = _stem(final.name)
    return final.with_name(f"{stem}{os.getpid()}{_ENDING}")


def _stem(name: str) -> str:
    """Return what the parts of all processes begin with."""
    whole = f".{name}."
    if len(os.fsencode(whole)) <= _LONGEST - 20 - len(_ENDING):
        return whole
    return f".{blake2b(os.fsencode(name), digest_size=16).hexdigest()}."


def _opened(part: Path) -> BinaryIO:
    """Open and lock a part; a process that sweeps between the two may take it away once."""
    while True:
        stream = part.open("wb", buffering=_CHUNK)
        with suppress(OSError):  # a file system without locks: parts of the dead stay there
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(stream.fileno()).st_nlink:
            return stream
        stream.close()


def _sweep(part: Path) -> None:
    """Remove what processes that are dead have left of the same file, or of the same folder."""
    stem = part.name.removesuffix(f"{os.getpid()}{_ENDING}")
    with suppress(OSError):  # a folder that can be written to, but not read
        for entry in os.scandir(part.parent):
            number = entry.name.removeprefix(stem).removesuffix(_ENDING)
            if entry.name == f"{stem}{number}{_ENDING}" and number.isdecimal():
                _remove_if_dead(entry)


def _remove_if_dead(entry: "os.DirEntry[str]") -> None:
    with suppress(OSError):  # somebody holds the lock, or was quicker
        number = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)  # noqa: PTH108 - scandir gives no Path
        finally:
            os.close(number)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every file system can
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def partial_folder(home: Path) -> Iterator[Path]:
    """Make a folder to prepare something in; it is removed, by the next run if need be.

    Args:
        home: where it is made; created for its owner alone if need be.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = home / f".made.{os.getpid()}{_ENDING}"
    _sweep(made)
    made.mkdir(mode=0o700)
    number = os.open(made, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(number)
