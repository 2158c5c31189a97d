"""Hold the last results to the last accepted figures; exit 1 where one is worse.

    python benchmarks/check.py

`floors.json` has, for each figure of each benchmark, the value to hold (`at_least` or `at_most`),
and the issue's goal where that is another. A benchmark that was not run is named and passes.
"""

import json
import sys

from bench import HERE, WORK, table


def main() -> int:
    floors: dict[str, dict[str, dict[str, float]]] = json.loads((HERE / "floors.json").read_text())
    lines: list[tuple[object, ...]] = []
    failed = 0
    for name, wanted in floors.items():
        path = WORK / "results" / f"{name}.json"
        if not path.exists():
            lines.append((name, "", "", "", "not run"))
            continue
        found: dict[str, float] = json.loads(path.read_text())["figures"]
        for figure, bound in wanted.items():
            way = "at_least" if "at_least" in bound else "at_most"
            value, limit = found.get(figure), bound[way]
            if value is None:
                good = False
            else:
                good = value >= limit if way == "at_least" else value <= limit
            failed += not good
            shown = "missing" if value is None else value
            verdict = "ok" if good else "FAILED"
            lines.append((f"{name} {figure}", shown, way.replace("_", " "), float(limit), verdict))
    table(("figure", "found", "", "floor", ""), lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
