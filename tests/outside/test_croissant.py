"""mlcroissant, the reference reader of Croissant, reads what a card says, and the rows by it."""

import os
import subprocess

import orjson
import pytest
from environments import environment
from making import as_bytes, made, real

import dataaug as da

READ = """
import json, sys
import mlcroissant

def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "__len__"):
        return list(map(plain, value))
    return value.item() if hasattr(value, "item") else value

data = mlcroissant.Dataset(jsonld=sys.argv[1])
found = {
    each.name: [{key.rpartition("/")[2]: plain(value) for key, value in row.items()}
                for row in data.records(record_set=each.uuid)]
    for each in data.metadata.record_sets
}
issues = data.metadata.issues
print(json.dumps([sorted(issues.errors), sorted(issues.warnings), found]))
"""
RECOMMENDED = ["citeAs", "datePublished", "version"]
"""What a person has to fill in, or may."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_the_metadata_are_valid_and_lead_to_the_rows(tmp_path, ending):
    parents = [real(f"text {n} é", "ab"[n % 2], id=f"r{n}", n=n, x=n + 0.5, ok=True, tags=["t"])
               for n in range(3)]  # fmt: skip
    children = [made(f"{p.text}!", p.label, parent=p, id=f"c{p.id}", n=9, x=1.5, ok=False,
                     tags=["u"]) for p in parents]  # fmt: skip
    source, test = tmp_path / "rows.jsonl", tmp_path / f"test.{ending}"
    source.write_bytes(as_bytes([*parents, *children]))
    data = tmp_path / f"my data.{ending}"
    da.convert(source).write_as(data)
    da.convert(parents).write_as(test)
    card = da.card(data, test=test, reports=da.augment(parents, "swap"))
    card.write(tmp_path / "README.md", croissant=tmp_path / "croissant.json")
    done = subprocess.run(
        [environment("croissant", "mlcroissant==1.1.1", "pyarrow==26.0.1"), "-c", READ,
         tmp_path / "croissant.json"], check=False, capture_output=True,
        env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"not standard" not in done.stderr
    errors, warnings, found = orjson.loads(done.stdout)
    assert errors == []
    assert [name for name in RECOMMENDED if any(name in said for said in warnings)] == RECOMMENDED
    assert len(warnings) == len(RECOMMENDED)
    names = ("id", "n", "x", "ok", "tags", "text", "label")
    for name, records in ((f"train: my data.{ending}", [*parents, *children]),
                          (f"test: test.{ending}", parents)):  # fmt: skip
        told = [
            {f"column-{n}": row.fields[key] for n, key in enumerate(names, 1)} for row in records
        ]
        assert found[name] == told
