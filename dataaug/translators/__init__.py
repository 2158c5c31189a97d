"""Translators: texts of one language in, texts of another out."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from dataaug import plugins, sessions
from dataaug.plugins import Spec

_REMEMBERED = 20_000
"""Translations that are kept for the pivots of further variants; about 200 bytes each."""


class NoTranslation(NamedTuple):
    """Why a text has no translation: a word of :mod:`dataaug.rows.reasons`."""

    reason: str
    detail: str = ""


class Translator(Protocol):
    """Translates texts: a batch in, a batch out, in the same order.

    A translation depends on the text, the pair and the text's own seed only, never on the other
    texts of the batch. Languages are ISO 639-1 codes. One that asks the run's language model says
    so by ``TAKES = ("llm",)`` in its file.
    """

    @property
    def varies(self) -> bool:
        """Do different seeds give different translations?"""

    def model(self, source: str, target: str, /) -> str:
        """Return the name of the model of a pair, for provenance.

        Raises:
            MissingError: there is none.
        """

    def __call__(
        self, texts: Sequence[str], source: str, target: str, /, seeds: Sequence[int] | None = None
    ) -> Sequence[str | NoTranslation]:
        """Return the best translation of each text, or with ``seeds`` a drawn one.

        Raises:
            MissingError: the pair has no model, or the model can't be loaded.
        """


class CachedTranslator:
    """A translator that gives the best translation of a text without translating it twice."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._known: OrderedDict[tuple[str, str, str], str | NoTranslation] = OrderedDict()

    @property
    def varies(self) -> bool:
        """Does the translator behind it give different translations for different seeds?"""
        return self._translator.varies

    def model(self, source: str, target: str, /) -> str:
        """Return the name of the model of a pair."""
        return self._translator.model(source, target)

    def __call__(
        self, texts: Sequence[str], source: str, target: str, /, seeds: Sequence[int] | None = None
    ) -> Sequence[str | NoTranslation]:
        """Return translations; drawn ones are not kept."""
        if seeds is not None:
            return self._translator(texts, source, target, seeds)
        known, keys = self._known, [(source, target, text) for text in texts]
        new = list(dict.fromkeys(key for key in keys if key not in known))
        known.update(
            zip(new, self._translator([key[2] for key in new], source, target), strict=True)
        )
        found = [known[key] for key in keys]
        while len(known) > _REMEMBERED:
            known.popitem(last=False)
        return found


def shared(spec: Spec) -> CachedTranslator:
    """Return the one translator of this session for a spec: models are loaded once."""
    return sessions.current().once(
        ("translator", spec), lambda: CachedTranslator(plugins.load("translators", spec))
    )
