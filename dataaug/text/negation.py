"""Whether two texts deny the same: English, German, French, Spanish, Portuguese and Italian.

Words tell that a text denies something, not what it means. So a text that denies in words and one
that says the same without ("I can't log in", "I am locked out") agree if the second has a word that
is a denial by itself and that the first has not.
"""

import re
from typing import NamedTuple

from dataaug.text import protection
from dataaug.text.numbers.terms import number_terms
from dataaug.text.words import tokens

_PATTERNS = {
    code: re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for code, words in {
        "de": r"(?:nicht|kein\w{0,2}|nie|niemals|nichts|niemand\w{0,2}|weder|ohne|nirgends)\b",
        "es": r"(?:no(?!\. ?\d)|nunca|jamás|sin|nada|nadie|ni|tampoco|ning[uú]n\w?)\b",
        "fr": r"(?:ne|non|pas|jamais|sans|rien|personne|aucune?|ni|nulle)\b|n['’]",
        "it": r"(?:non|mai|senza|niente|nulla|nessun\w?|né|no)\b",
        "pt": r"(?:não|nunca|jamais|sem|nada|ninguém|nem|nenhum\w?|tampouco)\b",
    }.items()
}
_PLAINLY = frozenset({"no", "not", "never", "none", "nobody", "nothing", "nowhere", "neither",
                      "nor", "cannot", "without", "dont", "doesnt", "didnt", "wont", "cant",
                      "isnt"})  # fmt: skip
"""English words that negate in every language; *unless* and *hardly* become something else."""
_NEARLY = frozenset({"hardly", "barely", "scarcely", "seldom", "rarely"})
_BY_ITSELF = {
    code: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for code, words in {
        "en": r"locked out|fail(?:s|ed|ing)?|refus(?:e[sd]?|ing)|declin(?:e[sd]?|ing)"
              r"|reject(?:s|ed)?|den(?:y|ies|ied)|broken?|missing|lost|lacks?|lacking|blocked"
              r"|impossible|gone|out of|stop(?:s|ped)?|forg[eo]t(?:ten)?|wrong|absent|closed"
              r"|un(?:paid|available|opened|known|used|answered|happy|clear|successful|sure)"
              r"|in(?:correct|valid|complete|visible)|dis(?:abled|agree|abling)|still waiting",
        "de": r"verweiger\w*|abgelehnt|gesperrt|kaputt|defekt|fehl(?:t|en|te|ten)|verloren"
              r"|vergessen|unmöglich|ausgesperrt|un(?:bezahlt|bekannt|gültig|klar|vollständig)"
              r"|gescheitert|scheitert|ausgefallen",
        "fr": r"refus\w+|rejet\w+|impossible|cassée?s?|perdue?s?|manqu\w+|bloqu\w+|oubli\w+"
              r"|échou\w+|inconnue?s?|impayée?s?|incorrecte?s?|en panne|incapable",
        "es": r"rechaz\w+|imposible|rot[oa]s?|perd\w+|falt\w+|bloque\w+|olvid\w+|fall\w+"
              r"|niega|negó|desconocid[oa]s?|impagad[oa]s?|averiad[oa]s?|incapaz",
        "pt": r"recus\w+|rejeit\w+|impossível|quebrad[oa]s?|perd\w+|falt\w+|bloque\w+"
              r"|esquec\w+|falh\w+|desconhecid[oa]s?|inválid[oa]s?|incapaz",
    }.items()
}  # fmt: skip
"""Words that deny by themselves, as another way to say what a negation says."""
_DENIERS = {
    "en": "no without",
    "de": "kein keine keinen keinem keiner ohne",
    "fr": "sans aucun aucune",
    "es": "sin ningún ninguna",
    "pt": "sem nenhum nenhuma",
}
"""Words that deny the word behind them; *not* denies a whole sentence, wherever it stands."""


class Denials(NamedTuple):
    """What of a text denies.

    Attributes:
        words: words that deny.
        open: has it a "None" that may as well be a name in code, or stands a choice open (or not)?
    """

    words: list[str]
    open: bool


def changed(source: str, variant: str, language: str) -> str:
    """Return a word that shows that one of two texts of a language denies what the other says.

    Empty where both deny alike, or where the language is not known here.
    """
    before, after = _denials(source, language), _denials(variant, language)
    if bool(before.words) != bool(after.words):
        lacking = after if before.words else before
        if lacking.open or _said_otherwise(source, variant, language, before, after):
            return ""
        return (before.words or after.words)[0]
    if _nearly(before.words) != _nearly(after.words):
        return before.words[0]
    return _moved(source, variant, language) if before.words else ""


def changed_in_translation(source: str, variant: str, language: str, into: str) -> str:
    """Return a word that shows that a translation denies what its source says, or the other way.

    Only what denies in every language counts; empty where a language is not known here.
    """
    before, after = _plainly(source, language), _plainly(variant, into)
    if before is None or after is None or bool(before.sure) == bool(after.sure):
        return ""
    if bool(before.any) == bool(after.sure) or bool(before.sure) == bool(after.any):
        return ""
    return (before.sure or after.sure)[0]


class _Found(NamedTuple):
    sure: list[str]
    any: list[str]


def _plainly(text: str, language: str) -> _Found | None:
    if language in _PATTERNS:
        found = [match.group() for match in _PATTERNS[language].finditer(text)]
        return _Found(found, found)
    if language != "en":
        return None
    every = _denials(text, "en").words
    sure = [word for word in every
            if word.lower() in _PLAINLY or word.lower().endswith(("n't", "n’t"))]  # fmt: skip
    return _Found(sure, every)


def _denials(text: str, language: str) -> Denials:
    if language in _PATTERNS:
        return Denials([found.group() for found in _PATTERNS[language].finditer(text)], False)
    if language != "en":
        return Denials([], False)
    found, open_ = [], False
    cut = tokens(text)
    for number, every in enumerate(cut.words):
        if not protection.negates(every):
            continue
        word = cut.word(number)
        if _leaves_open(text, word.start, word.text):
            open_ = True
        elif not _NO_DENIAL.match(text, word.start):
            found.append(word.text)
    return Denials(found, open_)


_NO_DENIAL = re.compile(r"[Nn]o\.? ?\d|[Nn]ot? (?:more|less|fewer|later|earlier|longer) than\b")
"""The number sign (No. 5), and bounds, which :mod:`dataaug.text.numbers` reads."""
_STARTS = re.compile(r"(?:\A|[.!?\n])[\s\"“]*\Z")


def _leaves_open(text: str, start: int, word: str) -> bool:
    """Is this the None of code or of a list of choices, or the end of "or not"?"""
    if word == "None" and not text.isupper():
        return not _STARTS.search(text[:start])
    return word.lower() == "not" and text[max(0, start - 3) : start].lower() == "or "


def _said_otherwise(
    source: str, variant: str, language: str, before: Denials, after: Denials
) -> bool:
    """Has the text without a denial as many new words that deny by themselves?"""
    if language not in _BY_ITSELF:
        return False
    denied, other = (source, variant) if before.words else (variant, source)
    known = {found.lower()[:5] for found in _BY_ITSELF[language].findall(denied)}
    new = {found.lower()[:5] for found in _BY_ITSELF[language].findall(other)} - known
    return len(new) >= len(before.words or after.words) or (bool(new) and language != "en")


def _nearly(found: list[str]) -> bool:
    """Does a text only nearly deny: hardly, rarely?"""
    return all(word.lower() in _NEARLY for word in found) and bool(found)


def _moved(source: str, variant: str, language: str) -> str:
    """Return a word that one text denies and the other does not, where another took its place."""
    before, after = _denied(source, language), _denied(variant, language)
    lost = [word for word, denied in before.items() if denied and after.get(word) is False]
    new = [word for word, denied in after.items() if denied and before.get(word) is False]
    return lost[0] if lost and new else ""


def _denied(text: str, language: str) -> dict[str, bool]:
    """Return the words that say something, and whether a denial stands before one of its places."""
    parts = re.findall(r"[^\W\d_]+", text.lower())
    deniers = set(_DENIERS.get(language, "").split())
    found: dict[str, bool] = {}
    if deniers.isdisjoint(parts):
        return found
    denies = False
    for part in parts:
        if part in deniers:
            denies = True
        elif part not in number_terms(language).function:
            found[part] = found.get(part, False) or denies
            denies = False
    return found
