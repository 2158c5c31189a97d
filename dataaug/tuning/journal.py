"""The scores of a race on disk: one JSON line each, only ever appended."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from dataaug.errors import InputError, MissingError


class Journal:
    """Scores by key; a run that was stopped finds those that it had.

    A last line that was cut off by a crash is no score, and the next one begins a new line.

    Args:
        path: the file, empty for none.

    Raises:
        InputError: the file is there and is no journal.
        MissingError: it can't be read.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._scores: dict[str, dict[str, float]] = {}
        self._cut = False
        try:
            content = self._path.read_bytes() if self._path and self._path.exists() else b""
        except OSError as error:
            raise MissingError(f"{path}: cannot be read: {error.strerror}") from error
        *lines, rest = content.split(b"\n")
        self._cut = bool(rest)
        for number, line in enumerate(lines, 1):
            self._learn(line, number)
        if rest and not lines and not rest.startswith(b'{"tune"'):
            raise self._foreign(1)

    def _learn(self, line: bytes, number: int) -> None:
        if not line.startswith(b'{"tune"'):
            raise self._foreign(number)
        try:
            row = orjson.loads(line)
            self._scores[row["tune"]] = {key: float(row[key]) for key in ("accuracy", "macro_f1")}
        except (ValueError, KeyError, TypeError):
            return  # a write that was cut off: the score is found anew

    def _foreign(self, number: int) -> InputError:
        return InputError(
            f"{self._path}:{number}: no score of a race: --journal is a file that tune itself "
            "writes; name another one"
        )

    def get(self, key: str) -> Mapping[str, float] | None:
        """Return the scores under a key, by metric; None where there are none."""
        return self._scores.get(key)

    def put(self, key: str, recipe: str, scores: Mapping[str, float]) -> None:
        """Keep scores.

        Args:
            key: what they are the scores of.
            recipe: its name, for people.
            scores: by metric, 0 to 1.

        Raises:
            MissingError: the file can't be written.
        """
        self._scores[key] = dict(scores)
        if self._path is None:
            return
        line = orjson.dumps({"tune": key, "recipe": recipe, **scores}) + b"\n"
        try:
            with self._path.open("ab") as file:
                file.write(b"\n" * self._cut + line)
        except OSError as error:
            raise MissingError(f"{self._path}: cannot be written: {error.strerror}") from error
        self._cut = False
