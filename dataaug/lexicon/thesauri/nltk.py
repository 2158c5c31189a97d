"""WordNet as nltk has it installed, in any language of the Open Multilingual WordNet."""

import functools
import re
from collections.abc import Mapping, Sequence

from nltk.corpus import wordnet

from dataaug.errors import MissingError, UsageError
from dataaug.lexicon.thesauri import Thesaurus

_POS = {"N": "n", "V": "v", "J": "a", "R": "r"}
_ISO = {"en": "eng", "fr": "fra", "de": "deu", "es": "spa", "pt": "por", "it": "ita", "nl": "nld",
        "ja": "jpn", "zh": "cmn", "pl": "pol", "fi": "fin", "sv": "swe", "ca": "cat"}  # fmt: skip

_RESOURCE = re.compile(r"nltk\.download\('([^']+)'\)")


class _Anything(dict[str, int]):
    """Holds any word: WordNet finds inflected units too, so that no list of names has them all."""

    def __contains__(self, word: object) -> bool:
        return True

    def __missing__(self, word: str) -> int:
        return 3


_ANYTHING = _Anything()


class _WordNet:
    """Synonyms of the leading sense; without an inflector, only of words in their base form."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._look_up = functools.lru_cache(maxsize=65536)(self._find)

    def synonyms(self, form: str, tag: str | None = None, /) -> tuple[str, ...]:
        """Return the other lemmas of the form's leading sense."""
        return self._look_up(form, tag)

    def _find(self, form: str, tag: str | None) -> tuple[str, ...]:
        pos = None if tag is None else _POS.get(tag[:1], "x")
        if pos == "x":
            return ()
        senses = wordnet.synsets(form.replace(" ", "_"), pos=pos, lang=self._language)
        if tag is None and len({sense.pos().replace("s", "a") for sense in senses}) > 1:
            return ()  # several parts of speech: only a tagger can tell
        for sense in senses[:1]:
            names = [str(name).replace("_", " ") for name in sense.lemma_names(self._language)]
            if form not in [name.lower() for name in names]:
                return ()  # an inflected form, found by its lemma
            return tuple(sorted(name for name in names if name.islower() and name != form))
        return ()

    def units(self, word: str, /) -> Mapping[str, int]:  # noqa: ARG002 - see _Anything
        """Return that any word may follow, in units of three words at most."""
        return _ANYTHING

    def __contains__(self, form: str, /) -> bool:
        return bool(wordnet.synsets(form.replace(" ", "_"), lang=self._language))


def _known(*, english: bool) -> Sequence[str]:
    """Return the languages of the WordNet that is there; other ones than English on demand only."""
    wordnet.langs()
    if not english:
        wordnet.add_omw()  # else only the first query of another language would find them
    return list(wordnet.langs())


def load(*, language: str = "en") -> Thesaurus:
    """Build the thesaurus.

    Args:
        language: an ISO 639-1 code such as ``fr``, or a code of the Open Multilingual WordNet.

    Raises:
        MissingError: the WordNet data, or that of the language, is not installed.
        UsageError: the Open Multilingual WordNet has no such language.
    """
    code = _ISO.get(language, language)
    try:
        known = _known(english=code == "eng")
    except LookupError as error:
        missing = _RESOURCE.findall(str(error))[:1]  # the name differs by nltk's version
        raise MissingError(
            f"synonym.source=nltk, language {language!r}, needs nltk's data: python -m "
            f"nltk.downloader {' '.join(dict.fromkeys(['wordnet', *missing]))}"
        ) from error
    if code not in known:
        raise UsageError(f"synonym: WordNet has no language {language!r} here; it has "
                         f"{', '.join(sorted(known))}")  # fmt: skip
    return _WordNet(code)
