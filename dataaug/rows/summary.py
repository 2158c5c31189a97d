"""What a run found beside its counts: typed values, written as JSON."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


class Summary:
    """What a run found beside its counts. Each kind is a dataclass; its fields are JSON keys."""

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {each.name: plain_data(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]

    def entries(self, name: str) -> dict[str, Any]:
        """Return what stands under ``details`` in the file of a report.

        Args:
            name: what the run calls it, as the verb.
        """
        return {name: self.to_row()}


def plain_data(value: Any) -> Any:
    """Return a value as plain JSON data; dataclasses become dicts of their fields."""
    if isinstance(value, Summary):
        return value.to_row()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain_data(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain_data(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(each) for each in value]
    return value
