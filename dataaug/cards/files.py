"""The files of a data set: named from the folder of its card, with size and checksum."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from dataaug.errors import InputError, UsageError

SplitName = Literal["train", "test"]

_ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_PACKED = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a data set.

    Attributes:
        path: as it was given.
        split: the split that its rows belong to.
        form: ``jsonl`` or ``parquet``.
        size: bytes.
        sha256: of its bytes, in hex.
    """

    path: str
    split: SplitName
    form: str
    size: int
    sha256: str

    def beside(self, folder: str) -> str:
        """Return the path from a folder, with slashes.

        Raises:
            UsageError: the file does not lie in the folder: it would not be there for who gets it.
        """
        found = PurePath(os.path.relpath(os.path.realpath(self.path), os.path.realpath(folder)))
        if ".." in found.parts:
            raise UsageError(
                f"{self.path}: does not lie in {folder or '.'}, the folder of the card, from where "
                "a card names its files; write the card beside them, as -o FOLDER/README.md"
            )
        return found.as_posix()


def data_files(train: Sequence[str], test: Sequence[str]) -> tuple[DataFile, ...]:
    """Return the files of a data set.

    Args:
        train: paths of the rows to train on.
        test: paths of the rows to evaluate on.

    Raises:
        UsageError: there is none, one is of a format whose columns have no type or that not every
            loader reads, or they are of two formats.
        InputError: one can't be read.
    """
    found = (*_of_split(train, "train"), *_of_split(test, "test"))
    if not found or len({file.form for file in found}) > 1:
        what = "two formats" if found else "no file"
        raise UsageError(f"card: {what}: name files of JSON lines, or files of Parquet")
    return found


def _of_split(paths: Iterable[str], split: SplitName) -> list[DataFile]:
    return [DataFile(path, split, _form(path), *_measured(path)) for path in paths]


def _form(path: str) -> str:
    endings = [ending.lower() for ending in PurePath(path).suffixes]
    bare = [ending for ending in endings if ending not in _PACKED]
    form = _ENDINGS.get(bare[-1] if bare else "")
    if form is None:
        name = PurePath(path).stem or "data"
        raise UsageError(
            f"{path}: a card is of files that end in .jsonl or .parquet, whose columns have types "
            f"for load_dataset; dataaug convert {path} -o {name}.parquet writes one"
        )
    return form


def _measured(path: str) -> tuple[int, str]:
    """Return the size and the checksum of a file."""
    try:
        with Path(path).open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
