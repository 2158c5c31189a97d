"""Presidio's recognisers with a spaCy model that finds the names of persons and places."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from spacy.util import is_package
from tldextract.tldextract import TLD_EXTRACTOR

from dataaug.errors import MissingError, UsageError
from dataaug.privacy.detectors import Detector, Entity, without_overlaps

_KINDS = {
    "PERSON": "NAME",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "CREDIT_CARD": "CARD",
    "IP_ADDRESS": "IP",
    "URL": "URL",
    "LOCATION": "ADDRESS",
    "US_SSN": "ID",
    "US_DRIVER_LICENSE": "ID",
    "US_PASSPORT": "ID",
    "US_ITIN": "ID",
    "US_BANK_NUMBER": "NUMBER",
    "UK_NHS": "ID",
    "ES_NIF": "ID",
    "ES_NIE": "ID",
    "IT_FISCAL_CODE": "ID",
    "CRYPTO": "NUMBER",
    "MEDICAL_LICENSE": "ID",
}
"""Presidio's names of what is personal, and ours; the others (dates, nationalities) stay."""


@dataclass(frozen=True, slots=True)
class _Presidio:
    engine: AnalyzerEngine
    language: str
    score: float
    kinds: list[str] = field(default_factory=lambda: list(_KINDS))

    def __call__(self, texts: Sequence[str], /) -> list[list[Entity]]:
        """Return the entities of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[Entity]:
        found = self.engine.analyze(
            text=text, language=self.language, entities=self.kinds, score_threshold=self.score
        )
        return without_overlaps(
            Entity(one.start, one.end, _KINDS[one.entity_type]) for one in found
        )


def load(
    *, language: str = "en", model: str = "en_core_web_sm", score: float = 0.4, places: bool = False
) -> Detector:
    """Build the detector.

    Args:
        language: code of the language of the texts.
        model: spaCy model, as it is installed (``python -m spacy download`` fetches one).
        score: confidence from which on a finding counts, 0 to 1.
        places: are places personal too?

    Raises:
        UsageError: the score is out of range.
        MissingError: the model is not installed.
    """
    if not 0 <= score <= 1:
        raise UsageError(f"presidio.score={score}: expected 0 to 1")
    if not is_package(model):
        raise MissingError(
            f"presidio needs the spaCy model {model}: python -m spacy download {model}, or name an "
            "installed one by -p presidio.model=…"
        )
    TLD_EXTRACTOR.suffix_list_urls = ()  # else the first e-mail address asks the network for a list
    provider = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": language, "model_name": model}],
        }
    )
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=[language])
    able = set(engine.get_supported_entities(language)) & set(_KINDS)
    able -= set() if places else {"LOCATION"}
    return _Presidio(engine, language, score, sorted(able))
