"""Cut the rows of files into shards for any scheduler, and prove that a merge has all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from dataaug.errors import InputError, UsageError
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.files import STDIO, is_file, open_input

SUFFIX = ".shard.json"
"""Behind the name of a shard's file: the name of what proves where it belongs."""

_BLOCK = 1 << 16
_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` of ``of``, counted from 1: a run of neighbouring rows.

    Its rows are those whose first byte lies in its share of the bytes of all files together, so
    that the results of all shards, one after another, are the result of one run.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, given: str) -> "Shard":
        """Read ``K/N``.

        Raises:
            UsageError: it is not of that form, or K is not from 1 to N.
        """
        number, slash, of = given.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            raise UsageError(f"--shard {given!r}: expected K/N with K from 1 to N, as in 2/8")
        return cls(int(number), int(of))

    def span(self, total: int) -> tuple[int, int]:
        """Return the first byte of this shard and the first behind it, of ``total`` bytes."""
        return total * (self.number - 1) // self.of, total * self.number // self.of

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def sizes(paths: Sequence[str]) -> list[int]:
    """Return the number of bytes of each file as it is read, decompressed.

    Raises:
        UsageError: one of them is stdin, which can't be read twice.
        InputError: a file can't be read.
    """
    if STDIO in paths:
        raise UsageError("--shard needs files: stdin can't be cut (save the rows first)")
    found = []
    for path in paths:
        with open_input(path) as stream:
            if is_file(path) and not _is_compressed(path):
                found.append(Path(path).stat().st_size)
            else:
                found.append(sum(map(len, iter(lambda: stream.read(_BLOCK), b""))))
    return found


def _is_compressed(path: str) -> bool:
    with Path(path).open("rb") as stream:
        head = stream.read(4)
    return head.startswith(b"\x1f\x8b") or head == b"\x28\xb5\x2f\xfd"


def files_fingerprint(paths: Sequence[str]) -> str:
    """Return a name for the content of files: their sizes, and blocks from all over each.

    A change of a few bytes in the middle of a large file may go unnoticed: it is there to notice
    the wrong file, without a second pass over gigabytes in each of a thousand shards.
    """
    digest = blake2b(digest_size=16)
    for path in paths:
        size = Path(path).stat().st_size
        digest.update(str(size).encode())
        with Path(path).open("rb") as stream:
            for block in range(_BLOCKS):
                stream.seek(max(0, size - _BLOCK) * block // (_BLOCKS - 1))
                digest.update(stream.read(_BLOCK))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Proof:
    """What lies beside a shard's file: which run and which part of it the file is.

    Attributes:
        run: a name for verb, version, options, seed and input.
        part: ``rows`` or ``rejects``.
        number: the shard's number, from 1.
        of: how many shards there are.
        digest: of the file's bytes.
    """

    run: str
    part: str
    number: int
    of: int
    digest: str

    def dumps(self) -> bytes:
        """Return it as a JSON line."""
        return orjson.dumps(asdict(self)) + b"\n"


SHARD_PARTS = {"output": "rows", "rejects": "rejects"}
"""Files of a run that ``merge`` puts together, and what they hold."""

_ELSEWHERE = {"shard", "engine", "workers", "ray_address"}
"""Settings that say where the work is done and change no row."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The shard that a run does, and the name of the whole run."""

    shard: Shard
    run: str

    def proof(self, file: AtomicFile, part: str) -> AtomicFile:
        """Return the proof of a file that is prepared, to be committed with it.

        Raises:
            MissingError: it can't be written.
        """
        shard = self.shard
        proof = Proof(self.run, part, shard.number, shard.of, digest_file(str(file.content)))
        beside = AtomicFile(f"{file.path}{SUFFIX}")
        beside.stream.write(proof.dumps())
        return beside


def run_name(settings: dict[str, Any], paths: Sequence[str]) -> str:
    """Return a name for a run: what it was asked, and the rows that it was given."""
    asked = {name: value for name, value in settings.items() if name not in _ELSEWHERE}
    said = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)
    return blake2b(said + files_fingerprint(paths).encode(), digest_size=16).hexdigest()


def digest_file(path: str) -> str:
    """Return the digest of a file's bytes."""
    digest = blake2b(digest_size=16)
    with Path(path).open("rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def in_order(paths: Sequence[str]) -> list[str]:
    """Return the files of one sharded run in the order of their shards, each proved to be whole.

    Raises:
        InputError: a file has no proof, was changed or cut off, or is of another run.
        UsageError: a shard is missing, or there twice.
    """
    proofs = {path: _proof(path) for path in paths}
    first = proofs[paths[0]]
    for path, proof in proofs.items():
        if (proof.run, proof.part, proof.of) != (first.run, first.part, first.of):
            raise InputError(
                f"{path}: is of another run than {paths[0]} (other options, seed, input or number "
                "of shards), or one holds rejects and the other rows"
            )
        if digest_file(path) != proof.digest:
            raise InputError(f"{path}: was changed or cut off after its run; run shard "
                             f"{proof.number}/{proof.of} again")  # fmt: skip
    order = sorted(paths, key=lambda path: proofs[path].number)
    _complete([proofs[path].number for path in order], first.of)
    return order


def _proof(path: str) -> Proof:
    beside = Path(f"{path}{SUFFIX}")
    try:
        return Proof(**orjson.loads(beside.read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise InputError(
            f"{path}: {beside.name} is missing beside it or not what --shard writes"
        ) from error


def _complete(numbers: Sequence[int], of: int) -> None:
    missing = sorted(set(range(1, of + 1)) - set(numbers))
    again = sorted({number for number in numbers if numbers.count(number) > 1})
    for which, said in ((missing, "missing"), (again, "there more than once")):
        if which:
            shown = ", ".join(f"{number}/{of}" for number in which[:10])
            raise UsageError(f"shards that are {said}: {shown}; nothing was written")


def file_lines(paths: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines of files, one file after another, without their line ends."""
    for path in paths:
        with open_input(path) as stream:
            for line in stream:
                yield line.rstrip(b"\n")
