"""The shipped table, compiled from WordNet 3.0 by sense and inflection (English)."""

from dataaug import lexicon
from dataaug.errors import UsageError
from dataaug.lexicon.thesauri import Thesaurus


def load(*, language: str = "en") -> Thesaurus:
    """Build the thesaurus.

    Args:
        language: only ``en`` is shipped.

    Raises:
        UsageError: another language.
    """
    try:
        return lexicon.load_lexicon(language)
    except LookupError as error:
        raise UsageError(
            f"synonym: no table for language {language!r} is shipped (en is); for others install "
            "nltk's WordNet data and use -p synonym.source=nltk"
        ) from error
