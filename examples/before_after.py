"""Show real rows and what became of them: before_after.py REAL MIXED [COUNT]."""

import sys

import dataaug
from dataaug.text.printable import safe


def main(real: str, mixed: str, count: int) -> None:
    """Print some pairs of a real row and its variant, spread over the methods."""
    parents = {row.id: row for row in dataaug.read(real) if isinstance(row, dataaug.Record)}
    made = [row for row in dataaug.read(mixed) if isinstance(row, dataaug.Record)]
    turns: dict[str, list[dataaug.Record]] = {}
    for row in made:
        if row.aug is not None and row.aug["parent"] in parents:
            turns.setdefault(row.method, []).append(row)
    for number in range(count):
        method = sorted(turns)[number % len(turns)]
        row = turns[method][number // len(turns)]
        assert row.aug is not None
        print(f"  {row.label} / {method}")
        print(f"    - {safe(parents[row.aug['parent']].text, 100)}")
        print(f"    + {safe(row.text, 100)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 6)
