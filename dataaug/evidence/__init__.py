"""What each method brought where it was measured: what is advised, and warned of, follows from it.

``gains.json`` is written by ``benchmarks/gains.py --summary``, and ``docs/evidence.md`` shows it.
"""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FILE = Path(__file__).parent / "gains.json"
PAGE = "docs/evidence.md"
CLASSIFIERS = {"tfidf": "TF-IDF", "embedding": "an embedding classifier", "finetune": "fine-tuning"}
"""Classifiers that were trained, and how people call them."""
BALANCED = "balance: "
"""What the names of makers of ``balance`` begin with; those of methods of ``augment`` do not."""
POOLED = {"banking77+hwu64": 70, "cr+subj": 2}
"""Sets of a kind, whose means are told, and how many labels they have."""
_INSTEAD = {
    "pool, soft": "dataaug label --soft, where there are unlabelled rows",
    "label-names": "dataaug generate --task label-names",
}
"""What is told of where no method of augment helps, and the command for it."""
_LIKE_LABELS, _LIKE_ROWS = 4.0, 2.5
"""By which factor labels, and rows a label, may differ from those that were measured."""


@dataclass(frozen=True, slots=True)
class MethodGain:
    """What a method brought, in points of accuracy on real test rows.

    Attributes:
        method: its name.
        classifier: what was trained.
        draws: draws of train rows that it is the mean of.
        over_real: mean, lower and upper end of the 95 % interval, over the real rows alone.
        over_repeated: the same over the real rows, repeated to as many.
    """

    method: str
    classifier: str
    draws: int
    over_real: tuple[float, float, float]
    over_repeated: tuple[float, float, float]

    @property
    def helps(self) -> bool:
        """Is it surely better than the real rows, and than their repetition?"""
        return self.over_real[1] > 0 and self.over_repeated[1] > 0

    @property
    def hurts(self) -> bool:
        """Is it surely worse than the real rows, and no better than their repetition?"""
        return self.over_real[2] < 0 and self.over_repeated[0] < 0


@dataclass(frozen=True, slots=True)
class Advice:
    """What was measured on rows like those of a run.

    Attributes:
        methods: methods of augment that helped, the best first; empty where none did.
        why: what was found, in words; where nothing like it was measured, that.
    """

    methods: tuple[str, ...]
    why: str


@functools.cache
def measured() -> Mapping[str, Any]:
    """Return the table: setting to classifier to method to what it brought."""
    found: Mapping[str, Any] = orjson.loads(FILE.read_bytes())["settings"]
    return found


def gains(setting: str, table: Mapping[str, Any] | None = None) -> Iterator[MethodGain]:
    """Yield what is known of a setting, as ``cr+subj=100``.

    Args:
        setting: its name.
        table: where it is looked up; None for :func:`measured`.
    """
    for classifier, methods in (measured() if table is None else table).get(setting, {}).items():
        for method, said in methods.items():
            if "over_real" in said:
                yield MethodGain(method, classifier, said["draws"], tuple(said["over_real"]),
                           tuple(said["over_repeated"]))  # fmt: skip


def setting_like(counts: Mapping[str, int]) -> str:
    """Return the setting that rows are like; empty where none is.

    It has at most four times as many labels or a quarter of them, and rows a label within a factor
    of 2.5; of several the nearest.

    Args:
        counts: real rows of each label.
    """
    if len(counts) < 2:
        return ""
    each = sum(counts.values()) / len(counts)
    sizes = {setting: _rows_a_label(setting) for setting in measured() if "/" not in setting}
    return _nearest(sizes, len(counts), each)


def skewed_setting_like(counts: Mapping[str, int]) -> str:
    """Return the skewed setting that rows are like, by the labels with less than half of the most.

    Args:
        counts: real rows of each label.
    """
    most = max(counts.values(), default=0)
    rare = [count for count in counts.values() if 2 * count < most]
    if not rare:
        return ""
    sizes = {setting: _rows_a_label(setting) for setting in measured() if "/" in setting}
    return _nearest(sizes, len(counts), sum(rare) / len(rare))


def harms(methods: Sequence[str], counts: Mapping[str, int], *, balance: bool = False) -> list[str]:
    """Return what is to be said of methods that surely cost accuracy on rows like these.

    Args:
        methods: methods of augment, or makers of balance; all of them together, if that was
            measured, else each.
        counts: real rows of each label.
        balance: are they makers?
    """
    setting = (skewed_setting_like if balance else setting_like)(counts)
    before = BALANCED if balance else ""
    whole = before + " + ".join(methods)
    known = {(gain.method, gain.classifier): gain for gain in gains(setting)}
    names = [whole] if any(whole == name for name, _ in known) else [before + m for m in methods]
    found = (known.get((name, classifier)) for name in names for classifier in CLASSIFIERS)
    return [
        f"{gain.method.removeprefix(before)} cost {-gain.over_real[0]:.1f} points of accuracy "
        f"({-gain.over_real[2]:.1f} to {-gain.over_real[1]:.1f}) with "
        f"{CLASSIFIERS[gain.classifier]} {where(setting)}: see {PAGE}"
        for gain in found if gain and gain.hurts
    ]  # fmt: skip


def advise(counts: Mapping[str, int]) -> Advice:
    """Return which single method of augment helped on rows like these, and why.

    It helped surely with one classifier at least, and hurt surely with none.

    Args:
        counts: real rows of each label.
    """
    setting = setting_like(counts)
    if not setting:
        return Advice((), "nothing was measured on rows like these (so many labels, so many rows "
                          "of each); dataaug tune finds out on yours")  # fmt: skip
    from dataaug import plugins  # noqa: PLC0415 - names of files, for those who ask

    known = list(gains(setting))
    bad = {gain.method for gain in known if gain.hurts}
    good = [gain for gain in known if gain.helps and gain.method not in bad]
    good.sort(key=lambda gain: -gain.over_real[0])
    edits = [gain for gain in good if gain.method in plugins.names("methods")]
    if edits:
        return Advice((edits[0].method,), f"{_said(edits[0])} {where(setting)}")
    best = {gain.method: gain for gain in reversed(good) if gain.method in _INSTEAD}
    more = "; ".join(f"{_said(best[name])}: {_INSTEAD[name]}" for name in _INSTEAD if name in best)
    return Advice((), f"no method of augment surely helped {where(setting)}"
                      + (f", but {more}" if more else ""))  # fmt: skip


def where(setting: str) -> str:
    """Return a setting in words."""
    sets, sign, rows = _parts(setting)
    labels = "two labels" if POOLED.get(sets) == 2 else "64 and 77 labels"
    shown = {":": f"at {rows} row{'s' * (rows != '1')} a label", "=": f"at {rows} rows"}[sign]
    if "/" in rows:
        few, most = rows.split("/")
        shown = f"at {few} rows of the rare labels and {most} of the others"
    return f"{shown} on {' and '.join(sets.split('+'))} ({labels})"


def _said(gain: MethodGain) -> str:
    mean, low, high = gain.over_real
    return (
        f"{gain.method} brought {mean:+.1f} points of accuracy ({low:+.1f} to {high:+.1f}) with "
        f"{CLASSIFIERS[gain.classifier]}"
    )


def _parts(setting: str) -> tuple[str, str, str]:
    sign = "=" if "=" in setting else ":"
    sets, _, rows = setting.partition(sign)
    return sets, sign, rows


def _rows_a_label(setting: str) -> float:
    """Return the rows of a label, of a rare one where there are such."""
    sets, sign, rows = _parts(setting)
    return int(rows.split("/")[0]) / (1 if sign == ":" else POOLED.get(sets, 1))


def _nearest(sizes: Mapping[str, float], labels: int, each: float) -> str:
    """Return the pooled setting with as many labels and the nearest number of rows a label."""
    apart = {
        setting: abs(math.log(each / size)) for setting, size in sizes.items()
        if (kind := _parts(setting)[0]) in POOLED
        and abs(math.log(labels / POOLED[kind])) <= math.log(_LIKE_LABELS)
    }  # fmt: skip
    best = min(apart, key=lambda setting: (apart[setting], setting), default="")
    return best if best and apart[best] <= math.log(_LIKE_ROWS) else ""
