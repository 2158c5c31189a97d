"""Where a row says what made it: under the key ``_aug``, and how a real row says nothing."""

from collections.abc import Mapping
from typing import Any

AUG = "_aug"
"""The one key that dataaug reserves in a row; only synthetic rows carry it."""


def says_nothing(aug: Any) -> bool:
    """Is it what tools put under the key in a real row, for want of a value?

    That is null (datasets, pandas, polars, duckdb), an empty text (miller, any CSV) or an object of
    which every value is null (tools with columns of a fixed shape).
    """
    if type(aug) is dict and aug:
        return all(value is None for value in aug.values())
    return aug is None or aug == ""


def aug_of(fields: Mapping[str, Any]) -> Any:
    """Return the provenance that a parsed row carries, None for a real row; it is not checked."""
    aug = fields.get(AUG)
    return None if aug is None or says_nothing(aug) else aug


def in_one_form(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's fields, a real row's without a key that says nothing."""
    if AUG not in fields or aug_of(fields) is not None:
        return fields
    return {name: value for name, value in fields.items() if name != AUG}
