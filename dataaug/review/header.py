"""What a verdict file is about: its first line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from dataaug.errors import InputError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Header:
    """Which sample of which data a verdict file is about: its first line.

    Attributes:
        data: a hash of all synthetic rows of the data, copies included.
        rows: synthetic rows in the data, copies included.
        seed: the seed of the sample.
        asked: the number of rows that were asked for.
        stratify: what the sample was stratified by.
        planted: gold items that were shown besides.
        suspicious: rows most likely wrong that were shown besides.
    """

    data: str
    rows: int
    seed: int
    asked: int
    stratify: tuple[str, ...] = ()
    planted: int = 0
    suspicious: int = 0

    def row(self) -> dict[str, Any]:
        """Return it as it is written."""
        return {"spotcheck": _VERSION, **asdict(self)}

    def tag(self) -> str:
        """Return it as one word, for tools that keep a field of each row and no line of a file."""
        told = {"rows": self.rows, "n": self.asked, "seed": self.seed,
                "stratify": ",".join(self.stratify), "planted": self.planted,
                "suspicious": self.suspicious}  # fmt: skip
        parts = (f"{name}={value}" for name, value in told.items() if value)
        return ";".join([self.data, *parts])

    @classmethod
    def of_tag(cls, tag: str) -> Self | None:
        """Read a tag back; None where it says no more than the hash of the data.

        Raises:
            InputError: it was changed.
        """
        data, *parts = tag.split(";")
        told = dict(part.partition("=")[::2] for part in parts)
        if not told:
            return None
        try:
            rows, asked = int(told["rows"]), int(told["n"])
            others = [int(told.get(name, 0)) for name in ("planted", "suspicious")]
            stratify = tuple(filter(None, told.get("stratify", "").split(",")))
            return cls(data, rows, int(told.get("seed", 0)), asked, stratify, *others)
        except (KeyError, ValueError) as error:
            raise InputError(f"'data' says {tag[:80]!r}, which no sample does") from error

    @classmethod
    def parse(cls, row: Mapping[str, Any], where: str) -> Self:
        """Read it back.

        Raises:
            InputError: a value is missing, or another version of dataaug wrote it.
        """
        if row["spotcheck"] != _VERSION:
            raise InputError(
                f"{where}: written by another version of dataaug ({row['spotcheck']!r})"
            )
        numbers = {"planted": 0, "suspicious": 0, **row}
        numbers = {name: numbers.get(name) for name in
                   ("rows", "seed", "asked", "planted", "suspicious")}  # fmt: skip
        data, stratify = row.get("data"), row.get("stratify") or []
        for name, value in numbers.items():
            if type(value) is not int:
                raise InputError(f"{where}: {name!r} should be a number, found {value!r}")
        if not isinstance(data, str) or not isinstance(stratify, list):
            raise InputError(f"{where}: expected 'data' as a string and 'stratify' as a list")
        return cls(data=data, stratify=tuple(map(str, stratify)), **numbers)
