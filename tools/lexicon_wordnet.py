"""What WordNet says of a lemma, and its inflected forms: the facts `build_lexicon` chooses from."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from lemminflect import getInflection
from nltk.corpus import wordnet
from wordfreq import zipf_frequency

# Weight of a sense that SemCor never saw, divided by its rank: SemCor is small, so an unseen
# sense is not an impossible one.
UNSEEN_SENSE = 1.0
TAGS = {
    "n": ("NN", "NNS"),
    "v": ("VB", "VBZ", "VBD", "VBN", "VBG"),
    "a": ("JJ", "JJR", "JJS"),
    "r": ("RB",),
}
PLAIN = {"NN", "VB", "JJ", "RB"}
OFFENSIVE_DOMAINS = {"obscenity.n.02", "disparagement.n.01", "ethnic_slur.n.01"}
ODD_DOMAINS = {"slang.n.02", "archaism.n.01", "trade_name.n.01", "dialect.n.01", "baby_talk.n.01"}
OFFENSIVE_GLOSS = re.compile(
    r"\b(obscen|vulgar|offensive (word|term|name|term)|slur\b|disparag|derogat|insulting term|"
    r"sexual|copulat|genital|penis|vagina|anus|excre|feces|faeces|urinat|defecat|masturbat|"
    r"prostitut|intercourse|testic|testis|buttocks|ejaculat|sex act|contemptible|promiscuous)"
)
PARTICLES = frozenset(
    (
        "in",
        "of",
        "to",
        "on",
        "for",
        "at",
        "by",
        "with",
        "from",
        "up",
        "out",
        "off",
        "over",
        "under",
        "and",
        "or",
        "a",
        "the",
        "down",
        "away",
        "back",
        "into",
    )
)

Sense = Any  # nltk ships no types: nltk.corpus.reader.wordnet.Lemma


@cache
def curated(section: str) -> tuple[str, ...]:
    """Read a section of the hand-made lists, `lexicon_words.txt`."""
    text = Path(__file__).with_name("lexicon_words.txt").read_text(encoding="utf-8")
    body = text.split(f"[{section}]\n")[1].split("\n\n")[0].strip()
    items = re.split(r"[|\n]", body) if "|" in body else body.split()
    return tuple(item.strip() for item in items)


@cache
def listed(section: str) -> frozenset[str]:
    """Read a section of the hand-made lists as a set."""
    return frozenset(curated(section))


@cache
def sense_counts() -> dict[str, int]:
    """Read how often each sense was seen (nltk's own look-up searches the file every time)."""
    with wordnet.open("cntlist.rev") as lines:
        return {key: int(count) for key, _, count in (line.split() for line in lines)}


@cache
def senses(lemma: str, pos: str) -> tuple[tuple[Sense, float], ...]:
    """Give a lemma's senses with the part of its uses each has."""
    found = wordnet.lemmas(lemma.replace(" ", "_"), pos)
    weights = [
        sense_counts().get(sense.key(), 0) + UNSEEN_SENSE / rank
        for rank, sense in enumerate(found, 1)
    ]
    total = sum(weights)
    return tuple((sense, weight / total) for sense, weight in zip(found, weights, strict=True))


@cache
def mass(lemma: str, pos: str) -> float:
    """Weigh all uses of a lemma in one part of speech."""
    found = wordnet.lemmas(lemma.replace(" ", "_"), pos)
    return sum(sense_counts().get(sense.key(), 0) + 0.5 for sense in found)


def domains(sense: Sense) -> set[str]:
    """Name the usage domains (slang, obscenity, ...) of a sense."""
    pointers = sense.synset().usage_domains() + [u.synset() for u in sense.usage_domains()]
    return {synset.name() for synset in pointers}


@cache
def is_offensive(lemma: str) -> bool:
    """Tell whether any sense of any word in it is obscene or demeaning, however rare."""
    if any(
        w in listed("never emitted") or w.startswith(curated("shocking stems"))
        for w in re.split("[ -]", lemma)
    ):
        return True
    return any(
        domains(sense) & OFFENSIVE_DOMAINS or OFFENSIVE_GLOSS.search(sense.synset().definition())
        for sense in wordnet.lemmas(lemma.replace(" ", "_"))
    )


@cache
def names_something(lemma: str) -> bool:
    """Tell whether the lemma has a sense written with a capital: an acronym, symbol or name."""
    found = wordnet.lemmas(lemma.replace(" ", "_"))
    proper = sum(
        s.name() != s.name().lower() or s.synset().instance_hypernyms() != [] for s in found
    )
    return proper * 2 > len(found)


@cache
def agreement(lemma: str, pos: str) -> dict[str, float]:
    """Give each fellow lemma the part of this lemma's uses in which it is a synonym."""
    shares: dict[str, float] = defaultdict(float)
    for sense, share in senses(lemma, pos):
        if domains(sense) & (ODD_DOMAINS | OFFENSIVE_DOMAINS):
            continue
        for fellow in sense.synset().lemmas():
            name = fellow.name()
            if fellow.syntactic_marker() == sense.syntactic_marker() and name == name.lower():
                shares[name.replace("_", " ")] += share * (fellow.name() != sense.name())
    return dict(shares)


def frames(lemma: str, pos: str, other: str) -> set[int]:
    """Collect the sentence frames of a verb in the senses it shares with another."""
    found: set[int] = set()
    for sense, _ in senses(lemma, pos):
        if other.replace(" ", "_") in sense.synset().lemma_names():
            found.update(sense.frame_ids())
    return found


def split_head(lemma: str, pos: str) -> tuple[str, str, str]:
    """Split a unit into what precedes the inflected word, that word, and what follows it."""
    words = lemma.split()
    at = 0 if pos == "v" else len(words) - 1
    if pos == "n":
        at = next((i - 1 for i, word in enumerate(words) if i and word in PARTICLES), at)
    return " ".join(words[:at]), words[at], " ".join(words[at + 1 :])


@cache
def forms(lemma: str, pos: str, tag: str) -> tuple[str, ...]:
    """Inflect a lemma, most usual form first."""
    if tag in PLAIN:
        return (lemma,)
    before, head, after = split_head(lemma, pos)
    inflected = [
        form
        for form in getInflection(head, tag)
        if (form != head or tag[0] == "V") and form.isalpha() == head.isalpha()
    ]
    ranked = sorted(set(inflected), key=lambda form: (-zipf_frequency(form, "en"), form))
    return tuple(" ".join((before, form, after)).strip() for form in ranked)
