"""Phrases written as patterns: `lexicon_phrases.txt`, whose head says how to read one."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

GROUP = re.compile(r"\{([^{}]+)\}")
COPY = re.compile(r"\{(\d)(?:=([^{}]+))?\}")


def words(group: str) -> list[str]:
    """Return the words that a group stands for."""
    return [word.replace("_", " ") for word in group.split()]


def expanded(line: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each phrase that a line stands for, with its replacements.

    Raises:
        ValueError: a list in a replacement is not as long as the group that it follows.
    """
    source, _, right = line.partition(":")
    groups = [words(group) for group in GROUP.findall(source)]
    replacements = [part.strip() for part in right.split(",") if part.strip()]
    for places in itertools.product(*(range(len(group)) for group in groups)):
        chosen = iter(group[place] for group, place in zip(groups, places, strict=True))
        phrase = GROUP.sub(lambda _: next(chosen), source).strip()  # noqa: B023 - used at once

        def put(found: re.Match[str]) -> str:
            number = int(found[1]) - 1
            others = words(found[2]) if found[2] else groups[number]
            if len(others) != len(groups[number]):
                raise ValueError(f"{line}: {found[0]} has not as many words as its group")
            return others[places[number]]  # noqa: B023 - used at once

        made = [COPY.sub(put, text) for text in replacements]
        yield phrase, [text for text in dict.fromkeys(made) if text != phrase]


def phrases() -> dict[str, list[str]]:
    """Read all patterns; a phrase of several lines has the replacements of all, in their order."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            for phrase, replacements in expanded(line):
                found[phrase].update(dict.fromkeys(replacements))
    return {phrase: list(others) for phrase, others in found.items()}
