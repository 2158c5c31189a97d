"""Show some rejected rows with their reasons: rejects.py REJECTS [COUNT]."""

import sys

import dataaug
from dataaug.text.printable import safe


def main(rejects: str, count: int) -> None:
    """Print one rejected row for each reason."""
    shown: set[str] = set()
    for row in dataaug.read(rejects):
        if not isinstance(row, dataaug.Record) or len(shown) == count:
            continue
        why = row.fields["_reject"]
        if why["reason"] not in shown:
            shown.add(why["reason"])
            print(f"  {why['reason']}: {safe(row.text, 80)}")
            print(f"    {why['detail']}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4)
