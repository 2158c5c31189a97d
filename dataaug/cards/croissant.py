"""Croissant metadata: the files and columns of a data set, and what is known of it, as JSON-LD.

Croissant 1.1 with the vocabulary of responsible AI (docs.mlcommons.org/croissant).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.cards import FILL_IN
from dataaug.cards.columns import Feature
from dataaug.cards.files import DataFile

_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
    "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset",
    "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
} | {name: f"cr:{name}" for name in _TERMS}
"""The context of Croissant 1.1, whole: readers warn of one that leaves out what it does not use."""

_TYPES = {"string": "sc:Text", "large_string": "sc:Text", "bool": "sc:Boolean",
          "int64": "cr:Int64", "int32": "cr:Int32", "float64": "cr:Float64",
          "float32": "cr:Float32"}  # fmt: skip
_MEDIA_TYPES = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet"}


def croissant(
    name: str,
    files: Sequence[tuple[DataFile, str]],
    features: Sequence[Feature],
    told: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the metadata.

    Columns of objects have no type in Croissant: they are in the files, and in no record set.

    Args:
        name: of the data set.
        files: each file with its path from the folder of the metadata.
        features: its columns.
        told: further properties, as ``description``, ``license`` and ``rai:dataBiases``.
    """
    named = [(f"file-{number}", *each) for number, each in enumerate(files, 1)]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1",
                       "http://mlcommons.org/croissant/RAI/1.0"],
        "name": name,
        **told,
        "creator": {"@type": "sc:Organization", "name": FILL_IN},
        "distribution": [_distribution(key, file, path) for key, file, path in named],
        "recordSet": [
            _record_set(key, file, path, features) for key, file, path in named if features
        ],
    }  # fmt: skip


def _distribution(key: str, file: DataFile, path: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": key,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _MEDIA_TYPES[file.form],
        "sha256": file.sha256,
    }


def _record_set(key: str, file: DataFile, path: str, features: Sequence[Feature]) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{key}/column-{number}",
            "name": feature["name"],
            **kind,
            "source": {"fileObject": {"@id": key}, "extract": {"column": feature["name"]}},
        }
        for number, feature in enumerate(features, 1)
        if (kind := _typed(feature))
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": f"{key}/rows",
        "name": f"{file.split}: {path}",
        "field": fields,
    }


def _typed(feature: Feature) -> dict[str, Any] | None:
    """Return what Croissant says of a column, None for one of objects."""
    inner = feature.get("list")
    if isinstance(inner, str) and inner in _TYPES:
        return {"dataType": _TYPES[inner], "isArray": True, "arrayShape": "-1"}
    dtype = feature.get("dtype")
    return {"dataType": _TYPES[dtype]} if dtype in _TYPES else None
