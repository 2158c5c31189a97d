"""Cases are data: each line of cases/augment.jsonl drives the library and the command line."""

from pathlib import Path

import orjson
import pytest
from making import as_bytes, kept, real, rejected

from dataaug.augmentation.run import Augmentation, augment
from dataaug.plugins import Spec

CASES = [orjson.loads(line) for line in
         (Path(__file__).parent / "cases" / "augment.jsonl").read_bytes().splitlines()]  # fmt: skip


def params():
    for case in CASES:
        known = case.get("known_failure")
        marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
        yield pytest.param(case, id=case["name"], marks=marks)


def wanted(case, text):
    if case.get("unchanged"):
        return text is None
    return text in case["one_of"] if "one_of" in case else text == case["expected"]


@pytest.mark.parametrize("case", list(params()))
@pytest.mark.parametrize("seed", range(3))
def test_library_does_what_the_case_says(case, seed):
    spec = Spec(case["method"], case["options"])
    task = Augmentation((spec,), 1, seed=seed, protect=tuple(case.get("protect", ())))
    outcomes = list(augment([real(case["text"])], task))
    made = [row.text for row in kept(outcomes) if not row.is_real]
    assert len(made) + len(rejected(outcomes)) == 1
    assert wanted(case, made[0] if made else None), made


def test_command_line_does_what_the_library_does(cli):
    by_options = {}
    for case in CASES:
        key = (case["method"], str(case["options"]), str(case.get("protect")))
        by_options.setdefault(key, []).append(case)
    for cases in by_options.values():
        first = cases[0]
        rows = [real(case["text"], id=f"case {n}") for n, case in enumerate(cases)]
        spec = Spec(first["method"], {key: str(first["options"][key]) for key in first["options"]})
        task = Augmentation((spec,), 1, protect=tuple(first.get("protect", ())))
        expected = as_bytes(kept(augment(rows, task)))
        args = [
            f"--option={first['method']}.{key}={value}" for key, value in first["options"].items()
        ]
        args += [f"--protect={pattern}" for pattern in first.get("protect", ())]
        assert cli("augment", "-m", first["method"], *args, stdin=as_bytes(rows)).out == expected
