"""A made-up language whose classes are known, so that the true gain of more rows is known too."""

import random
from itertools import product

from making import made, real

_SYLLABLES = [a + b for a, b in product("bdfgklmnprstvz", "aeiou")]
LABELS = ("cards", "loans", "transfers")


def _words(name, count):
    rng = random.Random(name)
    return ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(count)]


COMMON = _words("common", 80)
OWN = {label: _words(label, 60) for label in LABELS}


def text(label, name, own=3):
    """Return a text of a class: words of its own among common ones."""
    rng = random.Random(f"{label}-{name}")
    words = rng.choices(OWN[label], k=own) + rng.choices(COMMON, k=9 - own)
    rng.shuffle(words)
    return " ".join(words)


def real_rows(part, each, labels=LABELS):
    """Return real rows, ``each`` of every label."""
    return [
        real(text(label, f"{part}-{n}"), label, id=f"{part}-{label}-{n}")
        for label in labels
        for n in range(each)
    ]


def fresh(rows, count, method="fresh"):
    """Return good synthetic rows: new texts of the true classes, descending from the rows."""
    return [
        made(text(row.label, f"{method}-{row.id}-{n}"), row.label, parent=row,
             name=f"{method}-{row.id}-{n}", method=method)
        for row in rows
        for n in range(count)
    ]  # fmt: skip


def copies(rows, count=1, method="copy"):
    """Return synthetic rows that say nothing new: the same texts again."""
    return [
        made(row.text, row.label, parent=row, name=f"{method}-{row.id}-{n}", method=method)
        for row in rows
        for n in range(count)
    ]


def wrong(rows, count, method="wrong"):
    """Return synthetic rows that carry the next label."""
    after = dict(zip(LABELS, LABELS[1:] + LABELS[:1], strict=True))
    return [
        made(text(row.label, f"{method}-{row.id}-{n}"), after[row.label], parent=row,
             name=f"{method}-{row.id}-{n}", method=method)
        for row in rows
        for n in range(count)
    ]  # fmt: skip
