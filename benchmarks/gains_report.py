"""The journal of ``gains.py`` as a small table, and that table as a page of the documentation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from scipy import special

from dataaug.evidence import BALANCED, CLASSIFIERS, FILE, POOLED, gains, where

SUMMARY = FILE
LEAST = 3
"""Draws from which on a mean has an interval; of one draw fewer the mean alone is told."""
Scores = dict[str, dict[int, dict[str, Any]]]
"""Method to draw to the line of the journal."""


def summary(lines: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> bytes:
    """Return what is known of each setting, classifier and method, as JSON."""
    found: dict[tuple[str, str], Scores] = defaultdict(lambda: defaultdict(dict))
    for line in lines:
        if "cell" in line:
            setting, draw, method, classifier = line["cell"]
            found[setting, classifier][method][draw] = line
    for sets in POOLED:
        one, other = sets.split("+")
        for setting, classifier in [key for key in found if key[0].startswith(one)]:
            rest = setting.removeprefix(one)
            pair = found[setting, classifier], found.get((other + rest, classifier), {})
            if pair[1]:
                found[sets + rest, classifier] = _pooled(*pair)
    table: dict[str, dict[str, Any]] = defaultdict(dict)
    for (setting, classifier), scores in sorted(found.items(), key=_place):
        table[setting][classifier] = {
            method: told
            for method, own in scores.items()
            if (told := _told(own, scores["nothing"]))
        }
    return _laid_out({**about, "settings": table})


def _place(entry: tuple[tuple[str, str], Any]) -> tuple[Any, ...]:
    setting, classifier = entry[0]
    sets, _, rows = setting.replace("=", ":").partition(":")
    return "/" in rows, "+" in sets, sets, [int(n) for n in rows.split("/")], classifier


def _pooled(one: Scores, other: Scores) -> Scores:
    """Return the means of two sets, draw by draw, of what both have."""
    found: Scores = defaultdict(dict)
    for method in one.keys() & other.keys():
        for draw in one[method].keys() & other[method].keys():
            pair = one[method][draw], other[method][draw]
            if any("refused" in line for line in pair):
                found[method][draw] = {"refused": ""}
                continue
            found[method][draw] = {
                key: np.mean([line[key] for line in pair], axis=0) for key in ("score", "control")
            }
    order = [method for method in one if method in found]
    return {method: found[method] for method in order}


def _told(own: Mapping[int, Any], real: Mapping[int, Any]) -> dict[str, Any]:
    """Return what is told of a method; nothing where too few draws are there."""
    draws = sorted(own.keys() & real.keys())
    if any("refused" in own[draw] for draw in draws):
        return {"refused": True}
    if len(draws) < LEAST - 1:
        return {}
    score, control, base = (
        np.array([line[draw][key] for draw in draws])
        for line, key in ((own, "score"), (own, "control"), (real, "score"))
    )
    said: dict[str, Any] = {"draws": len(draws)}
    if own is real:
        return (
            said
            | {"accuracy": round(float(base[:, 0].mean()), 1)}
            | ({"rare": round(float(base[:, 1].mean()), 1)} if base[:, 1].any() else {})
        )
    if len(draws) < LEAST:
        means = (score[:, 0] - base[:, 0]).mean(), (score[:, 0] - control[:, 0]).mean()
        return said | {"means": [round(float(mean), 2) for mean in means]}
    said["over_real"] = _interval(score[:, 0] - base[:, 0])
    said["over_repeated"] = _interval(score[:, 0] - control[:, 0])
    if base[:, 1].any():
        said["rare"] = _interval(score[:, 1] - base[:, 1])
    return said


def _interval(differences: Any) -> list[float]:
    """Return the mean of paired differences and its 95 % interval after Student."""
    mean, freedom = float(differences.mean()), len(differences) - 1
    reach = float(special.stdtrit(freedom, 0.975) * differences.std(ddof=1) / (freedom + 1) ** 0.5)
    return [round(mean, 2), round(mean - reach, 2), round(mean + reach, 2)]


def _laid_out(found: Mapping[str, Any]) -> bytes:
    """Return JSON with a line for each method."""
    settings = []
    for setting, classifiers in found["settings"].items():
        each = []
        for classifier, methods in classifiers.items():
            lines = ",\n".join(f"   {_json(m)}: {_json(told)}" for m, told in methods.items())
            each.append(f"  {_json(classifier)}: {{\n{lines}\n  }}")
        settings.append(f" {_json(setting)}: {{\n" + ",\n".join(each) + "\n }")
    about = {key: value for key, value in found.items() if key != "settings"}
    return (_json(about)[:-1] + ',\n"settings": {\n' + ",\n".join(settings) + "\n}}\n").encode()


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def page(found: Mapping[str, Any]) -> str:
    """Return the page of a summary, in Markdown."""
    settings = found["settings"]
    parts = [_HEAD.format(**found), *_sure(settings)]
    for sets, title in _SETS.items():
        parts += _section(settings, sets, title)
    parts += _section(settings, _SKEWED, "Skewed rows: a fifth of the labels is rare")
    parts.append(_TAIL.format(**found))
    return "\n\n".join(parts) + "\n"


_SETS = {
    "banking77": "banking77: 77 intents of bank customers",
    "hwu64": "hwu64: 64 intents of a home assistant",
    "cr": "cr: reviews of electronics, two labels",
    "subj": "subj: sentences about films, two labels",
}
_SKEWED = "/"
_HEAD = """# What each method brings

Gains in points of accuracy on real test rows that no step has seen, over the real train rows alone.
`benchmarks/gains.py` measured them ({date}, dataaug {version}), and anyone can run it again; this
page is its summary, `dataaug/evidence/gains.json`, written out. What
[augment --auto](augment.md#by-what-was-measured) chooses, what [balance](balance.md) does by itself
and what both warn of follows from that file.

* **Draws.** So many real rows are drawn from the train part of a set, as often as the heads of the
  tables say. Each method makes its train set of them by the functions that the commands
  call, with their defaults. Pools are 2,000 other rows of the train part without their labels, half
  of it at most, the same in each draw.
* **Numbers.** `+3.7 ± 0.8 (+3.5)` is the mean of the paired differences to the real rows, half of
  its 95 % interval (Student, over draws), and in brackets the mean difference to the control: the
  real rows, repeated to the same number and under as weak a penalty. **Bold** is surely better than
  both. *Italic* is surely worse than the real rows, and not better than the control. Of a hundred
  intervals at 95 %, five miss by chance. Two draws have a mean and no interval.
* **Tests.** {tested:,} rows of the test part, the same for all. The intervals are those of the
  draws: with other test rows each accuracy would be another by 1.5 points or so, and each
  difference by less.
* **Edits** make one variant a row, unless it says more, and pass `filter --check length --check
  exact`. Class weights are `-p CLASSIFIER.balanced=true` and make no row. `refused`: the names of
  the labels say nothing (`positive`, `negative`), and the tool does not take them.

{scope}"""
_TAIL = """## What was not run

{not_run}"""


def _sure(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield what surely hurts, and what the recipe without choices brings at its worst."""
    yield "## What surely costs accuracy"
    yield (
        "Means over the two sets of a kind. A run of `augment` or `balance` with one of these,\n"
        "on rows like those, says so on stderr. Rows are alike with at most four times as many\n"
        "labels, or a quarter, and rows a label within a factor of 2.5."
    )
    lines = [
        f"| {gain.method} | {where(setting)} | {CLASSIFIERS[gain.classifier]} | "
        f"{_cell({'over_real': gain.over_real, 'over_repeated': gain.over_repeated})} |"
        for setting in settings if "+" in setting.partition(":")[0].partition("=")[0]
        for gain in gains(setting, settings) if gain.hurts
    ]  # fmt: skip
    head = ["| method | rows | classifier | gain |", "|---|---|---|---|"]
    yield "\n".join([*head, *lines]) if lines else "So far none does on both sets of a kind."


def _section(settings: Mapping[str, Any], sets: str, title: str) -> Iterator[str]:
    """Yield a heading and a table for each classifier."""
    columns = [name for name in settings if _belongs(name, sets)]
    if not columns:
        return
    yield f"## {title}"
    for classifier, called in CLASSIFIERS.items():
        there = [name for name in columns if "nothing" in settings[name].get(classifier, {})]
        if not there:
            continue
        known = {name: settings[name][classifier] for name in there}
        order = list(dict.fromkeys(m for own in known.values() for m in own))
        head = [called[0].upper() + called[1:]]
        head += [
            f"{_heading(name)}, {own['nothing']['draws']} draws" for name, own in known.items()
        ]
        lines = [head, ["---"] * len(head)]
        lines += [[method, *(_cell(own.get(method), own) for own in known.values())]
                  for method in order]  # fmt: skip
        if sets == _SKEWED:
            lines += [
                [f"{method}: rare labels", *(_rare(known[name].get(method)) for name in there)]
                for method in order if method == "nothing" or method.startswith(BALANCED)
            ]  # fmt: skip
        yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _belongs(setting: str, sets: str) -> bool:
    name, _, rows = setting.replace("=", ":").partition(":")
    return (
        ("/" in rows and "+" not in name) if sets == _SKEWED else name == sets and "/" not in rows
    )


def _heading(setting: str) -> str:
    name, _, rows = setting.replace("=", ":").partition(":")
    if "/" in rows:
        return f"{name}, {rows.replace('/', ' among ')} a label"
    return f"{rows} rows" if "=" in setting else f"{rows} a label"


def _cell(said: Mapping[str, Any] | None, beside: Mapping[str, Any] | None = None) -> str:
    """Return what is told of a method, with its draws where there are fewer than beside it."""
    if not said:
        return ""
    if "refused" in said:
        return "refused"
    if "accuracy" in said:
        return f"{said['accuracy']:.1f}"
    if "means" in said:
        return "{:+.1f} ({:+.1f}), ".format(*said["means"]) + f"{said['draws']} draws"
    (mean, low, high), (over, over_low, _) = said["over_real"], said["over_repeated"]
    shown = f"{mean:+.1f} ± {(high - low) / 2:.1f} ({over:+.1f})"
    if beside and said["draws"] < beside["nothing"]["draws"]:
        shown += f", {said['draws']} draws"
    if low > 0 and over_low > 0:
        return f"**{shown}**"
    return f"*{shown}*" if high < 0 and over < 0 else shown


def _rare(said: Mapping[str, Any] | None) -> str:
    if not said or "rare" not in said:
        return ""
    if "accuracy" in said:
        return f"{said['rare']:.1f}"
    mean, low, high = said["rare"]
    return f"{mean:+.1f} ± {(high - low) / 2:.1f}"
