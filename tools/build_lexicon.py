r"""Compile WordNet 3.0 into the synonym table that dataaug ships.

Development-time only: none of the packages below is a dependency of the product. Set-up, on a
Debian machine, in a throw-away environment (versions: the ones the shipped file was built with):

    apt-get install wordnet-base wordnet-sense-index           # 1:3.0-37
    python3 -m venv lexvenv
    lexvenv/bin/pip install nltk==3.10.4 lemminflect==0.2.3 wordfreq==3.1.1
    mkdir -p lexdata/corpora/wordnet
    cp -L $(dpkg -L wordnet-base wordnet-sense-index | grep /usr/share/wordnet/) \
        lexdata/corpora/wordnet/                               # copies: nltk refuses symlinks
    zcat $(dpkg -L wordnet-base | grep lexnames) | awk -F'\t' '/^[0-9][0-9]\t/ {split($2, a, ".");
        gsub(/ +$/, "", $2); print $1 "\t" $2 "\t" index("nva", substr(a[1], 1, 1)) + \
        (a[1] == "adv") * 1}' > lexdata/corpora/wordnet/lexnames
    chmod -R go-w lexdata
    lexvenv/bin/python tools/build_lexicon.py lexdata dataaug/lexicon/en.txt.gz

The same input gives the same bytes. The table's layout is described in `dataaug/lexicon`.
"""

import argparse
import gzip
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from functools import cache
from pathlib import Path

import nltk
from lexicon_phrases import phrases
from lexicon_wordnet import (
    PARTICLES,
    TAGS,
    agreement,
    curated,
    forms,
    frames,
    is_offensive,
    listed,
    mass,
    names_something,
)
from nltk.corpus import wordnet
from wordfreq import zipf_frequency

VERSION = "wordnet-3.0/1"

# The part of the source's uses (by WordNet's sense counts) in which the candidate is a synonym.
# Clearly above a half: the rest of the uses come out wrong.
FORWARD_SHARE = 0.65
# The part of the candidate's uses that mean what the source means. Lower than FORWARD_SHARE: the
# context already points the reader to the sense, but "kick" must not stand for "complain".
BACKWARD_SHARE = 0.45
# The part of a surface form's uses, over all its readings, for which a candidate must hold
# before it is offered without a tagger.
DOMINANCE = 0.85
# A reading with a smaller part of its form's uses is left out even for use with a tagger: the
# sense counts of rare readings are noise, and taggers err towards them.
MINOR_READING = 0.15
# Candidates below this zipf frequency (about one in a million words) read as learned or odd.
ZIPF_FLOOR = 3.1
# Nor may it be rarer than this, even for a source as rare: the counts are noise there.
ZIPF_BOTTOM = 2.6
# A candidate may be this much rarer than its source (in powers of ten), whatever the floor says.
ZIPF_GAP = 1.6
# Words this close in spelling are variants (grey/gray) or derivations (historic/historical).
VARIANT_EDITS = 2
# Two nouns whose plurals differ this much in relative frequency differ in countability.
PLURAL_GAP = 1.3
# A unit can't be more frequent than its rarest word; below this it's not worth its bytes.
UNIT_WORD_FLOOR = 2.5
# How the uses of a lemma spread over its forms. Rounded from tagged English text; only ratios
# between readings of one form matter.
FORM_SHARE = {
    "NN": 0.7, "NNS": 0.3, "VB": 0.45, "VBZ": 0.1, "VBD": 0.2, "VBN": 0.15, "VBG": 0.1,
    "JJ": 0.9, "JJR": 0.05, "JJS": 0.05, "RB": 1.0,
}  # fmt: skip
WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*")

Reading = tuple[str, str]  # lemma with spaces, WordNet part of speech


def usable(lemma: str) -> bool:
    """Tell whether a lemma may take part at all, as source or as candidate."""
    words = lemma.split()
    return (
        all(WORD.fullmatch(word) for word in words)
        and len(lemma) > 2
        and lemma not in listed("function words")
        and (lemma.isalpha() or lemma in listed("good units"))
        and not names_something(lemma)
    )


def edits(left: str, right: str) -> int:
    """Count the letters to change, insert or delete to turn one word into the other."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def is_variant(left: str, right: str) -> bool:
    """Tell whether two lemmas are one word in two spellings, or one contains the other."""
    if set(left.split()) & set(right.split()) - PARTICLES:
        return True
    a, b = re.sub(r"[-' ]", "", left), re.sub(r"[-' ]", "", right)
    allowed = VARIANT_EDITS if min(len(a), len(b)) > 4 else 1
    return a[0] == b[0] and edits(a, b) <= allowed


def frequency(text: str) -> float:
    """Give the zipf frequency; for a unit, that of its rarest word."""
    return min(zipf_frequency(word, "en") for word in text.split())


def common_enough(source: str, candidate: str) -> bool:
    """Tell whether the candidate is a word the source's writer might have used."""
    ours, theirs = frequency(source), frequency(candidate)
    return theirs >= max(ZIPF_BOTTOM, min(ZIPF_FLOOR, ours)) and theirs >= ours - ZIPF_GAP


@cache
def plural_ratio(lemma: str) -> float:
    """Compare a noun's plural to its singular, in powers of ten."""
    return zipf_frequency(best_form(lemma, "NNS"), "en") - zipf_frequency(lemma, "en")


def fits(source: str, candidate: str, pos: str) -> bool:
    """Tell whether a candidate takes the same grammar as the source."""
    if pos == "v":
        return frames(source, pos, candidate) <= frames(candidate, pos, source)
    if pos == "n" and " " not in source + candidate:
        return abs(plural_ratio(source) - plural_ratio(candidate)) < PLURAL_GAP
    return True


@cache
def confirmed() -> dict[str, tuple[str, ...]]:
    """Read the pairs confirmed by hand and refuse those that WordNet doesn't know."""
    pairs = {}
    for item in curated("confirmed"):
        source, _, others = item.partition(": ")
        lemma, pos = source.split("/")
        pairs[source] = tuple(others.split(", "))
        for other in pairs[source]:
            if other not in agreement(lemma, pos):
                raise ValueError(f"{source} and {other} share no synset")
    return pairs


@cache
def candidates(lemma: str, pos: str) -> tuple[str, ...]:
    """Choose the lemmas that may replace a lemma, best first."""
    if f"{lemma}/{pos}" in confirmed():
        return confirmed()[f"{lemma}/{pos}"]
    if not usable(lemma) or {lemma, f"{lemma}/{pos}"} & listed("misleading"):
        return ()
    ranked = sorted(agreement(lemma, pos).items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        other
        for other, share in ranked
        if share >= FORWARD_SHARE
        and agreement(other, pos).get(lemma, 0) >= BACKWARD_SHARE
        and usable(other)
        and (len(other) > 3 or other in listed("short words"))
        and not is_offensive(other)
        and f"{lemma}>{other}" not in listed("not pairs")
        and not is_variant(lemma, other)
        and common_enough(lemma, other)
        and fits(lemma, other, pos)
    )


def best_form(lemma: str, tag: str) -> str:
    """Inflect a single word as it is usually written."""
    return next(iter(forms(lemma, next(p for p, tags in TAGS.items() if tag in tags), tag)), lemma)


def inflected_candidates(lemma: str, pos: str, tag: str, form: str) -> Iterator[str]:
    """Inflect the candidates of a lemma to match one of its forms."""
    for other in candidates(lemma, pos):
        found = forms(other, pos, tag)
        if found and found[0] != form and common_enough(form, found[0]):
            yield found[0]


Uses = dict[str, dict[str, float]]  # tag -> candidate -> mass; "" stands for the reading itself


def collect(lemmas: Iterable[Reading]) -> dict[str, Uses]:
    """Gather for each surface form its readings, their weight and their candidates."""
    table: dict[str, Uses] = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
    for lemma, pos in lemmas:
        for tag in TAGS[pos]:
            for form in forms(lemma, pos, tag):
                weight = mass(lemma, pos) * FORM_SHARE[tag]
                table[form][tag][""] += weight
                for rank, other in enumerate(inflected_candidates(lemma, pos, tag, form)):
                    # The rank only breaks ties, so that the best lemma stays first.
                    table[form][tag][other] += weight * (1 - rank * 1e-6)
    return table


def dominant(uses: Iterable[dict[str, float]]) -> list[str]:
    """Choose the candidates that hold for nearly all uses of a form, best first."""
    total = 0.0
    sums: dict[str, float] = defaultdict(float)
    for reading in uses:
        total += reading[""]
        for other, weight in reading.items():
            sums[other] += weight
    del sums[""]
    kept = [other for other, weight in sums.items() if weight >= DOMINANCE * total]
    return sorted(kept, key=lambda other: (-sums[other], other))


@cache
def settled() -> dict[str, str]:
    """Read the forms that have one tag by decision."""
    return dict(item.split("/") for item in curated("settled"))


def default(form: str, uses: Uses) -> list[str]:
    """Choose the candidates that are safe without a tagger."""
    if form in listed("unsettled"):
        return []
    if form in settled():
        return dominant([uses[settled()[form]]])
    return dominant(uses.values())


def entry(form: str, uses: Uses) -> str | None:
    """Write the line of one form, or None when nothing can replace it."""
    floor = MINOR_READING * sum(reading[""] for reading in uses.values())
    if form in settled():
        floor = 0.0
    readings = {tag: dominant([uses[tag]]) for tag in sorted(uses) if uses[tag][""] >= floor}
    if form in listed("function words") or not any(readings.values()):
        return None
    by_tag = ";".join(f"{tag}={','.join(found)}" for tag, found in readings.items() if found)
    return f"{form}\t{','.join(default(form, uses))}\t{by_tag}"


def blocks(form: str, lines: Container[str]) -> bool:
    """Tell whether a unit is needed to keep one of its words from being replaced."""
    words = form.split()
    replaceable = any(word in lines for word in words)
    if words[-1] == "it":  # "bought it" is hardly ever the idiom for dying
        return False
    return len(words) > 1 and replaceable and frequency(form) >= UNIT_WORD_FLOOR


def comparatives(lemmas: tuple[Reading, ...]) -> set[Reading]:
    """Find adjectives that are only a form of a more frequent one, such as "larger"."""
    return {
        (form, "a")
        for lemma, pos in lemmas
        if pos == "a"
        for tag in ("JJR", "JJS")
        for form in forms(lemma, pos, tag)
        if mass(form, "a") < mass(lemma, "a")
    }


def all_phrases() -> dict[str, list[str]]:
    """Gather the phrases written by hand; those written one by one go before the patterns."""
    found = phrases()
    for phrase in curated("phrases"):
        form, _, others = phrase.partition(":")
        found[form] = others.strip().split(", ") if others.strip() else []
    return found


def compile_lines() -> list[str]:
    """Compile the whole table: single words first, then units, each part sorted."""
    names = ((name, pos) for pos in TAGS for name in wordnet.all_lemma_names(pos))
    lemmas = tuple(sorted({(name.replace("_", " "), pos) for name, pos in names}))
    table = collect(sorted(set(lemmas) - comparatives(lemmas)))
    lines = {form: line for form in table if (line := entry(form, table[form])) is not None}
    for form in [*table, *curated("units")]:
        if form not in lines and blocks(form, lines):
            lines[form] = f"{form}\t\t"
    for form, others in all_phrases().items():
        lines[form] = f"{form}\t{','.join(others)}\t"
    return [lines[form] for form in sorted(lines, key=lambda form: (" " in form, form))]


def write_table(lines: list[str], target: Path) -> None:
    """Write the table compressed, without a time stamp or a file name."""
    text = "\n".join([VERSION, *lines])
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Compile the table from the given nltk data folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nltk_data", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    nltk.data.path[:] = [str(options.nltk_data.resolve())]
    write_table(compile_lines(), options.target)


if __name__ == "__main__":
    main()
